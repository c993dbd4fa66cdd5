/**
 * `npm run bench:thresholds`: what the flags low_snr, bad_pixels, large_error and rival rest on. Prints the tables of docs/flags.md.
 *
 *   npm run bench:thresholds                                    a survey of 1600 spectra, seed 401, 3 labels
 *   npm run bench:thresholds -- --seed 402 --stars 1600 --labels 10
 *   npm run bench:thresholds -- --survey <folder>               one that is there and trained, with its truth.csv
 *
 * Clean spectra that trained nothing, of S/N 40 or more, are made worse in known steps, and labelled by the survey's model: noise is added to their flux
 * (pixels that fall below 0 are masked, as in reading), or pixels are taken away, scattered or in one stretch. Of each step: how wide pulls are,
 * (inferred − true) / e, by 1.4826 times the median of |pull| over all labels; how many lie beyond 5; and of the labels whose
 * error has a size in parts of the range of the training stars, the rms of inferred − true over the standard deviation of the training stars,
 * 1 where guessing their mean would do as well.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'csv-parse/sync';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { inferStars, type LabelFit } from '../../engine/cannon/infer';
import type { Model } from '../../engine/cannon/model';
import { readModel } from '../../engine/cannon/modelFile';
import type { Config } from '../../engine/config/config';
import { loadConfig } from '../../engine/config/parse';
import { recipeOf } from '../../engine/jobs/recipe';
import { newestModels } from '../../engine/jobs/runFolder';
import { normal, randomFrom } from '../../engine/kernels/random';
import { Normalizer } from '../../engine/spectra/normalize';
import { readSpectrum } from '../../engine/spectra/read';
import type { Spectrum } from '../../engine/spectra/spectrum';

const cli = join(import.meta.dirname, '..', '..', 'dist', 'cannon.js');
type Row = Readonly<Record<string, string>>;
const rowsOf = (path: string) => parse<Row>(readFileSync(path), { columns: true });

interface Star {
  readonly spectrum: Spectrum;
  /** In the order of the model's labels. */
  readonly truth: readonly number[];
}

type Worse = (spectrum: Spectrum, random: ReturnType<typeof randomFrom>) => Spectrum;

const steps: readonly (readonly [name: string, worse: Worse])[] = [
  ['as it is', (spectrum) => spectrum],
  ...[30, 20, 15, 10, 7, 5, 4, 3, 2, 1.5].map((snr) => [`S/N ${snr}`, noisier(snr)] as const),
  ...[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95].flatMap((part) => [
    [`${part} gone, scattered`, without(part, false)] as const,
    [`${part} gone, a stretch`, without(part, true)] as const,
  ]),
];

function noisier(snr: number): Worse {
  return (spectrum, random) => {
    const sorted = spectrum.flux.filter((_, p) => spectrum.masked[p] === 0).sort();
    const sigma = sorted[sorted.length >> 1]! / snr;
    const flux = spectrum.flux.map((value) => value + sigma * normal(random));
    const ivar = spectrum.ivar.map((value) => (value > 0 ? 1 / (1 / value + sigma * sigma) : 0));
    return { ...spectrum, flux, ivar, masked: spectrum.masked.map((bad, p) => (bad === 1 || !(flux[p]! > 0) ? 1 : 0)) };
  };
}

function without(part: number, inOneStretch: boolean): Worse {
  return (spectrum, random) => {
    const n = spectrum.flux.length;
    // Anywhere, and around the end to the beginning, so that both ends are as often gone as the middle.
    const from = Math.floor(n * uniformFloat64(random));
    const isGone = (p: number) => (inOneStretch ? (p - from + n) % n < part * n : uniformFloat64(random) < part);
    return { ...spectrum, masked: spectrum.masked.map((bad, p) => (isGone(p) ? 1 : bad)) };
  };
}

