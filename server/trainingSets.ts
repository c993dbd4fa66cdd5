/**
 * Which stars train: answered from what the check of the survey has found, for the open text of its description where it is
 * open, else for the file. Whoever has asked is told when the answer may be another, be it that somebody types.
 */
import { fileURLToPath } from 'node:url';
import {
  examineSurvey,
  loadConfig,
  type NearestAsked,
  type NearestStars,
  nearestTrainingStars,
  type Problem,
  type SurveyFacts,
  trainingSetView,
  UserError,
  pack,
} from '../engine/index';
import { type Feature, guard, logFailure, type ServerContext } from './context';
import { NearestStarsRequest, type Request, TrainingSetChangedNotification, TrainingSetRequest } from './protocol';
import { isSpectrum } from './watchedFiles';

interface Found {
  readonly facts: SurveyFacts | null;
  readonly problems: readonly Problem[];
}

export const trainingSets: Feature = {
  capabilities: {},

  register(context: ServerContext): void {
    const { connection, surveys, onFilesChanged, documents } = context;
    const closed = closedOf(context);
    const asked = new Set<string>();
    const answer = <Params, Result>(
      { method }: Request<Params, Result>,
      handler: (params: Params) => Promise<Result>,
    ) => connection.onRequest(method, guard<Params, unknown>(connection, method, handler));
    const selected = async (config: string) => {
      asked.add(config);
      return selectionOf(await foundAbout(context, closed, config));
    };
    const changed = (config: string) => {
      if (!asked.has(config)) return;
      closed.delete(config);
      connection
        .sendNotification(TrainingSetChangedNotification.method, { config })
        .catch((error: unknown) => logFailure(connection, 'training set', error));
    };

    answer(TrainingSetRequest, async ({ config, columns }) => {
      const { selection, table } = await selected(config);
      return pack(await trainingSetView(selection, table, columns));
    });
    answer(NearestStarsRequest, async ({ config, ...star }) => {
      const { selection } = await selected(config);
      return pack(await nearestTrainingStars(selection, star));
    });
    surveys.onDidCheck((uri) => {
      const path = pathOf(uri);
      if (path !== null) changed(path);
    });
    documents.onDidClose(({ document }) => {
      const path = pathOf(document.uri);
      if (path !== null) changed(path);
    });
    onFilesChanged((files) => {
      if (files.every(({ uri }) => uri.includes('/.cannon/') || isSpectrum(uri))) return;
      // Open descriptions are checked anew, and tell when they are done.
      for (const config of asked) if (openDocument(context, config) === undefined) changed(config);
    });
  },
};

/** What was found of descriptions that are not open; one for each server. */
const closedSurveys = new WeakMap<ServerContext['surveys'], Map<string, Promise<Found>>>();

function closedOf({ surveys }: ServerContext): Map<string, Promise<Found>> {
  const known = closedSurveys.get(surveys) ?? new Map<string, Promise<Found>>();
  closedSurveys.set(surveys, known);
  return known;
}

/** The training stars nearest to a star, of the survey as it is described now. @throws UserError what selecting them throws */
export async function nearestIn(context: ServerContext, config: string, star: NearestAsked): Promise<NearestStars> {
  const { selection } = selectionOf(await foundAbout(context, closedOf(context), config));
  return nearestTrainingStars(selection, star);
}

function openDocument({ documents }: ServerContext, config: string) {
  return documents.all().find(({ uri }) => pathOf(uri) === config);
}

async function foundAbout(context: ServerContext, closed: Map<string, Promise<Found>>, config: string): Promise<Found> {
  const document = openDocument(context, config);
  if (document !== undefined) {
    const { parsed, facts, diskProblems } = await context.surveys.settled(document);
    return { facts, problems: [...parsed.problems, ...diskProblems] };
  }
  const known = closed.get(config) ?? examined(context, config);
  known.catch(() => closed.delete(config));
  closed.set(config, known);
  return known;
}

async function examined({ readers, indexes }: ServerContext, config: string): Promise<Found> {
  const parsed = await loadConfig(config);
  const { spectrum, table } = readers;
  const { problems, facts } = await examineSurvey(
    parsed,
    { signal: new AbortController().signal },
    { spectrum, table, index: (one) => indexes.ofLarge(one) },
  );
  return { facts, problems: [...parsed.problems, ...problems] };
}

/** About too few stars, or none: they say nothing against showing which there are. */
const aboutNumbers = ['CAN108', 'CAN140'];

/** @throws UserError that says what keeps stars from being selected. */
function selectionOf({ facts, problems }: Found) {
  const error = problems.find(({ severity, code }) => severity === 'error' && !aboutNumbers.includes(code));
  if (error) throw new UserError(error.message, error.hint, error.code);
  if (facts?.table && facts.selected) return { selection: facts.selected, table: facts.table };
  throw new UserError(
    'No spectrum matches a row of a reference table',
    'Add `reference: { file: …, match: … }` to cannon.yaml; “Cannon: Is My Data Ready?” says more.',
    'CAN106',
  );
}

function pathOf(uri: string): string | null {
  try {
    return fileURLToPath(uri);
  } catch {
    return null;
  }
}
