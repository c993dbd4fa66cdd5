/**
 * Catalogs for the review bench: opened when they are asked for, searched by conditions that the engine reads and rebuilds,
 * with the verdicts of review.yaml as they are now. A condition that cannot be read is an answer, not a failure: people type.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CancellationToken } from 'vscode-languageserver';
import {
  type CatalogSearch,
  countsOf,
  FilterError,
  findCatalogs,
  flagBits,
  loadConfig,
  type OpenCatalogs,
  reviewName,
  type SelectedRows,
  UserError,
  valuesOf,
  pack,
} from '../engine/index';
import { type Feature, guard, logFailure, type ServerContext } from './context';
import { flaggedRows } from './flaggedRows';
import * as protocol from './protocol';
import { entryOf, starReasons } from './starReasons';

type Limits = { readonly signal: AbortSignal };

export const catalogs: Feature = {
  capabilities: {},

  register(context: ServerContext): void {
    const { connection, catalogs: open } = context;
    const searchOf = async ({ config, catalog }: protocol.CatalogParams) =>
      open.of(catalog, config === null ? null : dirname(config));
    const answer = <Params extends object, Result>(
      { method }: protocol.Request<Params, Result>,
      handler: (params: Params, limits: Limits) => Promise<Result>,
    ) => connection.onRequest(method, guard<Params, unknown>(connection, method, cancellable(handler)));
    tellOfChanges(context, answerOpen(answer, searchOf));

    answer(protocol.CatalogsRequest, async ({ config }) => ({
      catalogs: (await findCatalogs(config)).map(({ path }) => path),
    }));
    answer(protocol.CatalogSelectRequest, async ({ selection, ...of }, limits) => {
      const { search } = await searchOf(of);
      const { nRows } = search.file;
      const problem = search.problemOf(selection.where);
      if (problem !== null) return { nSelected: 0, nRows, problem };
      return { nSelected: await search.count(selection, limits), nRows, problem: null };
    });
    answer(protocol.CatalogRowsRequest, async (params, limits) =>
      rowsOf((await searchOf(params)).search, params, limits),
    );
    answer(protocol.CatalogCountsRequest, async ({ selection, ...of }, limits) =>
      readably(async () => countsOf((await searchOf(of)).search, selection, limits)),
    );
    answer(protocol.CatalogStarsRequest, async (params, limits) =>
      readably(async () => starsOf((await searchOf(params)).search, params, limits)),
    );
    answer(protocol.CatalogReasonsRequest, async (params, limits) =>
      pack(await starReasons(context, (await searchOf(params)).search, params, limits)),
    );
    answer(protocol.FlaggedRowsRequest, async (params) => flaggedRows(open, params));
    context.onClosing(() => open.dispose());
  },
};

/** The handler with a signal that aborts when the client no longer waits. */
function cancellable<Params, Result>(handler: (params: Params, limits: Limits) => Promise<Result>) {
  return async (params: Params, token: CancellationToken): Promise<Result> => {
    const abort = new AbortController();
    const listening = token.onCancellationRequested(() => abort.abort());
    try {
      return await handler(params, { signal: abort.signal });
    } finally {
      listening.dispose();
    }
  };
}

/** A condition that cannot be read fails what counts on it. */
async function readably<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    throw new UserError(error.problem.message, error.problem.hint, 'CAN370');
  }
}

type Answer = <Params extends object, Result>(
  request: protocol.Request<Params, Result>,
  handler: (params: Params, limits: Limits) => Promise<Result>,
) => void;
type SearchOf = (params: protocol.CatalogParams) => ReturnType<OpenCatalogs['of']>;

/** Answers what is in a catalog. @returns who has asked, by catalog and survey */
function answerOpen(answer: Answer, searchOf: SearchOf): Map<string, protocol.CatalogParams> {
  const asked = new Map<string, protocol.CatalogParams>();
  answer(protocol.CatalogOpenRequest, async ({ config, catalog }) => {
    asked.set(JSON.stringify([config, catalog]), { config, catalog });
    const { search, reviewProblem } = await searchOf({ config, catalog });
    const saved = config === null ? [] : ((await loadConfig(config)).config?.searches ?? []);
    return pack({
      nRows: search.file.nRows,
      columns: search.columns.map(({ name, unit, ucd, kind }) => ({ name, unit, ucd, kind })),
      flags: flagBits.map(({ bit, name, words }) => ({ bit, name, words })),
      searches: saved.map(({ name, where }) => ({ name, where, problem: search.problemOf(where) })),
      surprise: search.columns.some(({ name }) => name === 'surprise') ? 'surprise' : null,
      reviewProblem,
    });
  });
  return asked;
}

async function rowsOf(
  search: CatalogSearch,
  { selection, from, count, columns }: protocol.RowsParams,
  limits: Limits,
): Promise<SelectedRows> {
  const isWhole = (n: number) => Number.isInteger(n) && n >= 0;
  if (!isWhole(from) || !isWhole(count) || count > protocol.mostRows) {
    throw new UserError(
      `${count} rows from ${from} cannot be shown`,
      `Ask for at most ${protocol.mostRows}.`,
      'CAN370',
    );
  }
  return readably(async () => {
    const [nSelected, rows] = await Promise.all([
      search.count(selection, limits),
      search.rows(selection, from, count, limits),
    ]);
    const values = await valuesOf(search, rows, columns, limits);
    const verdicts = [...rows].flatMap((row, at) => {
      const found = search.verdictOf(row);
      return found === null ? [] : [{ at, ...entryOf(found) }];
    });
    return { nSelected, rows: [...rows], values, verdicts };
  });
}

const mostStars = 1000;

async function starsOf(
  search: CatalogSearch,
  { selection, stars, columns }: protocol.CatalogStarsParams,
  limits: Limits,
): Promise<protocol.CatalogStarsAnswer> {
  if (stars.length > mostStars) {
    throw new UserError(`${stars.length} stars are too many`, `Ask for at most ${mostStars} at once.`, 'CAN370');
  }
  const found = await search.find(stars);
  const rows = stars.map((star) => found.get(star) ?? -1);
  const known = rows.filter((row) => row >= 0);
  const values = await valuesOf(search, known, columns, limits);
  const answers: protocol.CatalogStarsAnswer['stars'][number][] = [];
  let at = 0;
  for (const row of rows) {
    if (row < 0) answers.push(null);
    else {
      const own = values.map((list) => list[at] ?? null);
      at++;
      answers.push({ row, position: await search.position(selection, row, limits), values: own });
    }
  }
  return { stars: answers };
}

/** Says so when a catalog that somebody looks at, or what belongs to it, is another one. */
function tellOfChanges(
  { connection, onFilesChanged }: ServerContext,
  asked: ReadonlyMap<string, protocol.CatalogParams>,
): void {
  onFilesChanged((files) => {
    const changed = new Set(files.map(({ uri }) => pathOf(uri)));
    for (const { config, catalog } of asked.values()) {
      const tell = (what: 'catalog' | 'verdicts' | 'searches') =>
        connection
          .sendNotification(protocol.CatalogChangedNotification.method, { config, catalog, what })
          .catch((error: unknown) => logFailure(connection, 'catalogs', error));
      if (changed.has(catalog)) void tell('catalog');
      if (config === null) continue;
      if (changed.has(join(dirname(config), reviewName))) void tell('verdicts');
      if (changed.has(config)) void tell('searches');
    }
  });
}

function pathOf(uri: string): string {
  try {
    return fileURLToPath(uri);
  } catch {
    return '';
  }
}
