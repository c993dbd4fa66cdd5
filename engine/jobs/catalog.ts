/**
 * `cannon catalog`: the table of labels of a survey made a catalog that can be published, one row a star, with flags that say when not
 * to believe it (docs/catalog.md).
 *
 * The result depends on the table, the models' cross-validations, review.yaml and the config alone.
 */
import { basename, join } from 'node:path';
import type { Model } from '../cannon/model';
import { readModel } from '../cannon/modelFile';
import {
  readHeldOutChi2,
  readHeldOutResiduals,
  readValidation,
  type HeldOutChi2,
  type ValidationSummary,
} from '../cannon/validationFile';
import { catalogWriter, passesOfWriter } from '../catalog/assemble';
import type { CatalogRules } from '../catalog/catalogStar';
import { type FlagName, flagBits } from '../catalog/flagBits';
import { openLabels, requireColumns, type LabelsTable } from '../catalog/labelsTable';
import { leastStars, leavesOpen, limitsOf, partsBelow } from '../catalog/limits';
import { recordLayout, type ObservationRecord } from '../catalog/observationRecord';
import {
  type CatalogShape,
  type NamedLabel,
  observationColumns,
  requireOwnNames,
  starColumns,
} from '../catalog/schema';
import { makeCatalog } from '../catalog/starCatalog';
import { calibrationOf, type SurpriseCalibration } from '../catalog/surprise';
import { type UsualChi2, usualChi2 } from '../catalog/usualChi2';
import type { Config } from '../config/config';
import { UserError } from '../problems';
import { readReview, type StarVerdict, Verdicts } from '../reference/review';
import type { JobContext } from './events';
import { throttledProgress, type WorkDone } from './job';
import { sha256 } from './recipe';
import type { SurveyJob } from './train';
import { turnsUnder } from './turns';

/** Options of `cannon catalog` as they stand in job.json; paths are absolute. */
export interface CatalogOptions {
  /** The table that `cannon infer` wrote. */
  readonly labels: string;
  readonly models: readonly string[];
  readonly validations: readonly string[];
  /** Its extension says the format, as does that of the table of observations. */
  readonly out: string;
  readonly observations: string | null;
  readonly covariance: boolean;
}

/** Which columns of the table a flag comes from: without all of one of these lists it is never set. */
const sourcesOfFlags: Partial<Record<FlagName, readonly string[]>> = {
  rival: ['rival_delta_chi2'],
  not_converged: ['converged'],
  low_snr: ['snr'],
  bad_pixels: ['bad_fraction'],
  binary: ['binary_delta_chi2'],
  emission: ['emission'],
  rv_residual: ['rv_residual', 'e_rv_residual'],
  at_bound: ['at_bound'],
};

export async function catalog(job: SurveyJob & CatalogOptions, context: JobContext): Promise<WorkDone> {
  const { config, out, observations } = job;
  const asWritten = { tag: sha256(job.run).slice(0, 8), signal: context.signal };
  const writeStars = catalogWriter(out, { ...asWritten, name: 'CATALOG' });
  const writeObservations =
    observations === null ? null : catalogWriter(observations, { ...asWritten, name: 'OBSERVATIONS' });
  const table = await openLabels(job.labels);
  const models = (await Promise.all(job.models.map((path) => readModel(path).catch(() => null)))).flatMap(
    (m) => m ?? [],
  );
  const shape = shapeOf(table, models, config, job.covariance);
  requireOwnNames(starColumns(shape));
  const unset = unsetFlags(shape);
  if (unset.length > 0) {
    const message = `${basename(table.path)} has no column for the flags ${unset.join(', ')}, which are never set`;
    const hint = 'Run `cannon infer` again, with `windows` in cannon.yaml, and make the catalog of its table.';
    context.report({ kind: 'warning', code: 'CAN361', message, hint });
  }
  const tested = await testsOf(job, models, shape, context);
  const passes = 3 + passesOfWriter(out) + (observations === null ? 0 : passesOfWriter(observations));
  const total = table.nRows * (passes + (tested.leavesOpen ? 1 : 0));
  context.report({ kind: 'started', command: 'catalog', total: table.nRows, resumedFrom: 0 });
  const progress = throttledProgress(context, 'Making the catalog', total);
  let done = 0;
  const going = {
    turn: turnsUnder(context.signal),
    onRows: (rows: number) => progress(Math.min(total, (done += rows))),
  };
  const usual = tested.leavesOpen
    ? await usualChi2(table, {
        ...{ ...going, elements: shape.elements, least: leastStars, folder: join(job.checkpoint.folder, 'usual') },
        ...partsBelow(config.flags.percentile, shape.elements.length),
      })
    : new Map<string, UsualChi2>();
  const rules = await rulesFor(job, shape, models, { ...tested, usual });
  const stars = await makeCatalog(table, recordLayout(observationColumns(shape), table, rules.weight), rules, {
    ...{ ...going, radiusArcsec: config.repeats.radiusArcsec, folder: join(job.checkpoint.folder, 'catalog') },
  });
  try {
    await writeStars(stars.stars);
    await writeObservations?.(stars.observations);
  } finally {
    stars.close();
  }
  const { flags, ...counts } = stars.counts;
  return {
    ...{ kind: 'finished', command: 'catalog', out, labels: job.labels, ...counts },
    ...(observations !== null && { observationsOut: observations }),
    flags: flagBits.map(({ name }) => ({ name, stars: flags[name] })),
    unset,
  };
}

