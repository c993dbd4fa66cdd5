/** `cannon index`: which spectra a survey has, and which of them cannot be read. */
import type { Config } from '../config/config';
import type { FinishedEvent, JobContext, SpectrumProblem } from './events';
import type { TaskPool } from './pool';
import { identifySpectra, inMemory, matchedSpectra } from './surveySpectra';

export async function indexSpectra(config: Config, pool: TaskPool, context: JobContext): Promise<FinishedEvent> {
  const paths = await matchedSpectra(config, context);
  const found = new Map<number, SpectrumProblem>();
  await identifySpectra(config, pool, context, 'index', inMemory(paths), {
    onValue: () => undefined,
    onProblem: ({ spectrum, message }, idx) => void found.set(idx, { spectrum, message }),
  });
  const problems = [...found.keys()].sort((a, b) => a - b).map((idx) => found.get(idx)!);
  return {
    kind: 'finished',
    command: 'index',
    spectra: paths.length,
    readable: paths.length - problems.length,
    problems,
  };
}
