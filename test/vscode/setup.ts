/**
 * Once for all tests in real VS Code: one server with the packaged extension installed, one browser, one sample survey
 * with a trained model. The tests copy the survey; nothing of this outlives the run.
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
import { packageExtension, startServer } from '../../scripts/vscodeServer.mjs';

/** What the tests get to know. */
export interface Provided {
  /** The address of a window; the encoded path of the folder belongs at its end. */
  readonly windowUrl: string;
  readonly browserUrl: string;
  /** An empty folder for this run's workspaces. */
  readonly workspaces: string;
  /** A sample survey with one finished training. */
  readonly sample: string;
  /** Every process that the editor starts carries this in CANNON_TEST_SESSION. */
  readonly session: string;
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
};

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'cannon-vscode-'));
  const session = randomUUID();
  const sample = join(folder, 'sample');
  const workspaces = join(folder, 'workspaces');
  await mkdir(workspaces);
  const [, vsix, browser] = await Promise.all([
    trainedSample(sample),
    packageExtension(),
    findChromium().then((options) => chromium.launchServer(options)),
  ]);
  const server = await startServer({
    dataFolder: join(folder, 'server'),
    vsix,
    settings,
    env: { CANNON_TEST_SESSION: session },
    endWhenIdle: true,
  });
  const windowUrl = server.urlOf('');
  project.provide('vscode', { windowUrl, browserUrl: browser.wsEndpoint(), workspaces, sample, session });
  return async () => {
    await browser.close();
    await server.stop();
    // Jobs outlive their window by design; here nobody waits for them.
    await endProcessesWith('CANNON_TEST_SESSION', session);
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
}

async function trainedSample(folder: string): Promise<void> {
  const cli = join(root, 'dist', 'cannon.js');
  await run(process.execPath, [cli, 'sample', folder]);
  await run(process.execPath, [cli, 'train', '--config', join(folder, 'cannon.yaml')]);
}
