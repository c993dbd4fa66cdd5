/**
 * `npm run bench:labels`: stars labelled a second from `.fits.gz` files to labels, against merely gunzipping the same files
 * on as many threads, and where the time of a star goes.
 *
 *   npm run bench:labels                                       300 mock stars, two workers
 *   npm run bench:labels -- --stars 1000 --workers 4
 *   npm run bench:labels -- --config survey/cannon.yaml        a survey of one's own, with its newest models
 *
 * Every figure is the best of three rounds, as other programs can only slow one down. Files come from the system's cache.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { gunzipSync } from 'node:zlib';
import { inferStars } from '../../engine/cannon/infer';
import type { Model } from '../../engine/cannon/model';
import { readModel } from '../../engine/cannon/modelFile';
import { loadConfig } from '../../engine/config/parse';
import type { Config } from '../../engine/config/config';
import { createPool, runBatches, slices, type TaskPool } from '../../engine/jobs/pool';
import { recipeOf } from '../../engine/jobs/recipe';
import { newestModels } from '../../engine/jobs/runFolder';
import { matchedSpectra } from '../../engine/jobs/surveySpectra';
import { Normalizer } from '../../engine/spectra/normalize';
import { readSpectrum } from '../../engine/spectra/read';

const rounds = 3;
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
    const files = await matchedSpectra(config);
    const gunzipped = await gunzipRate(
      nWorkers,
      files.map((file) => resolve(config.folder, file)),
    );
    const pool = createPool(pathToFileURL(join(dist, 'worker.js')), nWorkers);
    const labelled = await labelRate(pool, config, models, files);
    await pool.close();
    const { nModes, nLabels, nPixels } = sizesOf(models[0]!);
    console.log(`${files.length} spectra, ${nPixels} pixels, ${nLabels} labels, ${nModes} modes, ${nWorkers} workers`);
    console.log(`  gunzip only      ${gunzipped.toFixed(0)} spectra/s`);
    console.log(
      `  to labels        ${labelled.toFixed(0)} stars/s, ${((100 * labelled) / gunzipped).toFixed(0)} % of that`,
    );
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

/** The most a second of `rounds`, after one to warm up. */
async function bestRate(count: number, round: () => Promise<unknown>): Promise<number> {
  await round();
  let best = 0;
  for (let k = 0; k < rounds; k++) {
    const start = performance.now();
    await round();
    best = Math.max(best, (1000 * count) / (performance.now() - start));
  }
  return best;
}

function labelRate(pool: TaskPool, config: Config, models: readonly Model[], files: readonly string[]) {
  const common = { ...config, ...recipeOf(models[0]!), models };
  return bestRate(files.length, () =>
    runBatches(
      pool,
      'infer',
      [...slices(files, 16)].map(({ items }) => ({ ...common, paths: items, nSamples: 0, seed: 1 })),
      new AbortController().signal,
      () => undefined,
    ),
  );
}

async function gunzipRate(nWorkers: number, files: readonly string[]): Promise<number> {
  const workers = Array.from({ length: nWorkers }, () => new Worker(new URL(import.meta.url)));
  const share = (k: number) => files.filter((_, n) => n % nWorkers === k);
  const rate = await bestRate(files.length, () =>
    Promise.all(
      workers.map(
        (worker, k) =>
          new Promise((done, fail) => {
            worker.once('error', fail).once('message', done);
            worker.postMessage(share(k));
          }),
      ),
    ),
  );
  await Promise.all(workers.map((worker) => worker.terminate()));
  return rate;
}

/** Milliseconds a star of each step in one thread. */
async function printSteps(config: Config, model: Model, files: readonly string[]): Promise<void> {
  const { survey, grid, continuum } = recipeOf(model);
  const normalizer = new Normalizer(grid, continuum);
  const paths = files.map((file) => resolve(config.folder, file));
  const milliseconds = async (step: () => unknown) =>
    1000 / (await bestRate(files.length, () => Promise.resolve(step())));
  const spectra = await Promise.all(paths.map((path) => readSpectrum(path, survey)));
  const rows = spectra.map((spectrum) => normalizer.normalize(spectrum));
  const [flux, ivar] = [rows.map((row) => row.flux), rows.map((row) => row.ivar)];
  const steps = [
    ['gunzip', await milliseconds(() => paths.forEach(gunzipFile))],
    ['read, gunzip included', await milliseconds(() => Promise.all(paths.map((path) => readSpectrum(path, survey))))],
    [
      'rest frame, grid, continuum',
      await milliseconds(() => spectra.map((spectrum) => normalizer.normalize(spectrum))),
    ],
    ['labels', await milliseconds(() => inferStars(model, flux, ivar))],
  ] as const;
  for (const [name, time] of steps) console.log(`  ${name.padEnd(28)} ${time.toFixed(2)} ms a star`);
}

function gunzipFile(path: string): void {
  const bytes = readFileSync(path);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) gunzipSync(bytes);
}

if (isMainThread) await bench();
else
  parentPort!.on('message', (files: string[]) => {
    files.forEach(gunzipFile);
    parentPort!.postMessage(null);
  });
