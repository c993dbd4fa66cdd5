/** From the raw values of `labels`, `quality` and `models` to what they mean; the cross-checks tell of what contradicts itself. */
import type { DerivedLabel, LabelSpec, Match, ModelSpec, QualityCut, WindowCut } from './config';
import { parseExpression } from './expression';
import { conditionPresets, paperModels } from './presets';
import { type RawConfig, schema } from './schema';

type RawLabel = NonNullable<ReturnType<NonNullable<RawConfig['labels']>['get']>>;
type RawCut = NonNullable<RawConfig['quality']>[number];
type RawWindowCut = NonNullable<Extract<RawCut, { windowChi2?: unknown }>['windowChi2']>;
type RawMatch = NonNullable<NonNullable<RawConfig['reference']>['match']>;

export function buildLabels(labels: NonNullable<RawConfig['labels']>): LabelSpec[] {
  return [...labels].map(([name, label]) => ({
    name,
    column: label?.column ?? name,
    unit: label?.unit ?? usualUnit(name),
    error: label?.error ?? null,
    derived: label ? buildDerived(label) : null,
  }));
}

function buildDerived({ mean, weights, errors, atLeast, expression }: RawLabel): DerivedLabel | null {
  if (mean !== undefined)
    return { by: 'mean', of: mean, weights: weights ?? 'equal', errors: errors ?? null, atLeast: atLeast ?? 1 };
  return expression === undefined ? null : { by: 'expression', expression };
}

export function buildQuality({ quality }: RawConfig): QualityCut[] {
  return (quality ?? []).flatMap((cut): QualityCut[] => {
    if ('root' in cut) return [cut];
    return cut.windowChi2 === undefined ? [] : [buildWindowCut(cut.windowChi2)];
  });
}

function buildWindowCut(raw: RawWindowCut): WindowCut {
  const keys = schema.keys.quality.shape.of.map.keys.windowChi2.shape.keys;
  const percentile = raw.percentile ?? keys.percentile.default;
  const { columns, spectra } = raw;
  const source: WindowCut['source'] =
    columns !== undefined
      ? { from: 'columns', columns: typeof columns === 'string' ? columns : columnsOf(columns) }
      : spectra === undefined
        ? { from: 'survey' }
        : {
            from: 'spectra',
            spectra,
            survey: raw.survey ?? keys.survey.default,
            match: raw.match === undefined ? null : buildMatch(raw.match),
          };
  const elements = raw.elements ?? null;
  const of = elements === null ? '' : ` of ${elements.join(', ')}`;
  return { text: `χ² in windows${of} up to the ${ordinal(percentile)} percentile`, percentile, elements, source };
}

function columnsOf(columns: ReadonlyMap<string, string | undefined>): { element: string; column: string }[] {
  return [...columns].flatMap(([element, column]) => (column === undefined ? [] : [{ element, column }]));
}

/** "85th", "92.5th", "3rd". */
function ordinal(value: number): string {
  const last = Number.isInteger(value) && !(value % 100 > 10 && value % 100 < 14) ? value % 10 : 0;
  return `${value}${['th', 'st', 'nd', 'rd'][last] ?? 'th'}`;
}

/** One of the ways to match; null where none was valid. */
export function buildMatch(raw: RawMatch): Match | null {
  const card = raw['spectrum.*'];
  if (card) return { by: 'card', card: card.rest, column: card.value };
  if (raw.filename !== undefined) return { by: 'filename', column: raw.filename };
  if (raw.sky === undefined) return null;
  const { ra, dec, brightest } = raw;
  return {
    ...{ by: 'sky', radiusArcsec: raw.sky },
    ...(ra !== undefined && { ra }),
    ...(dec !== undefined && { dec }),
    ...(brightest !== undefined && { brightest }),
  };
}

export function buildModels({ models }: RawConfig, labels: readonly LabelSpec[]): ModelSpec[] {
  const all = labels.map(({ name }) => name);
  if (models === undefined) return [{ name: 'main', where: null, labels: all }];
  if (typeof models === 'string') {
    return paperModels.map(({ name, preset, labels: used }) => ({
      name,
      where: parseExpression(conditionPresets[preset].condition).expression,
      labels: used,
    }));
  }
  return [...models].map(([name, model]) => ({ name, where: model?.where ?? null, labels: model?.labels ?? all }));
}

/** The unit in which the field gives a label of this name. */
function usualUnit(name: string): string {
  const lower = name.toLowerCase();
  if (lower === 'teff') return 'K';
  if (lower === 'vmic' || lower === 'vsini') return 'km/s';
  return /^(logg|feh|mh|alphafe|\w+_(h|fe|m))$/.test(lower) ? 'dex' : '';
}
