/**
 * Whether the data of a survey are ready to be trained on, as far as numbers alone can tell: spectra that end within the
 * grid or have no redshift, labels that are constant, missing, in another unit, or leave a gap. Pure.
 *
 * Limits are wide on purpose: what is reported is almost surely a mistake, or worth knowing before hours of training.
 */
import type { Config, GridSpec, LabelSpec } from '../config/config';
import type { problem, RuleCode } from '../config/rules';
import type { Table } from '../reference/table';
import { labelColumns } from '../reference/derivedLabels';
import type { ModelTrainingSet } from '../reference/trainingSet';
import type { Spectrum, SpectrumIdentity } from '../spectra/spectrum';

/** A spectrum with what the check keeps of its pixels. */
export interface CheckedSpectrum extends SpectrumIdentity {
  /** From the first to the last usable pixel: vacuum Å, observed frame; null where no pixel is usable. Absent: not known. */
  readonly coverageAngstrom?: readonly [from: number, to: number] | null;
}

/** Tells of a problem; `path` is that of its place, as in `Places`, and `at` which part of it is meant. */
export type Tell = <Code extends RuleCode>(
  code: Code,
  slots: Parameters<typeof problem<Code>>[1],
  path: string,
  at: 'key' | 'value',
  fix?: string,
) => void;

/** The first and the last usable wavelength of a spectrum, or null. */
export function coverageOf({ waveAngstrom, masked }: Spectrum): [number, number] | null {
  const first = masked.indexOf(0);
  return first < 0 ? null : [waveAngstrom[first]!, waveAngstrom[masked.lastIndexOf(0)]!];
}

/** A spectrum may lack this part of the grid (in log10 λ), and this part of the spectra may lack more. */
const tolerated = 0.01;
const toleratedSpectra = 0.05;

export function tellOfSpectra(spectra: readonly CheckedSpectrum[], grid: GridSpec, tell: Tell): void {
  const nSpectra = spectra.length;
  const nWithout = spectra.filter(({ redshift }) => redshift === null).length;
  if (nWithout > 0) tell('CAN113', { nWithout, nSpectra }, 'spectra', 'value');
  const covered = spectra.flatMap(({ coverageAngstrom, redshift }) =>
    coverageAngstrom && redshift !== null ? [coverageAngstrom.map((wave) => wave / (1 + redshift))] : [],
  );
  if (covered.length === 0) return;
  const slack = (grid.to / grid.from) ** tolerated;
  const rank = Math.floor(toleratedSpectra * (covered.length - 1));
  const starts = covered.map(([from]) => from!).sort((a, b) => b - a);
  const ends = covered.map(([, to]) => to!).sort((a, b) => a - b);
  const isMost = (n: number) => n > toleratedSpectra * covered.length;
  const nLate = starts.filter((from) => from > grid.from * slack).length;
  const nEarly = ends.filter((to) => to < grid.to / slack).length;
  const whole = { nSpectra: covered.length };
  if (isMost(nLate)) {
    const reached = Math.ceil(starts[rank]!);
    const slots = { ...whole, nShort: nLate, happens: 'begin above', edge: grid.from, side: 'begins', reached };
    tell('CAN112', slots, 'grid/from', 'value', reached < grid.to ? String(reached) : undefined);
  }
  if (isMost(nEarly)) {
    const reached = Math.floor(ends[rank]!);
    const slots = { ...whole, nShort: nEarly, happens: 'end below', edge: grid.to, side: 'ends', reached };
    tell('CAN112', slots, 'grid/to', 'value', reached > grid.from ? String(reached) : undefined);
  }
}

/**
 * @param rows the row of the table for each matched spectrum
 * @param models the training set of each model
 */
export function tellOfLabels(
  config: Config,
  table: Table,
  rows: readonly number[],
  models: readonly ModelTrainingSet[],
  tell: Tell,
): void {
  const withFillers = new Set<string>();
  const columns = labelColumns(config.labels, table);
  for (const label of config.labels) {
    const { values: ofRow } = columns.get(label.name)!;
    const nMissing = rows.filter((row) => !Number.isFinite(ofRow[row]!)).length;
    const path = `labels/${label.name}`;
    if (nMissing > 0) tell('CAN115', { nMissing, nStars: rows.length, label: label.name }, path, 'key');
    tellOfUnit(label, table.columns.get(label.column)?.unit ?? '', tell);
    const values = valuesOf(label.name, models);
    if (tellOfFillers(label, values, tell)) withFillers.add(label.name);
    else tellOfRange(label, values, tell);
  }
  for (const { model, stars } of models) {
    const { folds } = config.crossValidation;
    if (folds !== 'leave-one-out' && stars.length > 0 && folds > stars.length) {
      const nTrained = Math.floor((stars.length * (folds - 1)) / folds);
      const slots = { folds, model: model.name, nStars: stars.length, nTrained };
      tell('CAN120', slots, 'crossValidation/folds', 'value', String(Math.max(2, Math.min(10, stars.length))));
    }
    model.labels.forEach((label, i) => {
      const values = sorted(stars.map((star) => star.labels[i]!).filter(Number.isFinite));
      if (values.length > 1 && values[0] === values.at(-1)) {
        const slots = { label, model: model.name, value: values[0]!, nStars: values.length };
        return tell('CAN114', slots, `labels/${label}`, 'key');
      }
      const gap = withFillers.has(label) ? null : gapIn(values);
      if (gap) tell('CAN118', { label, model: model.name, ...gap }, `labels/${label}`, 'key');
    });
  }
}

function sorted(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}

