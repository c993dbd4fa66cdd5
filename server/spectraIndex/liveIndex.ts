/**
 * The index of one survey while the server runs: read from the storage, brought up to date, and kept so. Changes come as
 * files that the editor saw change; besides, all files are looked at from time to time, for the editor does not see
 * everything (a folder removed, a disk shared with others).
 */
import { isAbsolute, relative } from 'node:path';
import {
  indexKey,
  type IndexSpec,
  loadIndex,
  saveIndex,
  type SpectraTable,
  type TaskPool,
  updateIndex,
} from '../../engine/index';
import type { IndexState } from '../protocol';

export interface IndexSurroundings {
  readonly pool: TaskPool;
  /** Where this survey's index is kept between sessions, or null. */
  readonly file: string | null;
  readonly permission: () => Promise<void>;
  readonly onChange: () => void;
  /** Reading so many headers begins; the answer is told of each step, and of the end by null. */
  readonly onReading: (nToRead: number, stop: () => void) => (nRead: number | null) => void;
  readonly onFailure: (error: unknown) => void;
}

/** Time in which further changes are waited for; when taking changes in has lasted long, longer. */
const settleMs = { least: 100, most: 1000 };
const lookAgainMs = 60_000;
/** Fewer are read before anybody would notice. */
const nWorthTelling = 256;

export class LiveIndex {
  readonly key: string;
  table: SpectraTable | null = null;
  private phase: 'loading' | 'updating' | 'idle' | 'stopped' | 'failed' = 'loading';
  private readonly wanted = { everything: true, touched: new Set<string>() };
  private readonly listed = new Deferred<SpectraTable>();
  private abort = new AbortController();
  private working: Promise<void>;
  private timer: NodeJS.Timeout | undefined;
  /** When all files are looked at again. */
  private lookDue = 0;
  /** How long taking in the last changes took. */
  private lastTouchMs = 0;
  private isSaved = true;
  private isDisposed = false;

  constructor(
    readonly spec: IndexSpec,
    private readonly around: IndexSurroundings,
  ) {
    this.key = indexKey(spec);
    this.listed.promise.catch(() => undefined);
    this.working = this.load().then(() => this.work());
  }

  /** What is known, as soon as it is known which files there are. Rejects when even that fails. */
  get known(): Promise<SpectraTable> {
    return this.table === null ? this.listed.promise : Promise.resolve(this.table);
  }

  /** What is known when the work in hand is done; null when it was stopped or has failed. */
  async settled(): Promise<SpectraTable | null> {
    await this.working;
    return this.phase === 'idle' ? this.table : null;
  }

  get state(): IndexState {
    const { table, phase } = this;
    return { phase, nSpectra: table?.nRows ?? 0, nUnread: table?.unread.length ?? 0 };
  }

  /** Files that changed, appeared or went; absolute. Others than the survey's may be among them. */
  touch(paths: readonly string[]): void {
    const { folder } = this.spec;
    for (const path of paths) {
      const inside = relative(folder, path).replaceAll('\\', '/');
      const isOutside = inside.startsWith('../') || isAbsolute(inside);
      // Hidden folders, such as that of the runs, are not searched for spectra.
      if (!isOutside && /(^|\/)\./.test(inside)) continue;
      const isAbsolutelyKnown = (this.table?.rowOf(path) ?? -1) >= 0;
      if (isOutside && !isAbsolutelyKnown && !this.spec.spectra.some(isAbsolute)) continue;
      this.wanted.touched.add(isOutside || isAbsolutelyKnown ? path : inside);
    }
    if (this.wanted.touched.size > 0) this.schedule(Math.min(settleMs.most, settleMs.least + this.lastTouchMs));
  }

  /** Looks at all files again; takes up reading where it was stopped. */
  refresh(): void {
    this.wanted.everything = true;
    if (this.phase === 'stopped' || this.phase === 'failed') this.phase = 'idle';
    this.schedule(0);
  }

  /** Stops reading; what has been read stays. */
  stop(): void {
    this.phase = 'stopped';
    this.abort.abort();
    this.around.onChange();
  }

  async dispose(): Promise<void> {
    this.isDisposed = true;
    clearTimeout(this.timer);
    this.abort.abort();
    this.listed.reject(new Error('The index was closed'));
    await this.working;
  }

  private async load(): Promise<void> {
    const { file } = this.around;
    const table = file === null ? null : await loadIndex(file, this.key).catch(() => null);
    if (table !== null && !this.isDisposed) this.publish(table);
    this.isSaved = true;
  }

  private schedule(delayMs: number): void {
    if (this.isDisposed || this.phase === 'updating' || this.phase === 'loading' || this.phase === 'stopped') return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.working = this.working.then(() => this.work());
    }, delayMs);
  }

  private async work(): Promise<void> {
    clearTimeout(this.timer);
    if (performance.now() >= this.lookDue) this.wanted.everything = true;
    while (!this.isDisposed && (this.wanted.everything || this.wanted.touched.size > 0)) {
      const touched = this.wanted.everything ? null : [...this.wanted.touched];
      this.wanted.everything = false;
      this.wanted.touched.clear();
      if (!(await this.update(touched))) break;
    }
    await this.save();
    if (this.isDisposed) return;
    this.schedule(this.wanted.touched.size > 0 ? settleMs.least : Math.max(0, this.lookDue - performance.now()));
    this.timer?.unref();
  }

  /** @returns whether it went to its end. */
  private async update(touched: readonly string[] | null): Promise<boolean> {
    const start = performance.now();
    const abort = (this.abort = new AbortController());
    const { pool, permission } = this.around;
    const reading: { tell?: (nRead: number | null) => void } = {};
    const onProgress = (nRead: number, nToRead: number) => {
      if (nToRead >= nWorthTelling) reading.tell ??= this.around.onReading(nToRead, () => this.stop());
      reading.tell?.(nRead);
    };
    this.phase = 'updating';
    try {
      const onTable = (table: SpectraTable) => this.publish(table);
      await updateIndex(
        this.table,
        this.spec,
        { pool, signal: abort.signal, permission, onTable, onProgress },
        touched,
      );
      this.phase = 'idle';
      return true;
    } catch (error) {
      if (abort.signal.aborted) return false;
      this.phase = 'failed';
      this.listed.reject(error);
      this.around.onFailure(error);
      return false;
    } finally {
      const end = performance.now();
      if (touched === null) this.lookDue = end + Math.max(lookAgainMs, 50 * (end - start));
      else this.lastTouchMs = end - start;
      reading.tell?.(null);
      if (!this.isDisposed) this.around.onChange();
    }
  }

  private publish(table: SpectraTable): void {
    this.table = table;
    this.isSaved = false;
    this.listed.resolve(table);
    if (!this.isDisposed) this.around.onChange();
  }

  /** What cannot be kept is read again the next time: no reason to disturb anybody. */
  private async save(): Promise<void> {
    const { file } = this.around;
    if (file === null || this.table === null || this.isSaved) return;
    this.isSaved = true;
    await saveIndex(file, this.key, this.table).catch((error: unknown) => this.around.onFailure(error));
  }
}

/** A promise that is kept or broken from outside. */
class Deferred<T> {
  resolve!: (value: T) => void;
  reject!: (reason: unknown) => void;
  readonly promise = new Promise<T>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}
