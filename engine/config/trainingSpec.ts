/** What `training` says: from its raw keys to a spec, and what it can get wrong although each value is valid by itself. */
import type { Config, LabelMaskSpec, TrainingSpec } from './config';
import type { Report } from './crossCheck';
import { schema, type RawConfig } from './schema';
import { listNames, nearest } from './suggest';
import { termsOf, termsOfWord } from './termWords';

const { keys } = schema.keys.training.shape;
const searchKeys = keys.l1Search.shape.keys;

export function buildTraining({ training }: RawConfig): TrainingSpec {
  const search = training?.l1Search;
  return {
    terms: training?.terms ?? [keys.terms.default],
    masks: buildMasks(training?.masks),
    missingLabels: training?.missingLabels ?? keys.missingLabels.default,
    labelErrors: training?.labelErrors ?? keys.labelErrors.default,
    l1: training?.l1 ?? keys.l1.default,
    l1Search: {
      from: search?.from ?? searchKeys.from.default,
      to: search?.to ?? searchKeys.to.default,
      steps: search?.steps ?? searchKeys.steps.default,
      per: search?.per ?? searchKeys.per.default,
    },
    ridge: training?.ridge ?? keys.ridge.default,
    scatterEstimator: training?.scatterEstimator ?? keys.scatterEstimator.default,
    modes: training?.modes ?? keys.modes.default,
    thetaCovariance: training?.thetaCovariance ?? keys.thetaCovariance.default,
  };
}

function buildMasks(raw: NonNullable<RawConfig['training']>['masks']): TrainingSpec['masks'] {
  if (raw === undefined || raw === 'own-windows') return raw ?? [];
  return [...raw].map(([label, mask]): LabelMaskSpec => ({
    label,
    only: mask?.only ?? null,
    not: mask?.not ?? [],
    margin: mask?.margin ?? keys.masks.shape.each.shape.keys.margin.default,
  }));
}

export function checkTraining(config: Config, raw: RawConfig, report: Report): void {
  if (raw.training === undefined) return;
  checkTerms(config, raw, report);
  checkMasks(config, raw, report);
  checkL1(config, raw, report);
}

function checkTerms({ training: { terms }, labels, models }: Config, raw: RawConfig, report: Report): void {
  if (raw.training?.terms === undefined) return;
  const known = labels.map(({ name }) => name);
  const seen = new Map<string, string>();
  let isValid = true;
  terms.forEach((word, k) => {
    const path = `training/terms/${k}`;
    const found = termsOfWord(word, known);
    if ('unknown' in found || 'reason' in found) {
      isValid = false;
      if ('reason' in found) return report('CAN028', path, { word, reason: found.reason });
      const meant = nearest(found.unknown, known);
      const reason = `"${found.unknown}" is not a label`;
      return report('CAN028', path, { word, reason }, meant === null ? null : word.replace(found.unknown, meant));
    }
    if (found.length !== 1) return;
    const [key] = found.map(String);
    if (seen.has(key!)) report('CAN021', path, { name: word });
    seen.set(key!, word);
  });
  if (!isValid) return;
  for (const model of models) {
    const used = new Set(termsOf(terms, model.labels).flat());
    model.labels.forEach((name, i) => {
      if (!used.has(i)) report('CAN029', 'training/terms', { name, model: model.name });
    });
  }
}

function checkMasks({ training, labels, windows }: Config, raw: RawConfig, report: Report): void {
  const given = raw.training?.masks;
  if (given === undefined) {
    if (raw.training?.missingLabels === 'per-pixel') {
      const reason = 'without "masks" every pixel needs all labels';
      report('CAN020', 'training/missingLabels', { key: 'missingLabels', reason }, null, 'key');
    }
    return;
  }
  const knownWindows = windows.map(({ name }) => name);
  if (given === 'own-windows') {
    if (windows.length === 0)
      report('CAN020', 'training/masks', { key: 'masks', reason: 'the file has no "windows"' }, null, 'key');
    return;
  }
  const known = labels.map(({ name }) => name);
  for (const { label, only, not } of training.masks === 'own-windows' ? [] : training.masks) {
    const path = `training/masks/${label}`;
    if (!known.includes(label))
      report('CAN030', path, { name: label, known: listNames(known) }, nearest(label, known), 'key');
    if (only === null && not.length === 0)
      report('CAN020', path, { key: label, reason: 'it names no window' }, null, 'key');
    for (const [key, names] of [
      ['only', only ?? []],
      ['not', not],
    ] as const) {
      names.forEach((name, k) => {
        const all = knownWindows.length === 0 ? 'none: add "windows"' : listNames(knownWindows, 30);
        if (!knownWindows.includes(name))
          report('CAN031', `${path}/${key}/${k}`, { label, name, known: all }, nearest(name, knownWindows));
      });
    }
  }
}

function checkL1({ training: { l1, l1Search } }: Config, raw: RawConfig, report: Report): void {
  if (raw.training?.l1Search === undefined) return;
  if (l1 !== 'auto')
    report('CAN020', 'training/l1Search', { key: 'l1Search', reason: '"l1" is not "auto"' }, null, 'key');
  else if (l1Search.to <= l1Search.from)
    report('CAN032', 'training/l1Search', { from: l1Search.from, to: l1Search.to }, null, 'key');
}
