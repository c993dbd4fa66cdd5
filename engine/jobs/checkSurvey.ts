/** `cannon check`: what is wrong with a survey, and whether its data are ready; with `--run`, as files in that folder as well. */
import { basename, dirname, join } from 'node:path';
import type { ParsedConfig } from '../config/parse';
import type { Problem } from '../problems';
import { examineSurvey, plainReaders } from './check';
import { writeAtomically } from '../durable';
import type { FinishedEvent, JobContext } from './events';
import { funnelSvg } from './funnelPicture';
import type { TaskPool } from './pool';
import type { FunnelStep } from '../reference/funnel';
import { verdictOf } from './verdict';
import { measureChi2 } from './windowChi2';

export type CheckFinished = FinishedEvent & { readonly command: 'check' };

/**
 * @param openPool opens worker threads, which only a cut that fits spectra needs
 * @param place how a problem is reported
 */
export async function checkSurvey(
  parsed: ParsedConfig,
  openPool: () => TaskPool,
  place: (problem: Problem) => Problem,
  context: JobContext,
): Promise<CheckFinished> {
  let pool: TaskPool | null = null;
  try {
    const { problems: found, facts } = await examineSurvey(parsed, context, {
      ...plainReaders,
      measure:
        (config, paths) =>
        (...asked) => {
          pool ??= openPool();
          return measureChi2({ config, pool }, paths, context)(...asked);
        },
    });
    const problems = [...parsed.problems, ...found];
    const { nSpectra: spectra, nReadable: readable, nMatched: matched, selection, funnel, coverage } = facts;
    return {
      ...{ kind: 'finished', command: 'check', problems: problems.map(place), spectra, readable, matched },
      models: selection?.models.map(({ name, stars }) => ({ name, stars })) ?? null,
      ...{ verdict: verdictOf(problems, facts), funnel, coverage },
    };
  } finally {
    await (pool as TaskPool | null)?.close();
  }
}

/** The report and the funnel in a folder, as `check.json` and `funnel.svg`. */
export function writeCheck(folder: string, report: CheckFinished, config: string): void {
  writeAtomically(join(folder, 'check.json'), `${JSON.stringify(report, null, 2)}\n`);
  if (report.funnel !== null) writeFunnel(folder, report.funnel, config);
}

/** The funnel's picture, `funnel.svg`, in a run folder; `config` is the path of the survey's description. */
export function writeFunnel(folder: string, funnel: readonly FunnelStep[], config: string): void {
  writeAtomically(join(folder, 'funnel.svg'), funnelSvg(funnel, basename(dirname(config))));
}
