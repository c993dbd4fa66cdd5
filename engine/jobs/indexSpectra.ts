/** `cannon index`: which spectra a survey has, and which of them cannot be read. */
import type { Config } from '../config/config';
import type { FinishedEvent, JobContext } from './events';
import type { TaskPool } from './pool';
import { identifySpectra } from './surveySpectra';

export async function indexSpectra(config: Config, pool: TaskPool, context: JobContext): Promise<FinishedEvent> {
  const { paths, identities, problems } = await identifySpectra(config, pool, context, 'index');
  return {
    kind: 'finished',
    command: 'index',
    spectra: paths.length,
    readable: identities.length,
    problems: problems.map(({ spectrum, message }) => ({ spectrum, message })),
  };
}
