/** The page of the chosen star beside or below the queue. It follows quickly: what takes time comes once one has stopped. */
import type { StarReasons } from '../../engine/index';
import { h } from '../element';
import { banner, failureOf } from '../states';
import { elementLine, labelTable, nearestTable, observationLine, reasonList, repeatTable } from './facts';
import { flagsOf, idsOf, type QueueRow, titleOf } from './model';
import type { Bench } from './protocol';

/** Held keys go through more stars than anybody reads about. */
const restMs = 60;
const nNearest = 6;

export interface StarPageParts {
  /** Quick without nearest training stars. */
  reasons(row: number, nNearest: number, signal: AbortSignal): Promise<StarReasons>;
  readonly judging: HTMLElement;
  /** All that is known of the star has come. */
  offer(values: StarReasons['values']): void;
  inspect(path: string): void;
  arrived(path: string): void;
}

export class StarPage {
  readonly element: HTMLElement;
  readonly #title = h('h2', { class: 'star-title' });
  readonly #known = h('div', { class: 'known' });
  #row: number | null = null;
  /** What is known of the star, and whether more is to come. */
  #shown: { readonly bench: Bench; readonly star: StarReasons; readonly isWaiting: boolean } | null = null;
  #path: string | null = null;
  #reading: AbortController | null = null;
  #resting: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly parts: StarPageParts) {
    this.element = h(
      'aside',
      { class: 'facts star-page', id: 'facts', 'aria-label': 'The star' },
      this.#title,
      parts.judging,
      this.#known,
    );
  }

  /** Of the spectrum of the star on show, once it is known: of several observations, the one that is looked at. */
  get path(): string | null {
    return this.#path;
  }

  /** The next observation of the star, or the one before, goes into the inspector. */
  stepObservation(by: number): void {
    const known = (this.#shown?.star.repeats ?? []).flatMap(({ path }) => path ?? []);
    if (known.length < 2) return;
    const at = known.indexOf(this.#path ?? '');
    this.#look(known[(at + by + known.length) % known.length]!);
  }

  /** The same row again changes nothing. */
  show(bench: Bench | null, row: QueueRow | null): void {
    this.element.classList.toggle('nobody-chosen', row === null);
    if (!bench || !row) {
      this.#forget();
      this.#title.replaceChildren();
      this.#known.replaceChildren();
      return;
    }
    if (row.row === this.#row) return;
    this.#forget();
    this.#row = row.row;
    this.#title.replaceChildren(titleOf(row));
    this.#title.title = idsOf(row);
    this.#known.classList.add('dimmed');
    this.#resting = setTimeout(() => void this.#read(bench, row), restMs);
  }

  /** The star is to be read anew: the catalog is another. */
  forget(): void {
    this.#forget();
  }

  #forget(): void {
    clearTimeout(this.#resting);
    this.#reading?.abort();
    this.#row = null;
    this.#path = null;
    this.#shown = null;
  }

  #look(path: string): void {
    this.#path = path;
    this.#draw();
    this.parts.inspect(path);
  }

  async #read(bench: Bench, row: QueueRow): Promise<void> {
    const { signal } = (this.#reading = new AbortController());
    this.#known.setAttribute('aria-busy', 'true');
    try {
      const star = await this.parts.reasons(row.row, 0, signal);
      if (signal.aborted) return;
      this.#path = star.path;
      this.#shown = { bench, star, isWaiting: true };
      this.#draw();
      this.element.scrollTop = 0;
      this.#known.classList.remove('dimmed');
      this.parts.offer(star.values);
      if (star.path !== null) this.parts.arrived(star.path);
      const more = await this.parts.reasons(row.row, nNearest, signal);
      if (signal.aborted) return;
      this.#shown = { bench, star: more, isWaiting: false };
      this.#draw();
    } catch (error) {
      if (signal.aborted) return;
      const flags = flagsOf(bench, row).map(({ words }) => h('li', {}, words));
      this.#known.replaceChildren(banner(failureOf(error)), h('ul', { class: 'flags' }, ...flags));
    } finally {
      if (!signal.aborted) {
        this.#known.classList.remove('dimmed');
        this.#known.setAttribute('aria-busy', 'false');
      }
    }
  }

  #draw(): void {
    if (this.#shown === null) return;
    const { bench, star, isWaiting } = this.#shown;
    const events = { inspect: (path: string) => this.parts.inspect(path) };
    const ofStar = { inspect: (path: string) => this.#look(path) };
    const part = (children: readonly HTMLElement[]): HTMLElement | null =>
      children.length === 0 ? null : h('section', {}, ...children);
    const parts = [
      part([...observationLine(star, this.#path), ...reasonList(star)]),
      part(elementLine(star)),
      part(labelTable(bench, star)),
      part(repeatTable(bench, star, this.#path, ofStar)),
      part(
        isWaiting ? [h('p', { class: 'note waiting' }, 'Looking at its lines and the nearest training stars…')] : [],
      ),
      part(nearestTable(star, events)),
    ];
    this.#known.replaceChildren(...parts.filter((section) => section !== null));
  }
}
