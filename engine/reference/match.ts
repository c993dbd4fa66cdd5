/**
 * Which row of the reference table belongs to which spectrum: by a header card, by file name, or by position.
 * What is ambiguous or missing is counted and can be put in words, never dropped in silence.
 */
import { basename } from 'node:path';
import type { Match } from '../config/config';
import { UserError } from '../problems';
import type { SpectrumIdentity } from '../spectra/spectrum';
import type { TableColumn } from './columns';
import { FirstFew, inSentences } from './matchNotes';
import { positionOf, type SkyMatch } from './position';
import { SkyIndex } from './skyIndex';
import type { Cell, Table } from './table';

export interface Matches {
  /** Row of the table for each spectrum, or −1. */
  readonly rowOfSpectrum: Int32Array;
  /** Rows that no spectrum matched. */
  readonly unmatchedRows: readonly number[];
  /** Keys that stand in more than one row of the table: their spectra match none. */
  readonly ambiguousKeys: readonly string[];
  /** Spectra with several rows within the radius, of which one was taken; none for other ways of matching. */
  readonly contested: readonly number[];
  /** Spectra without the card or position that the match needs. */
  readonly keyless: readonly number[];
}

/** What of a spectrum its match depends on. */
export type Matchable = Pick<SpectrumIdentity, 'path' | 'raDeg' | 'decDeg' | 'cards'>;

/**
 * @throws UserError CAN103 when the table lacks a column that the match needs, CAN160 when a position is not in degrees.
 */
export function matchReference(match: Match, table: Table, spectra: readonly Matchable[]): Matches {
  const { find, ambiguousKeys } = finderOf(match, table);
  const rowOfSpectrum = new Int32Array(spectra.length).fill(-1);
  const isUsed = new Uint8Array(table.nRows);
  const [contested, keyless]: [number[], number[]] = [[], []];
  spectra.forEach((spectrum, n) => {
    const { row, is } = find(spectrum);
    rowOfSpectrum[n] = row;
    if (row >= 0) isUsed[row] = 1;
    if (is === 'keyless') keyless.push(n);
    if (is === 'contested') contested.push(n);
  });
  return { rowOfSpectrum, unmatchedRows: unused(isUsed), ambiguousKeys, contested, keyless };
}

interface Found {
  readonly row: number;
  readonly is: 'keyless' | 'contested' | 'plain';
}

interface Finder {
  readonly find: (spectrum: Matchable) => Found;
  readonly ambiguousKeys: readonly string[];
}

function finderOf(match: Match, table: Table): Finder {
  return match.by === 'sky' ? findBySky(match, table) : findByKey(match, table);
}

/** A column by name. @throws UserError CAN103 with the names that there are. */
export function column(table: Table, name: string): TableColumn {
  const found = table.columns.get(name);
  if (found !== undefined) return found;
  if (table.arrays?.includes(name) === true)
    throw new UserError(
      `Column "${name}" of ${basename(table.path)} has more than one value a row`,
      'A label, an id and a condition need one value a star; write the one that is meant as a column of its own.',
      'CAN103',
    );
  const names = [...table.columns.keys(), ...(table.unread ?? [])];
  throw new UserError(
    `${basename(table.path)} has no column "${name}"`,
    `Its columns are ${names.slice(0, 12).join(', ')}${names.length > 12 ? ` and ${names.length - 12} more` : ''}.`,
    'CAN103',
  );
}

/** What was worked out of a table, for as long as the table is kept: stars are asked about one by one, too. */
const workedOut = new WeakMap<Table, Map<string, unknown>>();

function onceFor<T>(table: Table, what: string, workOut: () => T): T {
  const known = workedOut.get(table) ?? new Map<string, unknown>();
  workedOut.set(table, known);
  if (!known.has(what)) known.set(what, workOut());
  return known.get(what) as T;
}

interface KeyedRows {
  readonly rowOfKey: ReadonlyMap<string, number>;
  readonly ambiguous: ReadonlySet<string>;
}

function rowsByKey({ by, column: name }: Exclude<Match, { by: 'sky' }>, table: Table): KeyedRows {
  return onceFor(table, `${by} ${name}`, () => {
    const rowOfKey = new Map<string, number>();
    const ambiguous = new Set<string>();
    column(table, name).values.forEach((value, row) => {
      const key = by === 'filename' ? fileKey(value) : matchKey(value);
      if (key === null) return;
      if (rowOfKey.has(key)) ambiguous.add(key);
      else rowOfKey.set(key, row);
    });
    return { rowOfKey, ambiguous };
  });
}

