/** The tables of keys in docs/panels.md and docs/review.md, from the sources of the panels. */
import { code, table } from './markdown';

export interface PanelKeys {
  readonly panel: string;
  readonly keys: readonly { readonly shown: string; readonly does: string }[];
}

/** A part of a page for each of `panels`, by the name that the page gives it. @throws Error for a panel without keys. */
export function keyTables(all: readonly PanelKeys[], panels: readonly string[]): Readonly<Record<string, string>> {
  const parts = panels.map((name) => {
    const keys = all.find(({ panel }) => panel === name)?.keys ?? [];
    if (keys.length === 0) throw new Error(`There are no keys of "${name}"`);
    const rows = keys.map(({ shown, does }) => [shown.split(' ').map(code).join(' '), does]);
    return [`keys-of-${name}`, table(['key', 'does'], rows)] as const;
  });
  return Object.fromEntries(parts);
}
