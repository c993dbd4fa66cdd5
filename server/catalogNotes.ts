/**
 * What the newest catalog says of an open survey description: how many stars have each flag and wait for a verdict, with the
 * most surprising of them, and saved searches that ask for columns which the catalog does not have.
 *
 * How many stars are named is a setting of the editor; 0 for none, and no diagnostic then. Counts are made once for each state of catalog
 * and verdicts. A catalog that would have to be made ready for long is waited for until somebody opens it.
 */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { type CatalogSearch, filterProblem, findCatalogs, searchProblem, UserError } from '../engine/index';
import { type Feature, logFailure, type ServerContext } from './context';
import { type FlaggedKind, flaggedKinds, flaggedProblems } from './flaggedStars';
import type { CatalogProblem, Survey } from './surveys';

const setting = 'cannon.flaggedStars.inProblems';
const usualStars = 5;
const mostStars = 100;

export const catalogNotes: Feature = {
  capabilities: {},

  register(context: ServerContext): void {
    const { documents, surveys, onFilesChanged, onSettingsChanged, onClosing } = context;
    const looks = new Looks(context);
    const all = () => documents.all().forEach(({ uri }) => looks.at(uri));
    surveys.onDidCheck((uri) => looks.at(uri));
    documents.onDidClose(({ document }) => looks.forget(document.uri));
    onFilesChanged((changes) => {
      const isOfRun = (uri: string) => /\/\.cannon\/runs\/[^/]+\/(result\.json|.*catalog[^/]*)$/.test(uri);
      if (changes.some(({ uri }) => isOfRun(uri) || uri.endsWith('/review.yaml'))) all();
    });
    onSettingsChanged(all);
    onClosing(() => looks.end());
  },
};

/** One look at a time for each document; what happens meanwhile leads to one more. */
class Looks {
  private readonly running = new Set<string>();
  private readonly again = new Set<string>();
  private readonly counted = new Map<string, { readonly key: string; readonly kinds: Promise<FlaggedKind[]> }>();
  private isOver = false;

  constructor(private readonly context: ServerContext) {}

  at(uri: string): void {
    if (this.running.has(uri)) {
      this.again.add(uri);
      return;
    }
    this.running.add(uri);
    this.untilSettled(uri)
      .catch((error: unknown) => {
        // A catalog that is being written just now is looked at again when it is there; who opens it is told what is wrong.
        if (!(error instanceof UserError)) logFailure(this.context.connection, 'notes of the catalog', error);
      })
      .finally(() => this.running.delete(uri));
  }

  forget(uri: string): void {
    this.counted.delete(uri);
  }

  end(): void {
    this.isOver = true;
  }

  private async untilSettled(uri: string): Promise<void> {
    do {
      this.again.delete(uri);
      const document = this.context.documents.get(uri);
      if (document === undefined || this.isOver) return;
      await this.look(document);
    } while (this.again.has(uri));
  }

  private async look(document: TextDocument): Promise<void> {
    const { surveys, catalogs } = this.context;
    const survey = surveys.get(document);
    if (!survey.isOnDisk) return;
    const [catalog] = await findCatalogs(survey.parsed.path, 1);
    const folder = dirname(survey.parsed.path);
    const opened = catalog === undefined ? null : await catalogs.ofReady(catalog.path, folder);
    if (catalog === undefined || opened === null) return surveys.note(document, survey, []);
    const { search, stamp } = opened;
    const most = await this.wanted(document.uri);
    const key = JSON.stringify([catalog.path, stamp, most, survey.parsed.config?.reference?.file ?? null]);
    let known = this.counted.get(document.uri);
    if (known?.key !== key) {
      known = { key, kinds: flaggedKinds(search, catalog.path, survey.parsed, most) };
      known.kinds.catch(() => this.counted.delete(document.uri));
      this.counted.set(document.uri, known);
    }
    const flagged = flaggedProblems(await known.kinds, survey.parsed);
    surveys.note(document, survey, [...searchProblems(survey, search), ...flagged]);
  }

  /** How many stars of each flag the editor wants to see. */
  private async wanted(uri: string): Promise<number> {
    const { connection, client } = this.context;
    if (!client.hasSettings) return usualStars;
    const given: unknown = await connection.workspace.getConfiguration({ scopeUri: uri, section: setting });
    return typeof given === 'number' && given >= 0 ? Math.min(mostStars, Math.floor(given)) : usualStars;
  }
}

/** Searches that can be read, but not over this catalog. */
function searchProblems({ parsed }: Survey, search: CatalogSearch): CatalogProblem[] {
  const { config, places, text, path } = parsed;
  return (config?.searches ?? []).flatMap(({ name, where }) => {
    const place = places.get(`searches/${name}`)?.value;
    const found = search.problemOf(where);
    // What can be read over no catalog is an error of the description already.
    if (place === undefined || found === null || filterProblem(where) !== null) return [];
    return [searchProblem({ name, where, found, file: path, text, place })];
  });
}

/** The newest catalog of a survey, for whoever writes about its columns; null where there is none, or none that is ready. */
export async function newestCatalog({ catalogs }: ServerContext, uri: string): Promise<CatalogSearch | null> {
  const config = fileURLToPath(uri);
  const [catalog] = await findCatalogs(config, 1);
  return catalog === undefined ? null : ((await catalogs.ofReady(catalog.path, dirname(config)))?.search ?? null);
}
