/**
 * The table of a folder that is most likely its reference table: it has labels, many of its rows are of stars whose spectra lie
 * there, and its name says so. Tables of truth or of inferred labels are taken only where there is no other.
 */
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UserError } from '../problems';
import { readTable, type Table } from '../reference/table';
import type { SpectrumIdentity } from '../spectra/spectrum';
import { findLabels, type FoundLabel } from './columns';
import { findMatch, type FoundMatch } from './match';

export interface FoundTable {
  /** Relative to the folder. */
  readonly path: string;
  readonly table: Table;
  readonly labels: readonly FoundLabel[];
  /** Null where no row is of a spectrum that was looked at. */
  readonly match: FoundMatch | null;
}

export interface FoundTables {
  /** The likeliest first. */
  readonly tables: readonly FoundTable[];
  /** Files that look like tables by their names and are none, or are too large to look at; with the reason. */
  readonly unusable: readonly { readonly path: string; readonly reason: string }[];
}

const endings = /\.(?:(?:csv|tsv|txt|dat|ecsv|vot|votable|xml|fits?)(?:\.gz)?|parquet)$/i;
const tablesRead = 24;
const mostBytes = 256e6;

/** @param files those that are no spectra */
export async function findTables(
  folder: string,
  files: readonly string[],
  spectra: readonly SpectrumIdentity[],
  signal: AbortSignal,
): Promise<FoundTables> {
  const named = files.filter((path) => endings.test(path));
  const order = (path: string) => 10 * (1 - likelihood(path)) + path.split('/').length;
  const asked = named.sort((a, b) => order(a) - order(b) || (a < b ? -1 : 1)).slice(0, tablesRead);
  const tables: FoundTable[] = [];
  const unusable: { path: string; reason: string }[] = [];
  // One after the other: each may be large.
  for (const path of asked) {
    signal.throwIfAborted();
    const found = await lookAt(folder, path, spectra).catch((error: unknown) => {
      if (error instanceof UserError) return error;
      throw error;
    });
    if (found instanceof UserError) unusable.push({ path, reason: found.message });
    else if (found !== null) tables.push(found);
  }
  return { tables: tables.sort((a, b) => pointsOf(b) - pointsOf(a)), unusable };
}

async function lookAt(folder: string, path: string, spectra: readonly SpectrumIdentity[]): Promise<FoundTable | null> {
  const absolute = join(folder, path);
  const { size } = await stat(absolute).catch(() => ({ size: 0 }));
  if (size > mostBytes && !/\.parquet$/i.test(path))
    throw new UserError(`${basename(path)} has ${Math.round(size / 1e6)} MB, too much for a first look`, '');
  const table = await readTable(absolute);
  if (table.nRows === 0 || table.columns.size < 2) return null;
  return { path, table, labels: findLabels(table), match: findMatch(table, spectra) };
}

/** 0 to 1, by the name alone. */
function likelihood(path: string): number {
  const name = basename(path).toLowerCase();
  if (/truth|inferred|predict|result|output|line_?list|cv\b/.test(name)) return 0.1;
  return /label|reference|training|stellar_?par|catalog(ue)?\b/.test(name) ? 1 : 0.5;
}

function pointsOf({ path, labels, match }: FoundTable): number {
  return (labels.length + 0.1) * (1 + (match?.nMatched ?? 0)) * likelihood(path);
}
