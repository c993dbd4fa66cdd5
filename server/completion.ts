/** Completion in `cannon.yaml`: keys from the schema, and what the survey itself has: columns, labels, cards, files. */
import {
  type CompletionItem,
  CompletionItemKind,
  CompletionTriggerKind,
  InsertTextFormat,
  type CompletionList,
} from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import {
  asYaml,
  type CatalogSearch,
  type Cursor,
  cursorAt,
  type KeySpec,
  type ParsedConfig,
  type Shape,
  type SurveyFacts,
} from '../engine/index';
import { columnOffers, labelOffers, newLabels } from './completionOfColumns';
import { conditionItems } from './completionOfConditions';
import { searchOffers } from './completionOfSearches';
import { fileItems } from './completionOfFiles';
import { newestCatalog } from './catalogNotes';
import { type Feature, guard, type ServerContext } from './context';
import { aboutColumn, describeKey } from './words';

/** What is offered at a cursor; `replace` is the part of the text that it stands for, where that is not all that is typed. */
export interface Offer {
  readonly label: string;
  readonly kind: CompletionItemKind;
  /** Inserted as it stands, or with tab stops (`${1:text}`) where `isSnippet`. The label where absent. */
  readonly insert?: string;
  readonly isSnippet?: boolean;
  /** One line beside the label, and Markdown below it. */
  readonly detail?: string;
  readonly about?: string;
  /** A column of the reference table, told about when the offer is looked at: to decode all of them takes seconds. */
  readonly column?: { readonly name: string; readonly unit?: string };
  readonly replace?: { readonly start: number; readonly end: number };
  /** Offers of lower rank come first. */
  readonly rank?: number;
}

/** What completion knows of the survey: its text as far as it can be read, and what the last check found. */
export interface Known {
  readonly parsed: ParsedConfig;
  readonly facts: SurveyFacts | null;
  /** Names of labels, also where the text is broken below them. */
  readonly labels: readonly string[];
  /** The newest catalog; null where there is none. */
  readonly catalog: () => Promise<CatalogSearch | null>;
}

/** All that can stand at a cursor. */
async function offersAt(cursor: Cursor, known: Known, folder: string | null): Promise<Offer[]> {
  const path = cursor.path.join('/');
  if (cursor.at === 'key') return keyOffers(cursor, path, known);
  switch (cursor.shape.kind) {
    case 'choice':
      return Object.entries(cursor.shape.choices).map(([label, about]) => ({
        ...{ label, about, kind: CompletionItemKind.EnumMember },
      }));
    case 'condition':
      return [...conditionItems(cursor, known), ...(isCut(path, cursor) ? [windowCutOffer] : [])];
    case 'formula':
      return conditionItems(cursor, known);
    case 'number':
      return [cursor.spec?.default, cursor.shape.word].flatMap((value) =>
        value === undefined ? [] : [{ label: String(value), kind: CompletionItemKind.Value }],
      );
    case 'angle':
      return ['1 arcsec', '3 arcsec'].map((label) => ({ label, kind: CompletionItemKind.Value }));
    case 'text':
      return textOffers(cursor, path, known, folder);
    default:
      return [];
  }
}

/** Whether a cut is begun, where a map may stand as well as a condition. */
function isCut(path: string, { isQuoted, before }: Cursor): boolean {
  return /^quality(\/\d+)?$/.test(path) && !isQuoted && /^\w*$/.test(before);
}

const windowCutOffer: Offer = {
  ...{ label: 'windowChi2', kind: CompletionItemKind.Snippet, isSnippet: true, rank: 160 },
  insert: 'windowChi2: { percentile: ${1:85} }',
  detail: 'drop stars that fit badly in the windows of any element',
};

