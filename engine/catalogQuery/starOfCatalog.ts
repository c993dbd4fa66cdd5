/** One star of a catalog for people to judge: its values, what its flags say in words, and its observations. */
import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { flagsIn } from '../catalog/flagBits';
import { UserError } from '../problems';
import { rowNumber } from './catalogFile';
import type { CatalogSearch } from './catalogSearch';
import type { CellValue } from './answers';
import { valuesOf } from './values';

export type StarValues = Readonly<Record<string, string | number | boolean>>;

/** All columns of a row that have a value. @throws UserError CAN370 when there is no such row */
export async function starValues(search: CatalogSearch, row: number): Promise<StarValues> {
  if (!Number.isInteger(row) || row < 0 || row >= search.file.nRows) {
    throw new UserError(`The catalog has no row ${row}`, 'It may have been made again: open it anew.', 'CAN370');
  }
  const names = search.columns.map(({ name }) => name);
  const values = await valuesOf(search, [row], names);
  return withoutNulls(
    names,
    values.map(([value]) => value ?? null),
  );
}

function withoutNulls(names: readonly string[], values: readonly CellValue[]): StarValues {
  return Object.fromEntries(
    names.flatMap((name, i): [string, string | number | boolean][] => {
      const value = values[i] ?? null;
      return value === null ? [] : [[name, value]];
    }),
  );
}

/** As review.yaml names a star: OBSID, else designation, else file, else source_id. */
export function nameOfStar({ obsid, designation, spectrum, source_id: id }: StarValues): string {
  return String(obsid ?? designation ?? (spectrum === undefined ? (id ?? '') : basename(String(spectrum))));
}

/** Of the star's spectrum, absolute; null where it is not known, or not there. */
export function spectrumOfStar({ spectrum }: StarValues, folder: string | null, catalog: string): string | null {
  if (typeof spectrum !== 'string') return null;
  for (const from of [...(folder === null ? [] : [folder]), dirname(catalog)]) {
    const path = resolve(from, spectrum);
    if (existsSync(path)) return path;
  }
  return null;
}

export interface FlagInWords {
  readonly flag: string;
  readonly text: string;
}

/** What the flags of a star say, each a sentence without its end; labels and elements are named where the catalog tells. */
export function flagsInWords(values: StarValues): FlagInWords[] {
  const { flags } = values;
  return flagsIn(typeof flags === 'number' ? flags : 0).map(({ name, words, column }) => {
    const about = column === null ? '' : String(values[column] ?? '').trim();
    return { flag: name, text: about === '' ? words : `${words}: ${about.split(/\s+/).join(', ')}` };
  });
}

export interface ObservationOfStar {
  readonly obsid: string;
  readonly spectrum: string;
  readonly values: Readonly<Record<string, number>>;
  readonly flags: readonly string[];
}

/** Index of the most surprising observation, the first of equal ones; −1 where they do not tell. */
export function mostSurprising(observations: readonly Pick<ObservationOfStar, 'values'>[]): number {
  let odd = -1;
  observations.forEach(({ values: { surprise = NaN } }, n) => {
    if (surprise > (observations[odd]?.values['surprise'] ?? -Infinity)) odd = n;
  });
  return odd;
}

const mostObservations = 200;

/** The observations of the star in `row` of its catalog. @param observations the table with a row an observation */
export async function observationsOf(observations: CatalogSearch, row: number): Promise<ObservationOfStar[]> {
  if (!observations.columns.some(({ name }) => name === 'star')) return [];
  const { database, from } = observations.file;
  const star = observations.columnNamed('star').sql;
  const found = await database.rows(
    `SELECT ${rowNumber} FROM ${from} WHERE ${star} = ${row + 1} ORDER BY 1 LIMIT ${mostObservations}`,
  );
  const names = observations.columns.map(({ name }) => name);
  const lists = await valuesOf(
    observations,
    found.map(([n]) => Number(n)),
    names,
  );
  return found.map((_, i) => {
    const values = withoutNulls(
      names,
      lists.map((list) => list[i] ?? null),
    );
    const numbers = Object.entries(values).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
    return {
      obsid: String(values.obsid ?? ''),
      spectrum: String(values.spectrum ?? ''),
      values: Object.fromEntries(numbers.filter(([name]) => !['star', 'flags', 'source_id'].includes(name))),
      flags: flagsIn(typeof values.flags === 'number' ? values.flags : 0).map(({ name }) => name),
    };
  });
}
