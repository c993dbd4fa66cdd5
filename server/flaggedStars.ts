/** The flagged stars of a catalog for the list of problems: a line for each kind of flag, with its most surprising stars. */
import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type CatalogSearch,
  countsOf,
  everything,
  flagBits,
  flagsInWords,
  nameOfStar,
  type ParsedConfig,
  reviewBits,
  spectrumOfStar,
  type StarValues,
  valuesOf,
} from '../engine/index';
import { starsIn } from './flaggedRows';
import type { CatalogProblem } from './surveys';
import { count } from './words';

export interface FlaggedKind {
  readonly name: string;
  readonly words: string;
  readonly nStars: number;
  /** The most surprising first; a line of the table of labels where that is text and has the star, else the star's spectrum. */
  readonly stars: readonly {
    readonly name: string;
    readonly text: string;
    readonly uri: string;
    readonly line: number;
  }[];
}

const columns = [
  ...['obsid', 'designation', 'source_id', 'spectrum', 'flags', 'extrapolating', 'high_windows', 'large_errors'],
];

/** Flags that stars without a verdict have. @param most stars of each that are named; 0 for no flags at all */
export async function flaggedKinds(
  search: CatalogSearch,
  catalog: string,
  parsed: Pick<ParsedConfig, 'path' | 'config'>,
  most: number,
): Promise<FlaggedKind[]> {
  if (most === 0 || !search.columns.some(({ name }) => name === 'flags')) return [];
  const waiting = { ...everything, reviewed: 'no' } as const;
  const counts = await countsOf(search, waiting);
  const sort = search.columns.some(({ name }) => name === 'surprise') ? 'surprise' : null;
  const lines = await linesOfStars(parsed);
  const kinds: FlaggedKind[] = [];
  for (const { bit, name, words } of flagBits) {
    const nStars = counts.flags.find((one) => one.name === name)?.count ?? 0;
    if (nStars === 0 || ((1 << bit) & reviewBits) !== 0) continue;
    const rows = await search.rows({ ...waiting, flags: 1 << bit, sort, descending: true }, 0, most);
    const lists = await valuesOf(search, rows, columns);
    const stars = Array.from(rows, (_, at) => {
      const values = Object.fromEntries(columns.map((column, k) => [column, lists[k]![at] ?? '']));
      return placed(known(values), name, catalog, parsed.path, lines);
    });
    kinds.push({ name, words, nStars, stars });
  }
  return kinds;
}

function known(values: StarValues): StarValues {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
}

function placed(
  values: StarValues,
  flag: string,
  catalog: string,
  config: string,
  lines: ReadonlyMap<string, { readonly uri: string; readonly line: number }>,
): FlaggedKind['stars'][number] {
  const name = nameOfStar(values);
  const ids = [values.obsid, values.designation, values.source_id, values.spectrum].map((id) => String(id ?? ''));
  const own = ids.map((id) => lines.get(id)).find((place) => place !== undefined);
  const spectrum = spectrumOfStar(values, dirname(config), catalog);
  const place = own ?? { uri: pathToFileURL(spectrum ?? config).href, line: 0 };
  const told = flagsInWords(values).find((one) => one.flag === flag)?.text ?? '';
  return { ...place, name, text: `${name}: ${told}` };
}

/** Bytes: larger tables are not read for the sake of places in them. */
const largestText = 20e6;

/** Where each star of the table of labels stands, by its id; none of a table that is no text. */
async function linesOfStars({ path, config }: Pick<ParsedConfig, 'path' | 'config'>) {
  const places = new Map<string, { uri: string; line: number }>();
  const named = config?.reference?.file;
  if (named === undefined || !/\.(csv|tsv|txt)$/i.test(named)) return places;
  const file = resolve(dirname(path), named);
  const size = await stat(file).then(
    (found) => found.size,
    () => Infinity,
  );
  if (size > largestText) return places;
  const uri = pathToFileURL(file).href;
  for (const { star, line } of starsIn(file, await readFile(file)))
    if (!places.has(star)) places.set(star, { uri, line });
  return places;
}

/** One problem for each kind, above what the description says of flags or the catalog, else at its first key. */
export function flaggedProblems(kinds: readonly FlaggedKind[], { path, places }: ParsedConfig): CatalogProblem[] {
  const first = [...places.values()].find(({ key }) => key !== null)?.key;
  const range = places.get('flags')?.key ?? places.get('catalog')?.key ?? first;
  return kinds.map(({ name, words, nStars, stars }) => {
    const names = stars.map((star) => star.name).join(', ');
    const which = stars.length < nStars ? `The most surprising are ${names}.` : `${names}.`;
    return {
      ...{ code: 'CAN371', severity: 'information', file: path, flag: name, ...(range ? { range } : {}) },
      message: `${count(nStars, 'star')} of the newest catalog ${nStars === 1 ? 'is' : 'are'} flagged ${name}: ${words}`,
      hint: `${which} “Cannon: Review Flagged Stars” shows all; cannon.flaggedStars.inProblems sets how many are named here.`,
      stars: stars.map(({ uri, line, text }) => ({ uri, line, text })),
    };
  });
}
