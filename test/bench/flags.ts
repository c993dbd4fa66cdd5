/**
 * `npm run bench:flags`: what the flags of residuals find among planted oddities, and what they cost. Prints the tables of docs/flags.md.
 *
 *   npm run bench:flags                                  two surveys of 3200 spectra, seeds 301 and 302
 *   npm run bench:flags -- --seeds 401,402,403 --stars 4000 --oddities 0.03
 *   npm run bench:flags -- --labels paper                the two models of the paper, with windows
 *
 * Each survey is sampled, trained as it is (its reference stars hold oddities, too), its labels inferred and its catalog made by the command
 * line; flags are those of its table of observations. A spectrum is odd in the way that truth.csv says. Thresholds are those that a config has
 * without a word; they were chosen on seeds 101, 102 and, for single elements, 201, so seeds of one's own are a better
 * test. Time is that of the workers' inference with and without diagnostics, in turns.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { inferStars } from '../../engine/cannon/infer';
import { readModel } from '../../engine/cannon/modelFile';
import { hasFlag } from '../../engine/catalog/flagBits';
import { usualThresholds } from '../../engine/catalog/residualFlags';
import { loadConfig } from '../../engine/config/parse';
import { newestModels } from '../../engine/jobs/runFolder';
import { recipeOf } from '../../engine/jobs/recipe';
import { findSpectra } from '../../engine/reference/spectraWalk';
import { column } from '../../engine/reference/match';
import { type Cell, readTable, type Table } from '../../engine/reference/table';
import { Normalizer } from '../../engine/spectra/normalize';
import { readSpectrum } from '../../engine/spectra/read';

const cli = join(import.meta.dirname, '..', '..', 'dist', 'cannon.js');

interface Star {
  readonly kind: string;
  readonly strength: number;
  readonly snr: number;
  readonly lithium: number;
  readonly found: ReadonlySet<string>;
}

/** What counts as strong, by what truth.csv calls strength. */
const strong: Readonly<Record<string, { readonly from: number; readonly words: string }>> = {
  'lithium-rich': { from: 3.2, words: 'A(Li) ≥ 3.2' },
  'barium-rich': { from: 1, words: '[Ba/Fe] + 1.0 or more' },
  emission: { from: 0.4, words: 'all (Hα higher than 0.4 of the continuum)' },
  'double-lined': { from: 0, words: 'all (120 to 320 km/s)' },
  'wrong-z': { from: 0, words: 'all (160 to 1600 km/s)' },
  'bad-pixels': { from: 0, words: 'all (30 to 150 pixels)' },
};

