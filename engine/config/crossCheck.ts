/** What the text of a survey description can get wrong although each of its values is valid by itself. */
import type { Problem } from '../problems';
import { filterProblem } from '../catalogQuery/filter';
import type { Config, GridSpec } from './config';
import { galahWindowsInAir, type Window, windowsInVacuum } from '../spectra/elementWindows';
import { reservedWords } from './expression';
import { checkStars } from './checkStars';
import type { Places } from './read';
import { type RuleCode, problem } from './rules';
import { type RawConfig, namePattern } from './schema';
import { listNames, nearest } from './suggest';
import { checkTraining } from './trainingSpec';

/** Columns of catalogs that a label of that name would hide. */
const catalogColumns = [
  ...[
    'spectrum',
    'obsid',
    'chi2',
    'converged',
    'problem',
    'source_id',
    'designation',
    'ra',
    'dec',
    'model',
    'n_pixels',
  ],
  ...['rv', 'e_rv', 'flags', 'extrapolated', 'at_bound', 'n_rivals'],
];

const leastPixels = 10;
const mostPixels = 200_000;

/** Pixels of a grid; see `GridSpec`. The small term keeps the last pixel when `to` lies on it within rounding. */
function gridLength({ from, to, step }: GridSpec): number {
  return Math.floor(Math.log10(to / from) / step + 1e-6) + 1;
}

/** Problems of a built config, each at the place of the key that is wrong. */
export function crossCheck(config: Config, raw: RawConfig, places: Places): Problem[] {
  const found: Problem[] = [];
  const report = <Code extends RuleCode>(
    code: Code,
    path: string,
    slots: Parameters<typeof problem<Code>>[1],
    meant: string | null = null,
    at: 'key' | 'value' = 'value',
  ) => {
    const place = places.get(path);
    const range = (at === 'key' && place?.key) || place?.value;
    const fix = meant === null ? {} : { fix: meant, instead: meant };
    found.push(problem(code, slots, { file: config.path, ...(range ? { range } : {}), ...fix }));
  };
  checkNames('label', config.labels, report);
  checkNames('model', config.models, report);
  checkGrid(config, places, report);
  checkContinuum(config, raw, report);
  checkModels(config, raw, report);
  checkStars(config, raw, report);
  checkInference(config, report);
  checkCatalog(config, raw, report);
  checkWindows(config, raw, report);
  checkTraining(config, raw, report);
  checkSearches(config, report);
  return found;
}

export type Report = <Code extends RuleCode>(
  code: Code,
  path: string,
  slots: Parameters<typeof problem<Code>>[1],
  meant?: string | null,
  at?: 'key' | 'value',
) => void;

/** Where the names of each kind stand. */
const placesOf = { label: 'labels', model: 'models', window: 'windows' } as const;

function checkNames(what: keyof typeof placesOf, named: readonly { name: string }[], report: Report): void {
  const seen = new Map<string, string>();
  for (const { name } of named) {
    const path = `${placesOf[what]}/${name}`;
    const lower = name.toLowerCase();
    const reason = !namePattern.test(name)
      ? 'it has other characters, or more than 32'
      : what === 'label' && reservedWords.includes(lower)
        ? 'the word has a meaning in conditions'
        : what === 'label' && (catalogColumns.includes(lower) || /^(e|cv|true|rival)_/.test(lower))
          ? 'catalogs have a column of that name'
          : null;
    if (reason !== null) report('CAN012', path, { name, what, reason }, null, 'key');
    const other = seen.get(lower);
    if (other !== undefined) report('CAN013', path, { name, other }, null, 'key');
    seen.set(lower, name);
  }
}

function checkGrid({ grid }: Config, places: Places, report: Report): void {
  const at = (key: string) => (places.has(`grid/${key}`) ? `grid/${key}` : 'grid');
  if (grid.to <= grid.from) return report('CAN017', at('to'), { from: grid.from, to: grid.to });
  const nPixels = gridLength(grid);
  if (nPixels < leastPixels || nPixels > mostPixels)
    report('CAN018', at('step'), { nPixels, least: leastPixels, most: mostPixels });
}

