/** What `cannon catalog` is asked for, and what it takes where it is not told: the survey's newest table of labels and its models. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { UserError } from '../problems';
import { catalog, type CatalogOptions } from './catalog';
import type { JobOptions } from './jobRecord';
import { readResult } from './runFiles';
import { findRuns, newestModels } from './runFolder';
import type { SurveyCommand } from './surveyRun';
import { newestValidations } from './validations';

export interface CatalogArguments {
  readonly labels?: string;
  readonly out?: string;
  readonly observations?: string;
  readonly covariance?: boolean;
  readonly cv?: readonly string[];
}

export function catalogCommand({ labels, out, observations, covariance, cv }: CatalogArguments): SurveyCommand {
  return {
    command: 'catalog',
    optionsFor: async (config, run) => {
      const table = await tableOf(config.path, labels === undefined ? null : resolve(labels));
      const models = table.models ?? (await newestModels(config.path));
      const found = await newestValidations(config.path, models);
      const validations = cv?.map((path) => resolve(path)) ?? (found.length > 0 ? found : (table.validations ?? []));
      return {
        ...{ labels: table.path, models, validations, out: resolve(out ?? resolve(run, 'catalog.fits')) },
        ...(observations !== undefined && { observations: resolve(observations) }),
        ...(covariance === true && { covariance }),
      };
    },
    inputs: (options) => {
      const { labels: table, models, validations } = catalogOptions(options);
      return [table, ...models, ...validations];
    },
    work: (job, context, options) => catalog({ ...job, ...catalogOptions(options) }, context),
  };
}

function catalogOptions(options: JobOptions): CatalogOptions {
  return { observations: null, covariance: false, ...options } as unknown as CatalogOptions;
}

interface FoundTable {
  readonly path: string;
  /** Those of the run that wrote it; null where no run of the survey says that it did. */
  readonly models: readonly string[] | null;
  readonly validations: readonly string[] | null;
}

/** @throws UserError CAN360 when nothing has been inferred. */
async function tableOf(configPath: string, given: string | null): Promise<FoundTable> {
  for (const { folder, job } of await findRuns(configPath)) {
    if (job.command !== 'infer') continue;
    const result = await readResult(folder);
    if (result?.command !== 'infer' || (given ?? result.out) !== result.out || !existsSync(result.out)) continue;
    const { models, validations } = job.options as { models?: readonly string[]; validations?: readonly string[] };
    return { path: result.out, models: models ?? null, validations: validations ?? null };
  }
  if (given !== null) return { path: given, models: null, validations: null };
  throw new UserError(
    'No labels of this survey were found',
    'Run `cannon infer` first, or give its table with --labels.',
    'CAN360',
  );
}
