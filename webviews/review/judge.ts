/** Verdicts on their way to review.yaml: written by the host at once, shown at once, taken back and done again. */
import type { ReviewChange, StarVerdict } from '../../engine/index';
import { codicon, h } from '../element';
import type { QueueRow } from './model';
import type { Deed } from './protocol';
import { deedText, type History, withDeed, withRedone, withUndone } from './verdicts';

export interface JudgeHost {
  write(row: number, verdict: StarVerdict | null, note: string): Promise<readonly ReviewChange[]>;
  restore(changes: readonly ReviewChange[]): Promise<readonly ReviewChange[]>;
  amended(row: number, verdict: QueueRow['verdict']): void;
  advance(): void;
  goToRow(row: number): void;
  history(): History;
  remember(history: History): void;
  ask(work: () => Promise<unknown>): Promise<void>;
  /** Says something above the queue. */
  say(element: HTMLElement): void;
}

export class Judge {
  /** One after another: the file is read, changed and written as a whole. */
  #writing: Promise<unknown> = Promise.resolve();
  /** Verdicts that could not be written, by row; each saves itself. */
  readonly #unsaved = new Map<number, () => void>();

  constructor(private readonly host: JudgeHost) {}

  /** @param goesOn whether the queue moves on to the next star */
  judge(judged: QueueRow, verdict: StarVerdict | null, note: string, goesOn: boolean): void {
    const { row, verdict: before } = judged;
    this.#unsaved.delete(row);
    const entry = verdict === null ? null : { verdict, note, by: '', date: '' };
    this.host.amended(row, entry);
    if (goesOn) this.host.advance();
    this.#inTurn(async () => {
      try {
        const deed = { row, changes: await this.host.write(row, verdict, note) };
        this.host.remember(withDeed(this.host.history(), deed));
        const star = deed.changes.map((change) => change.star).join(', ');
        this.#say(`${star}: ${verdict ?? 'no verdict'}${note === '' ? '' : `, “${note}”`}`);
      } catch (error) {
        // Nothing was written: the table says so again, and what was judged is kept to be written later.
        this.host.amended(row, before);
        this.#unsaved.set(row, () => this.judge(judged, verdict, note, false));
        this.host.say(h('div', { class: 'said', role: 'status' }, ...this.#again()));
        throw error;
      }
    });
  }

  /** Nothing where everything is saved. */
  #again(): HTMLElement[] {
    const n = this.#unsaved.size;
    if (n === 0) return [];
    const again = (): void => {
      const all = [...this.#unsaved.values()];
      this.#unsaved.clear();
      for (const save of all) save();
    };
    const [what, button] = n === 1 ? ['One verdict is', 'Save it again'] : [`${n} verdicts are`, 'Save them again'];
    return [h('p', {}, `${what} not saved yet.`), h('button', { type: 'button', class: 'link', click: again }, button)];
  }

  undo(): void {
    this.#inTurn(async () => {
      const deed = this.host.history().done.at(-1);
      if (!deed) return;
      const changes = await this.host.restore(deed.changes);
      this.host.remember(withUndone(this.host.history(), { ...deed, changes }));
      this.#settle(deed, 'Undone');
    });
  }

  redo(): void {
    this.#inTurn(async () => {
      const deed = this.host.history().undone.at(-1);
      if (!deed) return;
      const changes = await this.host.restore(deed.changes);
      this.host.remember(withRedone(this.host.history(), { ...deed, changes }));
      this.#settle(deed, 'Done again');
    });
  }

  #settle(deed: Deed, word: string): void {
    this.host.amended(deed.row, deed.changes[0]?.entry ?? null);
    this.host.goToRow(deed.row);
    this.#say(`${word}: ${deedText(deed)}`);
  }

  #inTurn(work: () => Promise<void>): void {
    this.#writing = this.#writing.then(() => this.host.ask(work));
  }

  #say(text: string): void {
    const undo =
      this.host.history().done.length === 0
        ? null
        : h('button', { type: 'button', class: 'link', click: () => this.undo() }, 'Undo (U)');
    const said = [codicon('check'), h('p', {}, `${text}.`), undo, ...this.#again()];
    this.host.say(h('div', { class: 'said', role: 'status' }, ...said));
  }
}
