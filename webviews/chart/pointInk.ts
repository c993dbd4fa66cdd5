/** How the points of a scatter plot come by colour and marker. Pure. */
import { categoryMarkers, nShades, shadeOf, shades } from './colours';
import type { Ink } from './theme';
import type { Range } from './ticks';

/** How points get their ink: that of data, a shade by value (none for NaN), or a category from 0 to 5. */
export type PointInk =
  | { readonly by: 'nothing' }
  | { readonly by: 'value'; readonly values: ArrayLike<number>; readonly range: Range }
  | { readonly by: 'category'; readonly values: ArrayLike<number> };

/** Points that are painted alike. */
export interface InkGroup {
  readonly ink: string;
  readonly marker: (typeof categoryMarkers)[number];
  readonly points: readonly number[];
}

/** The points by ink, the darkest shade first. */
export function inkGroups(how: PointInk, members: readonly number[], ink: Ink): InkGroup[] {
  if (how.by === 'nothing') return [{ ink: ink.foreground, marker: 'circle', points: members }];
  const count = how.by === 'value' ? nShades : categoryMarkers.length;
  const groups = Array.from({ length: count + 1 }, (): number[] => []);
  for (const n of members) {
    const group = how.by === 'value' ? shadeOf(how.values[n]!, how.range) : how.values[n]! % count;
    groups[group >= 0 ? group : count]!.push(n);
  }
  return groups.map((points, k) => {
    if (k === count) return { ink: ink.quiet, marker: 'circle', points };
    return how.by === 'value'
      ? { ink: shades[k]!, marker: 'circle', points }
      : { ink: ink.categories[k]!, marker: categoryMarkers[k]!, points };
  });
}
