/**
 * `npm run bench:labels`: stars labelled a second from `.fits.gz` files to rows of the table of labels, with what residuals tell (the
 * default of `inference.diagnostics`) and without, against merely gunzipping the same files, by the program gzip in as many
 * processes and by Node's zlib, called as the product calls it, in as many threads; and where the time of a star goes.
 *
 *   npm run bench:labels                                       300 mock stars, two workers
 *   npm run bench:labels -- --stars 1000 --workers 4
 *   npm run bench:labels -- --config survey/cannon.yaml        a survey of one's own, with its newest models
 *
 * Rounds of all take turns, after one of each to warm up, and the best of each counts, as other programs can only slow one
 * down; processor time of all threads leaves out what others took. Files come from the system's cache,
 * in chunks as large as those of a large survey; those of a small one go through again and again, so that all workers have to do
 * until the end.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
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
/** Of the files that go through in a round. */
const leastChunks = 12;
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
    const found = await matchedSpectra(config, { signal: new AbortController().signal, report: () => undefined });
    const files = Array.from({ length: Math.ceil((leastChunks * mostPerChunk) / found.length) }, () => found).flat();
    const paths = files.map((file) => resolve(config.folder, file));
    const gunzip = gunzipper(nWorkers, paths);
    const pool = createPool(pathToFileURL(join(dist, 'worker.js')), nWorkers);
    const labels = (diagnostics: Config['inference']['diagnostics']) =>
      labeller(pool, { ...config, inference: { ...config.inference, diagnostics } }, models, files);
    const kinds = [() => gzipProgram(nWorkers, paths), gunzip.round, labels('all'), labels('none')];
    const [program, unpacked, diagnosed, labelled] = (await takingTurns(kinds)) as [Cost, Cost, Cost, Cost];
    await Promise.all([gunzip.close(), pool.close()]);
    const { nModes, nLabels, nPixels } = sizesOf(models[0]!);
    console.log(`${found.length} spectra, ${nPixels} pixels, ${nLabels} labels, ${nModes} modes, ${nWorkers} workers`);
    const line = (name: string, cost: Cost, ...than: readonly Cost[]) => {
      const rate = (files.length / cost.wall).toFixed(0).padStart(6);
      const percent = (of: keyof Cost, by: Cost) => `${((100 * by[of]) / cost[of]).toFixed(0)} %`;
      const shares = than.map((by) => `${percent('wall', by)} (${percent('processor', by)})`);
      const ms = `${((1000 * cost.processor) / files.length).toFixed(2)} ms of processor time each`;
      console.log(`  ${name.padEnd(29)} ${rate} a second, ${[ms, ...shares].join(', ')}`);
    };
    console.log("  rates by the clock; then what they are of that of gzip -dc, and of Node's zlib (by processor time)");
    line(`gzip -dc, ${nWorkers} processes`, program);
    line('read and unpacked by zlib', unpacked, program);
    line('to labels', labelled, program, unpacked);
    line('to labels and diagnostics', diagnosed, program, unpacked);
    await printSteps(config, models[0]!, found);
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
  const [start, used] = [performance.now(), processorSeconds()];
  await round();
  return { wall: (performance.now() - start) / 1000, processor: processorSeconds() - used };
}

/** Of this process and of those that it started and that have ended (Linux; elsewhere of this one). */
function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6 + childSeconds();
}

function childSeconds(): number {
  if (process.platform !== 'linux') return 0;
  // Fields 16 and 17 of the line, hundredths of a second; those before the last bracket may hold blanks.
  const line = readFileSync('/proc/self/stat', 'utf8');
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
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
  const infer = (diagnostics: boolean) =>
    inBatches([...flux.keys()], (idx) =>
      inferStars(
        model,
        idx.map((n) => flux[n]!),
        idx.map((n) => ivar[n]!),
        { diagnostics, windows: config.windows },
      ),
    );
  const steps = [
    ['read and gunzip', () => paths.forEach(gunzipFile)],
    ['to a spectrum, that included', () => paths.forEach((path) => readSpectrumNow(path, survey, { cards: [] }))],
    ['rest frame and grid', () => spectra.forEach((spectrum) => normalizer.onGrid(spectrum))],
    ['copies of that', copies],
    ['continuum, copies included', () => inBatches(copies(), (rows) => normalizer.divide(rows))],
    ['labels', () => infer(false)],
    ['labels and diagnostics', () => infer(true)],
  ] as const;
  const costs = await takingTurns(steps.map(([, step]) => step));
  console.log('  of these, each by itself in one thread:');
  steps.forEach(([name], k) => {
    console.log(`  ${name.padEnd(29)} ${((1000 * costs[k]!.processor) / files.length).toFixed(3)} ms a star`);
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
