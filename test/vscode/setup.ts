/**
 * Once for all tests in real VS Code: a server with the packaged extension installed for each file that is tested at a
 * time, one browser, one sample survey with a trained model. The tests copy the survey; nothing of this outlives the run.
 *
 * `$CANNON_VSIX` is the package to install, by default one that is made here; `$CANNON_VSCODE` is the edition of VS Code.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import type { TestProject } from 'vitest/node';
import { findChromium } from '../../scripts/chromium.mjs';
import { endProcessesWith } from '../../scripts/processes.mjs';
import { installServer, startServer } from '../../scripts/vscodeServer.mjs';
import { packageForHere } from '../../scripts/vsix.mjs';

/** A server with user settings of its own. */
export interface Lane {
  /** The address of a window; the encoded path of the folder belongs at its end. */
  readonly windowUrl: string;
  /** Every process that the editor starts carries this in CANNON_TEST_SESSION. */
  readonly session: string;
}

/** What the tests get to know. */
export interface Provided {
  /** One for each worker of vitest, which are numbered from 1. */
  readonly lanes: readonly Lane[];
  readonly browserUrl: string;
  /** An empty folder for this run's workspaces. */
  readonly workspaces: string;
  /** A sample survey with one finished training. */
  readonly sample: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    vscode: Provided;
  }
}

const root = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

/** Settings under which what a test looks for stays on screen, and comes at once. */
const settings = {
  'editor.hover.delay': 50,
  'window.confirmBeforeClose': 'never',
  'git.enabled': false,
  // Newer editions ask only when asked to.
  'security.workspace.trust.startupPrompt': 'always',
};

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'cannon-vscode-'));
  const sample = join(folder, 'sample');
  const workspaces = join(folder, 'workspaces');
  await mkdir(workspaces);
  const [, vsix, browser] = await Promise.all([
    trainedSample(sample),
    process.env['CANNON_VSIX'] ?? packageForHere(),
    findChromium().then((options) => chromium.launchServer(options)),
  ]);
  const edition = process.env['CANNON_VSCODE'] === 'newest' ? 'newest' : 'oldest';
  await installServer(edition);
  const servers = await Promise.all(
    Array.from({ length: Number(project.config.maxWorkers) }, async (_, k) => {
      const session = randomUUID();
      const env = { CANNON_TEST_SESSION: session };
      const server = await startServer({
        dataFolder: join(folder, `server${k}`),
        vsix,
        edition,
        settings,
        env,
        endWhenIdle: true,
      });
      return { session, windowUrl: server.urlOf(''), stop: () => server.stop() };
    }),
  );
  const lanes = servers.map(({ windowUrl, session }) => ({ windowUrl, session }));
  project.provide('vscode', { lanes, browserUrl: browser.wsEndpoint(), workspaces, sample });
  return async () => {
    await browser.close();
    for (const { session, stop } of servers) {
      await stop();
      // Jobs outlive their window by design; here nobody waits for them.
      await endProcessesWith('CANNON_TEST_SESSION', session);
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
}

async function trainedSample(folder: string): Promise<void> {
  const cli = join(root, 'dist', 'cannon.js');
  await run(process.execPath, [cli, 'sample', folder]);
  await run(process.execPath, [cli, 'train', '--config', join(folder, 'cannon.yaml')]);
}
