/**
 * The averages of one star, observation by observation, and the table of many: the sums of `repeats.ts`, in the order of the observations.
 *
 * A row of the table of observations is packed for sorting: S/N, numbers, values and errors as doubles, then texts as JSON.
 */
import type { CatalogColumn } from './catalog';
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

export function packRow({ first, labels, words }: Layout, row: number, snr: number): Uint8Array {
  const numbers = [
    snr,
    ...first.filter(isNumeric).map(({ values }) => values[row] as number),
    ...labels.flatMap(({ column, errorColumn }) => [column.values[row] as number, errorColumn.values[row] as number]),
  ];
  const texts = [...first.filter((column) => !isNumeric(column)), ...words].map(({ values }) => String(values[row]));
  return Buffer.concat([new Uint8Array(Float64Array.from(numbers).buffer), Buffer.from(JSON.stringify(texts))]);
}

export function unpackRow({ first, labels, words }: Layout, payload: Buffer): ObservationRow {
  let at = 0;
  const number = () => payload.readDoubleLE(8 * at++);
  const snr = number();
  const numbers = first.filter(isNumeric).map(number);
  const [values, errors] = [new Float64Array(labels.length), new Float64Array(labels.length)];
  for (let k = 0; k < labels.length; k++) [values[k], errors[k]] = [number(), number()];
  const texts = JSON.parse(payload.toString('utf8', 8 * at)) as string[];
  let [nextNumber, nextText] = [0, 0];
  return {
    ...{ snr, values, errors },
    first: first.map((column) => (isNumeric(column) ? numbers[nextNumber++]! : texts[nextText++]!)),
    words: texts.slice(texts.length - words.length),
  };
}

export class AveragedStar {
  members = 0;
  /** Of the observation of the highest S/N. */
  first: ObservationRow['first'] = [];
  readonly words: readonly Set<string>[];
  #bestSnr = -Infinity;
  #squares = NaN;
  readonly #means: readonly WeightedMean[];

  constructor({ labels, words }: Layout) {
    this.words = words.map(() => new Set());
    this.#means = labels.map(() => new WeightedMean());
  }

  add({ snr, first, values, errors, words }: ObservationRow): void {
    this.members++;
    if ((snr || 0) > this.#bestSnr) [this.#bestSnr, this.first] = [snr || 0, first];
    if (Number.isFinite(snr)) this.#squares = (this.#squares || 0) + snr ** 2;
    words.forEach((text, k) => {
      for (const word of text.split(' ')) if (word !== '') this.words[k]!.add(word);
    });
    values.forEach((value, k) => this.#means[k]!.add(snr, value, errors[k]! ** 2));
  }

  /** Of all observations together, as of independent ones. */
  get snr(): number {
    return Math.sqrt(this.#squares);
  }

  average(k: number): [value: number, error: number] {
    return [this.#means[k]!.mean(), this.#means[k]!.error()];
  }
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
      values: Int32Array.from(stars, ({ members }) => members),
    },
    { ...{ name: 'snr', unit: '', ucd: 'stat.snr', digits: 5 }, values: Float64Array.from(stars, ({ snr }) => snr) },
    ...best.filter(({ name }) => name === 'model'),
    ...labels.flatMap(({ column, errorColumn }, k) => {
      const means = stars.map((star) => star.average(k));
      return [
        { ...column, values: Float64Array.from(means, ([mean]) => mean) },
        { ...errorColumn, values: Float64Array.from(means, ([, error]) => error) },
      ];
    }),
    ...words.map((column, k) => ({ ...column, values: stars.map((star) => [...star.words[k]!].join(' ')) })),
  ];
}
