/**
 * How spectra were made ready for a model, as its file's header cards say it. Labels of new spectra follow the
 * model's recipe, not the config's: a model knows flux on its own grid and above its own continuum only.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { InferOptions } from '../cannon/infer';
import type { Model } from '../cannon/model';
import type { Config, ContinuumSpec, GridSpec, SurveyFormat } from '../config/config';
import { requireFile } from '../plainFile';
import { UserError } from '../problems';
import { isSurveyFormat, surveyFormats } from '../spectra/formats';
import { version } from './version';

export interface Recipe {
  readonly survey: SurveyFormat;
  readonly grid: GridSpec;
  readonly continuum: ContinuumSpec;
}

/** Header cards for a model trained with `config`. */
export function provenanceOf(config: Config, configHash: string): Record<string, string | number> {
  const { survey, grid, continuum, training, crossValidation } = config;
  return {
    SURVEY: survey,
    GRIDFROM: grid.from,
    GRIDTO: grid.to,
    GRIDSTEP: grid.step,
    CONTINUU: continuum.method,
    ...(continuum.method === 'gaussian' && {
      CONTSIGM: continuum.sigma,
      CONTTRUN: Number.isFinite(continuum.truncate) ? continuum.truncate : 'none',
    }),
    MAXMODES: training.modes,
    SEED: crossValidation.seed,
    CONFHASH: configHash,
    CREATOR: `cannon-spectra ${version}`,
    NODEVERS: process.versions.node,
  };
}

/**
 * The recipe in a model's header cards.
 * @throws UserError CAN323 when a card is missing or senseless.
 */
export function recipeOf(model: Model): Recipe {
  const card = (name: string) => model.provenance[name];
  const number = (name: string) => {
    const value = card(name);
    if (typeof value === 'number' && value > 0) return value;
    throw new UserError(`Model ${model.name} does not say its ${name}`, 'Train it again.', 'CAN323');
  };
  const survey = card('SURVEY');
  if (!isSurveyFormat(survey)) {
    throw new UserError(
      `Model ${model.name} is for spectra of "${survey ?? 'an unknown survey'}"`,
      `This version reads ${surveyFormats.join(', ')}.`,
      'CAN323',
    );
  }
  const grid = { from: number('GRIDFROM'), to: number('GRIDTO'), step: number('GRIDSTEP') };
  const truncate = card('CONTTRUN') === 'none' ? Infinity : null;
  const continuum: ContinuumSpec =
    card('CONTINUU') === 'none'
      ? { method: 'none' }
      : { method: 'gaussian', sigma: number('CONTSIGM'), truncate: truncate ?? number('CONTTRUN') };
  return { survey, grid, continuum };
}

/** Grids and continua as comparable text. */
export function sameRecipe(a: Recipe, b: Recipe): boolean {
  const text = ({ survey, grid, continuum }: Recipe) => {
    const smoothing = continuum.method === 'none' ? [] : [continuum.sigma, continuum.truncate];
    return [survey, grid.from, grid.to, grid.step, continuum.method, ...smoothing].join(' ');
  };
  return text(a) === text(b);
}

/** In a stream: tables of labels may be larger than memory. @throws when it cannot be read */
export async function sha256OfFile(path: string): Promise<string> {
  await requireFile(path);
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(path)) hash.update(bytes as Uint8Array);
  return hash.digest('hex');
}

export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** The part of a config that says how labels are inferred. */
export type InferenceOf = Pick<Config, 'inference' | 'windows'>;

/** The same for one of its models. */
export function optionsOf({ inference, windows }: InferenceOf, { labels }: Model): InferOptions {
  const { prior, velocity, diagnostics } = inference;
  return {
    maxVelocityKms: velocity,
    prior: labels.map(({ name }) => prior.find(({ label }) => label === name) ?? null),
    windows,
    diagnostics: diagnostics === 'all',
  };
}
