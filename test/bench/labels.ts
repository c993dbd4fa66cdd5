/**
 * `npm run bench:labels`: stars labelled a second from `.fits.gz` files to labels, against merely gunzipping the same files,
 * by the program gzip in as many processes and by the product's own reading and unpacking in as many threads; and where the
 * time of a star goes.
 *
 *   npm run bench:labels                                       300 mock stars, two workers
 *   npm run bench:labels -- --stars 1000 --workers 4
 *   npm run bench:labels -- --config survey/cannon.yaml        a survey of one's own, with its newest models
 *
 * Rounds of all take turns, after one of each to warm up, and the best of each counts, as other programs can only slow one
 * down; processor time of all threads leaves out what others took. Files come from the system's cache,
 * in chunks as large as those of a large survey.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { inferStars } from '../../engine/cannon/infer';
import type { Model } from '../../engine/cannon/model';
import { readModel } from '../../engine/cannon/modelFile';
import { readBytesNow, unpack } from '../../engine/fits/fitsFile';
import { loadConfig } from '../../engine/config/parse';
import type { Config } from '../../engine/config/config';
import { inSharedMemory } from '../../engine/jobs/inferChunks';
import { createPool, runBatches, slices, type TaskPool } from '../../engine/jobs/pool';
import { recipeOf } from '../../engine/jobs/recipe';
import { newestModels } from '../../engine/jobs/runFolder';
import { mostPerChunk } from '../../engine/jobs/spectraList';
import { matchedSpectra } from '../../engine/jobs/surveySpectra';
import { Normalizer } from '../../engine/spectra/normalize';
import { readSpectrumNow } from '../../engine/spectra/read';

const rounds = 4;
const dist = join(import.meta.dirname, '..', '..', 'dist');

async function bench(): Promise<void> {
  const { values } = parseArgs({
    options: {
      stars: { type: 'string', default: '300' },
      workers: { type: 'string', default: '2' },
      config: { type: 'string' },
    },
  });
  const nWorkers = Number(values.workers);
  const folder = mkdtempSync(join(tmpdir(), 'cannon-labels-'));
  try {
    const path = resolve(values.config ?? mockSurvey(folder, values.stars));
    const { config } = await loadConfig(path);
    if (config === null) throw new Error(`${path} has errors: run cannon check`);
    const models = await Promise.all((await newestModels(path)).map(readModel));
    if (models.length === 0) throw new Error(`${path} has no trained model: run cannon train`);
    const files = await matchedSpectra(config, { signal: new AbortController().signal, report: () => undefined });
    const gunzip = gunzipper(
      nWorkers,
      files.map((file) => resolve(config.folder, file)),
    );
    const pool = createPool(pathToFileURL(join(dist, 'worker.js')), nWorkers);
    const paths = files.map((file) => resolve(config.folder, file));
    const rounds = [gunzip.round, labeller(pool, config, models, files), () => gzipProgram(nWorkers, paths)];
    const [unpacked, labelled, gunzipped] = await takingTurns(rounds);
    await Promise.all([gunzip.close(), pool.close()]);
    const { nModes, nLabels, nPixels } = sizesOf(models[0]!);
    console.log(`${files.length} spectra, ${nPixels} pixels, ${nLabels} labels, ${nModes} modes, ${nWorkers} workers`);
    const line = (name: string, { wall, processor }: Cost) => {
      const [rate, ms] = [files.length / wall, (1000 * processor) / files.length];
      console.log(`  ${name} ${rate.toFixed(0).padStart(6)} a second, ${ms.toFixed(2)} ms of processor time each`);
    };
    const percent = (of: keyof Cost, by: Cost) => `${((100 * by[of]) / labelled![of]).toFixed(0)} %`;
    console.log(`  gzip -dc    ${(files.length / gunzipped!.wall).toFixed(0).padStart(6)} a second`);
    line('unpacked   ', unpacked!);
    line('to labels  ', labelled!);
    console.log(`  to labels at ${percent('wall', gunzipped!)} of the rate of gzip -dc in ${nWorkers} processes`);
    const own = `${percent('wall', unpacked!)} of that of our own unpacking (${percent('processor', unpacked!)} by processor time)`;
    console.log(`  and at ${own}`);
    await printSteps(config, models[0]!, files);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function sizesOf({ modes, scatter, labels }: Model) {
  return { nModes: modes.length / scatter.length, nLabels: labels.length, nPixels: scatter.length };
}

function mockSurvey(folder: string, stars: string): string {
  const cannon = (...args: string[]) => execFileSync(process.execPath, [join(dist, 'cannon.js'), ...args]);
  const survey = join(folder, 'survey');
  cannon('sample', survey, '--stars', stars, '--seed', '1');
  cannon('train', '--config', join(survey, 'cannon.yaml'));
  return join(survey, 'cannon.yaml');
}

/** Seconds of a round. */
interface Cost {
  readonly wall: number;
  /** Of all threads together. */
  readonly processor: number;
}

