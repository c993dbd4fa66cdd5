/**
 * The averages of one star from its observations, and the table of many: which observations count is as in `starObservations.ts`, how they are
 * averaged as in `weightedMean.ts`. Words, such as flags, are those of its observations with labels together.
 *
 * A row of the table of observations is packed for sorting (`packedRow.ts`): S/N, other numbers, values and errors of labels, then texts.
 */
import type { CatalogColumn } from './catalog';
import { RowPacker, unpackRow } from './packedRow';
import { countedAmong, largestDifference } from './starObservations';
import { WeightedMean } from './weightedMean';

/** What of the table of observations comes into that of stars. */
export interface Layout {
  /** Those of the star's best observation, as they are. */
  readonly first: readonly CatalogColumn[];
  readonly labels: readonly { readonly column: CatalogColumn; readonly errorColumn: CatalogColumn }[];
  /** Words with spaces between, put together. */
  readonly words: readonly CatalogColumn[];
}

export interface ObservationRow {
  /** NaN where there is none. */
  readonly snr: number;
  /** One for each of `first`. */
  readonly first: readonly (number | string)[];
  readonly values: Float64Array;
  readonly errors: Float64Array;
  readonly words: readonly string[];
}

/** What a star's table has of its best observation before its number of observations, and after. */
const namedFirst = ['spectrum', 'obsid', 'designation', 'ra', 'dec', 'model'];
const namedWords = ['flags', 'extrapolated', 'at_bound'];

export function layoutOf(columns: readonly CatalogColumn[]): Layout {
  const byName = new Map(columns.map((column) => [column.name, column]));
  const named = (names: readonly string[]) => names.flatMap((name) => byName.get(name) ?? []);
  const labels = columns.flatMap((column) => {
    const errorColumn = byName.get(`e_${column.name}`);
    const isLabel = errorColumn?.values instanceof Float64Array && column.values instanceof Float64Array;
    // What the residuals ask for is no label.
    return isLabel && column.name !== 'rv_residual' ? [{ column, errorColumn }] : [];
  });
  return { first: named(namedFirst), labels, words: named(namedWords) };
}

const isNumeric = ({ values }: CatalogColumn): boolean => !Array.isArray(values);

/** Packs rows of tables of one layout. */
export class ObservationPacker {
  readonly #packer = new RowPacker();
  readonly #numbers: Float64Array;
  readonly #texts: string[];

  constructor(private readonly layout: Layout) {
    const { first, labels, words } = layout;
    const nNumbers = first.filter(isNumeric).length;
    this.#numbers = new Float64Array(1 + nNumbers + 2 * labels.length);
    this.#texts = new Array<string>(first.length - nNumbers + words.length).fill('');
  }

  /** @param piece has the columns of the layout. @returns what is valid until the next row is packed. */
  pack(piece: Layout, row: number, snr: number): Buffer {
    let [number, text] = [0, 0];
    this.#numbers[number++] = snr;
    for (const column of piece.first) {
      if (isNumeric(column)) this.#numbers[number++] = column.values[row] as number;
      else this.#texts[text++] = String(column.values[row]);
    }
    for (const { column, errorColumn } of piece.labels) {
      this.#numbers[number++] = column.values[row] as number;
      this.#numbers[number++] = errorColumn.values[row] as number;
    }
    for (const { values } of piece.words) this.#texts[text++] = String(values[row]);
    return this.#packer.pack(this.#numbers, this.#texts);
  }

