/** Numbers of analyses as they are printed. Pure. */
import { realMinus, roundTo, withError } from '../catalog/rounding';

/** Three significant digits. */
export function figure(value: number): string {
  return Number.isFinite(value) ? roundTo(value, 3) : '–';
}

/** "0.712 ± 0.034". */
export function withUncertainty(value: number, error: number): string {
  return Number.isFinite(value) ? withError(value, error) : '–';
}

/** A probability: what is below 1e-300 is no number any more. */
export function probability(p: number): string {
  if (!Number.isFinite(p)) return '–';
  if (p < 1e-300) return '< 1e−300';
  return p < 1e-3 ? realMinus(p.toExponential(1)) : roundTo(p, 2);
}

/** The unit of what is drawn: what the table says, else that in which such a label is always given. */
export function unitShown(name: string, unit: string): string {
  if (unit !== '') return unit;
  if (/^t_?eff$/i.test(name)) return 'K';
  return /^([a-z]+\d?_(fe|h|m)|feh|mh|log_?g)$/i.test(name) ? 'dex' : '';
}

/** "12 345". */
export function thousands(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, '\u2009');
}