function findByKey(match: Exclude<Match, { by: 'sky' }>, table: Table): Finder {
  const { rowOfKey, ambiguous } = rowsByKey(match, table);
  const find = (spectrum: Matchable): Found => {
    const key = match.by === 'filename' ? fileKey(spectrum.path) : matchKey(spectrum.cards[match.card] ?? null);
    if (key === null) return { row: -1, is: 'keyless' };
    return { row: ambiguous.has(key) ? -1 : (rowOfKey.get(key) ?? -1), is: 'plain' };
  };
  return { find, ambiguousKeys: [...ambiguous] };
}

/** Ids are compared as text, and whole numbers by their digits: 937808200, "937808200" and 937808200.0 are the same. */
export function matchKey(value: Cell | bigint): string | null {
  if (value === null) return null;
  const text = String(value).trim();
  const whole = /^([+-]?)0*(\d+)(\.0*)?$/.exec(text);
  if (whole !== null) return `${whole[1] === '-' ? '-' : ''}${whole[2]}`;
  return text === '' ? null : text;
}

/** File names match without folder and without .fits, .fits.gz, .csv and the like. */
function fileKey(value: Cell): string | null {
  return value === null
    ? null
    : basename(String(value).trim()).replace(/(\.(fits?|csv|tsv|txt|dat))?(\.gz|\.fz|\.z)?$/i, '');
}

/**
 * Of the rows within the radius the nearest, or with `brightest` the one whose magnitude is smallest; of equals the first.
 * A row without a magnitude is fainter than all with one.
 */
function findBySky(match: SkyMatch, table: Table): Finder {
  const magnitudes = match.brightest === undefined ? null : column(table, match.brightest).values;
  const index = onceFor(
    table,
    `sky ${match.ra ?? ''} ${match.dec ?? ''}`,
    () => new SkyIndex(positionOf(table, match, 'ra'), positionOf(table, match, 'dec')),
  );
  const find = (spectrum: Matchable): Found => {
    if (spectrum.raDeg === null || spectrum.decDeg === null) return { row: -1, is: 'keyless' };
    let [best, least, nearest, count] = [-1, Infinity, Infinity, 0];
    index.within(spectrum.raDeg, spectrum.decDeg, match.radiusArcsec / 3600, (row, distance) => {
      count++;
      const rank = magnitudes === null ? 0 : Number(magnitudes[row] ?? Infinity);
      const isBetter =
        best < 0 || rank < least || (rank === least && (distance < nearest || (distance === nearest && row < best)));
      if (isBetter) [best, least, nearest] = [row, rank, distance];
    });
    return { row: best, is: count > 1 ? 'contested' : 'plain' };
  };
  return { find, ambiguousKeys: [] };
}

/**
 * As `matchReference`, for a survey whose spectra come one after the other, in any order, and of which only those with a row are kept.
 */
export class Matcher {
  readonly #finder: Finder;
  readonly #isUsed: Uint8Array;
  readonly #contested = new FirstFew();
  readonly #keyless = new FirstFew();
  readonly #without = new FirstFew();
  #nSpectra = 0;

  /** @throws as `matchReference`. */
  constructor(
    private readonly match: Match,
    private readonly table: Table,
  ) {
    this.#finder = finderOf(match, table);
    this.#isUsed = new Uint8Array(table.nRows);
  }

  /** The row of the spectrum that stands at `n` in the survey, or −1. */
  add(n: number, spectrum: Matchable): number {
    const { row, is } = this.#finder.find(spectrum);
    this.#nSpectra++;
    if (row >= 0) this.#isUsed[row] = 1;
    if (is === 'contested') this.#contested.add(n, spectrum.path);
    if (is === 'keyless') this.#keyless.add(n, spectrum.path);
    else if (row < 0) this.#without.add(n, spectrum.path);
    return row;
  }

  /** What a person should know of the match of those that were added. */
  sentences(): string[] {
    return inSentences(this.match, this.table, {
      ...{ nSpectra: this.#nSpectra, ambiguousKeys: this.#finder.ambiguousKeys },
      unmatchedRows: unused(this.#isUsed),
      ...{ contested: this.#contested, keyless: this.#keyless, without: this.#without },
    });
  }
}

function unused(isUsed: Uint8Array): number[] {
  const rows: number[] = [];
  isUsed.forEach((used, row) => used === 0 && rows.push(row));
  return rows;
}
