/**
 * How the rows of a table find their spectra: the header card and the column with the most matches, the file name, or the
 * position. Of ways that match nearly as many, the one is taken whose keys are most surely those of the star. Pure.
 */
import type { Match } from '../config/config';
import { UserError } from '../problems';
import { matchKey, matchReference } from '../reference/match';
import type { Table, TableColumn } from '../reference/table';
import type { SpectrumIdentity } from '../spectra/spectrum';
import { median } from './spread';

export interface FoundMatch {
  readonly match: Match;
  /** Of the spectra that were looked at, those with exactly one row. */
  readonly nMatched: number;
  /** The row of each, or −1. */
  readonly rowOfSpectrum: Int32Array;
  /** Other ways that match nearly as many. */
  readonly others: readonly Match[];
}

/** Of the file's name; of small numbers, which are everywhere: of fibres, of rows, of days. */
const [fileRank, shortRank] = [10, 100];
const shortKey = 5;
/** Cards that name a star or an observation, best first. */
const knownCards = ['OBSID', 'SOBJECT_ID', 'SPECOBJID', 'APOGEE_ID', 'SOURCE_ID', 'SOURCEID', 'GAIAID', 'OBJID'];
/** What is measured and may by chance be a whole number. */
const isMeasured = /^(ra|dec|glon|glat|z|sn|l?mjd|jd|date|exp|naxis|mag|airmass|helio|rv)/i;
const nearly = 0.9;
const headRows = 1000;

/** Null where no way matches any spectrum. */
export function findMatch(table: Table, spectra: readonly SpectrumIdentity[]): FoundMatch | null {
  const ids = [...table.columns.values()].filter(isIdLike);
  const keyed = [...byCard(ids, spectra), ...ids.map((column): Way => ({ match: { by: 'filename', column: column.name }, rank: fileRank }))]; // prettier-ignore
  const tried = keyed.map((way) => tryOut(way, table, spectra)).filter(({ nMatched }) => nMatched > 0);
  const sky = bySky(table, spectra);
  const most = Math.max(0, ...tried.map(({ nMatched }) => nMatched));
  const good = tried.filter(({ nMatched }) => nMatched >= nearly * most).sort((a, b) => a.rank - b.rank);
  if (sky !== null && sky.nMatched > 1.25 * most) return { ...sky, others: good.map(({ match }) => match) };
  const [best, ...rest] = good;
  if (best === undefined) return null;
  const { match, nMatched, rowOfSpectrum } = best;
  const others = rest.filter(({ rank }) => rank < shortRank - 15);
  return { match, nMatched, rowOfSpectrum, others: others.map((other) => other.match) };
}

interface Way {
  readonly match: Match;
  /** Less is better. */
  readonly rank: number;
}

/** Whole numbers or texts, nearly all of them different: what a row is called by. */
function isIdLike(column: TableColumn): boolean {
  const head = column.values.slice(0, headRows).filter((value) => value !== null);
  if (head.length === 0 || head.some((value) => typeof value === 'boolean' || (typeof value === 'number' && !Number.isInteger(value)))) return false; // prettier-ignore
  return new Set(head).size > 0.3 * head.length;
}

/** Pairs of a card and a column that share keys; few enough to be tried out. */
function byCard(ids: readonly TableColumn[], spectra: readonly SpectrumIdentity[]): Way[] {
  const keysOfCard = new Map<string, Set<string>>();
  const cards = new Set(spectra.slice(0, headRows).flatMap((spectrum) => Object.keys(spectrum.cards)));
  for (const card of cards) {
    if (isMeasured.test(card)) continue;
    const keys = spectra.flatMap(({ cards }) => keyOf(cards[card]) ?? []);
    const distinct = new Set(keys);
    if (distinct.size > 0.3 * spectra.length) keysOfCard.set(card, distinct);
  }
  const all = new Set([...keysOfCard.values()].flatMap((keys) => [...keys]));
  return ids.flatMap((column) => {
    const shared = new Set<string>();
    for (const value of column.values) {
      const key = matchKey(value);
      if (key !== null && all.has(key)) shared.add(key);
    }
    return [...keysOfCard].flatMap(([card, keys]): Way[] => {
      const common = [...keys].filter((key) => shared.has(key));
      const length = median(common.map((key) => key.length));
      const hasOneName = plain(card) === plain(column.name);
      const isShort = length < shortKey;
      if (common.length === 0 || (isShort && !hasOneName)) return [];
      const known = isShort ? -1 : knownCards.indexOf(card);
      const unknown = (isShort ? shortRank : hasOneName ? 30 : 60) - Math.min(15, length);
      return [{ match: { by: 'card', card, column: column.name }, rank: known >= 0 ? known : unknown }];
    });
  });
}

function keyOf(value: SpectrumIdentity['cards'][string] | undefined): string | null {
  const isKey = typeof value === 'string' || typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value)); // prettier-ignore
  return isKey ? matchKey(value) : null;
}

const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');

interface Tried extends Way {
  readonly nMatched: number;
  readonly rowOfSpectrum: Int32Array;
}

function tryOut({ match, rank }: Way, table: Table, spectra: readonly SpectrumIdentity[]): Tried {
  const { rowOfSpectrum } = matchReference(match, table, spectra);
  return { match, rank, rowOfSpectrum, nMatched: rowOfSpectrum.filter((row) => row >= 0).length };
}

function bySky(table: Table, spectra: readonly SpectrumIdentity[]): Tried | null {
  try {
    const [near, far] = [1, 3].map((radiusArcsec) => tryOut({ match: { by: 'sky', radiusArcsec }, rank: 0 }, table, spectra)); // prettier-ignore
    const found = far!.nMatched > 1.1 * near!.nMatched ? far! : near!;
    return found.nMatched > 0 ? found : null;
  } catch (error) {
    // A table without positions, or with such as cannot be used.
    if (error instanceof UserError) return null;
    throw error;
  }
}