async function bench(): Promise<void> {
  const { values } = parseArgs({
    options: {
      survey: { type: 'string' },
      seed: { type: 'string', default: '401' },
      stars: { type: 'string', default: '1600' },
      labels: { type: 'string', default: '3' },
      use: { type: 'string', default: '300' },
    },
  });
  const folder = values.survey === undefined ? mkdtempSync(join(tmpdir(), 'cannon-thresholds-')) : null;
  try {
    const survey = values.survey ?? join(folder!, 'survey');
    if (folder !== null) {
      const run = (...args: string[]) => execFileSync(process.execPath, [cli, ...args], { stdio: 'ignore' });
      run('sample', survey, '--stars', values.stars, '--seed', values.seed, '--labels', values.labels);
      run('train', '--config', join(survey, 'cannon.yaml'));
    }
    await measure(survey, Number(values.use));
  } finally {
    if (folder !== null) rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(survey: string, most: number): Promise<void> {
  const { config } = await loadConfig(join(survey, 'cannon.yaml'));
  if (config === null) throw new Error('the survey has no config');
  const [path] = await newestModels(config.path);
  const model = await readModel(path!);
  const stars = await unseenStars(survey, config, { model, path: path! }, most);
  console.log(`${stars.length} clean spectra that did not train, ${model.labels.length} labels\n`);
  console.log('| spectra | width of pulls | beyond 5 errors | not converged | rival within 9 |\n|---|---|---|---|---|');
  const { grid, continuum } = recipeOf(model);
  const normalizer = new Normalizer(grid, continuum);
  const all: Labelled[] = [];
  for (const [name, worse] of steps) {
    const rows = stars.flatMap(({ spectrum, truth }, n) => {
      try {
        return [{ truth, ...normalizer.normalize(worse(spectrum, randomFrom(n + 1))) }];
      } catch {
        return [];
      }
    });
    const fits = inferStars(
      model,
      rows.map(({ flux }) => flux),
      rows.map(({ ivar }) => ivar),
    );
    const labelled = fits.flatMap((fit, n) => (fit.problem === null ? [{ fit, truth: rows[n]!.truth }] : []));
    all.push(...labelled);
    const pulls = labelled.flatMap(({ fit, truth }) =>
      truth.map((value, i) => Math.abs(fit.labels[i]! - value) / fit.errors[i]!),
    );
    const share = (is: (fit: LabelFit) => boolean) =>
      percent(labelled.filter(({ fit }) => is(fit)).length / stars.length);
    console.log(
      `| ${name} | ${(1.4826 * median(pulls)).toFixed(2)} | ${percent(pulls.filter((pull) => pull > 5).length / pulls.length)} | ${share(({ converged }) => !converged)} | ${share(({ rivals }) => (rivals[0]?.deltaChi2 ?? Infinity) < 9)} |`,
    );
  }
  printErrors(model, all);
  printRivals(model, all);
}

interface Labelled {
  readonly fit: LabelFit;
  readonly truth: readonly number[];
}

/** By the size of the stated error: is the label better than the mean of the training stars? */
function printErrors({ labels }: Model, all: readonly Labelled[]): void {
  const found = all.flatMap(({ fit, truth }) =>
    truth.map((value, i) => {
      const { min, max, scale } = labels[i]!;
      return { size: fit.errors[i]! / (max - min), off: (fit.labels[i]! - value) / scale };
    }),
  );
  console.log(
    '\n| error, in parts of the range | labels | rms off, in standard deviations | median |off| |\n|---|---|---|---|',
  );
  const edges = [0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 1, Infinity];
  edges.slice(1).forEach((to, k) => {
    const own = found.filter(({ size }) => size >= edges[k]! && size < to).map(({ off }) => off);
    if (own.length < 30) return;
    const rms = Math.sqrt(own.reduce((sum, off) => sum + off * off, 0) / own.length);
    console.log(
      `| ${edges[k]} to ${to} | ${own.length} | ${rms.toFixed(2)} | ${median(own.map(Math.abs)).toFixed(2)} |`,
    );
  });
}

/** By how much higher the χ² of the rival is: how often is it the truer one, all labels in standard deviations? */
function printRivals({ labels }: Model, all: readonly Labelled[]): void {
  const distance = (own: ArrayLike<number>, truth: readonly number[]) =>
    Math.hypot(...truth.map((value, i) => (own[i]! - value) / labels[i]!.scale));
  console.log('\n| Δχ² of the rival | stars | rival nearer to the truth |\n|---|---|---|');
  const edges = [0, 1, 4, 9, 16, 25, 50, 100, Infinity];
  edges.slice(1).forEach((to, k) => {
    const own = all.filter(
      ({ fit }) => fit.rivals.length > 0 && fit.rivals[0]!.deltaChi2 >= edges[k]! && fit.rivals[0]!.deltaChi2 < to,
    );
    if (own.length === 0) return;
    const truer = own.filter(({ fit, truth }) => distance(fit.rivals[0]!.labels, truth) < distance(fit.labels, truth));
    console.log(`| ${edges[k]} to ${to} | ${own.length} | ${percent(truer.length / own.length)} |`);
  });
}

async function unseenStars(
  survey: string,
  config: Config,
  { model, path }: { readonly model: Model; readonly path: string },
  most: number,
): Promise<Star[]> {
  const trained = new Set(rowsOf(join(dirname(path), 'inputs.csv')).map(({ spectrum }) => spectrum));
  const columns = model.labels.map(({ name }) => config.labels.find((label) => label.name === name)!.column);
  const clean = rowsOf(join(survey, 'truth.csv')).filter(
    (row) => row['oddity'] === 'none' && Number(row['snrg']) >= 40 && !trained.has(row['file']),
  );
  const stars: Star[] = [];
  for (const row of clean.slice(0, most))
    stars.push({
      spectrum: await readSpectrum(join(survey, row['file']!), config.survey),
      truth: columns.map((name) => Number(row[name] ?? NaN)),
    });
  return stars;
}

function median(values: readonly number[]): number {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

await bench();
