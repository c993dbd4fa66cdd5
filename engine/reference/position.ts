/**
 * Which columns of a table are the positions of its stars: those that the config names, else those that the file marks by
 * UCD (`pos.eq.ra;meta.main`), else those with a usual name. Positions are ICRS degrees; hours and sexagesimal texts are refused.
 */
import { basename } from 'node:path';
import type { Match } from '../config/config';
import { UserError } from '../problems';
import type { TableColumn } from './columns';
import type { Table } from './table';

export type SkyMatch = Extract<Match, { by: 'sky' }>;

const axes = {
  ra: {
    ucd: /^(pos\.eq\.ra|pos_eq_ra)/i,
    names: ['ra', 'radeg', 'ra_deg', '_ra', '_raj2000', 'raj2000', 'ra_j2000', 'ra_icrs', '_ra_icrs', 'ra_gaia'],
    also: ['ra_obj', 'ra_lamost', 'ra_dr3', 'ra_dr2', 'alpha_j2000', 'alpha'],
    most: 360,
  },
  dec: {
    ucd: /^(pos\.eq\.dec|pos_eq_dec)/i,
    names: ['dec', 'decdeg', 'dec_deg', 'dedeg', '_de', '_dec', '_dej2000', 'dej2000', 'dec_j2000', 'de_icrs'],
    also: ['_de_icrs', 'dec_icrs', 'dec_gaia', 'dec_obj', 'dec_lamost', 'dec_dr3', 'dec_dr2', 'delta_j2000', 'delta'],
    most: 90,
  },
} as const;

type Axis = keyof typeof axes;

/**
 * The column of one coordinate.
 * @throws UserError CAN103 when there is none.
 */
function positionColumn(table: Table, axis: Axis, given: string | undefined): TableColumn {
  const found = given === undefined ? findColumn(table, axis) : table.columns.get(given);
  if (found !== undefined) return found;
  const names = [...table.columns.keys()].slice(0, 12).join(', ');
  throw new UserError(
    given === undefined
      ? `${basename(table.path)} has no column that is known to be ${axis === 'ra' ? 'a right ascension' : 'a declination'}`
      : `${basename(table.path)} has no column "${given}"`,
    `Name it: match: { sky: 1 arcsec, ${axis}: COLUMN }. Its columns are ${names}.`,
    'CAN103',
  );
}

function findColumn(table: Table, axis: Axis): TableColumn | undefined {
  const { ucd, names, also } = axes[axis];
  const columns = [...table.columns.values()];
  const marked = columns.filter((column) => ucd.test(column.ucd ?? ''));
  const main = marked.find((column) => /main$/i.test(column.ucd ?? ''));
  if (main !== undefined) return main;
  for (const name of [...names, ...also]) {
    const found = columns.find((column) => column.name.toLowerCase() === name);
    if (found !== undefined) return found;
  }
  return marked.find((column) => !/stat\.error/i.test(column.ucd ?? ''));
}

/** One coordinate of each row: ICRS degrees, NaN where there is none. @throws UserError CAN103, CAN160. */
export function positionOf(table: Table, match: SkyMatch, axis: Axis): Float64Array {
  return degreesOf(table, positionColumn(table, axis, match[axis]), axis);
}

function degreesOf(table: Table, { name, unit, values }: TableColumn, axis: Axis): Float64Array {
  const { most } = axes[axis];
  const refuse = (what: string) =>
    new UserError(
      `Column "${name}" of ${basename(table.path)} ${what}, not a position in degrees`,
      `Give degrees (ICRS), or name another column: match: { sky: 1 arcsec, ${axis}: COLUMN }.`,
      'CAN160',
    );
  if (/^"?\s*(h|hour|hours|hourangle|hms|h[:\s]m[:\s]s|d[:\s]m[:\s]s|dms)\b/i.test(unit)) throw refuse(`is in ${unit}`);
  const perUnit = /^rad(ian)?s?$/i.test(unit) ? 180 / Math.PI : 1;
  return Float64Array.from(values, (value, row) => {
    if (value === null) return NaN;
    if (typeof value !== 'number') throw refuse(`holds "${String(value)}" in row ${row + 1}`);
    const degrees = value * perUnit;
    if (Math.abs(degrees) > most) throw refuse(`holds ${value} in row ${row + 1}`);
    return degrees;
  });
}