function keyOffers(cursor: Cursor, path: string, known: Known): Offer[] {
  const { shape, siblings, hasColon } = cursor;
  if (shape.kind === 'names') return nameOffers(cursor, shape, path, known);
  if (shape.kind !== 'map' || (shape.oneOf && siblings.length > 0)) return [];
  return Object.entries(shape.keys).flatMap(([key, spec], rank) => {
    if (siblings.includes(key)) return [];
    const names = key.endsWith('*') ? cardKeys(key.slice(0, -1), known) : [key];
    return names.map((name): Offer => {
      const about = describeKey(path === '' ? name : `${path}/${name}`, name, spec);
      const base = { label: name, kind: CompletionItemKind.Property, about, rank: spec.required ? rank : 100 + rank };
      const value = key.endsWith('*') ? likelyColumn(name, spec.example, known) : spec.example;
      return hasColon ? { ...base, insert: name } : { ...base, insert: `${name}: ${tabStop(value)}`, isSnippet: true };
    });
  });
}

/** Names that the user may choose. */
function nameOffers(cursor: Cursor, shape: Shape & { kind: 'names' }, path: string, known: Known): Offer[] {
  if (path === 'labels') return newLabels(cursor, known);
  if (path === 'models') return [...newModel(shape.each, cursor), ...wordOffers(shape, cursor)];
  const names = shape.known ?? (shape.what === 'label' ? known.labels : []);
  const offers = names
    .filter((name) => !cursor.siblings.includes(name))
    .map((label): Offer => {
      const base = { label, kind: CompletionItemKind.Property, about: shape.each.summary };
      return cursor.hasColon
        ? { ...base, insert: label }
        : { ...base, insert: `${label}: ${tabStop(shape.each.example)}`, isSnippet: true };
    });
  return [...wordOffers(shape, cursor), ...offers];
}

/** The word that may stand in place of the whole map. */
function wordOffers({ word }: Shape & { kind: 'names' }, { siblings }: Cursor): Offer[] {
  return word === undefined || siblings.length > 0 ? [] : [{ label: word, kind: CompletionItemKind.Value, rank: 0 }];
}

/** Cards that tell one spectrum from another come first. */
function cardKeys(prefix: string, { facts }: Known): string[] {
  const ids = ['OBSID', 'DESIG', 'GAIA_SOURCE_ID'];
  const cards = [...(facts?.cards.keys() ?? [])];
  return [
    ...ids.filter((id) => cards.includes(id) || cards.length === 0),
    ...cards.filter((card) => !ids.includes(card)),
  ]
    .slice(0, 200)
    .map((card) => prefix + card);
}

/** The column named like a card, else the example. */
function likelyColumn(key: string, otherwise: string, { facts }: Known): string {
  const card = key.split('.').at(-1)!.toLowerCase();
  const column = [...(facts?.table?.columns.keys() ?? [])].find((name) => name.toLowerCase() === card);
  return column === undefined ? otherwise : asYaml(column);
}

function newModel(each: KeySpec, { hasColon }: Cursor): Offer[] {
  if (hasColon) return [];
  const insert = '${1:giants}: { where: "${2:logg < 3.8}" }';
  return [{ label: 'model', kind: CompletionItemKind.Snippet, insert, isSnippet: true, about: each.summary }];
}

const usualUnits = ['K', 'dex', 'km/s', 'Gyr', 'mag', 'Msun', 'Rsun', 'kpc'];

const namesColumn =
  /^labels\/[^/]+\/(column|error|errors(\/\d+)?)$|^reference\/match\/|^quality\/\d+\/windowChi2\/(match|columns)/;

function textOffers(cursor: Cursor, path: string, known: Known, folder: string | null): Offer[] | Promise<Offer[]> {
  if (/^searches\/[^/]+$/.test(path))
    return known.catalog().then((catalog) => searchOffers(cursor, known.parsed.text, catalog));
  if (/^labels\/[^/]+\/unit$/.test(path)) return usualUnits.map((label) => ({ label, kind: CompletionItemKind.Unit }));
  if (/^models\/[^/]+\/labels(\/\d+)?$/.test(path)) {
    return labelOffers(cursor, known);
  }
  if (/^labels\/[^/]+\/mean(\/\d+)?$/.test(path))
    return [...labelOffers(cursor, known), ...columnOffers(cursor, known)];
  if (namesColumn.test(path)) return columnOffers(cursor, known);
  if (folder === null) return [];
  if (path === 'reference/file') return fileItems(cursor, folder, 'table');
  return path.startsWith('spectra') ? fileItems(cursor, folder, 'spectra') : [];
}

