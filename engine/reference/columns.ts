/**
 * The columns of a reference table, and the rules that every format shares: what counts as nothing, and which numbers are exact.
 *
 * A column is decoded when its values are first asked for: a catalog of sixty columns costs only those that a survey uses.
 */

/** Integers beyond 2^53 are ids: they stay decimal digits, so that no id is ever rounded. */
export type Cell = string | number | boolean | null;

export interface TableColumn {
  readonly name: string;
  /** As the file says, or "". */
  readonly unit: string;
  /** Unified content descriptor, where the file gives one. */
  readonly ucd?: string;
  /** One a row. */
  readonly values: readonly Cell[];
  /** Whether all values are numbers; of a large column that has not been decoded, the first thousand. */
  readonly isNumeric: boolean;
}

/** Rows that tell what a column holds. */
const headRows = 1000;

/** A column whose values `read` decodes at the first use; it reads `nRows` rows, the first of the column, all without it. */
export function lazyColumn(
  { name, unit = '', ucd = '' }: { name: string; unit?: string; ucd?: string },
  read: (nRows?: number) => Cell[],
): TableColumn {
  let known: readonly Cell[] | null = null;
  let isNumeric: boolean | null = null;
  return {
    name,
    unit,
    ...(ucd !== '' && { ucd }),
    get values() {
      return (known ??= read());
    },
    get isNumeric() {
      return (isNumeric ??= (known ?? read(headRows)).every((value) => value === null || typeof value === 'number'));
    },
  };
}

const nothing = new Set(['', 'nan', 'null', 'none', 'na', 'n/a', '--', 'masked']);
const infinite = /^[+-]?inf(inity)?$/i;
const whole = /^[+-]?\d+$/;

/** Whether a field of a text table says that there is no value. */
export function isNothing(field: string): boolean {
  return field.length < 7 && nothing.has(field.toLowerCase());
}

/** Whether a field of a text table is a finite decimal number. */
export function isNumber(field: string): boolean {
  return Number.isFinite(decimal(field));
}

/** NaN for what is no decimal number; `Number` also takes "", "0x1f" and "Infinity". */
function decimal(field: string): number {
  const first = field.charCodeAt(0);
  const isSigned = first === 43 || first === 45;
  const lead = isSigned ? field.charCodeAt(1) : first;
  const isDecimal = (lead >= 48 && lead <= 57) || lead === 46;
  if (!isDecimal || (lead === 48 && /^[+-]?0[a-z]/i.test(field))) return NaN;
  return Number(field);
}

/**
 * The cells of a column of which only the text is known: numbers where every field that says something is one and none loses
 * digits; text otherwise.
 */
export function cellsOfTexts(fields: readonly string[]): Cell[] {
  const cells = new Array<Cell>(fields.length).fill(null);
  for (let row = 0; row < fields.length; row++) {
    const field = fields[row]!;
    const value = decimal(field);
    if (Number.isNaN(value)) {
      if (isNothing(field) || infinite.test(field)) continue;
      return fields.map(textOrNothing);
    }
    if (field.length > 15 && whole.test(field) && !Number.isSafeInteger(value)) return fields.map(textOrNothing);
    cells[row] = withoutSentinel(value);
  }
  return cells;
}

function textOrNothing(field: string): string | null {
  return isNothing(field) ? null : field;
}

/** Survey catalogs write −9999 where they have no value. */
export function withoutSentinel(value: number): number | null {
  return Number.isFinite(value) && value !== -9999 ? value : null;
}

/** A number of any file as a cell; integers beyond 2^53 become digits. */
export function cellOfNumber(value: number | bigint): Cell {
  if (typeof value === 'number') return withoutSentinel(value);
  const number = Number(value);
  return Number.isSafeInteger(number) ? withoutSentinel(number) : value.toString();
}