/** The values of a label over all training stars, rising. */
function valuesOf(label: string, models: readonly ModelTrainingSet[]): number[] {
  return sorted(
    models.flatMap(({ model, stars }) => {
      const i = model.labels.indexOf(label);
      return i < 0 ? [] : stars.map((star) => star.labels[i]!).filter(Number.isFinite);
    }),
  );
}

/** What catalogs write where they have no value. */
const fillers = [
  -9999.99, -9999.9, -9999, -999.99, -999.9, -999, -99.99, -99.9, -99, 99, 99.9, 99.99, 999, 999.9, 999.99,
];
fillers.push(9999, 9999.9, 9999.99, 99999, -99999);

/** A filler stands apart from all other values: by more than their whole range. Returns whether there was one. */
function tellOfFillers({ name }: LabelSpec, values: readonly number[], tell: Tell): boolean {
  for (const filler of fillers) {
    const nStars = values.filter((value) => value === filler).length;
    const others = values.filter((value) => value !== filler);
    if (nStars === 0 || others.length < 2) continue;
    const [least, most] = [others[0]!, others.at(-1)!];
    const apart = Math.max(least - filler, filler - most);
    if (apart <= most - least) continue;
    tell('CAN117', { nStars, label: name, value: filler }, `labels/${name}`, 'key');
    return true;
  }
  return false;
}

interface UsualRange {
  readonly names: RegExp;
  /** The range of what there is, and the unit in which it is meant. */
  readonly from: number;
  readonly to: number;
  readonly unit: string;
  /** What else the values may be. */
  readonly otherwise: (median: number, spread: number) => string;
}

const usualRanges: readonly UsualRange[] = [
  {
    names: /^teff$/i,
    from: 1000,
    to: 200_000,
    unit: 'K',
    // 4000 to 7000 K are 0.24 dex, but 3 kK.
    otherwise: (median, spread) =>
      median > 3 && median < 5.4 && spread < 1
        ? 'log10 of a temperature'
        : median > 1 && median < 100
          ? 'a temperature in kK'
          : '',
  },
  {
    names: /^log_?g$/i,
    from: -1,
    to: 9.5,
    unit: 'dex of cm s⁻²',
    otherwise: (median) => (median > 9.5 ? 'a gravity itself, not its logarithm' : ''),
  },
  {
    names: /^(feh|mh|alpha_?fe|[a-z]{1,2}_(h|fe|m)|alpha_m)$/i,
    from: -8,
    to: 4,
    unit: 'dex relative to the Sun',
    otherwise: (median) => (median > 4 && median < 13 ? 'an absolute abundance A(X)' : ''),
  },
  {
    names: /^(vmic|vsini|vmac|v_?broad)$/i,
    from: 0,
    to: 700,
    unit: 'km/s',
    otherwise: (median) => (median > 100 ? 'a velocity in m/s' : ''),
  },
];

/** Compares the middle of the values, for single ones may be off. */
function tellOfRange({ name, unit }: LabelSpec, values: readonly number[], tell: Tell): void {
  const usual = usualRanges.find(({ names }) => names.test(name));
  if (!usual || values.length === 0) return;
  const median = values[Math.floor(values.length / 2)]!;
  if (median >= usual.from && median <= usual.to) return;
  const guess = usual.otherwise(median, values.at(-1)! - values[0]!);
  const range = `from ${short(values[0]!)} to ${short(values.at(-1)!)}`;
  const hint = guess === '' ? 'Check the column and its unit.' : `That looks like ${guess}.`;
  tell(
    'CAN116',
    { label: name, range, unit: unit === '' || unit === 'dex' ? usual.unit : unit, hint },
    `labels/${name}`,
    'key',
  );
}

function tellOfUnit({ name, unit }: LabelSpec, columnUnit: string, tell: Tell): void {
  if (columnUnit === '' || unit === '' || canonicalUnit(columnUnit) === canonicalUnit(unit)) return;
  tell('CAN119', { label: name, unit, columnUnit }, `labels/${name}/unit`, 'value', JSON.stringify(columnUnit));
}

/** The same for all ways to write a unit: `km s-1`, `km.s**-1`, `km/s`; logarithms of anything are dex. */
function canonicalUnit(unit: string): string {
  const text = unit
    .toLowerCase()
    .replaceAll('−', '-')
    .replace(/[⁻¹²]/g, (sign) => ({ '⁻': '-', '¹': '1', '²': '2' })[sign]!);
  if (/^\[|^(dex|log(10)?)\b/.test(text)) return 'dex';
  return text
    .replace(/\*\*|\^/g, '')
    .replace(/[\s.*]*\/\s*([a-z]+)2?/g, (_, of: string) => `${of}-1`)
    .replace(/[\s.*()]/g, '')
    .replace(/^kelvin$/, 'k');
}

/** Few stars are full of gaps. */
const leastStars = 20;
/** Parts of the whole range: between two crowds, and between a crowd and stars far out, which every label has some of. */
const wideGap = 1 / 3;
const farOut = 2 / 3;
const crowd = 0.05;

/** The widest empty stretch between rising values, where it takes much of their range. */
function gapIn(values: readonly number[]): { from: string; to: string; nBelow: number; nAbove: number } | null {
  if (values.length < leastStars) return null;
  let above = 1;
  for (let i = 1; i < values.length; i++) {
    if (values[i]! - values[i - 1]! > values[above]! - values[above - 1]!) above = i;
  }
  const [from, to] = [values[above - 1]!, values[above]!];
  const isBetweenCrowds = Math.min(above, values.length - above) >= crowd * values.length;
  if (to - from <= (isBetweenCrowds ? wideGap : farOut) * (values.at(-1)! - values[0]!)) return null;
  return { from: short(from), to: short(to), nBelow: above, nAbove: values.length - above };
}

function short(value: number): string {
  return String(Number(value.toPrecision(5))).replace('-', '−');
}
