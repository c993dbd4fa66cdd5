/**
 * Which stars of an index a person wants to see, and in which order: those that hold each word in their id, designation,
 * subclass or path, and for which a condition holds, as `snr > 50 and teff < 5000`.
 *
 * A name in a condition is a label of the survey, else one of `snr snru snrg snrr snri snrz ra dec z`, else a column of
 * the reference table; `spectrum.CARD` is a header card that the survey's description names.
 */
import type { Config } from '../config/config';
import { evaluate, parseExpression, type Expression, type Lookup } from '../config/expression';
import { UserError } from '../problems';
import { labelColumns } from '../reference/derivedLabels';
import { column, matchReference } from '../reference/match';
import { withoutSentinel, type Cell, type Table } from '../reference/table';
import type { SpectraTable } from './spectraTable';

/** "" is no restriction. */
export interface StarFilter {
  readonly text: string;
  readonly where: string;
}

export interface StarSort {
  /** `path`, the order of travel; `star`; `match`, where ids that begin with the text come first; else a name. */
  readonly by: string;
  readonly descending: boolean;
}

/** The facts about the stars of one survey, by name. */
export class StarFacts {
  private rowOfStar: Int32Array | null = null;

  /** @param reference the reference table, when it can be read */
  constructor(
    readonly stars: SpectraTable,
    private readonly config: Config,
    private readonly reference: Table | null,
  ) {}

  /** How to look up `name` for a row of the index. @throws UserError CAN350 when there is nothing of that name. */
  of(name: string): (row: number) => number | boolean | null {
    const label = this.config.labels.find((one) => one.name === name);
    const own = label === undefined ? ownFacts[name] : undefined;
    if (own !== undefined) return (row) => own(this.stars, row);
    if (name.startsWith('spectrum.')) return this.ofCard(name.slice('spectrum.'.length));
    const columnName = label?.column ?? name;
    const { reference } = this;
    if (reference === null || (!label?.derived && !reference.columns.has(columnName))) throw this.unknown(name);
    const { values }: { values: ArrayLike<Cell> } =
      label?.derived && reference
        ? labelColumns(this.config.labels, reference).get(name)!
        : column(reference, columnName);
    this.rowOfStar ??= this.match(reference);
    const rowOfStar = this.rowOfStar;
    return (row) => (rowOfStar[row]! < 0 ? null : asNumber(values[rowOfStar[row]!] ?? null));
  }

  private ofCard(card: string): (row: number) => number | boolean | null {
    if (!this.stars.cards.includes(card)) throw this.unknown(`spectrum.${card}`);
    return (row) => asNumber(this.stars.card(row, card) ?? null);
  }

  private match(reference: Table): Int32Array {
    const { stars } = this;
    const { match } = this.config.reference!;
    const [paths, ra, dec] = [stars.text('path'), stars.number('raDeg'), stars.number('decDeg')];
    const known = (value: number) => (Number.isNaN(value) ? null : value);
    const spectra = Array.from({ length: stars.nRows }, (_, row) => ({
      path: match.by === 'filename' ? paths.at(row) : '',
      raDeg: known(ra[row]!),
      decDeg: known(dec[row]!),
      cards: match.by === 'card' ? { [match.card]: stars.card(row, match.card) ?? null } : {},
    }));
    return matchReference(match, reference, spectra).rowOfSpectrum;
  }

  private unknown(name: string): UserError {
    const labels = this.config.labels.map((label) => label.name);
    const cards = this.stars.cards.map((card) => `spectrum.${card}`);
    const names = [...labels, ...Object.keys(ownFacts), ...cards].join(', ');
    return new UserError(`There is no "${name}" for the stars of this survey`, `There are ${names}.`, 'CAN350');
  }
}

