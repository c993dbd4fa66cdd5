/** Elements written as one expression. Text goes in as text nodes, never as HTML. */

export type Child = Node | string | null;
type Attribute = string | number | boolean | ((event: Event) => void);

/** An element with attributes (`true` sets an empty one, `false` none, a function listens) and children (null is skipped). */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, Attribute>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** An icon of the editor; decoration, the control that holds it has the name. */
export function codicon(name: string): HTMLElement {
  return h('i', { class: `codicon codicon-${name}`, 'aria-hidden': 'true' });
}

/** A button of the control row. `key` is shown in the tooltip. */
export function iconButton(icon: string, label: string, key: string, click: () => void): HTMLButtonElement {
  const tooltip = key === '' ? label : `${label} (${key})`;
  return h(
    'button',
    { type: 'button', class: 'icon-button toggle', title: tooltip, 'aria-label': label, click },
    codicon(icon),
  );
}

/** Texts in rows, of which the first is the head, under a caption. */
export function textTable(caption: string, [head, ...rows]: readonly (readonly string[])[]): HTMLElement {
  const cells = (tag: 'th' | 'td', row: readonly string[]): HTMLElement =>
    h('tr', {}, ...row.map((text) => h(tag, {}, text)));
  return h(
    'table',
    {},
    h('caption', {}, caption),
    h('thead', {}, cells('th', head ?? [])),
    h('tbody', {}, ...rows.map((row) => cells('td', row))),
  );
}

const controls = 'button, input, select';
const nameOf = (control: Element): string => control.getAttribute('aria-label') ?? control.textContent;

/**
 * Gives `parent` other children. Who works by keys stays where they are: the focus goes to the control of the same name, else to the
 * one in its place.
 */
export function refill(parent: HTMLElement, ...children: readonly Node[]): void {
  const before = [...parent.querySelectorAll(controls)];
  const place = before.findIndex((control) => control === document.activeElement);
  const name = place < 0 ? '' : nameOf(before[place]!);
  parent.replaceChildren(...children);
  if (place < 0) return;
  const now = [...parent.querySelectorAll<HTMLElement>(controls)];
  const same = now.filter((control) => nameOf(control) === name);
  (same.length === 1 ? same[0] : now[Math.min(place, now.length - 1)])?.focus({ preventScroll: true });
}

/** Gives a list its options, and chooses one by its value. */
export function fill(
  select: HTMLSelectElement,
  options: readonly (readonly [value: string, text: string])[],
  value: string,
): void {
  select.replaceChildren(...options.map(([key, text]) => h('option', { value: key }, text)));
  select.value = value;
}
