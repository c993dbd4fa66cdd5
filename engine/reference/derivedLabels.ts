/**
 * The labels of every row of the reference table, with their errors: columns, means of other labels, formulas of them.
 *
 * A mean weights each value x by 1 / e² (or all alike), over the values that a row has. Errors e are standard deviations and
 * taken as independent from column to column; a label made of others has the error √Σ ((f(x+e) − f(x−e)) / 2)², summed over the
 * *columns* it comes from in the end, so that two ingredients that share a column are not taken for independent. That is
 * exact where f is linear: 1 / √Σ e⁻² for a mean. Weights are held fixed. What is not known is NaN; errors not above 0 are not known.
 */
import { basename } from 'node:path';
import type { LabelSpec } from '../config/config';
import { numberOf } from '../config/expression';
import { ingredientsOf, labelOrder, withIngredients } from '../config/labelOrder';
import { UserError } from '../problems';
import { column } from './match';
import type { Table } from './table';

export interface LabelColumn {
  /** One a row; NaN where the row has no such label. */
  readonly values: Float64Array;
  /** NaN where it is not known; null where the table has no errors to make it of. */
  readonly errors: Float64Array | null;
}

/** A value that is to be weighted by its error, but has none in the table. */
export interface MissingError {
  readonly label: string;
  /** Its position in `mean`. */
  readonly index: number;
  readonly name: string;
}

/**
 * By the name of the label, in the order of `labels`.
 * @throws UserError CAN103 for a column that the table lacks, CAN107 where one holds words, CAN142 for an error that a mean needs.
 */
export function labelColumns(labels: readonly LabelSpec[], table: Table): ReadonlyMap<string, LabelColumn> {
  const text = JSON.stringify(labels);
  const known = latest.get(table);
  if (known?.text === text) return known.columns;
  const columns = madeColumns(labels, table);
  latest.set(table, { text, columns });
  return columns;
}

/** The labels last made of a table: while somebody types conditions, they are asked for again and again, and stay the same. */
const latest = new WeakMap<Table, { readonly text: string; readonly columns: ReadonlyMap<string, LabelColumn> }>();

function madeColumns(labels: readonly LabelSpec[], table: Table): Map<string, LabelColumn> {
  const { order, circle } = labelOrder(labels);
  if (circle)
    throw new UserError(`The labels ${circle.join(' ← ')} are made of each other`, 'Break the circle.', 'CAN041');
  const [missing] = missingErrors(labels, table);
  if (missing) {
    throw new UserError(
      `The mean "${missing.label}" is weighted by errors, but ${basename(table.path)} has none for "${missing.name}"`,
      'Name the columns with `errors`, or take `weights: equal`.',
      'CAN142',
    );
  }
  const maker = new LabelMaker(labels, table);
  const made = new Map(order.map((label) => [label.name, maker.make(label)]));
  return new Map(labels.map(({ name }) => [name, made.get(name)!]));
}

