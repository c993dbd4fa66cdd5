/**
 * Observations of one star, put together: its averaged labels, and how well its observations agree.
 *
 * The average is weighted by S/N, x̄ = Σ wᵢxᵢ / Σ wᵢ with wᵢ the S/N of observation i in one band (Wheeler et al. 2020, §5: the
 * z band); for independent observations its error is √(Σ wᵢ²σᵢ²) / Σ wᵢ. Two observations of a star differ by their errors
 * alone: the pull (xᵢ − xⱼ) / √(σᵢ² + σⱼ²) of pairs has a width of 1 where the errors are right, whatever the model's bias is.
 */
import { membersOf } from '../cannon/folds';
import type { RepeatsSpec } from '../config/config';
import { groupRepeats, starOf, type StarOfSpectrum } from '../reference/starGroups';
import type { SpectrumIdentity } from '../spectra/spectrum';
import type { CatalogColumn } from './catalog';

/** What of an observation says which star it is of, and what it weighs. Plain data: it is kept in checkpoints. */
export interface Observation extends StarOfSpectrum {
  /** NaN where there is none. */
  readonly snr: number;
}

/** How well the observations of the same stars agree in a label; numbers are in its unit. */
export interface RepeatAgreement {
  readonly label: string;
  readonly unit: string;
  readonly pairs: number;
  /** Median of the pulls, and half their 16-84 % width: 0 and 1 where errors are right. */
  readonly medianPull: number;
  readonly pullWidth: number;
  /** Half the 16-84 % width of the differences over √2: the error of one observation as the repeats have it. */
  readonly scatter: number;
  /** The median formal error of those observations. */
  readonly medianError: number;
}

export interface RepeatsSummary {
  readonly stars: number;
  /** Stars with more than one observation that has labels, and how many observations those are. */
  readonly repeated: number;
  readonly observations: number;
  readonly labels: readonly RepeatAgreement[];
}

/** A row of the table as an observation of a star; of none that is known, where the file could not be read. */
export function observationOf(identity: SpectrumIdentity | null, spec: RepeatsSpec): Observation {
  if (identity === null) return { keys: [], raDeg: null, decDeg: null, snr: NaN };
  const snr = identity.snr[spec.weight] ?? identity.snr.all ?? NaN;
  return { ...starOf(identity, spec), snr: snr > 0 ? snr : NaN };
}

/**
 * One row a star, in the order of their first observations, and what the repeats say of the errors.
 * @param columns of the table of observations, whole; every column with an `e_` beside it is averaged.
 */
export function averageRepeats(
  columns: readonly CatalogColumn[],
  observations: readonly Observation[],
  { radiusArcsec }: RepeatsSpec,
): { table: CatalogColumn[]; summary: RepeatsSummary } {
  const byName = new Map(columns.map((column) => [column.name, column]));
  const stars = membersOf(groupRepeats(observations, radiusArcsec)).map((members) => new Star(members, observations));
  const labels = columns.flatMap((column): AveragedColumn[] => {
    const errors = byName.get(`e_${column.name}`);
    return errors?.values instanceof Float64Array && column.values instanceof Float64Array
      ? [{ column, errorColumn: errors, values: column.values, errors: errors.values }]
      : [];
  });
  const first = (name: string): CatalogColumn[] => {
    const column = byName.get(name);
    return column === undefined ? [] : [{ ...column, values: taken(column, stars) }];
  };
  const words = (name: string): CatalogColumn[] => {
    const column = byName.get(name);
    return column === undefined ? [] : [{ ...column, values: stars.map((star) => star.union(column)) }];
  };
  const table: CatalogColumn[] = [
    ...['spectrum', 'obsid', 'designation', 'ra', 'dec'].flatMap(first),
    {
      name: 'n_observations',
      unit: '',
      ucd: 'meta.number',
      values: Int32Array.from(stars, (star) => star.members.length),
    },
    {
      ...{ name: 'snr', unit: '', ucd: 'stat.snr', digits: 5 },
      values: Float64Array.from(stars, (star) => star.snr()),
    },
    ...first('model'),
    ...labels.flatMap((label) => averagedColumns(label, stars)),
    ...['flags', 'extrapolated', 'at_bound'].flatMap(words),
  ];
  return { table, summary: summaryOf(labels, stars) };
}

/** The columns of all pieces of a table, one after the other. */
export function joinColumns(pieces: readonly (readonly CatalogColumn[])[]): CatalogColumn[] {
  return (pieces[0] ?? []).map((column, k) => {
    const parts = pieces.map((piece) => piece[k]!.values);
    const { values } = column;
    if (values instanceof Float64Array) return { ...column, values: joined(new Float64Array(lengthOf(parts)), parts) };
    if (values instanceof Int32Array) return { ...column, values: joined(new Int32Array(lengthOf(parts)), parts) };
    return { ...column, values: parts.flatMap((part) => [...(part as readonly string[])]) };
  });
}

