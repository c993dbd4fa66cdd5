/**
 * Rows of the queue, fetched in pages when they come into view and kept for a while. What was shown before a change stays until
 * its successor is there, so that the table is never blank.
 */
import type { QueueRow } from './model';

const pageRows = 100;
const mostPages = 40;

export interface RowSource {
  fetch(from: number, count: number, signal: AbortSignal): Promise<readonly QueueRow[]>;
  /** Rows have come. */
  changed(): void;
  failed(error: unknown): void;
}

export class RowPages {
  /** The page asked for last is the last. */
  #pages = new Map<number, readonly QueueRow[]>();
  #former = new Map<number, readonly QueueRow[]>();
  #fetching = new Map<number, AbortController>();
  #nRows = 0;

  constructor(private readonly source: RowSource) {}

  get nRows(): number {
    return this.#nRows;
  }

  /** Everything is to be asked for anew. */
  reset(nRows: number): void {
    for (const fetching of this.#fetching.values()) fetching.abort();
    this.#fetching.clear();
    if (this.#pages.size > 0) this.#former = this.#pages;
    this.#pages = new Map();
    this.#nRows = nRows;
  }

  /** Null for a row that has not come yet. */
  at(index: number): QueueRow | null {
    if (index < 0 || index >= this.#nRows) return null;
    const page = Math.floor(index / pageRows);
    return (this.#pages.get(page) ?? this.#former.get(page))?.[index % pageRows] ?? null;
  }

  /** Whether it is of now, not from before the last change. */
  isFresh(index: number): boolean {
    return this.#pages.has(Math.floor(index / pageRows));
  }

  /** Fetches what is missing of the rows from `from` to before `to`; what was wanted before and is not now is given up. */
  want(from: number, to: number): void {
    const first = Math.max(0, Math.floor(from / pageRows));
    const last = Math.floor((Math.min(to, this.#nRows) - 1) / pageRows);
    for (const [page, fetching] of this.#fetching) {
      if (page >= first && page <= last) continue;
      fetching.abort();
      this.#fetching.delete(page);
    }
    for (let page = first; page <= last; page++) {
      const found = this.#pages.get(page);
      if (found) {
        this.#pages.delete(page);
        this.#pages.set(page, found);
      } else if (!this.#fetching.has(page)) void this.#fetch(page);
    }
  }

  /** Writes over what is known of a row of the catalog. */
  amend(row: number, change: Partial<QueueRow>): void {
    for (const pages of [this.#pages, this.#former])
      for (const [page, rows] of pages) {
        if (!rows.some((one) => one.row === row)) continue;
        pages.set(
          page,
          rows.map((one) => (one.row === row ? { ...one, ...change } : one)),
        );
      }
  }

  async #fetch(page: number): Promise<void> {
    const fetching = new AbortController();
    this.#fetching.set(page, fetching);
    const from = page * pageRows;
    try {
      const rows = await this.source.fetch(from, Math.min(pageRows, this.#nRows - from), fetching.signal);
      if (fetching.signal.aborted) return;
      this.#fetching.delete(page);
      this.#pages.set(page, rows);
      for (const oldest of this.#pages.keys()) {
        if (this.#pages.size <= mostPages) break;
        this.#pages.delete(oldest);
      }
      if (this.#fetching.size === 0) this.#former.clear();
      this.source.changed();
    } catch (error) {
      if (fetching.signal.aborted) return;
      this.#fetching.delete(page);
      this.source.failed(error);
    }
  }
}
