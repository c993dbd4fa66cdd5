/**
 * How much the cuts of a survey's `quality` are worth: the scatter of held-out labels with all of them, and with fewer. Prints the
 * tables of docs/reference-set.md.
 *
 *   node … referenceCuts --config cannon.yaml [--keep 0,1,5] [--truth truth.csv] [--folds 10]
 *
 * `--keep n` makes the first n cuts only; each number is a set, and the last is the one that the others are compared with on its own
 * stars: fewer bad stars in a test look like a better model, so scatters are given for a set's own stars and for the stars of the last.
 * With `--truth` (a column `obsid` and the labels) labels are compared with the truth as well.
 */
import { parseArgs } from 'node:util';
import { crossValidate } from '../../engine/cannon/crossValidate';
import type { TrainingSet } from '../../engine/cannon/train';
import type { Config } from '../../engine/config/config';
import { loadConfig } from '../../engine/config/parse';
import { inProcessPool } from '../../engine/jobs/pool';
import { identifySpectra, inMemory, matchedSpectra, normalizeSpectra } from '../../engine/jobs/surveySpectra';
import { measureChi2 } from '../../engine/jobs/windowChi2';
import { funnelInWords } from '../../engine/reference/funnel';
import { matchKey } from '../../engine/reference/match';
import { readTable } from '../../engine/reference/table';
import { type ModelTrainingSet, selectTrainingSet } from '../../engine/reference/trainingSet';
import type { SpectrumIdentity } from '../../engine/spectra/spectrum';

const { values: args } = parseArgs({
  options: {
    config: { type: 'string', default: 'cannon.yaml' },
    keep: { type: 'string' },
    truth: { type: 'string' },
    folds: { type: 'string', default: '10' },
  },
});
const { config, problems } = await loadConfig(args.config);
if (config === null || problems.some(({ severity }) => severity === 'error'))
  throw new Error(problems.map(({ message }) => message).join('\n'));
const context = { signal: new AbortController().signal, report: () => undefined };
const pool = inProcessPool;
const spectra: { idx: number; path: string; identity: SpectrumIdentity }[] = [];
await identifySpectra(config, pool, context, 'cv', inMemory(await matchedSpectra(config, context)), {
  onValue: (identity, idx, path) => void spectra.push({ idx, path, identity }),
  onProblem: () => undefined,
});
spectra.sort((a, b) => a.idx - b.idx);
const pathOf = (spectrumIdx: number) => spectra[spectrumIdx]!.path;
const truth = args.truth === undefined ? null : await readTruth(args.truth, config);

interface Tested {
  readonly name: string;
  readonly stars: readonly number[];
  /** By star: inferred, reference. */
  readonly labels: ReadonlyMap<number, { readonly fit: ArrayLike<number>; readonly reference: readonly number[] }>;
}

const keeps = (args.keep ?? `0,${config.quality.length}`).split(',').map(Number);
const tested: Tested[][] = [];
for (const keep of keeps) {
  const part = { ...config, quality: config.quality.slice(0, keep) };
  const from = performance.now();
  const paths = spectra.map(({ path }) => path);
  const set = await selectTrainingSet(
    part,
    spectra.map(({ identity }) => identity),
    { measure: measureChi2({ config: part, pool }, paths, context) },
  );
  console.log(`\n${keep} cuts: ${funnelInWords(set.funnel)} (${((performance.now() - from) / 1000).toFixed(1)} s)`);
  for (const { thresholds } of set.funnel) {
    if (thresholds)
      console.log(
        `  ${thresholds.map((one) => `${one.element} ≤ ${one.threshold.toFixed(2)} (${one.above})`).join(', ')}`,
      );
  }
  tested.push(await Promise.all(set.models.map((one) => test(one, part))));
}

const last = tested.at(-1)!;
config.models.forEach((model, m) => {
  console.log(
    `\n### ${model.name}\n\n| cuts | stars | ${model.labels.join(' | ')} |\n|---|---|${model.labels.map(() => '---|').join('')}`,
  );
  const stars = new Set(last[m]!.stars);
  keeps.forEach((keep, k) => {
    const one = tested[k]![m]!;
    row(`${keep}, own stars`, one, one.stars, false);
    row(
      `${keep}, stars of the last`,
      one,
      one.stars.filter((star) => stars.has(star)),
      false,
    );
    if (truth)
      row(
        `${keep}, stars of the last, truth`,
        one,
        one.stars.filter((star) => stars.has(star)),
        true,
      );
  });
});
await pool.close();

function row(name: string, { labels }: Tested, stars: readonly number[], isTruth: boolean): void {
  const nLabels = labels.values().next().value?.reference.length ?? 0;
  const cells = Array.from({ length: nLabels }, (_, i) => {
    const differences = stars.flatMap((star) => {
      const { fit, reference } = labels.get(star)!;
      const expected = isTruth
        ? truthOf(star, config!.models.find(({ labels: own }) => own.length === nLabels)!.labels[i]!)
        : reference[i]!;
      const difference = fit[i]! - expected;
      return Number.isFinite(difference) ? [difference] : [];
    });
    return scatterOf(differences).toPrecision(3);
  });
  console.log(`| ${name} | ${stars.length} | ${cells.join(' | ')} |`);
}

/** Half the 16–84 % width. */
function scatterOf(values: number[]): number {
  const sorted = values.sort((a, b) => a - b);
  const at = (part: number) => sorted[Math.round(part * (sorted.length - 1))]!;
  return (at(0.84) - at(0.16)) / 2;
}

async function test({ model, stars }: ModelTrainingSet, part: Config): Promise<Tested> {
  const paths = stars.map(({ spectrumIdx }) => pathOf(spectrumIdx));
  const { waveAngstrom, flux, ivar, rows } = await normalizeSpectra(part, paths, pool, context);
  const kept = rows.map((n) => stars[n]!);
  const set: TrainingSet = {
    stars: rows.map((n) => paths[n]!),
    labels: model.labels.map((name) => ({ name, unit: '' })),
    values: Float64Array.from(kept.flatMap(({ labels }) => labels)),
    ...{ waveAngstrom, flux, ivar },
  };
  const groups = kept.map((star) => String(star.row));
  const { seed } = part.crossValidation;
  const { fits } = await crossValidate(set, { name: model.name, folds: Number(args.folds), seed, groups });
  return {
    name: model.name,
    stars: kept.map(({ spectrumIdx }) => spectrumIdx),
    labels: new Map(
      kept.map(({ spectrumIdx, labels }, n) => [spectrumIdx, { fit: fits[n]!.labels, reference: labels }]),
    ),
  };
}

/** The value of a label of the truth for a star; NaN where there is none. */
function truthOf(star: number, label: string): number {
  const { obsid } = spectra[star]!.identity;
  return truth?.get(matchKey(obsid) ?? '')?.get(label) ?? NaN;
}

async function readTruth(path: string, { labels }: Config): Promise<Map<string, Map<string, number>>> {
  const table = await readTable(path);
  const ids = table.columns.get('obsid')!.values;
  return new Map(
    ids.map((id, row) => [
      matchKey(id) ?? '',
      new Map(labels.map(({ name, column }) => [name, Number(table.columns.get(column)?.values[row] ?? NaN)])),
    ]),
  );
}
