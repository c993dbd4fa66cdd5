/**
 * Which row of the reference table belongs to which spectrum: by a header card, by file name, or by position.
 * What is ambiguous or missing is counted, never dropped in silence.
 */
import { basename } from 'node:path';
import type { Match } from '../config/config';
import { UserError } from '../problems';
import type { SpectrumIdentity } from '../spectra/spectrum';
import type { Cell, Table, TableColumn } from './table';

export interface Matches {
  /** Row of the table for each spectrum, or −1. */
  readonly rowOfSpectrum: Int32Array;
  /** Rows that no spectrum matched. */
  readonly unmatchedRows: readonly number[];
  /** Keys that stand in more than one row of the table: their spectra match none. */
  readonly ambiguousKeys: readonly string[];
}

/** What of a spectrum its match depends on. */
export type Matchable = Pick<SpectrumIdentity, 'path' | 'raDeg' | 'decDeg' | 'cards'>;

/**
 * @throws UserError CAN103 when the table lacks a column that the match needs.
 */
export function matchReference(match: Match, table: Table, spectra: readonly Matchable[]): Matches {
  return match.by === 'sky' ? matchBySky(match.radiusArcsec, table, spectra) : matchByKey(match, table, spectra);
}

/** A column by name. @throws UserError CAN103 with the names that there are. */
export function column(table: Table, name: string): TableColumn {
  const found = table.columns.get(name);
  if (found !== undefined) return found;
  const names = [...table.columns.keys()];
  throw new UserError(
    `${basename(table.path)} has no column "${name}"`,
    `Its columns are ${names.slice(0, 12).join(', ')}${names.length > 12 ? ` and ${names.length - 12} more` : ''}.`,
    'CAN103',
  );
}

function matchByKey(match: Exclude<Match, { by: 'sky' }>, table: Table, spectra: readonly Matchable[]): Matches {
  const rowOfKey = new Map<string, number>();
  const ambiguous = new Set<string>();
  column(table, match.column).values.forEach((value, row) => {
    const key = match.by === 'filename' ? fileKey(value) : matchKey(value);
    if (key === null) return;
    if (rowOfKey.has(key)) ambiguous.add(key);
    else rowOfKey.set(key, row);
  });
  const rowOfSpectrum = new Int32Array(spectra.length).fill(-1);
  const isUsed = new Uint8Array(table.nRows);
  spectra.forEach((spectrum, n) => {
    const key = match.by === 'filename' ? fileKey(spectrum.path) : matchKey(spectrum.cards[match.card] ?? null);
    const row = key === null || ambiguous.has(key) ? undefined : rowOfKey.get(key);
    if (row === undefined) return;
    rowOfSpectrum[n] = row;
    isUsed[row] = 1;
  });
  return { rowOfSpectrum, unmatchedRows: rowsWithout(isUsed), ambiguousKeys: [...ambiguous] };
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

const degree = Math.PI / 180;

/** The nearest row within the radius, on the sphere. Rows in order of declination make it O((n + m) log n). */
function matchBySky(radiusArcsec: number, table: Table, spectra: readonly Matchable[]): Matches {
  const [ra, dec] = [column(table, 'ra').values, column(table, 'dec').values];
  const rows = [...ra.keys()].filter((row) => typeof ra[row] === 'number' && typeof dec[row] === 'number');
  rows.sort((a, b) => (dec[a] as number) - (dec[b] as number));
  const decOfRow = Float64Array.from(rows, (row) => dec[row] as number);
  const radiusDeg = radiusArcsec / 3600;
  const rowOfSpectrum = new Int32Array(spectra.length).fill(-1);
  const isUsed = new Uint8Array(table.nRows);
  spectra.forEach((spectrum, n) => {
    if (spectrum.raDeg === null || spectrum.decDeg === null) return;
    let nearestDeg = radiusDeg;
    for (
      let i = firstAtLeast(decOfRow, spectrum.decDeg - radiusDeg);
      i < rows.length && decOfRow[i]! <= spectrum.decDeg + radiusDeg;
      i++
    ) {
      const distance = separationDeg(spectrum.raDeg, spectrum.decDeg, ra[rows[i]!] as number, decOfRow[i]!);
      if (distance > nearestDeg) continue;
      nearestDeg = distance;
      rowOfSpectrum[n] = rows[i]!;
    }
    if (rowOfSpectrum[n] !== -1) isUsed[rowOfSpectrum[n]!] = 1;
  });
  return { rowOfSpectrum, unmatchedRows: rowsWithout(isUsed), ambiguousKeys: [] };
}

/** Angle between two directions, in degrees; the haversine keeps its digits at small angles. */
export function separationDeg(ra1: number, dec1: number, ra2: number, dec2: number): number {
  const h =
    Math.sin(((dec2 - dec1) * degree) / 2) ** 2 +
    Math.cos(dec1 * degree) * Math.cos(dec2 * degree) * Math.sin(((ra2 - ra1) * degree) / 2) ** 2;
  return (2 * Math.asin(Math.min(1, Math.sqrt(h)))) / degree;
}

function firstAtLeast(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function rowsWithout(isUsed: Uint8Array): number[] {
  const rows: number[] = [];
  isUsed.forEach((used, row) => used === 0 && rows.push(row));
  return rows;
}
