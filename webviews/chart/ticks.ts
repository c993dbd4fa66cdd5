/** Where an axis has its ticks: as in the pictures that jobs draw. */
export type { Range, Tick } from '../../engine/browser';
export { axisExponent, formatTicks, niceTicks, roundTicks, superscript } from '../../engine/browser';
