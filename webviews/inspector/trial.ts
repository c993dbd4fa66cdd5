/**
 * What the star would look like with other labels: the model redrawn as a label moves. The model's numbers come once, and a
 * redraw is one product of θ and η. Pure.
 */
import type { ModelAnatomy, StarFit } from '../../engine/index';
import { vectorize } from '../../engine/browser';

/** The flux of `model` at `labels` (in its order and units), one a pixel; NaN where the pixel has no model. */
export function fluxAt(model: ModelAnatomy, labels: readonly number[]): Float32Array {
  const standardized = model.labels.map(({ pivot, scale }, i) => (labels[i]! - pivot) / scale);
  const eta = new Float64Array(model.terms.length);
  vectorize(standardized, model.terms, eta);
  const { theta, scatter } = model;
  const nTerms = eta.length;
  const flux = new Float32Array(scatter.length);
  for (let p = 0; p < flux.length; p++) {
    let sum = 0;
    for (let t = 0; t < nTerms; t++) sum += theta[p * nTerms + t]! * eta[t]!;
    flux[p] = Number.isFinite(scatter[p]) ? sum : NaN;
  }
  return flux;
}

/** The fit as it would be at `labels`: another model flux, other residuals, another χ²; the labels of the fit stay. */
export function fitAt(fit: StarFit, model: ModelAnatomy, labels: readonly number[]): StarFit {
  const modelFlux = fluxAt(model, labels);
  let chi2 = 0;
  const residualSigma = fit.flux.map((flux, p) => {
    if (fit.masked[p] === 1) return NaN;
    const residual = (flux - modelFlux[p]!) / Math.hypot(fit.error[p]!, fit.scatter[p]!);
    if (Number.isFinite(residual)) chi2 += residual * residual;
    return residual;
  });
  return { ...fit, modelFlux, residualSigma, chi2 };
}

export interface SliderRange {
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

/** A slider covers the training set's range and a fifth more on either side, and the values it has to show. */
export function sliderRange(label: ModelAnatomy['labels'][number], values: readonly number[]): SliderRange {
  const margin = 0.2 * (label.max - label.min);
  const shown = values.filter(Number.isFinite);
  const min = Math.min(label.min - margin, ...shown);
  const max = Math.max(label.max + margin, ...shown);
  // A five hundredth of the range, rounded to 1, 2 or 5 of a power of ten: a step of a slider is a step of a number.
  const rough = (max - min) / 500;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((lead) => lead * power >= rough) ?? 10);
  return { min: step * Math.floor(min / step), max: step * Math.ceil(max / step), step };
}
