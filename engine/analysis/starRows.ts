/** Which row of a catalog is which star: by id, where an id in several rows takes that of highest S/N, and by position. */
import { UserError } from '../problems';
import { matchKey } from '../reference/match';
import { positionOf } from '../reference/position';
import type { AnalysisTable } from './analysisTable';

/** Names under which catalogs have a star's id and its signal to noise, the likeliest first. */
export const usualIdNames = ['source_id', 'star_id', 'designation', 'obsid', 'sobject_id', 'id'] as const;
export const usualSnrNames = ['snr', 'snrz', 'snrg', 'snr_z', 'snr_g', 'snr_c3_iraf', 'snr_c2_iraf', 'snr_c1'] as const;

export interface RowsByKey {
  readonly rowOfKey: ReadonlyMap<string, number>;
  /** In words, where ids stand in several rows. */
  readonly warning: string | null;
}

/** `name` and the S/N, where there is one, have been read. */
export function bestRowOfKey(catalog: AnalysisTable, name: string): RowsByKey {
  const snrName = catalog.firstOf(usualSnrNames);
  const snr = snrName === null ? null : catalog.numbers(snrName);
  const rowOfKey = new Map<string, number>();
  const repeated = new Set<string>();
  catalog.column(name).values.forEach((cell, row) => {
    const key = matchKey(cell);
    if (key === null) return;
    const known = rowOfKey.get(key);
    if (known !== undefined) repeated.add(key);
    if (known === undefined || (snr !== null && snr[row]! > (snr[known]! || 0))) rowOfKey.set(key, row);
  });
  const which = snrName === null ? 'first row' : `row of highest ${snrName}`;
  const warning =
    repeated.size === 0
      ? null
      : `${repeated.size === 1 ? '1 id stands' : `${repeated.size} ids stand`} in more than one row of ${catalog.file} (${[...repeated].slice(0, 3).join(', ')}${repeated.size > 3 ? ', …' : ''}): the ${which} is taken. A catalog with one row a star is meant.`;
  return { rowOfKey, warning };
}

/** Columns that may hold positions. */
export function positionNames(table: AnalysisTable): string[] {
  return table.names.filter((name) => /^_?(ra|de|dec|alpha|delta)/i.test(name));
}

/** ICRS degrees, NaN where there is no position. @throws UserError CAN103, CAN160: no such columns, or not in degrees. */
export function positionsOf(table: AnalysisTable): { ra: Float64Array; dec: Float64Array } {
  const match = { by: 'sky', radiusArcsec: 1 } as const;
  try {
    return { ra: positionOf(table.source, match, 'ra'), dec: positionOf(table.source, match, 'dec') };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.message, 'Positions are degrees (ICRS) in columns such as ra and dec.', error.code);
  }
}