function tabStop(text: string): string {
  return `\${1:${escapeSnippet(text)}}`;
}

function escapeSnippet(text: string): string {
  return text.replace(/[\\$}]/g, (mark) => `\\${mark}`);
}

/** Tab stops become the text in them, for editors without snippets. */
function withoutTabStops(snippet: string): string {
  return snippet.replace(/\$\{\d+:((?:\\.|[^\\}])*)\}/g, (_, text: string) => text.replace(/\\(.)/g, '$1'));
}

function toItem(document: TextDocument, cursor: Cursor, offer: Offer, canSnippet: boolean): CompletionItem {
  const {
    label,
    kind,
    insert = label,
    isSnippet = false,
    detail,
    about,
    column,
    replace = cursor.range,
    rank = 500,
  } = offer;
  const range = { start: document.positionAt(replace.start), end: document.positionAt(replace.end) };
  // What is typed is compared with all that would be inserted, backquotes and quotes included.
  const filterText = isSnippet ? label : insert;
  return {
    ...{ label, kind, sortText: String(rank).padStart(4, '0') + label, filterText },
    textEdit: { range, newText: isSnippet && !canSnippet ? withoutTabStops(insert) : insert },
    insertTextFormat: isSnippet && canSnippet ? InsertTextFormat.Snippet : InsertTextFormat.PlainText,
    ...(detail === undefined ? {} : { detail }),
    ...(about === undefined || about === '' ? {} : { documentation: { kind: 'markdown', value: about } }),
    ...(column === undefined ? {} : { data: { ...column, uri: document.uri } satisfies OfColumn }),
  };
}

/** What an item of a column carries until it is looked at. */
interface OfColumn {
  readonly uri: string;
  readonly name: string;
  readonly unit?: string;
}

const nothing: CompletionList = { isIncomplete: false, items: [] };

export const completion: Feature = {
  capabilities: {
    completionProvider: { triggerCharacters: ['.', '/', '"', "'", '`', '[', '{', ' '], resolveProvider: true },
  },

  register(context: ServerContext): void {
    const { connection, documents, surveys, client } = context;
    connection.onCompletion(
      guard(connection, 'completion', async ({ textDocument, position, context: trigger }): Promise<CompletionList> => {
        const document = documents.get(textDocument.uri);
        const cursor = document && cursorAt(document.getText(), document.offsetAt(position));
        if (!document || !cursor) return nothing;
        // A blank is typed within a condition all the time; a list that pops up then would take the next Enter.
        const isBlank =
          trigger?.triggerKind === CompletionTriggerKind.TriggerCharacter && trigger.triggerCharacter === ' ';
        if (isBlank && cursor.before.trim() !== '') return nothing;
        const { parsed, facts, isOnDisk } = surveys.get(document);
        const labels = [...parsed.places].flatMap(([path, { named, name }]) =>
          named && path.startsWith('labels/') ? [name] : [],
        );
        const folder = isOnDisk ? parsed.path.replace(/[\\/][^\\/]*$/, '') : null;
        const catalog = async () => (isOnDisk ? newestCatalog(context, document.uri) : null);
        const offers = await offersAt(cursor, { parsed, facts, labels, catalog }, folder);
        return {
          isIncomplete: cursor.before.endsWith('/'),
          items: offers.map((offer) => toItem(document, cursor, offer, client.canSnippet)),
        };
      }),
    );
    connection.onCompletionResolve(
      guard(connection, 'completion', (item): CompletionItem => {
        const { uri, name, unit } = (item.data ?? {}) as Partial<OfColumn>;
        const document = uri === undefined ? undefined : documents.get(uri);
        const column = document && surveys.get(document).facts?.table?.columns.get(name ?? '');
        const about = aboutColumn(column, unit);
        return about === null ? item : { ...item, documentation: { kind: 'markdown', value: about } };
      }),
    );
  },
};
