/**
 * Brings an index up to date with the disk: lists the files, and reads the headers of those alone that are new or have
 * changed by time or size. What is known is at hand at once, also while the rest is being read.
 */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { briefly, doesNotAnswer, isAway, tryAgain } from '../awayDisk';
import type { Config } from '../config/config';
import { expressionsOf } from '../config/names';
import type { TaskPool } from '../jobs/pool';
import { type IndexSpec, stampOf } from './scan';
import { SpectraTable, type Run } from './spectraTable';
import { TextColumn, type TextData } from './textColumn';

export interface UpdateContext {
  readonly pool: TaskPool;
  readonly signal: AbortSignal;
  /** Told whenever more is known; the last of them is the result. */
  readonly onTable: (table: SpectraTable) => void;
  /** Headers read, and how many there are to read. */
  readonly onProgress?: (nRead: number, nToRead: number) => void;
  /** Awaited before each batch of files: whoever wants the machine for itself makes the index wait. */
  readonly permission?: () => Promise<void>;
}

const filesPerBatch = 128;
/** A new table costs about 50 ms with 100,000 rows. */
const betweenTablesMs = 5000;

/** What of a survey's description its index depends on. */
export function indexSpec(config: Config): IndexSpec {
  const { folder, spectra, survey, reference, repeats } = config;
  const named = expressionsOf(config).flatMap(({ expression }) => expression.names);
  const cards = named.filter((name) => name.startsWith('spectrum.')).map((name) => name.slice('spectrum.'.length));
  if (reference?.match.by === 'card') cards.push(reference.match.card);
  if (repeats.card !== null) cards.push(repeats.card);
  return { folder, spectra, survey, cards: [...new Set(cards)].sort() };
}

/** Equal for descriptions with the same index. */
export function indexKey({ folder, spectra, survey, cards }: IndexSpec): string {
  return JSON.stringify([folder, spectra, survey, cards]);
}

/**
 * The index as the disk is now.
 * @param known what was known of the same survey (by `indexKey`)
 * @param touched only these files (as matched) may have changed since; without it, every file is looked at
 * @throws the signal's reason when it aborts; what was read until then has been handed to `onTable`.
 */
export async function updateIndex(
  known: SpectraTable | null,
  spec: IndexSpec,
  context: UpdateContext,
  touched: readonly string[] | null = null,
): Promise<SpectraTable> {
  const { base, toRead } =
    known !== null && touched !== null && touched.every((path) => known.rowOf(path) >= 0)
      ? await lookAgain(known, spec, touched)
      : await compare(known, spec, context.pool, known === null ? null : touched);
  context.signal.throwIfAborted();
  if (base !== known) context.onTable(base);
  if (toRead.length === 0) return base;
  return readRows(base, toRead, spec, context);
}

interface Comparison {
  /** All files that there are; those to be read have what was known of them, or only their names. */
  readonly base: SpectraTable;
  /** Rows of `base`, in order. */
  readonly toRead: readonly number[];
}

/** The files of `touched` have changed, or gone; all others are as they were. */
async function lookAgain(known: SpectraTable, spec: IndexSpec, touched: readonly string[]): Promise<Comparison> {
  const isGone = new Set<number>();
  const isChanged = new Set<number>();
  for (const path of touched) {
    const row = known.rowOf(path);
    const found = await tryAgain(() => stat(resolve(spec.folder, path)), briefly).catch((error: unknown) => {
      if (isAway(error)) throw doesNotAnswer(path, error);
      return null;
    });
    if (found === null || !found.isFile()) isGone.add(row);
    else if (hasChanged(known, row, stampOf(found), found.size)) isChanged.add(row);
  }
  const inOrder = (rows: ReadonlySet<number>) => [...rows].sort((a, b) => a - b);
  const unread = isChanged.size === 0 ? known : known.withUnread(inOrder(isChanged));
  if (isGone.size === 0) return { base: unread, toRead: unread.unread };
  const runs: Run[] = [];
  let from = 0;
  for (const row of [...inOrder(isGone), known.nRows]) {
    if (row > from) runs.push({ table: unread, from, to: row });
    from = row + 1;
  }
  const base = SpectraTable.concat(runs, spec.cards);
  return { base, toRead: base.unread };
}

