/**
 * What worker threads do for the index: find a survey's files, and read the headers of some. Files are looked at by time
 * and size before they are read, so that one that changes meanwhile is noticed the next time.
 */
import { statSync, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { SurveyFormat } from '../config/config';
import { mayPass } from '../awayDisk';
import { UserError } from '../problems';
import { findSpectra } from '../reference/spectraWalk';
import { readIdentity } from '../spectra/read';
import { SpectraTable, type NewRow, type TableData } from './spectraTable';
import { TextColumn, type TextData } from './textColumn';

/** Which files, and what to keep of each. */
export interface IndexSpec {
  readonly folder: string;
  /** Globs, relative to `folder`. */
  readonly spectra: readonly string[];
  readonly survey: SurveyFormat;
  /** Header cards to keep beside the identity. */
  readonly cards: readonly string[];
}

/** Files in the order of their paths, and what they were like; −1 for a file that is not there, NaN where not looked. */
export interface Listing {
  readonly paths: TextData;
  readonly stamp: Float64Array;
  readonly sizeBytes: Float64Array;
}

export interface ListArgs {
  readonly spec: IndexSpec;
  /** The files to look at; null for all. */
  readonly lookAt: readonly string[] | null;
}

export interface ReadArgs {
  readonly spec: IndexSpec;
  /** As matched. */
  readonly paths: readonly string[];
}

/** All files that the globs match. */
export async function listSpectra({ spec, lookAt }: ListArgs): Promise<Listing> {
  const paths = await findSpectra(spec);
  const [stamp, sizeBytes] = [new Float64Array(paths.length).fill(NaN), new Float64Array(paths.length).fill(NaN)];
  const wanted = lookAt === null ? null : new Set(lookAt);
  paths.forEach((path, n) => {
    if (wanted !== null && !wanted.has(path)) return;
    // Not asynchronous: in a thread of its own that is five times as fast.
    const found = statOrNull(resolve(spec.folder, path));
    stamp[n] = found === null ? -1 : stampOf(found);
    sizeBytes[n] = found?.size ?? -1;
  });
  const { bytes, ends } = TextColumn.of(paths);
  return { paths: { bytes, ends }, stamp, sizeBytes };
}

/**
 * What changes with every change of a file: the sum of its two times, in ms. The one that anybody can set says nothing where a program
 * sets it back, or a clock was; the other one some network disks make up.
 */
export function stampOf({ mtimeMs, ctimeMs }: Pick<Stats, 'mtimeMs' | 'ctimeMs'>): number {
  return mtimeMs + ctimeMs;
}

function statOrNull(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}

/** On a disk far away the answers take long; a few questions at a time hide that. */
const openFilesAtOnce = 8;

/** Who the spectra at `paths` are, from their headers alone. A file that cannot be read is a row with its problem. */
export async function readHeaders({ spec, paths }: ReadArgs): Promise<TableData> {
  const rows = new Array<NewRow>(paths.length);
  const remaining = paths.entries();
  const lane = async () => {
    for (const [n, path] of remaining) rows[n] = await readRow(spec, path);
  };
  await Promise.all(Array.from({ length: openFilesAtOnce }, lane));
  return SpectraTable.of(rows, spec.cards).data;
}

async function readRow({ folder, survey }: IndexSpec, path: string): Promise<NewRow> {
  const file = resolve(folder, path);
  const found = await stat(file).catch(() => null);
  const [stamp, sizeBytes] = found === null ? [-1, -1] : [stampOf(found), found.size];
  try {
    const identity = await readIdentity(file, survey);
    return { path, stamp, sizeBytes, identity, problem: '' };
  } catch (error) {
    // One file must not stop the other hundred thousand, whatever is wrong with it or with us.
    const message = error instanceof Error ? error.message : String(error);
    const problem = error instanceof UserError ? message : `Internal error: ${message}`;
    // One that a disk did not give just now is as good as changed, to be read at the next look.
    const seen = mayPass(error) ? { stamp: -1, sizeBytes: -1 } : { stamp, sizeBytes };
    return { path, ...seen, identity: null, problem };
  }
}
