/** What a panel shows besides its content: a line of progress, a sentence that says what is wrong, a passing remark. */
import { piecesOfHint } from './commandLinks';
import { codicon, h } from './element';

export interface Failure {
  readonly message: string;
  readonly hint: string;
}

/** Ends in a full stop, for a hint may follow on the same line. */
const sentence = (text: string): string => (/[.?:]$/.test(text) ? text : `${text}.`);

/** Any error as the sentence and hint it carries. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { message: sentence(String(error)), hint: '' };
  return {
    message: sentence(error.message),
    hint: 'hint' in error && typeof error.hint === 'string' ? error.hint : '',
  };
}

/** Commands that a hint names are links to them. */
function hintWords(hint: string): (string | HTMLElement)[] {
  return piecesOfHint(hint).map(({ text, command }) =>
    command === null ? text : h('a', { href: `command:${command}` }, text),
  );
}

/** A strip across the panel that says what is wrong with what is shown. */
export function banner({ message, hint }: Failure): HTMLElement {
  return h(
    'div',
    { class: 'banner', role: 'alert' },
    codicon('warning'),
    h('p', {}, sentence(message), hint === '' ? null : h('span', { class: 'hint' }, ' ', ...hintWords(hint))),
  );
}

/** A line that says what a job is doing meanwhile: what is shown are the results until then. */
export class WorkingNote {
  readonly element = h('p', { class: 'working', role: 'status', hidden: true });

  set text(text: string) {
    if (this.element.textContent === text) return;
    this.element.textContent = text;
    this.element.hidden = text === '';
  }
}

/** Stands in place of the content when there is none. */
export function failurePage({ message, hint }: Failure, retry: () => void): HTMLElement {
  return h(
    'div',
    { class: 'failure', role: 'alert' },
    h('p', {}, message),
    hint === '' ? null : h('p', { class: 'hint' }, ...hintWords(hint)),
    h('button', { type: 'button', class: 'text-button', click: retry }, 'Try again'),
  );
}

/** The thin line at the upper edge while something is on its way. */
export class ProgressLine {
  readonly element = h('div', { class: 'progress-line', role: 'progressbar', 'aria-label': 'Loading' });
  set busy(busy: boolean) {
    this.element.hidden = !busy;
  }
}
