/** An observation as a catalog has it: the cells of its row that a catalog needs, by name. */
import type { LabelsPiece, LabelsTable } from './labelsTable';
import { unpackRow } from './packedRow';
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

export class ObservationRecord {
  /** In the order of the layout. */
  readonly numbers: Float64Array;
  readonly texts: string[];

  constructor(private readonly layout: RecordLayout) {
    this.numbers = new Float64Array(layout.numbers.size);
    this.texts = new Array<string>(layout.texts.size).fill('');
  }

  /** What `RowPacker` made of `numbers` and `texts`. */
  static unpacked(layout: RecordLayout, payload: Buffer): ObservationRecord {
    const record = new ObservationRecord(layout);
    unpackRow(payload, record.numbers, record.texts);
    return record;
  }

  /** NaN for what the table does not have. */
  number(name: string): number {
    const k = this.layout.numbers.get(name);
    return k === undefined ? NaN : this.numbers[k]!;
  }

  text(name: string): string {
    const k = this.layout.texts.get(name);
    return k === undefined ? '' : this.texts[k]!;
  }
}

/** The rows of a piece, one at a time, in one record that is filled anew for each. */
export function recordsOf(layout: RecordLayout, piece: LabelsPiece): (row: number) => ObservationRecord {
  const record = new ObservationRecord(layout);
  const numbers = [...layout.numbers.keys()].map((name) => piece.numbers(name));
  const texts = [...layout.texts.keys()].map((name) => piece.texts(name));
  return (row) => {
    for (let k = 0; k < numbers.length; k++) record.numbers[k] = numbers[k]![row]!;
    for (let k = 0; k < texts.length; k++) record.texts[k] = texts[k]![row]!;
    return record;
  };
}
