/**
 * Which row of the reference table belongs to which spectrum: by a header card, by file name, or by position.
 * What is ambiguous or missing is counted and can be put in words, never dropped in silence.
 */
import { basename } from 'node:path';
import type { Match } from '../config/config';
import { UserError } from '../problems';
import type { SpectrumIdentity } from '../spectra/spectrum';
import type { TableColumn } from './columns';
import { positionOf, type SkyMatch } from './position';
import { SkyIndex } from './skyIndex';
import type { Cell, Table } from './table';

export { separationDeg } from './skyIndex';

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
  return match.by === 'sky' ? matchBySky(match, table, spectra) : matchByKey(match, table, spectra);
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

function matchByKey(match: Exclude<Match, { by: 'sky' }>, table: Table, spectra: readonly Matchable[]): Matches {
  const { rowOfKey, ambiguous } = rowsByKey(match, table);
  const found = new Found(table.nRows, spectra.length);
  const keyless: number[] = [];
  spectra.forEach((spectrum, n) => {
    const key = match.by === 'filename' ? fileKey(spectrum.path) : matchKey(spectrum.cards[match.card] ?? null);
    if (key === null) keyless.push(n);
    const row = key === null || ambiguous.has(key) ? undefined : rowOfKey.get(key);
    if (row !== undefined) found.take(n, row);
  });
  return { ...found.matches(), ambiguousKeys: [...ambiguous], contested: [], keyless };
}

/** Ids are compared as text, and whole numbers by their digits: 937808200, "937808200" and 937808200.0 are the same. */
export function matchKey(value: Cell | bigint): string | null {
  if (value === null) return null;
  const text = String(value).trim();
  const whole = /^([+-]?)0*(\d+)(\.0*)?$/.exec(text);
  if (whole !== null) return `${whole[1] === '-' ? '-' : ''}${whole[2]}`;
  return text === '' ? null : text;
}

/** File names match without folder and without .fits, .fits.gz and the like. */
function fileKey(value: Cell): string | null {
  return value === null ? null : basename(String(value).trim()).replace(/(\.fits?)?(\.gz|\.fz|\.z)?$/i, '');
}

/**
 * Of the rows within the radius the nearest, or with `brightest` the one whose magnitude is smallest; of equals the first.
 * A row without a magnitude is fainter than all with one.
 */
function matchBySky(match: SkyMatch, table: Table, spectra: readonly Matchable[]): Matches {
  const magnitudes = match.brightest === undefined ? null : column(table, match.brightest).values;
  const index = onceFor(
    table,
    `sky ${match.ra ?? ''} ${match.dec ?? ''}`,
    () => new SkyIndex(positionOf(table, match, 'ra'), positionOf(table, match, 'dec')),
  );
  const found = new Found(table.nRows, spectra.length);
  const [contested, keyless]: [number[], number[]] = [[], []];
  spectra.forEach((spectrum, n) => {
    if (spectrum.raDeg === null || spectrum.decDeg === null) return void keyless.push(n);
    let [best, least, nearest, count] = [-1, Infinity, Infinity, 0];
    index.within(spectrum.raDeg, spectrum.decDeg, match.radiusArcsec / 3600, (row, distance) => {
      count++;
      const rank = magnitudes === null ? 0 : Number(magnitudes[row] ?? Infinity);
      const isBetter =
        best < 0 || rank < least || (rank === least && (distance < nearest || (distance === nearest && row < best)));
      if (isBetter) [best, least, nearest] = [row, rank, distance];
    });
    if (best >= 0) found.take(n, best);
    if (count > 1) contested.push(n);
  });
  return { ...found.matches(), ambiguousKeys: [], contested, keyless };
}

class Found {
  private readonly rowOfSpectrum: Int32Array;
  private readonly isUsed: Uint8Array;

  constructor(nRows: number, nSpectra: number) {
    this.rowOfSpectrum = new Int32Array(nSpectra).fill(-1);
    this.isUsed = new Uint8Array(nRows);
  }

  take(spectrum: number, row: number): void {
    this.rowOfSpectrum[spectrum] = row;
    this.isUsed[row] = 1;
  }

  matches(): Pick<Matches, 'rowOfSpectrum' | 'unmatchedRows'> {
    const unmatchedRows: number[] = [];
    this.isUsed.forEach((used, row) => used === 0 && unmatchedRows.push(row));
    return { rowOfSpectrum: this.rowOfSpectrum, unmatchedRows };
  }
}

/**
 * What of a match a person should know, each a sentence that counts and names the first. Where every row has its spectrum, the
 * spectra without a row are the rest of the survey, which the funnel counts; where not, they may be those that rows lack.
 */
export function describeMatches(
  match: Match,
  table: Table,
  spectra: readonly Matchable[],
  { rowOfSpectrum, unmatchedRows, ambiguousKeys, contested, keyless }: Matches,
): string[] {
  const file = basename(table.path);
  const names = (of: readonly number[]) => firstOf(of.map((n) => basename(spectra[n]!.path)));
  const isKeyless = new Set(keyless);
  const without = [...rowOfSpectrum.keys()].filter((n) => rowOfSpectrum[n]! < 0 && !isKeyless.has(n));
  const sentences: string[] = [];
  if (ambiguousKeys.length > 0)
    sentences.push(
      `${countOf(ambiguousKeys.length, 'id stands', 'ids stand')} in several rows of ${file} (${firstOf(ambiguousKeys)}): their spectra are left out`,
    );
  if (contested.length > 0 && match.by === 'sky') {
    const taken = match.brightest === undefined ? 'nearest' : `one with the smallest ${match.brightest}`;
    sentences.push(
      `${countOf(contested.length, 'spectrum has', 'spectra have')} several rows of ${file} within ${match.radiusArcsec}″ (${names(contested)}): the ${taken} is taken`,
    );
  }
  if (keyless.length > 0) {
    const key = match.by === 'sky' ? 'position' : match.by === 'card' ? `card ${match.card}` : 'name';
    sentences.push(`${countOf(keyless.length, 'spectrum has', 'spectra have')} no ${key} (${names(keyless)})`);
  }
  if (unmatchedRows.length > 0) {
    const rows = firstOf(unmatchedRows.map((row) => rowName(match, table, row)));
    sentences.push(`${unmatchedRows.length} of ${table.nRows} rows of ${file} have no spectrum (${rows})`);
  }
  if (without.length > 0 && unmatchedRows.length > 0)
    sentences.push(
      `${without.length} of ${countOf(spectra.length, 'spectrum has', 'spectra have')} no row in ${file} (${names(without)})`,
    );
  return sentences;
}

function rowName(match: Match, table: Table, row: number): string {
  const id = match.by === 'sky' ? null : (table.columns.get(match.column)?.values[row] ?? null);
  return id === null ? `row ${row + 1}` : String(id);
}

const nNamed = 3;

function firstOf(names: readonly string[]): string {
  return names.slice(0, nNamed).join(', ') + (names.length > nNamed ? ', …' : '');
}

function countOf(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}
