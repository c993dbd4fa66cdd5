/** What a person should know of a match of spectra and rows, in sentences that count and name the first. */
import { basename } from 'node:path';
import type { Match } from '../config/config';
import type { Table } from './table';

/** What came of a match. */
export interface Outcome {
  readonly nSpectra: number;
  readonly unmatchedRows: readonly number[];
  readonly ambiguousKeys: readonly string[];
  readonly contested: FirstFew;
  readonly keyless: FirstFew;
  readonly without: FirstFew;
}

/**
 * What of a match a person should know, each a sentence that counts and names the first. Where every row has its spectrum, the
 * spectra without a row are the rest of the survey, which the funnel counts; where not, they may be those that rows lack.
 */
export function inSentences(match: Match, table: Table, outcome: Outcome): string[] {
  const { nSpectra, unmatchedRows, ambiguousKeys, contested, keyless, without } = outcome;
  const file = basename(table.path);
  const sentences: string[] = [];
  if (ambiguousKeys.length > 0)
    sentences.push(
      `${countOf(ambiguousKeys.length, 'id stands', 'ids stand')} in several rows of ${file} (${firstOf(ambiguousKeys)}): their spectra are left out`,
    );
  if (contested.count > 0 && match.by === 'sky') {
    const taken = match.brightest === undefined ? 'nearest' : `one with the smallest ${match.brightest}`;
    sentences.push(
      `${countOf(contested.count, 'spectrum has', 'spectra have')} several rows of ${file} within ${match.radiusArcsec}″ (${contested.names}): the ${taken} is taken`,
    );
  }
  if (keyless.count > 0) {
    const key = match.by === 'sky' ? 'position' : match.by === 'card' ? `card ${match.card}` : 'name';
    sentences.push(`${countOf(keyless.count, 'spectrum has', 'spectra have')} no ${key} (${keyless.names})`);
  }
  if (unmatchedRows.length > 0) {
    const rows = firstOf(unmatchedRows.map((row) => rowName(match, table, row)));
    sentences.push(`${unmatchedRows.length} of ${table.nRows} rows of ${file} have no spectrum (${rows})`);
  }
  if (without.count > 0 && unmatchedRows.length > 0)
    sentences.push(
      `${without.count} of ${countOf(nSpectra, 'spectrum has', 'spectra have')} no row in ${file} (${without.names})`,
    );
  return sentences;
}

function rowName(match: Match, table: Table, row: number): string {
  const id = match.by === 'sky' ? null : (table.columns.get(match.column)?.values[row] ?? null);
  return id === null ? `row ${row + 1}` : String(id);
}

/** How many there are, and the names of the first in the order of their indices, in whatever order they come. */
export class FirstFew {
  #first: { readonly n: number; readonly path: string }[] = [];
  count = 0;

  add(n: number, path: string): void {
    this.count++;
    if (this.#first.length > nNamed && n > this.#first.at(-1)!.n) return;
    this.#first.push({ n, path });
    this.#first = this.#first.sort((a, b) => a.n - b.n).slice(0, nNamed + 1);
  }

  get names(): string {
    return firstOf(this.#first.map(({ path }) => basename(path)));
  }
}

const nNamed = 3;

function firstOf(names: readonly string[]): string {
  return names.slice(0, nNamed).join(', ') + (names.length > nNamed ? ', …' : '');
}

function countOf(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}
