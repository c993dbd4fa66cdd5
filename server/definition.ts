/** Go to definition and document links: a label to its column, a use of a label to the label, a path to its file. */
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DocumentLink, LocationLink } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { type Config, findSpectra, headerCell, nameAt, type ParsedConfig } from '../engine/index';
import { type Feature, guard, type ServerContext } from './context';
import { fileStart, isWithin, toRange } from './places';

/** Where what stands at an offset comes from; null where it comes from nowhere. */
async function definitionAt(
  document: TextDocument,
  parsed: ParsedConfig,
  offset: number,
): Promise<LocationLink | null> {
  const { config, places } = parsed;
  if (!config) return null;
  for (const [path, { key, value }] of places) {
    const [section, name, ...rest] = path.split('/');
    if (section === 'labels' && name !== undefined && rest.length === 0 && isWithin(offset, key)) {
      const label = config.labels.find((one) => one.name === name);
      return label ? columnLink(config, label.column, toRange(document, key!)) : null;
    }
    const target = isWithin(offset, value) ? await fileAt(path, config) : null;
    if (target !== null) return toFile(target, toRange(document, value));
  }
  const named = nameAt(parsed, offset);
  if (!named || named.name.startsWith('spectrum.')) return null;
  const origin = toRange(document, named.range);
  const label = named.isColumn ? undefined : places.get(`labels/${named.name}`)?.key;
  if (!label) return columnLink(config, named.name, origin);
  const target = toRange(document, label);
  return { originSelectionRange: origin, targetUri: document.uri, targetRange: target, targetSelectionRange: target };
}

/** The cell of the table's first line, or, in a table without text, the file. */
async function columnLink(
  { folder, reference }: Config,
  column: string,
  origin: LocationLink['originSelectionRange'] & object,
): Promise<LocationLink | null> {
  if (reference === null) return null;
  const path = resolve(folder, reference.file);
  const cell = await headerCell(path, column);
  if (cell === null) return /\.(csv|tsv|txt)$/i.test(path) ? null : toFile(path, origin);
  const at = { start: { line: cell.line, character: cell.from }, end: { line: cell.line, character: cell.to } };
  return { ...toFile(path, origin), targetRange: at, targetSelectionRange: at };
}

function toFile(path: string, originSelectionRange: LocationLink['originSelectionRange'] & object): LocationLink {
  const targetUri = pathToFileURL(path).href;
  return { originSelectionRange, targetUri, targetRange: fileStart, targetSelectionRange: fileStart };
}

/** The file that the value at a path names: the table, or the first spectrum of a glob. */
async function fileAt(path: string, config: Config): Promise<string | null> {
  if (path === 'reference/file' && config.reference) return resolve(config.folder, config.reference.file);
  const index = /^spectra\/(\d+)$/.exec(path)?.[1];
  const glob = index === undefined ? undefined : config.spectra[Number(index)];
  if (glob === undefined) return null;
  const [first] = await findSpectra({ folder: config.folder, spectra: [glob] });
  return first === undefined ? null : resolve(config.folder, first);
}

/** Links are asked for at every edit, and a glob may stand for a million files: it is followed when the link is. */
function linksOf(document: TextDocument, { places, config }: ParsedConfig): DocumentLink[] {
  if (!config) return [];
  const paths = [...places.keys()].filter((path) => path === 'reference/file' || /^spectra\/\d+$/.test(path));
  return paths.map((path) => ({
    range: toRange(document, places.get(path)!.value),
    tooltip: path === 'reference/file' ? 'Open the table' : 'Open the first spectrum',
    data: { uri: document.uri, path },
  }));
}

export const definition: Feature = {
  capabilities: { definitionProvider: true, documentLinkProvider: { resolveProvider: true } },

  register({ connection, documents, surveys }: ServerContext): void {
    connection.onDefinition(
      guard(connection, 'definition', async ({ textDocument, position }): Promise<LocationLink[]> => {
        const document = documents.get(textDocument.uri);
        if (!document) return [];
        const found = await definitionAt(document, surveys.get(document).parsed, document.offsetAt(position));
        return found ? [found] : [];
      }),
    );
    connection.onDocumentLinks(
      guard(connection, 'links', ({ textDocument }): DocumentLink[] => {
        const document = documents.get(textDocument.uri);
        return document ? linksOf(document, surveys.get(document).parsed) : [];
      }),
    );
    connection.onDocumentLinkResolve(
      guard(connection, 'link', async (link): Promise<DocumentLink> => {
        const { uri, path } = link.data as { uri: string; path: string };
        const document = documents.get(uri);
        const config = document && surveys.get(document).parsed.config;
        const target = config ? await fileAt(path, config) : null;
        if (target === null) return link;
        return { ...link, target: pathToFileURL(target).href, tooltip: `Open ${basename(target)}` };
      }),
    );
  },
};
