/**
 * Completion of columns and labels. A column's values are decoded when its offer is looked at, not when it is offered: a catalog
 * of sixty columns and a hundred thousand rows would take seconds.
 */
import { CompletionItemKind } from 'vscode-languageserver';
import { asYaml, type Cursor, type SurveyFacts } from '../engine/index';
import type { Known, Offer } from './completion';

interface OfferedColumn {
  readonly name: string;
  /** Null where the file was not asked. */
  readonly isNumeric: boolean | null;
}

/** Those of the table, also such as were left in the file because nothing mentions them. */
export function columnsOf(facts: SurveyFacts | null): OfferedColumn[] {
  const { columns, unread = [] } = facts?.table ?? { columns: new Map<string, OfferedColumn>() };
  return [...columns.values(), ...unread.map((name) => ({ name, isNumeric: null }))];
}

/** A label for each column of numbers that none has yet. */
export function newLabels({ siblings, hasColon }: Cursor, { facts, parsed }: Known): Offer[] {
  const taken = new Set([...siblings, ...(parsed.config?.labels ?? []).map(({ column }) => column)]);
  return columnsOf(facts).flatMap((column): Offer[] => {
    const name = column.name
      .replace(/\W+/g, '_')
      .replace(/^_+|_+$/g, '')
      .slice(0, 32);
    if (taken.has(column.name) || siblings.includes(name) || !/^[A-Za-z]/.test(name)) return [];
    if (column.isNumeric === false) return [];
    const base = { label: name, kind: CompletionItemKind.Field, detail: 'column of the reference table' };
    const insert = hasColon ? name : `${name}: { column: ${asYaml(column.name)} }`;
    return [{ ...base, column: { name: column.name }, insert }];
  });
}

export function columnOffers({ isQuoted, siblings }: Cursor, { facts }: Known): Offer[] {
  const free = columnsOf(facts).filter(({ name }) => !siblings.includes(name));
  return free.map(({ name }) => ({
    ...{ label: name, kind: CompletionItemKind.Field, column: { name } },
    insert: isQuoted ? name : asYaml(name),
  }));
}

export function labelOffers({ siblings, path }: Cursor, known: Known): Offer[] {
  const free = known.labels.filter((name) => !siblings.includes(name) && (path[0] !== 'labels' || name !== path[1]));
  return free.map((label) => ({ label, kind: CompletionItemKind.Variable, ...aboutLabel(label, known) }));
}

export function aboutLabel(name: string, { parsed }: Known): Pick<Offer, 'detail' | 'column'> {
  const label = parsed.config?.labels.find((one) => one.name === name);
  if (!label) return { detail: 'label' };
  const { column, unit } = label;
  return { detail: unit === '' ? 'label' : `label, ${unit}`, column: { name: column, unit } };
}
