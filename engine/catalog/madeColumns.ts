/** The columns that the catalog itself makes: what a star's flags and verdicts say, and how many observations it has. */
import type { StarVerdict } from '../reference/review';
import type { CatalogRules } from './catalogStar';
import type { ObservationRecord } from './observationRecord';
import { type ColumnSpec, extrapolationOf } from './schema';
import type { StarFlags } from './starFlags';
import { slotsOf } from './starRows';

export interface MadeOf {
  readonly flags: StarFlags;
  readonly observations: readonly ObservationRecord[];
  readonly verdicts: readonly StarVerdict[];
  readonly model: string;
  /** Row of the star in the catalog, from 1. */
  readonly star: number;
}

type Made =
  | { readonly number: (made: MadeOf) => number; readonly text?: undefined }
  | { readonly number?: undefined; readonly text: (made: MadeOf) => string };

/** How each of those columns is made, and its place among a row's numbers or texts; `surprise` comes from the finished row. */
export function madeColumns(columns: readonly ColumnSpec[], rules: CatalogRules): (Made & { readonly at: number })[] {
  const all = makersOf(rules);
  const slots = slotsOf(columns);
  return columns.flatMap(({ name, source }, k) => {
    const how = all.get(name);
    return source !== null || how === undefined ? [] : [{ ...how, at: slots[k]!.at }];
  });
}

function makersOf({ shape, giants }: CatalogRules): Map<string, Made> {
  const labels = shape.labels.map(({ name }) => name);
  const number = (name: string, of: (made: MadeOf) => number): [string, Made] => [name, { number: of }];
  const text = (name: string, of: (made: MadeOf) => string): [string, Made] => [name, { text: of }];
  const names = (of: readonly number[], from: readonly string[]) => of.map((k) => from[k]!).join(' ');
  return new Map([
    number('star', ({ star }) => star),
    number('giantmodel', ({ model }) => Number(model !== '' && model === giants)),
    number('n_obs', ({ observations }) => observations.length),
    number('flags', ({ flags }) => flags.flags),
    text('extrapolating', ({ flags }) => names(flags.extrapolating, labels)),
    text('high_windows', ({ flags }) => names(flags.highWindows, shape.elements)),
    text('large_errors', ({ flags }) => names(flags.largeErrors, labels)),
    text('at_bound', ({ observations }) => wordsOf(observations, 'at_bound')),
    text('verdict', ({ verdicts }) => verdicts.join(', ')),
    text('enriched_in', ({ verdicts }) => verdicts.flatMap(elementIn).join(' ')),
    ...extrapolationOf(shape.labels).map(({ column, labels: about }) => {
      const indices = about.map((name) => labels.indexOf(name));
      return number(column, ({ flags }) => Number(indices.some((k) => flags.extrapolating.includes(k))));
    }),
  ]);
}

/** Each word that any observation has, once. */
function wordsOf(observations: readonly ObservationRecord[], name: string): string {
  if (observations.length === 1) return observations[0]!.text(name);
  return [...new Set(observations.flatMap((one) => one.text(name).split(' ')))].filter((word) => word !== '').join(' ');
}

function elementIn(verdict: StarVerdict): string[] {
  return verdict.startsWith('enriched in ') ? [verdict.slice('enriched in '.length)] : [];
}