/** One label in one row; null where the row, or the table, has not what it needs. */
export function labelInRow(labels: readonly LabelSpec[], table: Table, name: string, row: number): number | null {
  const label = labels.find((one) => one.name === name);
  if (label === undefined) return null;
  // Errors serve as weights, and words in other rows matter to nobody here.
  const columns = [...table.columns.values()].map((one) => [one.name, { ...one, values: [one.values[row]!] }] as const);
  try {
    const made = labelColumns(withIngredients(label, labels), { ...table, nRows: 1, columns: new Map(columns) });
    const value = made.get(name)!.values[0]!;
    return Number.isFinite(value) ? value : null;
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

/** The values of means weighted by errors for which the table has no column of errors. */
export function missingErrors(labels: readonly LabelSpec[], table: Table): MissingError[] {
  return labels.flatMap((label) => {
    const { derived, name } = label;
    if (derived?.by !== 'mean' || derived.weights !== 'errors' || derived.errors !== null) return [];
    return derived.of.flatMap((ingredient, index) => {
      const other = labels.find((one) => one.name === ingredient && one !== label);
      // The error of a label that is made of others is propagated.
      const has = other?.derived ? true : errorColumnOf(other ?? ingredient, table) !== null;
      return has ? [] : [{ label: name, index, name: ingredient }];
    });
  });
}

const customs = [/^e_(.+)$/, /^(.+)_err$/, /^err_(.+)$/, /^(.+)_error$/, /^sigma_(.+)$/];

/** The column with the errors of a label or of a column: as the label says, else the first named by custom; null where there is none. */
export function errorColumnOf(of: LabelSpec | string, table: Table): string | null {
  if (typeof of !== 'string' && of.error !== null) return of.error;
  const names = typeof of === 'string' ? [of] : [of.column, of.name];
  const columns = [...table.columns.keys()];
  for (const name of names.map((one) => one.toLowerCase())) {
    for (const custom of customs) {
      const found = columns.find((one) => custom.exec(one.toLowerCase())?.[1] === name);
      if (found !== undefined) return found;
    }
  }
  return null;
}

/** The column as numbers, NaN where it is empty. @throws UserError CAN107 where it holds words. */
export function numbers(table: Table, name: string): Float64Array {
  const { values } = column(table, name);
  const wordRow = values.findIndex(
    (value) => value !== null && typeof value !== 'number' && !Number.isFinite(Number(value)),
  );
  if (wordRow >= 0) {
    throw new UserError(
      `Column "${name}" of ${table.path} holds "${String(values[wordRow])}" in row ${wordRow + 1}, which is not a number`,
      'A label needs a column of numbers; leave a field empty where there is none.',
      'CAN107',
    );
  }
  return Float64Array.from(values, (value) => (value === null ? NaN : Number(value)));
}

/** A column and its errors, where it has any. */
interface Leaf {
  readonly values: Float64Array;
  readonly errors: Float64Array | null;
}

/** The value of a column in the row at hand. */
type Read = (column: string) => number;

class LabelMaker {
  private readonly leaves = new Map<string, Leaf>();
  private readonly made = new Map<string, LabelColumn>();
  /** Evaluates the label of that name for a row, from its columns. */
  private readonly evaluators = new Map<string, (row: number, read: Read) => number>();
  /** The columns that each label comes from. */
  private readonly origins = new Map<string, ReadonlySet<string>>();

  constructor(
    private readonly labels: readonly LabelSpec[],
    private readonly table: Table,
  ) {}

  /** Labels must be made after those that they are made of. */
  make(label: LabelSpec): LabelColumn {
    const { name, derived } = label;
    if (derived === null) this.leaf(label.column, label);
    const origins =
      derived === null
        ? [label.column]
        : ingredientsOf(label).flatMap((one, i) =>
            this.originsOf(one, name, derived.by === 'mean' ? derived.errors?.[i] : undefined),
          );
    this.origins.set(name, new Set(origins));
    const evaluate = this.evaluatorOf(label);
    this.evaluators.set(name, evaluate);
    const made = {
      values: this.valuesOf(evaluate),
      errors:
        label.error !== null
          ? positive(numbers(this.table, label.error))
          : derived === null
            ? this.leaves.get(label.column)!.errors
            : this.errorsOf(name, evaluate),
    };
    this.made.set(name, made);
    return made;
  }

  private isLabel(ingredient: string, self: string): boolean {
    return ingredient !== self && this.made.has(ingredient);
  }

  /** @param errors the column that the label names for this ingredient */
  private originsOf(ingredient: string, self: string, errors: string | undefined): string[] {
    if (this.isLabel(ingredient, self)) return [...this.origins.get(ingredient)!];
    const leaf = this.leaf(ingredient, ingredient);
    if (errors !== undefined && leaf.errors === null)
      this.leaves.set(ingredient, { ...leaf, errors: positive(numbers(this.table, errors)) });
    return [ingredient];
  }

  private leaf(name: string, of: LabelSpec | string): Leaf {
    const known = this.leaves.get(name);
    if (known) return known;
    // A label of its own for this column may name its errors.
    const owner =
      typeof of === 'string' ? (this.labels.find((one) => one.derived === null && one.column === of) ?? of) : of;
    const errors = errorColumnOf(owner, this.table);
    const leaf = {
      values: numbers(this.table, name),
      errors: errors === null ? null : positive(numbers(this.table, errors)),
    };
    this.leaves.set(name, leaf);
    return leaf;
  }

  private evaluatorOf({ name, column: own, derived }: LabelSpec): (row: number, read: Read) => number {
    if (derived === null) return (_, read) => read(own);
    const part = (ingredient: string) =>
      this.isLabel(ingredient, name) ? this.evaluators.get(ingredient)! : (_: number, read: Read) => read(ingredient);
    if (derived.by === 'expression') {
      const parts = new Map(derived.expression.names.map((one) => [one, part(one)]));
      return (row, read) => numberOf(derived.expression, (one) => parts.get(one)!(row, read));
    }
    const parts = derived.of.map(part);
    const weights = derived.of.map((ingredient, i) => this.weightsOf(ingredient, name, derived, i));
    return (row, read) => {
      let [sum, total, n] = [0, 0, 0];
      parts.forEach((value, i) => {
        const [x, w] = [value(row, read), weights[i]?.[row] ?? 1];
        if (!Number.isFinite(x) || !(w > 0)) return;
        sum += w * x;
        total += w;
        n++;
      });
      return n >= derived.atLeast ? sum / total : NaN;
    };
  }

  /** 1 / e² a row, 0 where there is no error; null where all count alike. */
  private weightsOf(
    ingredient: string,
    self: string,
    { weights, errors }: { weights: 'errors' | 'equal'; errors: readonly string[] | null },
    index: number,
  ): Float64Array | null {
    if (weights === 'equal') return null;
    const given = errors?.[index];
    const found =
      given !== undefined
        ? positive(numbers(this.table, given))
        : this.isLabel(ingredient, self)
          ? this.made.get(ingredient)!.errors
          : this.leaf(ingredient, ingredient).errors;
    return Float64Array.from({ length: this.table.nRows }, (_, row) => {
      const error = found?.[row] ?? NaN;
      return error > 0 ? 1 / (error * error) : 0;
    });
  }

  private valuesOf(evaluate: (row: number, read: Read) => number): Float64Array {
    return Float64Array.from({ length: this.table.nRows }, (_, row) =>
      evaluate(row, (name) => this.leaves.get(name)!.values[row]!),
    );
  }

  private errorsOf(name: string, evaluate: (row: number, read: Read) => number): Float64Array | null {
    const origins = [...this.origins.get(name)!].map((origin) => [origin, this.leaves.get(origin)!] as const);
    if (origins.length === 0 || origins.some(([, { errors }]) => errors === null)) return null;
    return Float64Array.from({ length: this.table.nRows }, (_, row) => {
      const at = (moved: string, by: number) =>
        evaluate(row, (one) => this.leaves.get(one)!.values[row]! + (one === moved ? by : 0));
      const value = at('', 0);
      if (!Number.isFinite(value)) return NaN;
      let variance = 0;
      for (const [origin, { errors }] of origins) {
        const error = errors![row]!;
        // A column without an error here matters only where the label changes without it.
        if (!(error > 0)) variance += Object.is(at(origin, NaN), value) ? 0 : NaN;
        else variance += ((at(origin, error) - at(origin, -error)) / 2) ** 2;
      }
      return variance > 0 ? Math.sqrt(variance) : NaN;
    });
  }
}

function positive(errors: Float64Array): Float64Array {
  return errors.map((error) => (error > 0 ? error : NaN));
}
