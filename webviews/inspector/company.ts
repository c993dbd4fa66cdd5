/**
 * Other stars beside the one on show: those that are drawn over it, its other observations, and the training stars that are
 * nearest to it by their labels.
 */
import type { NearestStars, StarFit } from '../../engine/index';
import { h } from '../element';
import { neighbourTable } from './neighbours';
import type { Repeat } from './protocol';
import { repeatsTable } from './repeats';

const mostPinned = 5;

export interface CompanyActions {
  readonly readNeighbours: () => Promise<NearestStars>;
  readonly readRepeats: () => Promise<readonly Repeat[]>;
  readonly readStar: (path: string) => Promise<StarFit>;
  /** Show the star instead. */
  readonly inspect: (path: string) => void;
  /** Other stars are compared now. */
  readonly compared: () => void;
  readonly failed: (error: unknown) => void;
}

export class Company {
  readonly #neighbours = h('section', { 'aria-label': 'Nearest training stars', hidden: true });
  readonly #repeatsSection = h('section', { 'aria-label': 'Other observations', hidden: true });
  readonly element = h('div', { class: 'company' }, this.#repeatsSection, this.#neighbours);
  #pinned: readonly StarFit[] = [];
  #repeats: readonly Repeat[] = [];
  #path = '';

  constructor(private readonly actions: CompanyActions) {}

  /** Drawn over the star on show, each a category from 0. */
  get pinned(): readonly StarFit[] {
    return this.#pinned;
  }

  get showsNeighbours(): boolean {
    return !this.#neighbours.hidden;
  }

  /** `fit` is on show now. */
  show({ path }: StarFit): void {
    if (path !== this.#path) this.#showRepeats([]);
    this.#path = path;
    this.actions.readRepeats().then(
      (repeats) => this.#path === path && this.#showRepeats(repeats),
      // Nobody asked: where the survey cannot be looked through, there are none to show.
      () => undefined,
    );
    if (this.showsNeighbours) void this.#readNeighbours();
  }

  pin(...fits: readonly StarFit[]): void {
    const isNew = ({ path }: StarFit): boolean => !this.#pinned.some((other) => other.path === path);
    this.#pin([...this.#pinned, ...fits.filter(isNew)].slice(-mostPinned));
  }

  unpin(k: number): void {
    this.#pin(this.#pinned.filter((_, other) => other !== k));
  }

  async toggleNeighbours(): Promise<void> {
    this.#neighbours.hidden = this.showsNeighbours;
    if (this.showsNeighbours) await this.#readNeighbours();
  }

  /** Draws the other observations of the star over it; takes them away again where they are there. */
  async compareRepeats(): Promise<void> {
    const paths = this.#repeats.slice(0, mostPinned).map(({ path }) => path);
    const isThere = (path: string): boolean => this.#pinned.some((other) => other.path === path);
    if (paths.length === 0) return this.actions.failed(new Error('No other spectrum of this star is in the survey.'));
    if (paths.every(isThere)) return this.#pin(this.#pinned.filter(({ path }) => !paths.includes(path)));
    await this.#compare(...paths.filter((path) => !isThere(path)));
  }

  #pin(pinned: readonly StarFit[]): void {
    this.#pinned = pinned;
    this.actions.compared();
  }

  async #compare(...paths: readonly string[]): Promise<void> {
    const found = await Promise.allSettled(paths.map((path) => this.actions.readStar(path)));
    for (const one of found) if (one.status === 'rejected') this.actions.failed(one.reason);
    this.pin(...found.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])));
  }

  #showRepeats(repeats: readonly Repeat[]): void {
    this.#repeats = repeats;
    this.#repeatsSection.hidden = repeats.length === 0;
    if (repeats.length === 0) return this.#repeatsSection.replaceChildren();
    this.#repeatsSection.replaceChildren(
      ...repeatsTable(repeats, {
        compare: (path) => void this.#compare(path),
        compareAll: () => void this.compareRepeats(),
        inspect: this.actions.inspect,
      }),
    );
  }

  async #readNeighbours(): Promise<void> {
    const path = this.#path;
    try {
      const stars = await this.actions.readNeighbours();
      if (this.#path !== path) return;
      this.#neighbours.replaceChildren(
        ...neighbourTable(stars, { compare: (other) => void this.#compare(other), inspect: this.actions.inspect }),
      );
    } catch (error) {
      this.actions.failed(error);
    }
  }
}
