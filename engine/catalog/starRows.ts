/**
 * Rows of a catalog between where they are made and where they are written: a row's numbers and texts each in an array of their own,
 * some thousand rows as columns.
 */
import type { CatalogColumn } from './catalog';
import { exactId } from './catalogSources';
import type { ColumnSpec } from './schema';

/** Where the value of a column stands in a row. */
export interface Slot {
  readonly isText: boolean;
  /** Among the numbers, or among the texts. */
  readonly at: number;
}

/** Ids are texts, true and false 1 and 0. */
export function slotsOf(columns: readonly ColumnSpec[]): Slot[] {
  let [numbers, texts] = [0, 0];
  return columns.map(({ type }) => {
    const isText = type === 'text' || type === 'int64';
    return { isText, at: isText ? texts++ : numbers++ };
  });
}

/** A row that is filled; missing numbers are NaN, missing texts and ids "". */
export interface StarRow {
  readonly numbers: Float64Array;
  readonly texts: string[];
}

export function emptyRow(slots: readonly Slot[]): StarRow {
  const nTexts = slots.filter(({ isText }) => isText).length;
  return {
    numbers: new Float64Array(slots.length - nTexts).fill(NaN),
    texts: new Array<string>(nTexts).fill(''),
  };
}

type Values = Float64Array | Int32Array | BigInt64Array | boolean[] | string[];

/** Rows as columns. */
export class Collected {
  readonly #slots: readonly Slot[];
  #values: Values[];
  #nRows = 0;

  constructor(
    private readonly columns: readonly ColumnSpec[],
    private readonly most: number,
  ) {
    this.#slots = slotsOf(columns);
    this.#values = columns.map(({ type }) => arrayOf(type, most));
  }

  get nRows(): number {
    return this.#nRows;
  }

  get isFull(): boolean {
    return this.#nRows === this.most;
  }

  add({ numbers, texts }: StarRow): void {
    const row = this.#nRows++;
    const slots = this.#slots;
    for (let k = 0; k < slots.length; k++) {
      const [values, { isText, at }] = [this.#values[k]!, slots[k]!];
      if (values instanceof Float64Array) values[row] = numbers[at]!;
      else if (values instanceof Int32Array) values[row] = numbers[at]!;
      else if (values instanceof BigInt64Array) values[row] = exactId(texts[at] || null);
      else if (isText) (values as string[])[row] = texts[at]!;
      else (values as boolean[])[row] = numbers[at] === 1;
    }
  }

  take(): CatalogColumn[] {
    const [values, nRows] = [this.#values, this.#nRows];
    this.#values = this.columns.map(({ type }) => arrayOf(type, this.most));
    this.#nRows = 0;
    return this.columns.map(({ name, unit, ucd, description }, k) => ({
      ...{ name, unit, ucd, description },
      values: nRows === this.most ? values[k]! : values[k]!.slice(0, nRows),
    }));
  }
}

function arrayOf(type: ColumnSpec['type'], length: number): Values {
  switch (type) {
    case 'float64':
      return new Float64Array(length);
    case 'int32':
      return new Int32Array(length);
    case 'int64':
      return new BigInt64Array(length);
    case 'bool':
      return new Array<boolean>(length).fill(false);
    case 'text':
      return new Array<string>(length).fill('');
  }
}
