/** What is left of `cannon catalog` and `cannon analyse` that are stopped on their way: the old table or none, and the same bytes from the next. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEvents, readRun, requestCancel } from '../../engine/index';
import { cannon, type Running, start, until } from './command';
import { resultsOf } from './killing';

const folder = mkdtempSync(join(tmpdir(), 'cannon-stopped-tables-'));
const config = join(folder, 'cannon.yaml');
const labels = join(folder, 'labels.csv');
/** So many that a catalog of them can be caught at work. */
const nStars = 12_000;
const nRows = 1.5 * nStars;

beforeAll(() => {
  writeFileSync(config, 'survey: lamost-lrs\nspectra: "*.fits"\nlabels: { teff: { unit: K } }\n');
  const header =
    'spectrum,obsid,designation,ra,dec,model,teff,e_teff,chi2,n_pixels,snrz,snr,converged,at_bound,emission';
  const rows = Array.from({ length: nRows }, (_, k) => {
    // Every other star has two observations, far apart in the table.
    const star = k < nStars ? k : 2 * (k - nStars);
    return `s${k}.fits,${100_000 + k},J${star},${(star * 0.618034) % 360},${star % 80},main,${5000 + (k % 997)},20,${3000 + (k % 89)},3000,${20 + (k % 50)},20,true,,${k % 11}`;
  });
  writeFileSync(labels, `${[header, ...rows].join('\n')}\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Names in a folder of what is being written, or was when it was killed. */
const unfinished = (where: string) => readdirSync(where).filter((name) => name.endsWith('.part'));
const whole = (path: string) => (existsSync(path) ? readFileSync(path).toString('base64') : null);

interface Stopped {
  readonly args: readonly string[];
  readonly out: string;
  readonly run: string;
}

/** The catalog in a folder of its own, with a run of its own. */
function catalogOf(name: string, extension: string): Stopped {
  const [out, run] = [join(folder, name, `catalog.${extension}`), join(folder, name, 'run')];
  return { args: ['catalog', '--config', config, '--labels', labels, '--out', out, '--run', run, '--json'], out, run };
}

/** Once it writes what becomes the table. */
async function writing(out: string, { finished }: Running): Promise<void> {
  let ended = false;
  void finished.then(() => (ended = true));
  const where = join(out, '..');
  await until(`a beginning of ${out}`, () => {
    if (ended) throw new Error(`${out} was finished before it could be stopped`);
    return Promise.resolve(existsSync(where) && unfinished(where).length > 0 ? true : null);
  });
}

/** What an uninterrupted run makes, by extension. */
const expected = new Map<string, string | null>();
async function expectedOf(extension: string): Promise<string | null> {
  const undisturbed = catalogOf(`undisturbed-${extension}`, extension);
  if (!expected.has(extension)) {
    expect((await cannon(undisturbed.args)).exitCode).toBe(0);
    expected.set(extension, whole(undisturbed.out));
  }
  return expected.get(extension)!;
}

describe('a catalog', () => {
  it.each(['parquet', 'fits'])(
    'that is killed while it writes .%s leaves no table, and is the same when resumed',
    async (extension) => {
      const { args, out, run } = catalogOf(`killed-${extension}`, extension);
      const job = start(args);
      await writing(out, job);
      job.child.kill('SIGKILL');
      expect((await job.finished).signal).toBe('SIGKILL');
      expect(whole(out)).toBeNull();
      expect(await readRun(run)).toMatchObject({ state: 'interrupted', canResume: true });
      const { exitCode, stderr } = await cannon(['runs', 'resume', run]);
      expect([exitCode, stderr]).toEqual([0, expect.not.stringMatching(/^error/m)]);
      expect(whole(out)).toBe(await expectedOf(extension));
      // Neither beside the table nor in the run is anything left of the first attempt.
      expect([...unfinished(join(out, '..')), ...unfinished(run)]).toEqual([]);
      expect((await readRun(run)).state).toBe('finished');
    },
  );

  it.each([
    ['the cancel file', 'csv', ({ run }: Stopped) => requestCancel(run)],
    ['SIGTERM', 'vot', (_: Stopped, { child }: Running) => Promise.resolve(child.kill('SIGTERM'))],
  ] as const)(
    'that is cancelled by %s ends with exit code 3 and leaves the .%s of before',
    async (_, extension, stop) => {
      const made = catalogOf(`cancelled-${extension}`, extension);
      expect((await cannon(made.args)).exitCode).toBe(0);
      const before = whole(made.out);
      const job = start(made.args);
      await until('an attempt at work', async () =>
        (await readEvents(made.run)).events.at(-1)?.kind === 'progress' ? true : null,
      );
      await stop(made, job);
      expect((await job.finished).exitCode).toBe(3);
      expect((await readEvents(made.run)).events.at(-1)?.kind).toBe('cancelled');
      expect(whole(made.out)).toBe(before);
      expect(existsSync(join(made.run, 'result.json'))).toBe(false);
      expect([...unfinished(join(made.out, '..')), ...unfinished(made.run)]).toEqual([]);
      expect((await cannon(made.args)).exitCode).toBe(0);
      expect(whole(made.out)).toBe(before);
    },
  );
});

describe('an analysis', () => {
  const analysis = (name: string) => {
    const run = join(folder, name);
    // By position, so that it takes long enough to be stopped.
    const what = ['analyse', 'repeats', '--catalog', labels, '--radius', '3', '--seed', '3'];
    return { run, args: [...what, '--run', run, '--config', config, '--json'] };
  };
  const isUnderWay = (run: string) =>
    until('an analysis at work', async () => {
      const { events } = await readEvents(run);
      return events.some((event) => event.kind === 'progress') ? true : null;
    });

  it('that is cancelled ends with exit code 3 and has written nothing', async () => {
    const { run, args } = analysis('cancelled-analysis');
    const { child, finished } = start(args);
    await isUnderWay(run);
    child.kill('SIGTERM');
    expect((await finished).exitCode).toBe(3);
    expect((await readEvents(run)).events.at(-1)?.kind).toBe('cancelled');
    expect([...resultsOf(run).keys()]).toEqual([]);
    expect(existsSync(join(run, 'result.json'))).toBe(false);
  });

  it('that is killed has no table, and gives the same bytes when it is done again', async () => {
    const { run, args } = analysis('killed-analysis');
    const { child, finished } = start(args);
    await isUnderWay(run);
    child.kill('SIGKILL');
    expect((await finished).signal).toBe('SIGKILL');
    expect([...resultsOf(run).keys()]).toEqual([]);
    expect((await cannon(args)).exitCode).toBe(0);
    const undisturbed = analysis('undisturbed-analysis');
    expect((await cannon(undisturbed.args)).exitCode).toBe(0);
    expect(resultsOf(run)).toEqual(resultsOf(undisturbed.run));
  });
});
