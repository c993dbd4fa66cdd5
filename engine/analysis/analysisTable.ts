/**
 * The table that is analysed: a catalog of stars, or of observations, in any format that reference tables have. Columns come as
 * arrays of numbers (NaN: no value), read when they are asked for; of Parquet only those. Names match whatever their case is where
 * that leaves no doubt.
 */
import { basename } from 'node:path';
import { evaluate, type Expression, numberOf, parseExpression } from '../config/expression';
import { listNames, nearest } from '../config/suggest';
import { UserError } from '../problems';
import { readTable, type Table, type TableColumn } from '../reference/table';

/** A label of a table with its error. */
export interface LabelColumn {
  readonly name: string;
  readonly unit: string;
  /** The column of its errors, and of its scatter in cross-validation; null where there is none. */
  readonly errorName: string | null;
  readonly cvName: string | null;
}

export class AnalysisTable {
  private readonly numeric = new Map<string, Float64Array>();

  private constructor(
    private table: Table,
    /** Of all columns with one value a row, in the order of the file. */
    readonly names: readonly string[],
  ) {}

  /** @throws UserError CAN102 when the file cannot be read. */
  static async open(path: string): Promise<AnalysisTable> {
    const table = await readTable(path, () => false);
    return new AnalysisTable(table, [...table.columns.keys(), ...(table.unread ?? [])]);
  }

  get path(): string {
    return this.table.path;
  }

  /** As the readers of positions take it. */
  get source(): Table {
    return this.table;
  }

  get nRows(): number {
    return this.table.nRows;
  }

  get file(): string {
    return basename(this.table.path);
  }

  /** Read these columns where the file has not been read whole; to be called before they are asked for. */
  async need(names: Iterable<string>): Promise<void> {
    const wanted = new Set([...this.table.columns.keys(), ...names].map((name) => this.find(name) ?? name));
    const { unread = [] } = this.table;
    if (unread.some((name) => wanted.has(name)))
      this.table = await readTable(this.table.path, ({ name }) => wanted.has(name));
  }

  /** The name in the file, or null. */
  find(name: string): string | null {
    if (this.names.includes(name)) return name;
    const same = this.names.filter((one) => one.toLowerCase() === name.toLowerCase());
    return same.length === 1 ? same[0]! : null;
  }

  /** The first of these names that the table has. */
  firstOf(names: readonly string[]): string | null {
    for (const name of names) {
      const found = this.find(name);
      if (found !== null) return found;
    }
    return null;
  }

  /** The name in the file. @throws UserError CAN440 when there is no such column. */
  require(name: string, what = 'column'): string {
    const found = this.find(name);
    if (found !== null) return found;
    if (this.table.arrays?.includes(name) === true)
      throw new UserError(
        `Column "${name}" of ${this.file} has more than one value a row`,
        'An analysis needs one value a star.',
        'CAN440',
      );
    const near = nearest(name, this.names);
    throw new UserError(
      `${this.file} has no ${what} "${name}"`,
      `${near === null ? '' : `Did you mean "${near}"? `}Its columns are ${listNames(this.names)}.`,
      'CAN440',
    );
  }

  /** @throws UserError CAN440 when there is no such column; an `Error` when it was not asked for by `need`. */
  column(name: string): TableColumn {
    const found = this.table.columns.get(this.require(name));
    if (found === undefined) throw new Error(`Column ${name} has not been read`);
    return found;
  }

  unitOf(name: string): string {
    return this.column(name).unit;
  }

  /** A column as numbers, NaN where there is no value; booleans are 0 and 1. @throws UserError CAN440, CAN441. */
  numbers(name: string): Float64Array {
    const column = this.column(name);
    const known = this.numeric.get(column.name);
    if (known !== undefined) return known;
    const { values } = column;
    const numbers = new Float64Array(values.length);
    for (let row = 0; row < values.length; row++) {
      const value = values[row]!;
      if (typeof value === 'number') numbers[row] = value;
      else if (typeof value === 'boolean') numbers[row] = value ? 1 : 0;
      else if (value === null) numbers[row] = NaN;
      else throw this.noNumber(column.name, value, row);
    }
    this.numeric.set(column.name, numbers);
    return numbers;
  }

  private noNumber(name: string, value: string, row: number): UserError {
    return new UserError(
      `Column "${name}" of ${this.file} holds "${value}" in row ${row + 1}, which is no number`,
      'Choose a column of numbers; ids beyond 2^53 and text cannot be computed with.',
      'CAN441',
    );
  }

