/** The review bench: the stars of a survey's catalog that were flagged, and verdicts on them. */
import { basename, dirname, relative } from 'node:path';
import { commands, type Memento, type Uri } from 'vscode';
import type { StarReasons } from '../../engine/index';
import { UserError, unpack } from '../../engine/index';
import {
  type CatalogParams,
  CatalogCountsRequest,
  CatalogOpenRequest,
  CatalogReasonsRequest,
  CatalogRowsRequest,
  CatalogSelectRequest,
  CatalogsRequest,
  CatalogStarsRequest,
} from '../../server/protocol';
import type { Bench, ReviewHost } from '../../webviews/review/protocol';
import type { Handlers } from '../../webviews/rpc';
import type { LanguageServer } from '../languageServer';
import { saveSearch } from '../review/saveSearch';
import { entryOf, revealReview, writeVerdicts } from '../review/verdicts';
import type { Inspector } from './inspector';
import { ResourcePanel } from './resourcePanel';
import { revealKey } from './revealKey';
import { saveFile } from './saveFile';

/** Absolute paths of a cannon.yaml and of a catalog of that survey; null for its newest. */
export interface ShownCatalog {
  readonly config: string;
  readonly catalog: string | null;
}

export type ReviewPanel = ResourcePanel<ShownCatalog, ReviewHost>;

export function createReviewPanel(
  extension: Uri,
  memory: Memento,
  server: LanguageServer,
  inspector: Inspector,
): ReviewPanel {
  const panel: ReviewPanel = new ResourcePanel<ShownCatalog, ReviewHost>(extension, memory, {
    viewType: 'cannon.review',
    view: 'review',
    emptyHint: 'Run “Cannon: Review Flagged Stars”.',
    titleOf: ({ config }) => `Review: ${basename(dirname(config))}`,
    isOverCode: true,
    sighted: (isVisible) => void commands.executeCommand('setContext', 'cannon.reviewVisible', isVisible),
    first: ['openCatalog', 'listCatalogs', 'readFocus'],
    handlers: (shown) => ({
      ...aboutCatalog(server, shown, (catalog) => panel.follow({ ...shown(), catalog })),
      readFocus: () => panel.takeFocus(),
      chooseCatalog: ({ path }) => panel.turnTo({ ...shown(), catalog: path }),
      restore: ({ changes }) => writeVerdicts(shown().config, changes),
      inspect: async ({ path, opens, takesFocus }) => {
        const star = { config: shown().config, path };
        if (opens || inspector.panel.isVisible) await inspector.showStar(star, { preserveFocus: !takesFocus });
        // One that is hidden reads its star when it comes into sight; one that was closed stays so.
        else if (inspector.config !== null) await inspector.panel.follow(star);
      },
      revealKey: ({ key }) => (key === 'review' ? revealReview(shown().config) : revealKey(shown().config, key)),
      saveSearch: ({ where }) => saveSearch(shown().config, where),
      makeCatalog: async () => {
        await commands.executeCommand('cannon.makeCatalog', { config: shown().config });
      },
      saveFile: (file) => saveFile(memory, shown().config, file),
    }),
  });
  return panel;
}

type Asked =
  'openCatalog' | 'listCatalogs' | 'select' | 'readRows' | 'readCounts' | 'findStar' | 'readReasons' | 'judge';

/** What the language server knows of the catalog on show. */
function aboutCatalog(
  server: LanguageServer,
  shown: () => ShownCatalog,
  opened: (catalog: string) => Promise<void>,
): Pick<Handlers<ReviewHost>, Asked> {
  const list = async (signal: AbortSignal): Promise<readonly string[]> =>
    (await server.ask(CatalogsRequest, { config: shown().config }, signal)).catalogs;
  const onShow = (): CatalogParams => {
    const { config, catalog } = shown();
    if (catalog === null) throw new UserError('This survey has no catalog yet', 'Run “Cannon: Make Catalog”.');
    return { config, catalog };
  };
  const reasons = async (row: number, nNearest: number, signal: AbortSignal): Promise<StarReasons> =>
    unpack<StarReasons>(await server.ask(CatalogReasonsRequest, { ...onShow(), row, nNearest }, signal));
  return {
    openCatalog: async (_params, signal) => {
      const { config, catalog } = shown();
      const known = await list(signal);
      // One that was chosen and is gone gives way to the newest.
      const path = catalog !== null && (known.length === 0 || known.includes(catalog)) ? catalog : known[0];
      if (path === undefined) return null;
      if (path !== catalog) await opened(path);
      const answer = unpack<Omit<Bench, 'catalog' | 'title'>>(
        await server.ask(CatalogOpenRequest, { config, catalog: path }, signal),
      );
      return { ...answer, catalog: path, title: titleOf(config, path) };
    },
    listCatalogs: async (_params, signal) =>
      (await list(signal)).map((path) => ({ path, title: titleOf(shown().config, path) })),
    select: ({ selection }, signal) => server.ask(CatalogSelectRequest, { ...onShow(), selection }, signal),
    readRows: (asked, signal) => server.ask(CatalogRowsRequest, { ...onShow(), ...asked }, signal),
    readCounts: ({ selection }, signal) => server.ask(CatalogCountsRequest, { ...onShow(), selection }, signal),
    findStar: async ({ selection, star }, signal) => {
      const asked = { ...onShow(), selection, stars: [star], columns: [] };
      return (await server.ask(CatalogStarsRequest, asked, signal)).stars[0]?.position ?? -1;
    },
    readReasons: ({ row, nNearest }, signal) => reasons(row, nNearest, signal),
    judge: async ({ row, verdict, note }, signal) => {
      const { star } = await reasons(row, 0, signal);
      const entry = verdict === null ? null : entryOf(verdict, note);
      const undone = writeVerdicts(shown().config, [{ star, entry }]);
      if (entry !== null) void commands.executeCommand('setContext', 'cannon.hasVerdict', true);
      return undone;
    },
  };
}

/** Of a run's, when that was asked for: all of them bear the same name. Of another, its place below the survey's folder. */
function titleOf(config: string, path: string): string {
  const below = relative(dirname(config), path);
  const run = /^\.cannon[\\/]runs[\\/](\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)[^\\/]*[\\/](.*)$/.exec(below);
  return run ? `${run[1]} ${run[2]}:${run[3]} · ${run[4]}` : below;
}
