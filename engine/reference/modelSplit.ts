/**
 * Which model each reference star trains: the first whose condition holds.
 *
 * `otherwise` takes the stars of which every earlier condition is known not to hold; a star of which one is not known
 * (a missing value) belongs to none. What fits several conditions, or none, is reported, never settled in silence. Pure.
 */
import type { ModelSpec } from '../config/config';
import { type Lookup, truthOf } from '../config/expression';

export interface ModelSplit {
  /** The stars of each model, in their order. */
  readonly members: readonly (readonly number[])[];
  /** Stars that no model takes. */
  readonly without: readonly number[];
  /** Stars that fulfil the conditions of several models, with the first two of these. */
  readonly several: readonly { readonly star: number; readonly models: readonly [string, string] }[];
}

/** @param lookup what names stand for in a star */
export function splitStars(
  models: readonly ModelSpec[],
  stars: readonly number[],
  lookup: (star: number) => Lookup,
): ModelSplit {
  const members = models.map((): number[] => []);
  const without: number[] = [];
  const several: { star: number; models: [string, string] }[] = [];
  for (const star of stars) {
    const values = lookup(star);
    let isUnknown = false;
    const fitting: number[] = [];
    let taken = -1;
    models.forEach(({ where }, m) => {
      if (where === null || where === 'otherwise') {
        if (taken < 0 && !(where === 'otherwise' && isUnknown)) taken = m;
        return;
      }
      const holds = truthOf(where, values);
      if (holds === null) isUnknown = true;
      if (holds !== true) return;
      fitting.push(m);
      if (taken < 0) taken = m;
    });
    if (taken < 0) without.push(star);
    else members[taken]!.push(star);
    if (fitting.length > 1) several.push({ star, models: [models[fitting[0]!]!.name, models[fitting[1]!]!.name] });
  }
  return { members, without, several };
}