async function bench(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '301,302' },
      stars: { type: 'string', default: '3200' },
      oddities: { type: 'string', default: '0.03' },
      labels: { type: 'string', default: '3' },
      workers: { type: 'string', default: '2' },
    },
  });
  const folder = mkdtempSync(join(tmpdir(), 'cannon-flags-'));
  try {
    const stars: Star[] = [];
    for (const seed of values.seeds.split(',')) {
      const survey = join(folder, seed);
      const run = (...args: string[]) =>
        execFileSync(process.execPath, [cli, ...args, '--workers', values.workers], { stdio: 'ignore' });
      const sample = ['--stars', values.stars, '--oddities', values.oddities, '--labels', values.labels];
      run('sample', survey, '--seed', seed, ...sample);
      const config = ['--config', join(survey, 'cannon.yaml')];
      run('train', ...config);
      const labels = join(survey, 'labels.csv');
      run('infer', ...config, '--out', labels);
      const tables = ['--out', join(survey, 'catalog.csv'), '--observations', join(survey, 'observations.csv')];
      run('catalog', ...config, '--labels', labels, ...tables);
      stars.push(...(await starsOf(survey)));
      if (seed === values.seeds.split(',')[0]) await printCost(survey);
      rmSync(join(survey, 'spectra'), { recursive: true });
    }
    print(stars);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function starsOf(survey: string): Promise<Star[]> {
  const observations = await readTable(join(survey, 'observations.csv'));
  const truth = await readTable(join(survey, 'truth.csv'));
  const rowOf = new Map(texts(truth, 'obsid').map((obsid, row) => [obsid, row]));
  const [kinds, strengths, snr, lithium] = [
    texts(truth, 'oddity'),
    ...['oddity_strength', 'snrg', 'a_li'].map((name) => numbers(truth, name)),
  ] as [string[], number[], number[], number[]];
  const found = foundIn(observations);
  return texts(observations, 'obsid').map((obsid, n) => {
    const row = rowOf.get(obsid)!;
    const strength = Math.abs(strengths[row]!);
    return { kind: kinds[row]! || 'none', strength, snr: snr[row]!, lithium: lithium[row]!, found: found[n]! };
  });
}

/** The kinds that each row of a catalog's table of observations is flagged as. */
function foundIn(observations: Table): Set<string>[] {
  const flags = numbers(observations, 'flags');
  const windows = texts(observations, 'high_windows');
  const pulls = new Map(elements.map((name) => [name, numbers(observations, `pull_${name}`)]));
  return flags.map((mask, n) => {
    const named = new Set(windows[n]!.toLowerCase().split(' '));
    const isDeeper = (name: string) => named.has(name) && pulls.get(name)![n]! < -usualThresholds.pull;
    const kinds = new Set<string>();
    if (isDeeper('li')) kinds.add('lithium-rich');
    if (isDeeper('ba') || isDeeper('s')) kinds.add('barium-rich');
    if (hasFlag(mask, 'emission')) kinds.add('emission');
    if (hasFlag(mask, 'rv_residual')) kinds.add('wrong-z');
    else if (hasFlag(mask, 'binary')) kinds.add('double-lined');
    if (hasFlag(mask, 'bad_pixels')) kinds.add('bad-pixels');
    return kinds;
  });
}

const elements = ['li', 'ba', 's'];

function print(stars: readonly Star[]): void {
  const clean = stars.filter(({ kind }) => kind === 'none');
  console.log(`${stars.length} spectra, ${clean.length} without a planted oddity\n`);
  const snrs = [0, 20, 50, 100, Infinity];
  const bands = snrs.slice(1).map((to, k) => ({ from: snrs[k]!, to }));
  console.log(
    `| kind | planted | found | precision | strong, S/N ≥ 20 | recall | ${bands.map(({ from, to }) => `S/N ${from}–${to}`).join(' | ')} | false among clean |`,
  );
  console.log(`|${'---|'.repeat(7 + bands.length)}`);
  for (const [kind, { from, words }] of Object.entries(strong)) {
    const planted = stars.filter((star) => star.kind === kind);
    const flagged = stars.filter(({ found }) => found.has(kind));
    const hits = (of: readonly Star[]) => of.filter(({ found }) => found.has(kind)).length;
    const cell = (of: readonly Star[]) => `${hits(of)} of ${of.length}`;
    const best = planted.filter(({ strength, snr }) => strength >= from && snr >= 20);
    const bySnr = bands.map((band) => cell(planted.filter(({ snr }) => snr >= band.from && snr < band.to)));
    console.log(
      `| ${kind} | ${planted.length} | ${hits(planted)} | ${ratio(hits(flagged.filter((star) => star.kind === kind)), flagged.length)} | ${words}: ${best.length} | ${ratio(hits(best), best.length)} | ${bySnr.join(' | ')} | ${hits(clean)} |`,
    );
  }
  const any = clean.filter(({ found }) => found.size > 0).length;
  console.log(
    `\nclean spectra with any of these flags: ${any} of ${clean.length}, ${((100 * any) / clean.length).toFixed(2)} %`,
  );
  const lithium = clean.filter(({ found }) => found.has('lithium-rich'));
  const real = lithium.filter((star) => star.lithium >= 2.4).length;
  console.log(`of ${lithium.length} clean ones with deep lithium lines ${real} have A(Li) ≥ 2.4 by nature`);
}

function ratio(part: number, of: number): string {
  return of === 0 ? '–' : (part / of).toFixed(2);
}

/** A star's time in the fit with and without diagnostics, by turns of the same stars. */
async function printCost(survey: string): Promise<void> {
  const path = join(survey, 'cannon.yaml');
  const { config } = await loadConfig(path);
  if (config === null) throw new Error('the sample has no config');
  const model = await readModel((await newestModels(path))[0]!);
  const { grid, continuum } = recipeOf(model);
  const normalizer = new Normalizer(grid, continuum);
  const files = (await findSpectra(config)).slice(0, 600);
  const rows = [];
  for (const file of files) rows.push(normalizer.normalize(await readSpectrum(join(survey, file), config.survey)));
  const [flux, ivar] = [rows.map((row) => row.flux), rows.map((row) => row.ivar)];
  const best = [Infinity, Infinity];
  for (let round = 0; round < 6; round++) {
    [false, true].forEach((diagnostics, k) => {
      const before = process.cpuUsage();
      inferStars(model, flux, ivar, { windows: config.windows, diagnostics });
      const { user, system } = process.cpuUsage(before);
      best[k] = Math.min(best[k]!, (user + system) / 1000 / rows.length);
    });
  }
  const [without, withAll] = best as [number, number];
  console.log(
    `a star in the fit: ${without.toFixed(3)} ms, with diagnostics ${withAll.toFixed(3)} ms of processor time: ${(withAll - without).toFixed(3)} ms more (${model.labels.length} labels, ${model.modes.length / model.scatter.length} modes)\n`,
  );
}

function texts(table: Table, name: string): string[] {
  return cells(table, name).map((cell) => String(cell ?? ''));
}

function numbers(table: Table, name: string): number[] {
  return cells(table, name).map((cell) => (cell === null || cell === '' ? NaN : Number(cell)));
}

function cells(table: Table, name: string): readonly Cell[] {
  const found = column(table, name);
  return found.values;
}

await bench();
