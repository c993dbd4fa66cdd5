/**
 * Results of runs in a survey that was moved or copied, `.cannon` and all. Paths in result.json are absolute, as whoever started the
 * run knew them. What lay within the survey's folder then is looked for in the folder where the run lies now; what lay elsewhere, or
 * is not there any more, keeps the path that it had.
 */
import { existsSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import type { FinishedEvent } from './events';

/** The folder of the survey whose `.cannon/runs` holds this run; null for a run that lies elsewhere (`--run`). */
function surveyOf(runFolder: string): string | null {
  const runs = dirname(runFolder);
  return basename(runs) === 'runs' && basename(dirname(runs)) === '.cannon' ? dirname(dirname(runs)) : null;
}

function within(folder: string, path: string): string | null {
  const rest = relative(folder, path);
  return rest === '' || rest === '..' || rest.startsWith(`..${sep}`) || isAbsolute(rest) ? null : rest;
}

/**
 * `result` with the paths that hold today.
 * @param configThen where cannon.yaml was when the run was started, as job.json has it; asked for only where it matters
 */
export async function asItLiesNow(
  result: FinishedEvent,
  runFolder: string,
  configThen: () => Promise<string | null>,
): Promise<FinishedEvent> {
  const here = surveyOf(runFolder);
  const isOfOtherPlace = (value: unknown): value is string =>
    typeof value === 'string' && isAbsolute(value) && here !== null && within(here, value) === null;
  const models = result.command === 'train' || result.command === 'cv' ? result.models : null;
  const paths = [...Object.values<unknown>({ ...result }), ...(models ?? []).map(({ path }) => path)];
  if (here === null || !paths.some(isOfOtherPlace)) return result;
  const config = await configThen();
  if (config === null || !isAbsolute(config) || dirname(config) === here) return result;
  const moved = (value: unknown): unknown => {
    const rest = isOfOtherPlace(value) ? within(dirname(config), value) : null;
    return rest !== null && existsSync(join(here, rest)) ? join(here, rest) : value;
  };
  const fields = Object.fromEntries(Object.entries(result).map(([name, value]) => [name, moved(value)]));
  const own = models?.map((model) => ({ ...model, path: moved(model.path) }));
  return { ...fields, ...(own !== undefined && { models: own }) } as FinishedEvent;
}