/** Lists the files and compares them with what is known. */
async function compare(
  known: SpectraTable | null,
  spec: IndexSpec,
  pool: TaskPool,
  lookAt: readonly string[] | null,
): Promise<Comparison> {
  const listing = await pool.run('listSpectra', { spec, lookAt });
  const base = known?.text('path').equals(listing.paths) === true ? known : merged(known, listing.paths, spec.cards);
  const changed: number[] = [];
  for (let row = 0; row < base.nRows; row++) {
    if (hasChanged(base, row, listing.stamp[row]!, listing.sizeBytes[row]!)) changed.push(row);
  }
  const table = changed.length === 0 ? base : base.withUnread(changed);
  return { base: table, toRead: table.unread };
}

/** The files of `listing` with what is known of them; both lists are in the same order. */
function merged(known: SpectraTable | null, listing: TextData, cards: readonly string[]): SpectraTable {
  const paths = new TextColumn(listing.bytes, listing.ends);
  const before = known?.text('path') ?? TextColumn.of([]);
  const fresh: string[] = [];
  /** The row of each file in `known`; −1 for a new one. */
  const origin = new Int32Array(paths.length).fill(-1);
  let row = 0;
  for (let n = 0; n < paths.length; n++) {
    const path = paths.at(n);
    while (row < before.length && before.at(row) < path) row++;
    if (row < before.length && before.at(row) === path) origin[n] = row++;
    else fresh.push(path);
  }
  const unread = SpectraTable.unread(fresh, cards);
  const runs: Run[] = [];
  let nFresh = 0;
  for (const from of origin) {
    if (from >= 0) append(runs, known!, from);
    else append(runs, unread, nFresh++);
  }
  return SpectraTable.concat(runs, cards);
}

/** NaN on either side: the file was not looked at, or has to be read anyway. */
function hasChanged(known: SpectraTable, row: number, stamp: number, sizeBytes: number): boolean {
  const [before, sizeBefore] = [known.number('stamp')[row]!, known.number('sizeBytes')[row]!];
  return !Number.isNaN(stamp) && !Number.isNaN(before) && (stamp !== before || sizeBytes !== sizeBefore);
}

function append(runs: Run[], table: SpectraTable, row: number): void {
  const last = runs.at(-1);
  if (last?.table === table && last.to === row) runs[runs.length - 1] = { table, from: last.from, to: row + 1 };
  else runs.push({ table, from: row, to: row + 1 });
}

async function readRows(
  base: SpectraTable,
  toRead: readonly number[],
  spec: IndexSpec,
  { pool, signal, onTable, onProgress, permission }: UpdateContext,
): Promise<SpectraTable> {
  const nBatches = Math.ceil(toRead.length / filesPerBatch);
  const read = new Array<SpectraTable | null>(nBatches).fill(null);
  const remaining = read.keys();
  const paths = base.text('path');
  let [nRead, lastTable, hasFailed] = [0, performance.now(), false];
  onProgress?.(0, toRead.length);
  const lane = async () => {
    try {
      for (const batch of remaining) {
        await permission?.();
        signal.throwIfAborted();
        if (hasFailed) return;
        const rows = toRead.slice(batch * filesPerBatch, (batch + 1) * filesPerBatch);
        const data = await pool.run('readHeaders', { spec, paths: rows.map((row) => paths.at(row)) });
        read[batch] = SpectraTable.from(data, spec.cards)!;
        onProgress?.((nRead += rows.length), toRead.length);
        if (nRead === toRead.length || performance.now() - lastTable < betweenTablesMs) continue;
        onTable(withRead(base, toRead, read));
        lastTable = performance.now();
      }
    } catch (error) {
      hasFailed = true;
      throw error;
    }
  };
  // Two for each thread, so that none waits for its next.
  const ends = await Promise.allSettled(Array.from({ length: 2 * pool.size }, lane));
  const table = withRead(base, toRead, read);
  onTable(table);
  const failure = ends.find((end) => end.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  return table;
}

/** `base` with the rows that have been read in the place of the old ones. */
function withRead(base: SpectraTable, toRead: readonly number[], read: readonly (SpectraTable | null)[]): SpectraTable {
  const runs: Run[] = [];
  let next = 0;
  toRead.forEach((row, n) => {
    const table = read[Math.floor(n / filesPerBatch)] ?? null;
    if (table === null) return;
    if (row > next) runs.push({ table: base, from: next, to: row });
    append(runs, table, n % filesPerBatch);
    next = row + 1;
  });
  if (next < base.nRows) runs.push({ table: base, from: next, to: base.nRows });
  return SpectraTable.concat(runs, base.cards);
}