function checkContinuum({ continuum }: Config, raw: RawConfig, report: Report): void {
  if (continuum.method === 'none') {
    for (const key of ['sigma', 'truncate'] as const) {
      if (raw.continuum?.[key] !== undefined)
        report('CAN020', `continuum/${key}`, { key, reason: 'the method is "none"' }, null, 'key');
    }
  } else if (continuum.truncate < continuum.sigma) {
    report('CAN022', 'continuum/truncate', { truncate: continuum.truncate, sigma: continuum.sigma });
  }
}

function checkModels({ models, labels }: Config, raw: RawConfig, report: Report): void {
  // Models that ship with the program have no places of their own: what they lack is told as a whole.
  if (typeof raw.models === 'string') return;
  const known = labels.map(({ name }) => name);
  models.forEach(({ name: model, where, labels: used }, index) => {
    const path = `models/${model}`;
    if (where === 'otherwise' && (index === 0 || index < models.length - 1)) {
      report('CAN016', `${path}/where`, { model, position: index === 0 ? 'the first' : 'not the last' });
    }
    used.forEach((name, labelIdx) => {
      const labelPath = `${path}/labels/${labelIdx}`;
      if (!known.includes(name))
        report('CAN014', labelPath, { model, name, known: listNames(known) }, nearest(name, known));
      else if (used.indexOf(name) < labelIdx) report('CAN021', labelPath, { name });
    });
  });
}

function checkInference({ inference: { prior }, labels }: Config, report: Report): void {
  const known = labels.map(({ name }) => name);
  for (const { label: name } of prior) {
    if (!known.includes(name))
      report('CAN024', `inference/prior/${name}`, { name, known: listNames(known) }, nearest(name, known), 'key');
  }
}

/** Without models of names there is one for all stars, and whether they are giants is not asked. */
function checkCatalog({ models }: Config, raw: RawConfig, report: Report): void {
  const name = raw.catalog?.giants;
  const known = models.map((model) => model.name);
  if (name !== undefined && !known.includes(name))
    report('CAN048', 'catalog/giants', { name, known: listNames(known) }, nearest(name, known));
}

/** Which columns there are, only a catalog tells. */
function checkSearches({ searches }: Config, report: Report): void {
  for (const { name, where } of searches) {
    const found = filterProblem(where);
    if (found === null) continue;
    const reason = `${found.message.charAt(0).toLowerCase()}${found.message.slice(1)}, at “${placeIn(where, found)}”`;
    report('CAN035', `searches/${name}`, { name, reason, hint: found.hint });
  }
}

function placeIn(text: string, { start, end }: { start: number; end: number }): string {
  const part = text.slice(start, end);
  return part === '' ? `${text.slice(-20)}…` : part.length > 40 ? `${part.slice(0, 40)}…` : part;
}

/** Two wavelengths, the second beyond the first. */
export function isWindow(pair: readonly number[]): pair is Window {
  return pair.length === 2 && pair[0]! < pair[1]!;
}

function checkWindows({ grid, windows }: Config, raw: RawConfig, report: Report): void {
  if (raw.windows === undefined || raw.windows === 'galah') return;
  checkNames('window', windows, report);
  for (const [name, given] of raw.windows) {
    for (const kind of ['air', 'vacuum'] as const) {
      (given?.[kind] ?? []).forEach((pair, k) => {
        const path = `windows/${name}/${kind}/${k}`;
        const [from = 0, to = 0] = pair;
        if (!isWindow(pair)) return report('CAN025', path, { name });
        const inVacuum = kind === 'air' ? windowsInVacuum([pair])[0]! : pair;
        if (inVacuum[1] < grid.from || inVacuum[0] > grid.to)
          report('CAN026', path, { name, from, to, gridFrom: grid.from, gridTo: grid.to });
        if (kind === 'vacuum' && isGalahs(name, pair)) report('CAN027', path, { name, from, to });
      });
    }
  }
}

/** Whether the numbers are those of GALAH's table, which are in air. */
function isGalahs(name: string, [from, to]: Window): boolean {
  const known = Object.hasOwn(galahWindowsInAir, name) ? galahWindowsInAir[name]! : [];
  return known.some(([start, end]) => Math.abs(start - from) < 0.005 && Math.abs(end - to) < 0.005);
}