  unpack(payload: Buffer): ObservationRow {
    const { first, labels, words } = this.layout;
    unpackRow(payload, this.#numbers, this.#texts);
    let [number, text] = [0, 0];
    const snr = this.#numbers[number++]!;
    const own = first.map((column) => (isNumeric(column) ? this.#numbers[number++]! : this.#texts[text++]!));
    const [values, errors] = [new Float64Array(labels.length), new Float64Array(labels.length)];
    for (let k = 0; k < labels.length; k++)
      [values[k], errors[k]] = [this.#numbers[number++]!, this.#numbers[number++]!];
    return { ...{ snr, values, errors }, first: own, words: this.#texts.slice(text, text + words.length) };
  }
}

/** One row of the table of stars. */
export interface AveragedStar {
  readonly nObservations: number;
  /** Of all observations together, as of independent ones. */
  readonly snr: number;
  /** Of the star's best observation. */
  readonly first: ObservationRow['first'];
  readonly means: readonly WeightedMean[];
  readonly words: readonly string[];
}

/** Velocities differ where a star has a companion: they say nothing of whether labels agree. */
const isOfStar = ({ column }: Layout['labels'][number]): boolean => column.name !== 'rv';

/**
 * @param observations at least one, in the order of the table
 * @param disagreement from how many errors on two observations disagree
 */
export function averageOf(layout: Layout, observations: readonly ObservationRow[], disagreement: number): AveragedStar {
  const ofStar = [...layout.labels.keys()].filter((k) => isOfStar(layout.labels[k]!));
  const modelAt = layout.first.findIndex(({ name }) => name === 'model');
  const weighed = observations.map(({ snr, values, first }) => ({
    snr: snr > 0 ? snr : 0,
    isLabelled: ofStar.some((k) => Number.isFinite(values[k])),
    model: String(first[modelAt] ?? ''),
  }));
  const { best, isCounted, isOfOneModel } = countedAmong(weighed);
  const means = layout.labels.map(() => new WeightedMean());
  const counted = observations.filter((_, n) => isCounted[n]);
  for (const { snr, values, errors } of counted) means.forEach((mean, k) => mean.add(snr, values[k]!, errors[k]! ** 2));
  const largest = largestDifference(counted.length, ofStar.length, (n, k) => {
    const { values, errors } = counted[n]!;
    return [values[ofStar[k]!]!, errors[ofStar[k]!]!];
  });
  const labelled = observations.filter((_, n) => weighed[n]!.isLabelled);
  const disagree = largest > disagreement || !isOfOneModel;
  return {
    ...{ nObservations: observations.length, snr: snrOf(observations), first: observations[best]!.first, means },
    words: layout.words.map(({ name }, k) => {
      const words = (labelled.length > 0 ? labelled : observations).flatMap((one) => one.words[k]!.split(' '));
      if (name === 'flags' && disagree) words.push('observations_disagree');
      return [...new Set(words)].filter((word) => word !== '').join(' ');
    }),
  };
}

/** S/N of independent observations together; NaN where none has one. */
function snrOf(observations: readonly ObservationRow[]): number {
  const known = observations.map(({ snr }) => snr).filter(Number.isFinite);
  return known.length === 0 ? NaN : Math.hypot(...known);
}

export function tableOf({ first, labels, words }: Layout, stars: readonly AveragedStar[]): CatalogColumn[] {
  const best = first.map((column, k): CatalogColumn => {
    const values = stars.map((star) => star.first[k]!);
    const kind = column.values;
    if (kind instanceof Float64Array) return { ...column, values: Float64Array.from(values as number[]) };
    if (kind instanceof Int32Array) return { ...column, values: Int32Array.from(values as number[]) };
    return { ...column, values: values as string[] };
  });
  return [
    ...best.filter(({ name }) => name !== 'model'),
    {
      ...{ name: 'n_observations', unit: '', ucd: 'meta.number' },
      values: Int32Array.from(stars, ({ nObservations }) => nObservations),
    },
    { ...{ name: 'snr', unit: '', ucd: 'stat.snr', digits: 5 }, values: Float64Array.from(stars, ({ snr }) => snr) },
    ...best.filter(({ name }) => name === 'model'),
    ...labels.flatMap(({ column, errorColumn }, k) => {
      return [
        { ...column, values: Float64Array.from(stars, ({ means }) => means[k]!.mean()) },
        { ...errorColumn, values: Float64Array.from(stars, ({ means }) => means[k]!.error()) },
      ];
    }),
    ...words.map((column, k) => ({ ...column, values: stars.map((star) => star.words[k]!) })),
  ];
}