async function costOf(round: () => unknown): Promise<Cost> {
  const [start, used] = [performance.now(), process.cpuUsage()];
  await round();
  const { user, system } = process.cpuUsage(used);
  return { wall: (performance.now() - start) / 1000, processor: (user + system) / 1e6 };
}

/** The lowest cost of each, in the same `rounds`, after one to warm up. */
async function takingTurns(kinds: readonly (() => unknown)[]): Promise<Cost[]> {
  const costs: Cost[][] = kinds.map(() => []);
  for (let k = 0; k <= rounds; k++) {
    for (const [n, round] of kinds.entries()) {
      const cost = await costOf(round);
      if (k > 0) costs[n]!.push(cost);
    }
  }
  const least = (all: readonly Cost[], of: keyof Cost) => Math.min(...all.map((cost) => cost[of]));
  return costs.map((all) => ({ wall: least(all, 'wall'), processor: least(all, 'processor') }));
}

function labeller(pool: TaskPool, config: Config, models: readonly Model[], files: readonly string[]) {
  const { folder, inference, windows, repeats, catalog } = config;
  const shared = models.map(inSharedMemory);
  const common = {
    ...{ folder, inference, windows, repeats, catalog, covariance: false },
    ...{ ...recipeOf(models[0]!), models: shared, cvScatter: new Map() },
  };
  return () =>
    runBatches(
      pool,
      'label',
      [...slices(files, mostPerChunk)].map(({ from, items }) => ({
        ...common,
        from,
        paths: items,
        nSamples: 0,
        seed: 1,
      })),
      new AbortController().signal,
      () => undefined,
    );
}

/** What anyone would do who only wants the bytes: `gzip -dc` on an equal part of the files a process, into nothing. */
function gzipProgram(nProcesses: number, files: readonly string[]): Promise<unknown> {
  return Promise.all(
    Array.from({ length: nProcesses }, (_, k) => {
      const part = files.filter((_path, n) => n % nProcesses === k);
      const gzip = spawn('gzip', ['-dc', '--', ...part], { stdio: ['ignore', 'ignore', 'inherit'] });
      return new Promise((done, fail) => gzip.once('error', fail).once('close', done));
    }),
  );
}

function gunzipper(nWorkers: number, files: readonly string[]) {
  const workers = Array.from({ length: nWorkers }, () => new Worker(new URL(import.meta.url)));
  const round = () =>
    Promise.all(
      workers.map(
        (worker, k) =>
          new Promise((done, fail) => {
            worker.once('error', fail).once('message', done);
            worker.postMessage(files.filter((_, n) => n % nWorkers === k));
          }),
      ),
    );
  return { round, close: () => Promise.all(workers.map((worker) => worker.terminate())) };
}

/** Milliseconds of processor time a star of each step in one thread, a batch of files at a time as the workers take them. */
async function printSteps(config: Config, model: Model, files: readonly string[]): Promise<void> {
  const { survey, grid, continuum } = recipeOf(model);
  const normalizer = new Normalizer(grid, continuum);
  const paths = files.map((file) => resolve(config.folder, file));
  const spectra = paths.map((path) => readSpectrumNow(path, survey));
  const onGrid = spectra.map((spectrum) => normalizer.onGrid(spectrum));
  const copies = () => onGrid.map(({ flux, ivar }) => ({ flux: flux.slice(), ivar: ivar.slice() }));
  const normalized = copies();
  normalizer.divide(normalized);
  const [flux, ivar] = [normalized.map((row) => row.flux), normalized.map((row) => row.ivar)];
  const inBatches = <T>(items: readonly T[], use: (items: readonly T[]) => unknown) => {
    for (const batch of slices(items, mostPerChunk)) use(batch.items);
  };
  const steps = [
    ['read and gunzip', () => paths.forEach(gunzipFile)],
    ['to a spectrum, that included', () => paths.forEach((path) => readSpectrumNow(path, survey, { cards: [] }))],
    ['rest frame and grid', () => spectra.forEach((spectrum) => normalizer.onGrid(spectrum))],
    ['copies of that', copies],
    ['continuum, copies included', () => inBatches(copies(), (rows) => normalizer.divide(rows))],
    [
      'labels',
      () =>
        inBatches([...flux.keys()], (idx) =>
          inferStars(
            model,
            idx.map((n) => flux[n]!),
            idx.map((n) => ivar[n]!),
          ),
        ),
    ],
  ] as const;
  const costs = await takingTurns(steps.map(([, step]) => step));
  steps.forEach(([name], k) => {
    console.log(`  ${name.padEnd(30)} ${((1000 * costs[k]!.processor) / files.length).toFixed(3)} ms a star`);
  });
}

function gunzipFile(path: string): void {
  unpack(readBytesNow(path), path);
}

if (isMainThread) await bench();
else
  parentPort!.on('message', (files: string[]) => {
    files.forEach(gunzipFile);
    parentPort!.postMessage(null);
  });