  /** Columns that an expression names. @throws UserError CAN442 for a mistake in it. */
  static namesIn(text: string, kind: 'number' | 'condition'): readonly string[] {
    return parsed(text, kind).names;
  }

  /** The value of an expression in each row. `need` its names first. @throws UserError CAN440, CAN441, CAN442. */
  valuesOf(text: string): Float64Array {
    const expression = parsed(text, 'number');
    if (expression.root.kind === 'name') return this.numbers(expression.root.name);
    const lookup = this.lookup(expression);
    return new Float64Array(this.nRows).map((_, row) => numberOf(expression, lookup(row)));
  }

  /** 1 for each row where the condition is known to hold; for every row without one. @throws as `valuesOf`. */
  rowsWhere(text: string | undefined): Uint8Array {
    if (text === undefined) return new Uint8Array(this.nRows).fill(1);
    const expression = parsed(text, 'condition');
    const lookup = this.lookup(expression);
    const chosen = new Uint8Array(this.nRows).map((_, row) => Number(evaluate(expression, lookup(row))));
    if (!chosen.includes(1))
      throw new UserError(`No star of ${this.file} fulfils ${text}`, 'Loosen the condition.', 'CAN443');
    return chosen;
  }

  private lookup({ names }: Expression): (row: number) => (name: string) => number {
    const columns = new Map(names.map((name) => [name, this.numbers(name)]));
    let at = 0;
    const value = (name: string) => columns.get(name)![at]!;
    return (row) => {
      at = row;
      return value;
    };
  }

  /** The unit of an expression: that of a column by itself, else none. */
  unitOfExpression(text: string): string {
    const { root } = parsed(text, 'number');
    return root.kind === 'name' ? this.unitOf(root.name) : '';
  }

  /** The columns of a label. */
  label(name: string): LabelColumn {
    const found = this.require(name, 'label');
    const errorName = this.firstOf([`e_${found}`, `${found}_err`, `${found}_error`, `err_${found}`]);
    return { name: found, unit: '', errorName, cvName: this.find(`cv_${found}`) };
  }

  /** Labels of this kind that have errors. */
  labelsLike(pattern: RegExp): LabelColumn[] {
    return this.names
      .filter((name) => pattern.test(name) && !/^(e|cv|err|chi2|n_pixels|pull|flag|nr|rival|cov)_/i.test(name))
      .map((name) => this.label(name))
      .filter(({ errorName, cvName }) => errorName !== null || cvName !== null);
  }
}

/** [X/Fe] of one element, or of several together: mg_fe, alpha_fe, s_fe. */
export const isAbundanceRatio = /^[a-z]+\d?_fe$/i;
/** The same and [Fe/H], [M/H], [X/H], under their usual names. */
export const isAbundance = /^([a-z]+\d?_(fe|h|m)|feh|mh)$/i;

/** Names under which catalogs have iron. */
export const ironNames = ['fe_h', 'feh', 'm_h', 'mh', 'metallicity'] as const;

function parsed(text: string, kind: 'number' | 'condition'): Expression {
  const { expression, problem } = parseExpression(text, kind);
  if (expression !== null) return expression;
  throw new UserError(`"${text}": ${problem!.message}`, problem!.hint, 'CAN442');
}

/**
 * That a column of temperatures is in kelvin.
 * @throws UserError CAN444 by its unit, or by its values where it gives none.
 */
export function requireKelvin(table: AnalysisTable, name: string): void {
  const unit = table.unitOf(name);
  const refuse = (what: string) =>
    new UserError(`Column "${name}" of ${table.file} ${what}, not in K`, 'Give temperatures in kelvin.', 'CAN444');
  if (unit !== '' && !/^k(elvin)?$/i.test(unit.trim())) throw refuse(`is in ${unit}`);
  if (unit !== '') return;
  const some = table.numbers(name).filter(Number.isFinite);
  const hot = some.filter((value) => value > 1000).length;
  if (some.length > 0 && hot < some.length / 2) throw refuse(`holds values such as ${some[0]}: it seems to be`);
}

/** That a column and that of its errors agree in their units. @throws UserError CAN444. */
export function requireSameUnit(table: AnalysisTable, { name, errorName }: LabelColumn): void {
  if (errorName === null) return;
  const [unit, of] = [table.unitOf(name), table.unitOf(errorName)];
  const plain = (text: string) => text.toLowerCase().replace(/[\s[\]()]/g, '');
  if (unit === '' || of === '' || plain(unit) === plain(of)) return;
  throw new UserError(
    `Column "${name}" of ${table.file} is in ${unit}, its errors "${errorName}" in ${of}`,
    'Bring both to one unit.',
    'CAN444',
  );
}
