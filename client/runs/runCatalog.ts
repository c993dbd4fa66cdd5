/**
 * What runs the surveys have, read as cheaply as can be: names by a listing of `.cannon/runs`, states only of runs that are new,
 * live, asked for, or whose folder has changed. It polls; a watcher a run would say nothing about network disks.
 *
 * A thousand runs cost one listing a look. Those that have no `result.json` are read once whatever their age: one of them
 * may still be at work or in a queue.
 */
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readRun, runsFolder, type RunStatus } from '../../engine/index';

export interface KnownRun {
  /** Absolute path of the cannon.yaml beside which it lies. */
  readonly config: string;
  readonly folder: string;
  /** When it was asked for, by the name of its folder or the time of its job.json. */
  readonly createdMs: number;
  /** Null while it has not been read, or cannot be. */
  readonly status: RunStatus | null;
}

interface Entry {
  readonly config: string;
  readonly folder: string;
  readonly createdMs: number;
  status: RunStatus | null;
  /** Time of the folder's last change when it was read; NaN before. */
  changedMs: number;
  /** When a live run may be read again, by a clock that nobody sets. */
  dueMs: number;
}

export interface Look {
  /** Whether anything is other than at the look before. */
  readonly isChanged: boolean;
  /** Runs that were live, or not there, and have ended since. */
  readonly ended: readonly RunStatus[];
}

export interface LookOptions {
  /** Look at the folders of runs that had ended as well: one may have been resumed or removed elsewhere. */
  readonly thorough?: boolean;
}

/** Read at the first look; older ones when they are unfolded. */
const readAtOnce = 30;
/** A look at a run may take so small a part of the time: a slow disk is asked less often. */
const share = 0.05;
const inFlight = 8;
/** How long a new folder may be without job.json. */
const beginningMs = 60_000;

export class RunCatalog {
  readonly #entries = new Map<string, Entry>();
  readonly #surveys = new Set<string>();
  /** Runs that an earlier window saw at work. */
  readonly #expected: Set<string>;
  /** Names of folders tell the second. */
  readonly #beganMs = Math.floor(Date.now() / 1000) * 1000;

  /** @param expected folders of runs whose end is to be told even when they have ended by the first look. */
  constructor(expected: readonly string[] = []) {
    this.#expected = new Set(expected);
  }

