/** Verdicts that the panel hands out: said, written by the host, and taken back in the reverse order. */
import type { ReviewChange, TrainingSetView } from '../../engine/index';
import { codicon, h, iconButton } from '../element';

export interface VerdictsHost {
  exclude(stars: readonly string[], note: string): Promise<readonly ReviewChange[]>;
  restore(changes: readonly ReviewChange[]): Promise<readonly ReviewChange[]>;
  /** Says something above the plots. */
  say(sentence: HTMLElement): void;
  /** Runs `work`, shows why it failed if it does. */
  ask(work: () => Promise<unknown>): Promise<void>;
  /** Reads the stars anew. */
  reread(): Promise<void>;
}

export class Verdicts {
  readonly button = iconButton('discard', 'Undo the last verdict', 'U', () => this.undo());
  /** What would undo each, the latest last. */
  readonly #undoing: (readonly ReviewChange[])[] = [];

  constructor(private readonly host: VerdictsHost) {
    this.button.disabled = true;
  }

  exclude(set: TrainingSetView, stars: readonly number[], note: string): void {
    const names = stars.map((n) => set.stars[n]!);
    this.#judge(`Excluded ${countOf(names.length)} from training`, () => this.host.exclude(names, note));
  }

  include(set: TrainingSetView, stars: readonly number[]): void {
    const changes = stars.map((n) => ({ star: set.stars[n]!, entry: null }));
    this.#judge(`Took back the verdicts on ${countOf(changes.length)}`, () => this.host.restore(changes));
  }

  undo(): void {
    const changes = this.#undoing.pop();
    this.button.disabled = this.#undoing.length === 0;
    if (changes === undefined) return;
    void this.host.ask(async () => {
      await this.host.restore(changes);
      this.#say(`Undone: ${countOf(changes.length)}.`);
      await this.host.reread();
    });
  }

  #judge(done: string, write: () => Promise<readonly ReviewChange[]>): void {
    void this.host.ask(async () => {
      this.#undoing.push(await write());
      this.button.disabled = false;
      this.#say(`${done}, in review.yaml.`);
      await this.host.reread();
    });
  }

  #say(sentence: string): void {
    const undo = h('button', { type: 'button', class: 'link', click: () => this.undo() }, 'Undo (U)');
    const can = this.#undoing.length > 0;
    this.host.say(
      h('div', { class: 'said', role: 'status' }, codicon('check'), h('p', {}, sentence), can ? undo : null),
    );
  }
}

const countOf = (n: number): string => (n === 1 ? '1 star' : `${n} stars`);
