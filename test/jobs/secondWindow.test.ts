/** Two windows on one survey, each a process of its own with the real watch and jobs, and a job that outlives its window. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { until } from './command';

interface Line {
  readonly watching?: string;
  readonly started?: string;
  readonly live?: readonly string[];
  readonly ended?: string;
  readonly outcome?: string;
  readonly told?: string;
}

const fixtures = join(import.meta.dirname, '..', 'fixtures');
const cli = join(fixtures, 'fakeCannon.mjs');
const folder = mkdtempSync(join(tmpdir(), 'cannon-windows-'));
const program = join(folder, 'window.mjs');
const jobs: number[] = [];
const windows: ChildProcess[] = [];
let survey: string;

beforeAll(async () => {
  await build({
    ...{ entryPoints: [join(fixtures, 'windowProcess.ts')], outfile: program, bundle: true, logLevel: 'warning' },
    ...{ platform: 'node', format: 'esm', target: 'node20', external: ['@duckdb/*'] },
    loader: { '.wasm': 'empty' },
    alias: { vscode: join(fixtures, 'editorStandIn.ts') },
    define: { CANNON_VERSION: '"0.1.0"' },
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  });
});
beforeEach(() => {
  survey = mkdtempSync(join(folder, 'survey-'));
});
afterAll(() => {
  for (const window of windows) window.kill('SIGKILL');
  for (const pid of jobs) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended, as it should.
    }
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** A window, with all that it says; `starts` a job there. */
function open(starts = false) {
  const args = [program, join(survey, 'cannon.yaml'), ...(starts ? [cli, 'a run of a minute'] : [])];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  windows.push(child);
  let text = '';
  child.stdout.on('data', (data: Buffer) => (text += data.toString()));
  const lines = () =>
    text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line);
  const first = (what: string, isIt: (line: Line) => boolean) =>
    until(what, () => Promise.resolve(lines().find(isIt) ?? null));
  return {
    first,
    told: () => lines().filter(({ told }) => told !== undefined),
    sees: (run: string) => first('the run among those at work', ({ live }) => live?.includes(run) === true),
    hearsTheEnd: (run: string) => first('the end of the run', ({ ended }) => ended === run),
    close: () => child.kill('SIGKILL'),
  };
}

/** A job that one of two windows has started, and that both know to be at work. */
async function jobInTwoWindows() {
  const other = open();
  await other.first('a window', ({ watching }) => watching !== undefined);
  const own = open(true);
  const { started: run } = await own.first('a run', ({ started }) => started !== undefined);
  await Promise.all([own.sees(run!), other.sees(run!)]);
  jobs.push((JSON.parse(readFileSync(join(run!, 'job.json'), 'utf8')) as { pid: number }).pid);
  return { own, other, run: run! };
}

const letFinish = (run: string) => writeFileSync(join(run, 'go'), '');
const claims = (run: string) => readdirSync(run).filter((name) => name.startsWith('announced-'));

describe('a job and two windows', () => {
  it('is found and followed by the window that did not start it, and its end is told once', async () => {
    const { own, other, run } = await jobInTwoWindows();
    letFinish(run);
    const ends = await Promise.all([own.hearsTheEnd(run), other.hearsTheEnd(run)]);
    expect(ends.map(({ outcome }) => outcome)).toEqual(['finished', 'finished']);
    await own.first('a notification', ({ told }) => told !== undefined);
    expect(claims(run)).toHaveLength(1);
    expect([...own.told(), ...other.told()]).toHaveLength(1);
  });

  it('outlives the window that started it, and the other tells of its end', async () => {
    const { own, other, run } = await jobInTwoWindows();
    own.close();
    expect(existsSync(join(run, 'result.json'))).toBe(false);
    letFinish(run);
    expect(await other.hearsTheEnd(run)).toMatchObject({ outcome: 'finished' });
    expect((await other.first('a notification', ({ told }) => told !== undefined)).told).toContain('4');
    expect(claims(run)).toHaveLength(1);
    expect(own.told()).toEqual([]);
  });
});