const ownFacts: Readonly<Record<string, (stars: SpectraTable, row: number) => number>> = {
  snr: (stars, row) => stars.snr(row),
  snru: (stars, row) => stars.number('snrU')[row]!,
  snrg: (stars, row) => stars.number('snrG')[row]!,
  snrr: (stars, row) => stars.number('snrR')[row]!,
  snri: (stars, row) => stars.number('snrI')[row]!,
  snrz: (stars, row) => stars.number('snrZ')[row]!,
  ra: (stars, row) => stars.number('raDeg')[row]!,
  dec: (stars, row) => stars.number('decDeg')[row]!,
  z: (stars, row) => stars.number('redshift')[row]!,
};

function asNumber(value: Cell): number | boolean | null {
  return value === null || typeof value === 'boolean' ? value : withoutSentinel(Number(value));
}

/**
 * The rows that pass, in order. Where the value to sort by is unknown a star comes last.
 * @throws UserError CAN350 when the condition cannot be read, or names something that does not exist.
 */
export function selectStars(facts: StarFacts, filter: StarFilter, sort: StarSort): Uint32Array {
  const { stars } = facts;
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const marks = new Uint8Array(stars.nRows).fill(1);
  for (const word of words) {
    const holds = rowsHolding(stars, word);
    for (let row = 0; row < marks.length; row++) marks[row]! &= holds[row]!;
  }
  if (filter.where.trim() !== '') {
    const condition = conditionOf(filter.where);
    const values = new Map(condition.names.map((name) => [name, facts.of(name)]));
    let row = 0;
    const lookup: Lookup = (name) => values.get(name)!(row);
    for (; row < marks.length; row++) if (marks[row] === 1 && !evaluate(condition, lookup)) marks[row] = 0;
  }
  const chosen = Uint32Array.from(rowsMarked(marks));
  return sorted(facts, chosen, filter.text.trim(), sort);
}

function conditionOf(text: string): Expression {
  const { expression, problem } = parseExpression(text);
  if (expression !== null) return expression;
  const { message = 'It is no condition', hint = '' } = problem ?? {};
  throw new UserError(message, hint, 'CAN350');
}

const searched = ['star', 'obsid', 'designation', 'subclass', 'path', 'problem'] as const;

function rowsHolding(stars: SpectraTable, word: string): Uint8Array {
  const marks = new Uint8Array(stars.nRows);
  for (const name of searched) stars.text(name).eachContaining(word, (row) => (marks[row] = 1));
  return marks;
}

function* rowsMarked(marks: Uint8Array): Iterable<number> {
  for (let row = 0; row < marks.length; row++) if (marks[row] === 1) yield row;
}

function sorted(facts: StarFacts, rows: Uint32Array, text: string, { by, descending }: StarSort): Uint32Array {
  const { stars } = facts;
  if (by === 'match') {
    const isFirst = new Uint8Array(stars.nRows);
    if (text !== '') stars.text('star').eachContaining(text, (row, isAtStart) => (isFirst[row] = isAtStart ? 1 : 0));
    return Uint32Array.from([...rows.filter((row) => isFirst[row] === 1), ...rows.filter((row) => isFirst[row] === 0)]);
  }
  if (by === 'path') return descending ? rows.reverse() : rows;
  if (by === 'star') {
    const ids = new Map(Array.from(rows, (row) => [row, stars.text('star').at(row)]));
    const sign = descending ? -1 : 1;
    return rows.sort((a, b) => sign * compareIds(ids.get(a)!, ids.get(b)!) || a - b);
  }
  const value = facts.of(by);
  const keys = new Float64Array(stars.nRows);
  for (const row of rows) keys[row] = Number(value(row) ?? NaN) * (descending ? -1 : 1);
  return rows.sort((a, b) => compareNumbers(keys[a]!, keys[b]!) || a - b);
}

/** Ids of digits by their number: 99 comes before 100. */
function compareIds(a: string, b: string): number {
  const areNumbers = /^\d+$/.test(a) && /^\d+$/.test(b);
  if (areNumbers && a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareNumbers(a: number, b: number): number {
  const [aKnown, bKnown] = [!Number.isNaN(a), !Number.isNaN(b)];
  return aKnown && bKnown ? a - b : Number(bKnown) - Number(aKnown);
}
