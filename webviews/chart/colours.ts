/**
 * Colour that carries meaning. Continuous: the map of the engine's pictures. Categories: the editor's own chart colours in a fixed
 * order, always with a marker as a second cue.
 */
export { nShades, shadeOf, shades } from '../../engine/browser';

/** The categories' colours by the names of the editor's variables: neighbours differ in lightness, too. */
export const categoryVariables = [
  'charts-blue',
  'charts-orange',
  'charts-green',
  'charts-purple',
  'charts-yellow',
  'charts-red',
] as const;

/** The second cue of each category. */
export const categoryMarkers = ['circle', 'triangle', 'square', 'diamond', 'cross', 'plus'] as const;
export type Marker = (typeof categoryMarkers)[number];

/** Dashes of lines by category, in px. */
export const categoryDashes: readonly (readonly number[])[] = [[], [6, 3], [2, 2], [8, 3, 2, 3], [12, 4], [1, 4]];
