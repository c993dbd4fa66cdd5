/**
 * Which cross-validation belongs to a model: the scatter that `cv_<label>` tells in a catalog comes from it.
 *
 * Without being told, a model takes the newest `cv.fits` of its survey that was made by the same text of the config, from
 * the same training stars (their labels and files), and bears its name. A model without one has none: its scatter is not
 * guessed.
 */
import { existsSync } from 'node:fs';
import type { Model } from '../cannon/model';
import { readModel } from '../cannon/modelFile';
import { readValidation, type ValidationSummary } from '../cannon/validationFile';
import type { CvScatter } from '../catalog/catalog';
import { UserError } from '../problems';
import type { JobContext } from './events';
import { readResult } from './runFiles';
import { findRuns } from './runFolder';

/** Cards that model and cross-validation have in common when they are of one training. */
const identityCards = ['CONFHASH', 'TRAINSET'] as const;

function isOfModel({ model, provenance }: ValidationSummary, of: Model): boolean {
  return model === of.name && identityCards.every((card) => provenance[card] === of.provenance[card]);
}

/** Paths of the cross-validations of the survey's own that belong to these models, as far as there are any. */
export async function newestValidations(configPath: string, modelPaths: readonly string[]): Promise<string[]> {
  // A model that cannot be read is told of when it is needed.
  const models = (await Promise.all(modelPaths.map((path) => readModel(path).catch(() => null)))).flatMap(
    (model) => model ?? [],
  );
  const found = new Map<Model, string>();
  for (const { folder, job } of await findRuns(configPath)) {
    if (job.command !== 'cv' || found.size === models.length) continue;
    const result = await readResult(folder);
    if (result?.command !== 'cv') continue;
    for (const { path } of result.models) {
      const validation = existsSync(path) ? await readValidation(path).catch(() => null) : null;
      if (validation === null) continue;
      for (const model of models) if (!found.has(model) && isOfModel(validation, model)) found.set(model, path);
    }
  }
  return [...new Set(found.values())];
}

/**
 * The scatter of each model's labels, model by model. Warns of a cross-validation of another training, which is used all
 * the same since it was asked for.
 * @throws UserError CAN334 when one is of none of the models, and what reading throws.
 */
export async function scatterOf(
  paths: readonly string[],
  models: readonly Model[],
  context: JobContext,
): Promise<CvScatter> {
  const scatter = new Map<string, ReadonlyMap<string, number>>();
  for (const validation of await Promise.all(paths.map(readValidation))) {
    const model = models.find(({ name }) => name === validation.model);
    if (model === undefined) {
      throw new UserError(
        `The cross-validation ${validation.path} is of model "${validation.model}", not of ${models.map(({ name }) => `"${name}"`).join(' or ')}`,
        'Give the cv.fits of the same model, or leave out --cv.',
        'CAN334',
      );
    }
    if (!isOfModel(validation, model)) {
      const message = `The cross-validation ${validation.path} is of another training of model "${model.name}"; its scatter is used`;
      context.report({
        kind: 'warning',
        code: 'CAN335',
        message,
        hint: 'Run `cannon cv` again with this cannon.yaml.',
      });
    }
    const byLabel = new Map(validation.labels.map(({ label, scatter }) => [label, scatter]));
    scatter.set(model.name, byLabel);
  }
  return scatter;
}