  /** All runs, the newest first. */
  get runs(): readonly KnownRun[] {
    return [...this.#entries.values()].sort((a, b) => b.createdMs - a.createdMs || (a.folder < b.folder ? 1 : -1));
  }

  /** Those that are running or queued. */
  get live(): readonly RunStatus[] {
    return this.runs.flatMap(({ status }) => (status !== null && isLive(status) ? [status] : []));
  }

  at(folder: string): KnownRun | null {
    return this.#entries.get(folder) ?? null;
  }

  /** Look at the runs of these surveys. Never rejects: what cannot be read is looked at again the next time. */
  async look(configs: readonly string[], { thorough = false }: LookOptions = {}): Promise<Look> {
    let isChanged = this.#forget((entry) => !configs.includes(entry.config));
    const unread: Entry[] = [];
    for (const config of configs) {
      const { added, removed } = await this.#list(config);
      isChanged ||= added.length + removed > 0;
      unread.push(...(this.#surveys.has(config) ? added : await atFirst(added, this.#expected)));
      this.#surveys.add(config);
    }
    const entries = [...this.#entries.values()];
    const again = entries.filter((entry) => isDue(entry));
    const stale = thorough ? await changed(entries.filter(wasRead)) : [];
    const ended: RunStatus[] = [];
    await inParallel([...new Set([...unread, ...again, ...stale])], async (entry) => {
      const before = entry.status;
      if (!(await read(entry))) return;
      isChanged = true;
      if (isOver(entry.status) && this.#isNews(entry, before)) ended.push(entry.status);
    });
    return { isChanged, ended };
  }

  /** Read these runs, unless they are known. @returns whether anything was. */
  async read(folders: readonly string[]): Promise<boolean> {
    const unread = folders.flatMap((folder) => {
      const entry = this.#entries.get(folder);
      return entry?.status === null ? [entry] : [];
    });
    await inParallel(unread, read);
    return unread.length > 0;
  }

  /** Whether the end of a run has not been seen before, and is not that of a run of long ago. */
  #isNews({ folder, createdMs, status }: Entry, before: RunStatus | null): boolean {
    if (this.#expected.delete(folder)) return true;
    if (before === null) return createdMs >= this.#beganMs;
    return isLive(before) || before.job.started !== status?.job.started;
  }

  async #list(config: string): Promise<{ added: Entry[]; removed: number }> {
    const root = runsFolder(config);
    const names = await readdir(root).catch((error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? [] : null));
    // A network disk that is away for a moment has not lost its runs.
    if (names === null) return { added: [], removed: 0 };
    const folders = new Set(names.map((name) => join(root, name)));
    const isGone = this.#forget((entry) => entry.config === config && !folders.has(entry.folder));
    const added: Entry[] = [];
    for (const folder of folders) {
      if (this.#entries.has(folder)) continue;
      const createdMs = await createdAt(folder);
      if (createdMs === null) continue;
      const entry: Entry = { config, folder, createdMs, status: null, changedMs: NaN, dueMs: 0 };
      this.#entries.set(folder, entry);
      added.push(entry);
    }
    return { added, removed: isGone ? 1 : 0 };
  }

  #forget(isUnwanted: (entry: Entry) => boolean): boolean {
    const unwanted = [...this.#entries.values()].filter(isUnwanted);
    for (const { folder } of unwanted) this.#entries.delete(folder);
    return unwanted.length > 0;
  }
}

/** A run whose job.json cannot be read is about to begin, or never will. */
function isDue({ status, dueMs, createdMs, changedMs }: Entry): boolean {
  if (status !== null) return isLive(status) && performance.now() >= dueMs;
  return !Number.isNaN(changedMs) && Date.now() - createdMs < beginningMs;
}

/** Whether a change of its folder would be news: a live run is read anyway, one that was never read is not shown. */
function wasRead({ status, changedMs }: Entry): boolean {
  return !Number.isNaN(changedMs) && !isLive(status);
}

/** Whether it is running or queued. */
export function isLive(status: RunStatus | null): boolean {
  return status !== null && (status.state === 'running' || status.state === 'queued');
}

function isOver(status: RunStatus | null): status is RunStatus {
  return status !== null && !isLive(status);
}

/** Of a survey's runs those to be read at once: the newest, and all that have not finished. */
async function atFirst(entries: readonly Entry[], expected: ReadonlySet<string>): Promise<Entry[]> {
  const newestFirst = [...entries].sort((a, b) => b.createdMs - a.createdMs);
  const chosen = newestFirst.slice(0, readAtOnce);
  await inParallel(newestFirst.slice(readAtOnce), async (entry) => {
    const hasFinished = await stat(join(entry.folder, 'result.json')).then(
      () => true,
      () => false,
    );
    if (!hasFinished || expected.has(entry.folder)) chosen.push(entry);
  });
  return chosen;
}

async function changed(entries: readonly Entry[]): Promise<Entry[]> {
  const found: Entry[] = [];
  await inParallel(entries, async (entry) => {
    if ((await changedAt(entry.folder)) !== entry.changedMs) found.push(entry);
  });
  return found;
}

/** @returns whether it says something else than before. */
async function read(entry: Entry): Promise<boolean> {
  const start = performance.now();
  // Asked before reading: what changes in between is then seen the next time.
  entry.changedMs = await changedAt(entry.folder);
  const status = await readRun(entry.folder).catch(() => null);
  // A run that is being removed, or on a disk that is away, keeps what it last said.
  if (status === null) return false;
  const isSame = entry.status !== null && isEqual(entry.status, status);
  entry.status = status;
  const end = performance.now();
  entry.dueMs = end + (end - start) / share;
  return !isSame;
}

function isEqual(a: RunStatus, b: RunStatus): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** 0 when it cannot be told. */
function changedAt(folder: string): Promise<number> {
  return stat(folder).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

/** Null for what is no run: a file, or a folder that has been empty for a while. */
async function createdAt(folder: string): Promise<number | null> {
  const [, date, h, m, s] = /(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)-[a-z]+(-\d+)?$/.exec(folder) ?? [];
  if (date !== undefined) return Date.parse(`${date}T${h!}:${m!}:${s!}Z`);
  const job = join(folder, 'job.json');
  return existsSync(job) ? changedAt(job) : null;
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const waiting = [...items];
  const worker = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(inFlight, items.length) }, worker));
}
