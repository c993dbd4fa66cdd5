/**
 * Where in the spectrum each label may have a say, from masks that name windows.
 *
 * A term is allowed at a pixel when all its labels are; the constant always is. A term that is not allowed is left out
 * there: its θ is 0 and the others are fitted without it, as with the mask of TheCannon.jl. With `own-windows` each label
 * of an element keeps to the windows named like it: the window experiment of Wheeler et al. 2020, §4.2. Pure.
 */
import type { LabelMaskSpec } from '../config/config';
import { pixelsIn, type NamedWindows, type Window } from '../spectra/elementWindows';
import type { Term } from './vectorizer';

export interface MaskSource {
  readonly masks: readonly LabelMaskSpec[] | 'own-windows';
  /** Vacuum Å. */
  readonly windows: readonly NamedWindows[];
}

/** nPixels × nLabels, 1 where a label is allowed; null where all are everywhere. */
export function allowedLabels(
  { masks, windows }: MaskSource,
  labels: readonly string[],
  waveAngstrom: Float64Array,
): Uint8Array | null {
  const specs = (masks === 'own-windows' ? ownWindows(labels, windows) : masks).filter(
    ({ label, only, not }) => labels.includes(label) && (only !== null || not.length > 0),
  );
  if (specs.length === 0) return null;
  const nLabels = labels.length;
  const allowed = new Uint8Array(waveAngstrom.length * nLabels).fill(1);
  for (const { label, only, not, margin } of specs) {
    const i = labels.indexOf(label);
    const pixels = (names: readonly string[]) => pixelsIn(waveAngstrom, windowsOf(names, windows, margin));
    if (only !== null) {
      for (let p = 0; p < waveAngstrom.length; p++) allowed[p * nLabels + i] = 0;
      for (const p of pixels(only)) allowed[p * nLabels + i] = 1;
    }
    for (const p of pixels(not)) allowed[p * nLabels + i] = 0;
  }
  return allowed;
}

function windowsOf(names: readonly string[], windows: readonly NamedWindows[], margin: number): Window[] {
  return windows
    .filter(({ name }) => names.includes(name))
    .flatMap((named) => named.windows.map(([from, to]): Window => [from - margin, to + margin]));
}

/** `mg_fe`, `Mg_H`, `mgfe` and `[Mg/H]`-like names belong to an element; those without windows stay free. */
function ownWindows(labels: readonly string[], windows: readonly NamedWindows[]): LabelMaskSpec[] {
  return labels.flatMap((label): LabelMaskSpec[] => {
    const element = /^([a-z]{1,2})_?(?:fe|h|m)$/i.exec(label)?.[1]?.toLowerCase();
    const own = windows.filter(({ name }) => name.toLowerCase() === element).map(({ name }) => name);
    return own.length === 0 ? [] : [{ label, only: own, not: [], margin: 0 }];
  });
}

/** nPixels × nTerms: 1 where all labels of a term are allowed. */
export function allowedTermsOf(allowed: Uint8Array, nLabels: number, terms: readonly Term[]): Uint8Array {
  const nPixels = allowed.length / nLabels;
  const result = new Uint8Array(nPixels * terms.length);
  for (let p = 0; p < nPixels; p++) {
    terms.forEach((term, t) => {
      result[p * terms.length + t] = term.every((i) => allowed[p * nLabels + i] === 1) ? 1 : 0;
    });
  }
  return result;
}
