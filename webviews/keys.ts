/**
 * The keys of a panel, and the list of them that `?` opens.
 *
 * A key that the panel uses goes no further: VS Code hears the keys of its webviews too, and would run its own command
 * for the same key a second time. While someone types into a field, plain keys belong to the field, and to nobody else.
 */
import { h, iconButton } from './element';

export interface Key {
  /** As in `KeyboardEvent.key`; letters match in both cases. */
  readonly keys: readonly string[];
  /** How the list shows them: "← →". */
  readonly shown: string;
  readonly does: string;
  run(event: KeyboardEvent): void;
  /** Asked before `run`; the key is left alone when false. */
  isActive?(): boolean;
}

const pointerOnSpectra =
  'Wheel zooms at the pointer, Shift and wheel zooms the flux, a drag pans, a double click shows everything.';

/** Listens for `keys` on the page; returns how to open the list, which ends with what the pointer does. */
export function bindKeys(keys: readonly Key[], pointer = pointerOnSpectra): () => void {
  const dialog = keyList(keys, pointer);
  document.body.append(dialog);
  const open = (): void => dialog.showModal();
  const all = [...keys, { keys: ['?'], shown: '?', does: 'Show these keys', run: open }];
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target)) {
      if (event.key.length === 1) event.stopPropagation();
      return;
    }
    // A list that has the focus moves by these; letters stay keys of the panel.
    if (event.target instanceof HTMLSelectElement && /^(Arrow|Enter| |Home|End|Page)/.test(event.key)) return;
    if (dialog.open) return;
    const pressed = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const key = all.find((candidate: Key) => candidate.keys.includes(pressed) && (candidate.isActive?.() ?? true));
    if (!key) return;
    event.preventDefault();
    event.stopPropagation();
    key.run(event);
  });
  return open;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
}

function keyList(keys: readonly Key[], pointer: string): HTMLDialogElement {
  const row = (shown: string, does: string): HTMLElement =>
    h('tr', {}, h('td', {}, ...shown.split(' ').map((key) => h('kbd', {}, key))), h('td', {}, does));
  const dialog = h(
    'dialog',
    { class: 'keys', 'aria-labelledby': 'keys-title' },
    h(
      'header',
      {},
      h('h2', { id: 'keys-title' }, 'Keys'),
      iconButton('close', 'Close', 'Esc', () => dialog.close()),
    ),
    h('table', {}, h('tbody', {}, ...keys.map((key) => row(key.shown, key.does)), row('?', 'Show these keys'))),
    h('p', {}, pointer),
  );
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  return dialog;
}
