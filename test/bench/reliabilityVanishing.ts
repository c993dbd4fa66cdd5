/**
 * Spectra that go while they are looked at: a folder with 100,000 of them renamed away while `cannon index` lists and reads it, and
 * under a server that knows them all; a folder of spectra in whose place a file stands. Afterwards each knows what is there.
 */
import { copyFileSync, cpSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { start, until } from '../jobs/command';
import { writtenSurvey } from './reliabilityDay';
import { tellOf } from './reliabilityEvents';
import type { PartReport } from './reliabilityReport';
import { LiveServer } from './reliabilityServer';

const nFiles = 100_000;
/** A file system may allow 65,000 names for one file. */
const mostLinks = 50_000;

export async function vanishing(folder: string): Promise<PartReport> {
  const { folder: original, store, sound } = await writtenSurvey(folder);
  const survey = join(folder, 'vanishing');
  const config = join(survey, 'cannon.yaml');
  mkdirSync(join(survey, 'spectra'), { recursive: true });
  const [own] = readdirSync(join(original, 'spectra')).filter((name) => name.startsWith('HD'));
  cpSync(join(original, 'spectra', own!), join(survey, 'spectra', own!), { recursive: true });
  copyFileSync(join(original, 'labels.csv'), join(survey, 'labels.csv'));
  writeFileSync(config, sound);
  const nOwn = readdirSync(join(survey, 'spectra', own!)).filter((name) => name.endsWith('.fits.gz')).length;
  const many = join(survey, 'spectra', 'many');
  mkdirSync(many);
  const paths = Array.from({ length: nFiles }, (_, n) => join(many, `spec-${n}.fits.gz`));
  paths.forEach((path, n) => {
    if (n % mostLinks === 0) copyFileSync(join(store, 'spectrum.fits.gz'), path);
    else linkSync(paths[n - (n % mostLinks)]!, path);
  });
  const away = join(survey, 'gone');
  const rows: [string, string][] = [];
  const failures: string[] = [];
  for (const afterMs of [400, 1000, 3000, 10_000]) {
    const { child, finished } = start(['index', '--config', config, '--json']);
    const patience = setTimeout(() => child.kill('SIGKILL'), 300_000);
    await pause(afterMs);
    renameSync(many, away);
    const { exitCode, stderr, stdout } = await finished;
    clearTimeout(patience);
    renameSync(away, many);
    const last = (JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') ?? {}) as Readonly<Record<string, unknown>>;
    const { spectra = '?', readable = '?' } = last;
    rows.push([
      `index, of whose 100,000 spectra all vanish after ${afterMs / 1000} s`,
      `exit code ${exitCode}; ${String(spectra)} spectra, ${String(readable)} readable`,
    ]);
    if (exitCode !== 0) failures.push(`index with vanishing spectra ends with ${exitCode}: ${stderr.slice(-300)}`);
    if (/CAN900|Internal/.test(stdout + stderr)) failures.push(`index with vanishing spectra: ${stderr.slice(-300)}`);
  }
  await underServer({ config, survey, many, away, paths, nOwn }, join(folder, 'vanishing-storage'), rows, failures);
  rmSync(many, { recursive: true, force: true });
  return { title: 'Vanishing spectra', rows, failures };
}

interface Place {
  readonly config: string;
  readonly survey: string;
  readonly many: string;
  readonly away: string;
  readonly paths: readonly string[];
  readonly nOwn: number;
}

async function underServer(
  { config, survey, many, away, paths, nOwn }: Place,
  storage: string,
  rows: [string, string][],
  failures: string[],
): Promise<void> {
  mkdirSync(storage);
  const server = await LiveServer.start(storage, storage);
  const nKnown = async () => {
    const filter = { text: '', where: '' };
    const answer = (await server.ask('cannon/plates', { config, filter })) as { state: State } | undefined;
    return answer?.state ?? null;
  };
  const settled = (n: number, what: string) =>
    until(
      what,
      async () => {
        // Asked without pause, the server would have no time for anything else.
        await pause(500);
        const state = await nKnown();
        return server.isGone || (state?.phase === 'idle' && state.nSpectra === n) ? state : null;
      },
      900_000,
    );
  const seconds = async (act: () => Promise<unknown>) => {
    const started = Date.now();
    await act();
    return `${((Date.now() - started) / 1000).toFixed(1)} s`;
  };
  await server.tell('cannon/indexedSurveys', { configs: [config] });
  await settled(nOwn + nFiles, 'the index of 100,000 spectra');
  const before = await server.sample();
  const gone = await seconds(async () => {
    renameSync(many, away);
    await tellOf(
      server,
      paths.map((path) => ({ path, type: 3 })),
    );
    await settled(nOwn, 'the index without them');
  });
  const after = await server.sample();
  rows.push(['the server told of 100,000 spectra that are gone', `knows after ${gone}`]);
  rows.push([
    'its heap with them, without them',
    `${before.heap.toFixed(0)}, ${after.heap.toFixed(0)} MB; resident ${before.rss.toFixed(0)}, ${after.rss.toFixed(0)} MB`,
  ]);
  // Nobody tells of what is inside a folder that is put in place.
  renameSync(away, many);
  const back = await seconds(async () => {
    await server.ask('cannon/refreshIndex', { config });
    await settled(nOwn + nFiles, 'the index with them again');
  });
  renameSync(many, away);
  writeFileSync(many, 'a file in the place of a folder');
  const replaced = await seconds(async () => {
    await tellOf(server, [{ path: many, type: 2 }]);
    await server.ask('cannon/refreshIndex', { config });
    await settled(nOwn, 'the index with a file in the place of a folder');
  });
  rows.push(['they are back; a file stands in the place of their folder', `known after ${back}; ${replaced}`]);
  rmSync(many);
  rmSync(away, { recursive: true });
  rmSync(join(survey, 'spectra'), { recursive: true });
  await server.ask('cannon/refreshIndex', { config });
  const none = await until('what is left', async () => {
    const state = await nKnown();
    return state === null || state.nSpectra === 0 ? (state ?? 'refused with a sentence') : null;
  });
  rows.push(['all spectra gone', typeof none === 'string' ? none : `${none.nSpectra} spectra`]);
  failures.push(...server.answers.failures, ...server.rejections().map((text) => `not handled: ${text}`));
  if (server.isGone) failures.push('the server has died of vanishing spectra');
  else await server.stop();
}

interface State {
  readonly phase: string;
  readonly nSpectra: number;
}
