/** What `labels`, `quality` and `models` can get wrong although each of their values is valid by itself. */
import { galahWindowsInAir } from '../spectra/elementWindows';
import type { Config } from './config';
import type { Report } from './crossCheck';
import { labelOrder } from './labelOrder';
import { modelsPreset } from './presets';
import type { RawConfig } from './schema';
import { listNames, nearest } from './suggest';

export function checkStars(config: Config, raw: RawConfig, report: Report): void {
  checkLabels(config, raw, report);
  checkCuts(config, raw, report);
  checkPreset(config, raw, report);
}

function checkLabels({ labels }: Config, raw: RawConfig, report: Report): void {
  for (const [name, given] of raw.labels ?? []) {
    const path = `labels/${name}`;
    const ways = (['column', 'mean', 'expression'] as const).filter((key) => given?.[key] !== undefined);
    if (ways.length > 1)
      report('CAN040', path, { name, ways: ways.map((way) => `"${way}"`).join(' and ') }, null, 'key');
    const { mean, errors, weights, atLeast } = given ?? {};
    for (const key of ['weights', 'errors', 'atLeast'] as const) {
      if (given?.[key] !== undefined && mean === undefined)
        report('CAN020', `${path}/${key}`, { key, reason: 'the label is not a mean' }, null, 'key');
    }
    if (mean === undefined) continue;
    if (errors !== undefined && errors.length !== mean.length)
      report('CAN042', `${path}/errors`, { name, nErrors: errors.length, nValues: mean.length });
    if (errors !== undefined && weights !== 'errors')
      report('CAN020', `${path}/errors`, { key: 'errors', reason: '"weights" is not "errors"' }, null, 'key');
    if ((atLeast ?? 1) > mean.length)
      report('CAN043', `${path}/atLeast`, { name, atLeast: atLeast!, nValues: mean.length }, String(mean.length));
    mean.forEach((one, k) => {
      if (mean.indexOf(one) < k) report('CAN021', `${path}/mean/${k}`, { name: one });
    });
  }
  const { circle } = labelOrder(labels);
  if (circle)
    report('CAN041', `labels/${circle[0]!}`, { labels: circle.map((name) => `"${name}"`).join(' from ') }, null, 'key');
}

function checkCuts({ windows }: Config, raw: RawConfig, report: Report): void {
  const known = [...new Set([...windows.map(({ name }) => name), ...Object.keys(galahWindowsInAir)])];
  raw.quality?.forEach((cut, index) => {
    if ('root' in cut || cut.windowChi2 === undefined) return;
    const { columns, spectra, survey, match, elements } = cut.windowChi2;
    const path = `quality/${index}/windowChi2`;
    if (columns !== undefined && spectra !== undefined) report('CAN044', `${path}/columns`, {}, null, 'key');
    for (const [key, value] of Object.entries({ survey, match })) {
      if (value !== undefined && spectra === undefined)
        report('CAN020', `${path}/${key}`, { key, reason: '"spectra" is not given' }, null, 'key');
    }
    if (typeof columns === 'string' && columns.split('*').length !== 2)
      report('CAN046', `${path}/columns`, { pattern: columns });
    const isKnown = (name: string) => known.some((one) => one.toLowerCase() === name.toLowerCase());
    if (columns !== undefined) return;
    elements?.forEach((name, k) => {
      if (!isKnown(name))
        report('CAN045', `${path}/elements/${k}`, { name, known: listNames(known, 30) }, nearest(name, known));
    });
  });
}

function checkPreset({ models, labels }: Config, raw: RawConfig, report: Report): void {
  if (raw.models !== modelsPreset) return;
  const known = new Set(labels.map(({ name }) => name));
  const missing = [...new Set(models.flatMap((model) => model.labels))].filter((name) => !known.has(name));
  if (missing.length > 0) report('CAN047', 'models', { preset: modelsPreset, missing: missing.join(', ') });
}