/** What the table has of labels, windows and diagnostics. @throws UserError CAN360 when it is no table of labels. */
function shapeOf(table: LabelsTable, models: readonly Model[], config: Config, covariance: boolean): CatalogShape {
  requireColumns(table, ['spectrum', 'model', 'chi2', 'n_pixels']);
  const units = new Map(table.columns.map(({ name, unit }) => [name, unit]));
  const known = new Map<string, string>(
    [...models.flatMap(({ labels }) => labels), ...config.labels].map(({ name, unit }) => [name, unit]),
  );
  const labels = table.columns.flatMap(({ name }): NamedLabel[] => {
    const unit = units.get(name) || known.get(name);
    return unit !== undefined && known.has(name) && units.has(`e_${name}`) ? [{ name, unit }] : [];
  });
  if (labels.length === 0) {
    throw new UserError(
      `${basename(table.path)} has none of the labels ${[...known.keys()].slice(0, 6).join(', ')} with their errors`,
      'Give --labels the table that `cannon infer` wrote with this cannon.yaml.',
      'CAN360',
    );
  }
  const has = (name: string) => units.has(name);
  if (covariance && labels.length > 1 && !table.columns.some(({ name }) => name.startsWith('cov_'))) {
    throw new UserError(
      `${basename(table.path)} has not kept the covariances of the labels`,
      'Run `cannon infer --covariance --out labels.fits` and make the catalog of that table, or leave out --covariance.',
      'CAN360',
    );
  }
  const elements = table.columns.flatMap(({ name }) => {
    const of = /^(?:chi2|pull)_(.+)$/.exec(name)?.[1];
    return of !== undefined && (has(`n_pixels_${of}`) || has(`pull_${of}`)) ? [of] : [];
  });
  return { labels, elements: [...new Set(elements)], covariance, has };
}

/** What the models' cross-validations tell. */
interface Tests {
  readonly validations: readonly (ValidationSummary & HeldOutChi2)[];
  readonly calibrations: ReadonlyMap<string, SurpriseCalibration>;
  /** Whether they leave open, of some model, what is usual in χ². */
  readonly leavesOpen: boolean;
}

async function testsOf(
  { validations: paths }: CatalogOptions,
  models: readonly Model[],
  { elements }: CatalogShape,
  context: JobContext,
): Promise<Tests> {
  const validations: (ValidationSummary & HeldOutChi2)[] = [];
  const calibrations = new Map<string, SurpriseCalibration>();
  for (const path of paths) {
    const validation = await readValidation(path);
    validations.push({ ...validation, ...(await readHeldOutChi2(path)) });
    const calibration = calibrationOf(await readHeldOutResiduals(path));
    if (calibration !== null) calibrations.set(validation.model, calibration);
  }
  const untested = models.filter(({ name }) => !validations.some(({ model }) => model === name));
  if (untested.length > 0 || models.length === 0) {
    const which =
      models.length === 0 ? 'The models of these labels' : untested.map(({ name }) => `"${name}"`).join(', ');
    const message = `${which} ${models.length === 0 ? 'were not found' : 'has no cross-validation'}: labels are believed within the range of the training stars, and limits of χ² are what is usual among the stars of this table`;
    context.report({ kind: 'warning', code: 'CAN361', message, hint: 'Run `cannon cv`, then make the catalog again.' });
  }
  const isOpen = untested.length > 0 || models.length === 0 || validations.some((one) => leavesOpen(one, elements));
  return { validations, calibrations, leavesOpen: isOpen };
}

async function rulesFor(
  { config }: SurveyJob,
  shape: CatalogShape,
  models: readonly Model[],
  { validations, calibrations, usual }: Tests & { readonly usual: ReadonlyMap<string, UsualChi2> },
): Promise<CatalogRules> {
  const named = [models.map(({ name }) => name), validations.map(({ model }) => model), [...usual.keys()]].flat();
  const limits = new Map(
    [...new Set(named)].map((name) => {
      const model = models.find((one) => one.name === name) ?? null;
      const validation = validations.find((one) => one.model === name) ?? null;
      return [name, limitsOf({ model, validation, usual: usual.get(name) ?? null }, shape, config.flags)];
    }),
  );
  limits.set('', limitsOf({ model: null, validation: null }, shape, config.flags));
  const verdicts = new Verdicts(await readReview(config.folder));
  return {
    ...{ shape, limits, calibrations, thresholds: config.flags, giants: config.catalog.giants },
    weight: `snr${config.repeats.weight}`,
    verdictsOn: (observation) => verdictOn(verdicts, observation),
  };
}

function verdictOn(verdicts: Verdicts, observation: ObservationRecord): StarVerdict[] {
  const [obsid, designation] = [observation.text('obsid'), observation.text('designation').trim()];
  const path = observation.text('spectrum');
  const star = obsid || designation || basename(path);
  const found = verdicts.of({ star, path, obsid: obsid || null, designation: designation || null });
  return found === null ? [] : [found.verdict];
}

function unsetFlags({ has, elements }: CatalogShape): FlagName[] {
  const unset = flagBits.filter(({ name }) => sourcesOfFlags[name]?.some((source) => !has(source)) === true);
  const names = unset.map(({ name }) => name);
  return elements.some((element) => has(`chi2_${element}`) || has(`pull_${element}`))
    ? names
    : [...names, 'window_chi2'];
}
