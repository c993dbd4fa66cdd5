/**
 * An observation as a catalog has it: the cells of its row that a catalog needs, by name, packed for sorting as numbers in eight bytes
 * each and the texts behind them as JSON.
 */
import type { LabelsPiece, LabelsTable } from './labelsTable';
import type { ColumnSpec } from './schema';

/** Which cells are kept. */
export interface RecordLayout {
  readonly numbers: ReadonlyMap<string, number>;
  readonly texts: ReadonlyMap<string, number>;
}

/** What flags and averages come from beside the catalog's own columns. */
const alsoNumbers = ['converged'];
const alsoTexts = ['at_bound', 'star_id'];

/** @param weight the column of the S/N that weights repeats. */
export function recordLayout(
  specs: readonly ColumnSpec[],
  table: Pick<LabelsTable, 'columns'>,
  weight: string,
): RecordLayout {
  const known = new Set(table.columns.map(({ name }) => name));
  const wanted = specs.flatMap(({ source, type }) =>
    source !== null && known.has(source) ? [{ source, isText: type === 'text' || type === 'int64' }] : [],
  );
  const indexed = (names: readonly string[]) =>
    new Map([...new Set(names)].filter((name) => known.has(name)).map((name, k) => [name, k]));
  return {
    numbers: indexed([...wanted.filter(({ isText }) => !isText).map(({ source }) => source), ...alsoNumbers, weight]),
    texts: indexed([...wanted.filter(({ isText }) => isText).map(({ source }) => source), ...alsoTexts]),
  };
}

/** One row of a piece after the other, packed. */
export function packerOf(layout: RecordLayout, piece: LabelsPiece): (row: number) => Uint8Array {
  const numbers = [...layout.numbers.keys()].map((name) => piece.numbers(name));
  const texts = [...layout.texts.keys()].map((name) => piece.texts(name));
  const packed = new Float64Array(numbers.length);
  const bytes = new Uint8Array(packed.buffer);
  return (row) => {
    numbers.forEach((values, k) => (packed[k] = values[row]!));
    return Buffer.concat([bytes, Buffer.from(JSON.stringify(texts.map((values) => values[row]!)))]);
  };
}

export class ObservationRecord {
  readonly #numbers: Float64Array;
  readonly #texts: readonly string[];

  constructor(
    private readonly layout: RecordLayout,
    payload: Buffer,
  ) {
    this.#numbers = new Float64Array(layout.numbers.size);
    for (let k = 0; k < this.#numbers.length; k++) this.#numbers[k] = payload.readDoubleLE(8 * k);
    this.#texts = JSON.parse(payload.toString('utf8', 8 * this.#numbers.length)) as string[];
  }

  /** NaN for what the table does not have. */
  number(name: string): number {
    const k = this.layout.numbers.get(name);
    return k === undefined ? NaN : this.#numbers[k]!;
  }

  text(name: string): string {
    const k = this.layout.texts.get(name);
    return k === undefined ? '' : this.#texts[k]!;
  }
}
