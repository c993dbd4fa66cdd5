/** The requests about a survey's stars, answered from its index; none of them opens a spectrum. */
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SymbolKind, type WorkspaceSymbol } from 'vscode-languageserver';
import { type Feature, guard, logFailure, type ServerContext } from '../context';
import {
  IndexedSurveysNotification,
  PlatesRequest,
  RefreshIndexRequest,
  type Request,
  StarsRequest,
  StopIndexRequest,
  UserIsTypingNotification,
} from '../protocol';
import { entryOf, platesOf, rowsOfPlate } from './starLists';

const mostSymbols = 100;
/** Every star has a digit in its id; a single character says nothing. */
const leastLength = 2;

export const starRequests: Feature = {
  capabilities: { workspaceSymbolProvider: true },

  register(context: ServerContext): void {
    const { connection, documents, indexes } = context;
    const answer = <Params, Result>(
      { method }: Request<Params, Result>,
      handler: (params: Params) => Promise<Result>,
    ) => connection.onRequest(method, guard<Params, unknown>(connection, method, handler));

    answer(PlatesRequest, async ({ config: path, filter }) => {
      const { config, index, lists } = await indexes.of(path);
      const stars = await index.known;
      const rows = await lists.select(stars, config, filter, { by: 'path', descending: false });
      const labels = config.labels.map(({ name }) => name);
      return { state: index.state, labels, nMatching: rows.length, plates: platesOf(stars, rows) };
    });
    answer(StarsRequest, async ({ config: path, filter, sort, plate, from, count }) => {
      const { config, index, lists } = await indexes.of(path);
      const stars = await index.known;
      const all = await lists.select(stars, config, filter, sort);
      const rows = plate === null ? all : rowsOfPlate(stars, all, plate);
      const page = Array.from(rows.subarray(from, from + count), (row) => entryOf(stars, config.folder, row));
      return { nMatching: rows.length, stars: page };
    });
    answer(RefreshIndexRequest, async ({ config }) => {
      const { index } = await indexes.of(config);
      index.refresh();
      return null;
    });
    answer(StopIndexRequest, async ({ config }) => {
      const { index } = await indexes.of(config);
      index.stop();
      return null;
    });
    connection.onNotification(UserIsTypingNotification.method, () => indexes.yield());
    documents.onDidChangeContent(() => indexes.yield());
    answerSymbols(context);
    keepUpToDate(context);
  },
};

/** Stars by a part of their id, designation, subclass or file name. */
function answerSymbols({ connection, indexes }: ServerContext): void {
  connection.onWorkspaceSymbol(
    guard(connection, 'workspace symbols', async ({ query }): Promise<WorkspaceSymbol[]> => {
      if (query.trim().length < leastLength) return [];
      const found: WorkspaceSymbol[] = [];
      for (const { config, stars, lists } of indexes.known()) {
        const filter = { text: query, where: '' };
        const rows = await lists.select(stars, config, filter, { by: 'match', descending: false });
        for (const row of rows.subarray(0, mostSymbols - found.length)) {
          const { star, path, designation, detail } = entryOf(stars, config.folder, row);
          found.push({
            name: designation === '' || designation === star ? star : `${star} ${designation}`,
            kind: SymbolKind.Object,
            containerName: detail,
            location: {
              uri: pathToFileURL(path).href,
              range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } },
            },
          });
        }
      }
      return found;
    }),
  );
}

/** Surveys are indexed from when the client names them; their files are looked at again when the client saw a change. */
function keepUpToDate({ connection, documents, indexes, onFilesChanged }: ServerContext): void {
  const look = async (configs: readonly string[]) => {
    // A description that cannot be used has its problems marked in the editor.
    for (const config of configs) await indexes.of(config).catch(() => undefined);
  };
  const lookLater = (configs: readonly string[]) =>
    void look(configs).catch((error: unknown) => logFailure(connection, 'index', error));
  connection.onNotification(IndexedSurveysNotification.method, ({ configs }: { configs: readonly string[] }) =>
    lookLater(configs),
  );
  documents.onDidSave(({ document }) => {
    const path = pathOf(document.uri);
    if (path !== null && indexes.has(path)) lookLater([path]);
  });
  onFilesChanged((changes) => {
    const paths = changes.flatMap(({ uri }) => pathOf(uri) ?? []);
    indexes.touch(paths.filter((path) => !indexes.has(path)));
    lookLater(paths.filter((path) => indexes.has(path)));
  });
}

function pathOf(uri: string): string | null {
  try {
    return fileURLToPath(uri);
  } catch {
    return null;
  }
}
