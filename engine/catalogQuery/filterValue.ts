/** Values in the SQL of a search: their kinds, literals, and how two of them are compared without loss. */
import { sqlText } from '../reference/duckdb';
import { type Place, refuse } from './filterTokens';

export type ColumnKind = 'number' | 'integer' | 'text' | 'boolean';

export type Kind = ColumnKind | 'null';

export interface Value {
  readonly kind: Kind;
  readonly sql: string;
  /** Of a literal, its digits or letters. */
  readonly literal?: string;
  /** Computed, so that it may be NaN. */
  readonly isComputed?: boolean;
}

export function truth(sql: string): Value {
  return { kind: 'boolean', sql };
}

export function computed(sql: string): Value {
  return { kind: 'number', sql, isComputed: true };
}

/** NaN is missing: DuckDB would take it for the largest of all numbers, and equal to itself. */
export function clean(value: Value): Value {
  if (value.isComputed !== true) return value;
  return { kind: 'number', sql: `(CASE WHEN isfinite(${value.sql}) THEN ${value.sql} END)` };
}

export function numberLiteral(text: string, place: Place): Value {
  const isWhole = /^\d{1,18}$/.test(text);
  if (isWhole) return { kind: 'integer', sql: text, literal: text };
  if (/^\d{19,30}$/.test(text)) return { kind: 'integer', sql: `CAST(${text} AS HUGEINT)`, literal: text };
  const value = Number(text);
  if (!Number.isFinite(value)) refuse(place, `${text} is beyond all numbers`, 'The largest is about 1.8e308.');
  return { kind: 'number', sql: `CAST(${value} AS DOUBLE)`, literal: text };
}

/** A literal with a minus sign. */
export function negative({ kind, sql, literal = '' }: Value): Value {
  return { kind, sql: `(-${sql})`, literal: `-${literal}` };
}

/** A literal as its partner needs it: ids are texts in some catalogs and integers in others. */
function alike(value: Value, partner: Value): Value {
  const { kind, literal } = value;
  if (literal === undefined || kind === partner.kind) return toDoubleBeside(value, partner);
  if (partner.kind === 'text' && kind === 'integer') return { kind: 'text', sql: sqlText(literal) };
  const isNumber = partner.kind === 'number' || partner.kind === 'integer';
  if (isNumber && kind === 'text' && /^\d{1,18}$/.test(literal)) return { kind: 'integer', sql: literal };
  return toDoubleBeside(value, partner);
}

/** An integer beside a number that is none: exact integers meet only each other. */
function toDoubleBeside(value: Value, partner: Value): Value {
  return value.kind === 'integer' && partner.kind === 'number'
    ? { ...value, kind: 'number', sql: `CAST(${value.sql} AS DOUBLE)` }
    : value;
}

/** A value as a condition. @throws FilterError */
export function conditionOf({ kind, sql, literal }: Value, place: Place): string {
  if (kind === 'boolean') return sql;
  if (kind === 'null') return 'CAST(NULL AS BOOLEAN)';
  // Tables without booleans have 0 and 1.
  if (kind === 'integer' && literal === undefined) return `(${sql} <> 0)`;
  const what = kind === 'text' ? 'a text' : 'a number';
  refuse(place, `This is ${what} where a condition is needed`, 'Compare it with something, as in: snr > 30');
}

/** A number as a double, so that nothing overflows. @throws FilterError */
export function doubleOf({ kind, sql }: Value, place: Place): string {
  if (kind === 'null') return 'CAST(NULL AS DOUBLE)';
  if (kind === 'number' || kind === 'integer') return `CAST(${sql} AS DOUBLE)`;
  const [what, hint] =
    kind === 'text'
      ? ['a text', 'Turn it into a number with ::double.']
      : ['true or false', 'Choose by it with if(condition, a, b).'];
  refuse(place, `This is ${what} where a number is needed`, hint);
}

/** A value as a text. @throws FilterError */
export function textOf({ kind, sql }: Value, place: Place): string {
  if (kind === 'null') return 'CAST(NULL AS VARCHAR)';
  if (kind === 'text') return sql;
  refuse(place, 'A text is needed here', 'Write it in single quotes, or turn a value into a text with ::text.');
}

const kindWords = { number: 'a number', text: 'a text', boolean: 'true or false' };

/** Two values compared; `same` as IS NOT DISTINCT FROM. A comparison with '' asks whether there is a text. @throws FilterError */
export function compared(a: Value, written: string, b: Value, place: Place): Value {
  const operator = written === '==' ? '=' : written === '!=' ? '<>' : written;
  const [left, right] = [alike(clean(a), b), alike(clean(b), a)];
  if (operator === '=' || operator === '<>') {
    const isNull = operator === '=' ? 'IS NULL' : 'IS NOT NULL';
    if (right.literal === '') return truth(`(${left.sql} ${isNull})`);
    if (left.literal === '') return truth(`(${right.sql} ${isNull})`);
  }
  const family = ({ kind }: Value) => (kind === 'integer' ? 'number' : kind);
  const [one, other] = [family(left), family(right)];
  if (one !== 'null' && other !== 'null' && one !== other) {
    const hint =
      one === 'text' || other === 'text'
        ? 'Numbers stand without quotes; x::double makes a number of a text, x::text a text of a number.'
        : 'Compare numbers with numbers.';
    refuse(place, `This compares ${kindWords[one]} with ${kindWords[other]}`, hint);
  }
  return truth(`(${left.sql} ${operator === 'same' ? 'IS NOT DISTINCT FROM' : operator} ${right.sql})`);
}
