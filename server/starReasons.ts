/** Why a star of a catalog was flagged, in words, with its observations and the training stars to compare it with. */
import { dirname } from 'node:path';
import {
  type CatalogSearch,
  findCatalogs,
  flagsInWords,
  loadConfig,
  mostSurprising,
  nameOfStar,
  observationsOf,
  type OpenCatalogs,
  type ReasonContext,
  reasonContext,
  reasonsOf,
  type RepeatOfStar,
  spectrumOfStar,
  type StarReasons,
  starValues,
  type StarValues,
  UserError,
} from '../engine/index';
import type { ServerContext } from './context';
import type * as protocol from './protocol';
import { nearestIn } from './trainingSets';

/**
 * With `nNearest` of 0 what the row itself tells, at once; else the nearest training stars and each line of the star as well, for
 * which spectra are read and fitted. @throws UserError, what `signal` says when nobody waits any more
 */
export async function starReasons(
  context: ServerContext,
  search: CatalogSearch,
  { config, catalog, row, nNearest }: protocol.ReasonsParams,
  { signal }: { readonly signal: AbortSignal },
): Promise<StarReasons> {
  const folder = config === null ? null : dirname(config);
  const values = await starValues(search, row);
  const repeats = config === null ? [] : await repeatsOf(context.catalogs, config, catalog, row);
  const odd = mostSurprising(repeats);
  const path = repeats[odd]?.path ?? spectrumOfStar(values, folder, catalog);
  const number = (column: string) => (typeof values[column] === 'number' ? values[column] : NaN);
  const written = (column: string) => String(values[column] ?? '');
  const nearest = await nearestOf(context, config, path, values, nNearest);
  signal.throwIfAborted();
  const known = await contextOf(context, config, nNearest > 0 ? path : null, nearest, signal);
  const told = reasonsOf({ number, text: written, columns: Object.keys(values) }, known);
  // What the numbers do not explain, the flag itself says.
  const others = flagsInWords(values).filter(({ flag }) => told.reasons.every((reason) => reason.flag !== flag));
  const reasons = [...told.reasons, ...others];
  const found = search.verdictOf(row);
  return {
    ...{ star: nameOfStar(values), path, reasons, values, repeats, odd, ...nearest },
    summary: told.summary,
    verdict: found === null ? null : entryOf(found),
  };
}

/** From the table with a row an observation, where the run that made the catalog made one. */
async function repeatsOf(open: OpenCatalogs, config: string, catalog: string, row: number): Promise<RepeatOfStar[]> {
  const observations = (await findCatalogs(config)).find(({ path }) => path === catalog)?.observations ?? null;
  if (observations === null) return [];
  const { search } = await open.of(observations, null);
  return (await observationsOf(search, row)).map(({ obsid, spectrum, values, flags }) => ({
    ...{ obsid, values, flags },
    path: spectrumOfStar({ spectrum }, dirname(config), observations),
  }));
}

/** What the words about the star's lines can draw on. */
async function contextOf(
  { readers }: ServerContext,
  config: string | null,
  path: string | null,
  { nearest }: Nearest,
  signal: AbortSignal,
): Promise<ReasonContext> {
  const description = config === null ? null : (await loadConfig(config)).config;
  if (description === null) return {};
  const near = (nearest?.stars ?? []).slice(0, mostFitted).map((star) => star.path);
  return reasonContext(description, path, near, readers, signal);
}

/** Of the nearest training stars, so many are fitted again. */
const mostFitted = 5;

type Nearest = Pick<StarReasons, 'nearest' | 'nearestProblem'>;

async function nearestOf(
  context: ServerContext,
  config: string | null,
  path: string | null,
  values: StarValues,
  count: number,
): Promise<Nearest> {
  if (count === 0) return { nearest: null, nearestProblem: '' };
  if (config === null) return { nearest: null, nearestProblem: 'The catalog belongs to no survey.' };
  const labels = Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
  const model = typeof values.model === 'string' ? values.model : null;
  try {
    return { nearest: await nearestIn(context, config, { path, labels, model, count }), nearestProblem: '' };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { nearest: null, nearestProblem: error.message };
  }
}

export function entryOf({ verdict, note, by, date }: NonNullable<ReturnType<CatalogSearch['verdictOf']>>) {
  return { verdict, note, by, date };
}