function lengthOf(parts: readonly { readonly length: number }[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

function joined<T extends Float64Array | Int32Array>(whole: T, parts: readonly CatalogColumn['values'][]): T {
  let at = 0;
  for (const part of parts) {
    whole.set(part as T, at);
    at += part.length;
  }
  return whole;
}

interface AveragedColumn {
  readonly column: CatalogColumn;
  readonly errorColumn: CatalogColumn;
  readonly values: Float64Array;
  readonly errors: Float64Array;
}

/** The observations of one star. */
class Star {
  /** The observation of the highest S/N. */
  readonly best: number;
  private readonly hasSnr: boolean;

  constructor(
    readonly members: readonly number[],
    private readonly observations: readonly Observation[],
  ) {
    const snr = (n: number) => observations[n]!.snr || 0;
    this.best = members.reduce((best, n) => (snr(n) > snr(best) ? n : best));
    this.hasSnr = snr(this.best) > 0;
  }

  /** Those with a value. An observation without S/N has no say beside one that has it; without any, all weigh the same. */
  *weighted({ values }: Pick<AveragedColumn, 'values'>): Iterable<{ n: number; weight: number }> {
    const known = this.members.filter((n) => Number.isFinite(values[n]));
    const anySnr = this.hasSnr && known.some((n) => this.observations[n]!.snr > 0);
    for (const n of known) {
      const weight = anySnr ? this.observations[n]!.snr : 1;
      if (weight > 0) yield { n, weight };
    }
  }

  /** Of all observations together, as of independent ones. */
  snr(): number {
    const squares = this.members.map((n) => this.observations[n]!.snr ** 2).filter(Number.isFinite);
    return squares.length === 0 ? NaN : Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
  }

  /** The words that any observation has in this column, each once. */
  union({ values }: CatalogColumn): string {
    const words = this.members.flatMap((n) => String(values[n]).split(' ')).filter((word) => word !== '');
    return [...new Set(words)].join(' ');
  }
}

/** The values of each star's best observation. */
function taken({ values }: CatalogColumn, stars: readonly Star[]): CatalogColumn['values'] {
  if (values instanceof Float64Array) return Float64Array.from(stars, ({ best }) => values[best]!);
  if (values instanceof Int32Array) return Int32Array.from(stars, ({ best }) => values[best]!);
  return stars.map(({ best }) => values[best]!) as string[] | boolean[];
}

function averagedColumns(label: AveragedColumn, stars: readonly Star[]): CatalogColumn[] {
  const [means, errors] = [new Float64Array(stars.length), new Float64Array(stars.length)];
  stars.forEach((star, row) => {
    let [weights, sum, variance] = [0, 0, 0];
    for (const { n, weight } of star.weighted(label)) {
      weights += weight;
      sum += weight * label.values[n]!;
      variance += (weight * label.errors[n]!) ** 2;
    }
    means[row] = weights > 0 ? sum / weights : NaN;
    errors[row] = weights > 0 ? Math.sqrt(variance) / weights : NaN;
  });
  return [
    { ...label.column, values: means },
    { ...label.errorColumn, values: errors },
  ];
}

function summaryOf(labels: readonly AveragedColumn[], stars: readonly Star[]): RepeatsSummary {
  const several = stars.filter(({ members }) => members.length > 1);
  const agreements = labels.map((label) => agreementOf(label, several));
  return {
    stars: stars.length,
    repeated: several.length,
    observations: several.reduce((sum, { members }) => sum + members.length, 0),
    labels: agreements.filter(({ pairs }) => pairs > 0),
  };
}

/** Each observation against the next of the same star: a star that was seen often has no more say than its observations. */
function agreementOf({ column, values, errors }: AveragedColumn, stars: readonly Star[]): RepeatAgreement {
  const [pulls, differences, used]: [number[], number[], number[]] = [[], [], []];
  for (const { members } of stars) {
    const known = members.filter((n) => Number.isFinite(values[n]) && errors[n]! > 0 && Number.isFinite(errors[n]));
    if (known.length > 1) used.push(...known.map((n) => errors[n]!));
    known.slice(1).forEach((n, k) => {
      const before = known[k]!;
      const difference = values[n]! - values[before]!;
      differences.push(difference);
      pulls.push(difference / Math.hypot(errors[n]!, errors[before]!));
    });
  }
  const [low, middle, high] = quantiles(pulls, [0.16, 0.5, 0.84]);
  const [lowest, highest] = quantiles(differences, [0.16, 0.84]);
  return {
    label: column.name,
    unit: column.unit,
    pairs: pulls.length,
    medianPull: middle!,
    pullWidth: (high! - low!) / 2,
    scatter: (highest! - lowest!) / 2 / Math.SQRT2,
    medianError: quantiles(used, [0.5])[0]!,
  };
}

/** Interpolated between the values on both sides; NaN of none. */
function quantiles(values: readonly number[], fractions: readonly number[]): number[] {
  const sorted = Float64Array.from(values).sort();
  return fractions.map((fraction) => {
    const at = fraction * (sorted.length - 1);
    const [below, above] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
    return below === undefined || above === undefined ? NaN : below + (above - below) * (at - Math.floor(at));
  });
}
