/**
 * The queue's data: the catalog, the stars that are chosen from it and their order, counts, and rows as they come. A later
 * question overtakes an earlier one, whose answer is then nobody's.
 */
import type { FilterProblem, Selection, SelectionCounts } from '../../engine/index';
import type { HostConnection } from '../host';
import { idOf, type QueueRow, rowsOf, selectionOf, wantedColumns } from './model';
import type { Bench, ReviewHost, ReviewView, ReviewViewState } from './protocol';
import { RowPages } from './rowPages';

/** The first star, the same star, the same place, or where the panel stood before it was reloaded. */
export type Place = 'first' | 'same' | 'near' | 'restored';

type Asked = Pick<HostConnection<ReviewViewState, ReviewView, ReviewHost>['rpc'], 'request'>;

/** Rows looked through at once for one without a verdict. */
const lookAhead = 2000;
/** What was written here counts for so long even where it is not read yet: the file is watched, which takes its time. */
const trustMs = 5000;
/** A row this near is found without asking. */
const nearby = 200;

export class Queue {
  readonly rows: RowPages;
  bench: Bench | null = null;
  selection: Selection | null = null;
  /** Counts of the queue, reviewed stars included; and of each kind of flag, whatever kinds are chosen. */
  counts: { shown: SelectionCounts; chips: SelectionCounts } | null = null;
  /** Index of the chosen star. */
  at = 0;
  #asking = 0;
  #wantedFlag: string | null = null;
  /** Verdicts that were written here and have not been read back, by row of the catalog. */
  readonly #own = new Map<number, { readonly verdict: QueueRow['verdict']; readonly untilMs: number }>();

  constructor(
    private readonly host: Asked,
    events: { readonly changed: () => void; readonly failed: (error: unknown) => void },
  ) {
    this.rows = new RowPages({ fetch: (from, count, signal) => this.#fetch(from, count, signal), ...events });
  }

  get chosen(): QueueRow | null {
    return this.rows.at(this.at);
  }

  /** The catalog as it is now; null where the survey has none, undefined when a later question has overtaken this one. */
  async open(): Promise<Bench | null | undefined> {
    const own = ++this.#asking;
    const [flag, bench] = await Promise.all([this.host.request('readFocus'), this.host.request('openCatalog')]);
    // Told once, be it to a question that is overtaken.
    this.#wantedFlag = flag ?? this.#wantedFlag;
    if (own !== this.#asking) return undefined;
    this.bench = bench;
    return bench;
  }

  /** What the bench opens at: the stars of a flag where somebody asked for them, else what it showed before. */
  entrance(): [change: Partial<ReviewViewState>, place: Place] {
    const flag = this.#wantedFlag;
    this.#wantedFlag = null;
    if (flag === null || !this.bench?.flags.some(({ name }) => name === flag)) return [{}, 'restored'];
    return [{ where: '', flags: [flag], showsUnflagged: false, sort: null, descending: true }, 'first'];
  }

  /** Chooses the stars that the state asks for. What is wrong with its condition, null, or undefined when overtaken. */
  async select(state: ReviewViewState, place: Place): Promise<FilterProblem | null | undefined> {
    if (!this.bench) return undefined;
    const own = ++this.#asking;
    const selection = selectionOf(this.bench, state);
    const { nSelected, problem } = await this.host.request('select', { selection });
    if (own !== this.#asking) return undefined;
    if (problem !== null) return problem;
    const at = await this.#placeIn(selection, state, place);
    if (own !== this.#asking) return undefined;
    this.selection = selection;
    this.rows.reset(nSelected);
    this.at = Math.min(at, Math.max(0, nSelected - 1));
    return null;
  }

  async #placeIn(selection: Selection, { star, top }: ReviewViewState, place: Place): Promise<number> {
    if (place === 'near') return this.at;
    if (place === 'first' || star === null || star === '') return 0;
    const found = await this.host.request('findStar', { selection, star });
    return found >= 0 ? found : place === 'restored' ? Math.floor(top) : 0;
  }

  /** Whether there are new counts; they are not when the queue has become another meanwhile. */
  async count(): Promise<boolean> {
    const [own, selection] = [this.#asking, this.selection];
    if (!selection) return false;
    const all: Selection = { ...selection, reviewed: 'all', sort: null };
    const shown = await this.host.request('readCounts', { selection: all });
    const chips = all.flags === 0 ? shown : await this.host.request('readCounts', { selection: { ...all, flags: 0 } });
    if (own !== this.#asking) return false;
    this.counts = { shown, chips };
    return true;
  }

  /** A verdict has been written: shown before the disk has been read again. */
  amend(row: number, verdict: QueueRow['verdict']): void {
    this.#own.set(row, { verdict, untilMs: performance.now() + trustMs });
    const index = this.#indexNear(row);
    const before = index === null ? null : (this.rows.at(index)?.verdict ?? null);
    this.rows.amend(row, { verdict });
    if (index === null || !this.counts) return;
    const change = Number(verdict !== null) - Number(before !== null);
    const { shown } = this.counts;
    this.counts = { ...this.counts, shown: { ...shown, nReviewed: shown.nReviewed + change } };
  }

  /** The index of the next star below without a verdict; null where there is none among the next many. */
  async nextUnreviewed(): Promise<number | null> {
    if (!this.selection) return null;
    const from = this.at + 1;
    const asked = { selection: this.selection, from, count: lookAhead, columns: [] };
    const { rows, verdicts } = await this.host.request('readRows', asked);
    const judged = new Set(verdicts.map(({ at }) => at));
    const next = rows.findIndex((_, n) => !judged.has(n));
    return next < 0 ? null : from + next;
  }

  /** The index of a row of the catalog; null where the queue does not have it. */
  async indexOf(row: number): Promise<number | null> {
    const near = this.#indexNear(row);
    if (near !== null || !this.selection) return near;
    const { star } = await this.host.request('readReasons', { row, nNearest: 0 });
    const found = await this.host.request('findStar', { selection: this.selection, star });
    return found >= 0 ? found : null;
  }

  /** The id by which the chosen star is found again; null while it is not there as of now. */
  get chosenId(): string | null {
    const row = this.chosen;
    return row && this.rows.isFresh(this.at) ? idOf(row) : null;
  }

  #indexNear(row: number): number | null {
    for (let far = 0; far <= nearby; far++)
      for (const index of [this.at - far, this.at + far]) if (this.rows.at(index)?.row === row) return index;
    return null;
  }

  async #fetch(from: number, count: number, signal: AbortSignal): Promise<readonly QueueRow[]> {
    const { bench, selection } = this;
    if (!bench || !selection) return [];
    const columns = wantedColumns(bench, selection.sort);
    const rows = rowsOf(await this.host.request('readRows', { selection, from, count, columns }, signal), columns);
    return rows.map((row) => this.#withOwn(row));
  }

  #withOwn(row: QueueRow): QueueRow {
    const own = this.#own.get(row.row);
    if (!own) return row;
    if (own.untilMs > performance.now() && own.verdict?.verdict !== row.verdict?.verdict)
      return { ...row, verdict: own.verdict };
    this.#own.delete(row.row);
    return row;
  }
}
