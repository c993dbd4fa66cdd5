/** What the fit of a star subtracts from patterns and velocities, against dense matrices: the covariance of all pixels written out and inverted. */
import { inverse, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { diagnosedElements } from '../../engine/cannon/diagnosedLines';
import { inferStars } from '../../engine/cannon/infer';
import { lineTemplate } from '../../engine/cannon/lineTemplates';
import { predictFlux, type Model } from '../../engine/cannon/model';
import { shiftedSpline } from '../../engine/cannon/spline';
import { quadraticTerms } from '../../engine/cannon/vectorizer';
import { withoutEnds } from '../../engine/cannon/velocity';
import { VelocitySurface } from '../../engine/cannon/velocitySurface';
import { lineSpreadOf } from '../../engine/spectra/lineSpread';
import { normalDeviates } from './mockStars';

const nPixels = 160;
const pixels = Array.from({ length: nPixels }, (_, p) => p);
const terms = quadraticTerms(2);
const normal = normalDeviates(12);
/** Smooth from pixel to pixel, so that a spline of it is good. */
const wave = (p: number, k: number) => Math.sin(p / (5 + 2 * k) + k) + 0.5 * Math.cos(p / (9 + k));
const sizes = [0, 0.05, 0.04, 0.01, 0.006, 0.008];
const model: Model = {
  ...{ name: 'm', terms, provenance: { SURVEY: 'lamost-lrs' } },
  labels: ['a', 'b'].map((name) => ({ name, unit: '', pivot: 0, scale: 1, min: -5, max: 5 })),
  // Lithium is in the middle.
  waveAngstrom: Float64Array.from(pixels, (p) => 6709.7 * 10 ** (1e-4 * (p - 80))),
  theta: Float64Array.from(pixels.flatMap((p) => sizes.map((size, t) => (t === 0 ? 0.9 : size * wave(p, t))))),
  scatter: Float64Array.from(pixels, (p) => (p === 70 ? Infinity : 0.004 + 0.002 * (p % 3))),
  modes: Float64Array.from({ length: 3 * nPixels }, (_, k) => {
    const p = k % nPixels;
    return [0.02 * Math.sin(p / 20), 0.015 * wave(p, 3), 0.01 * wave(p, 7)][Math.floor(k / nPixels)]!;
  }),
  converged: new Uint8Array(nPixels).fill(1),
  nStars: new Int32Array(nPixels).fill(100),
};
const ivar = Float64Array.from(pixels, (p) => (p === 90 ? 0 : 1 / (0.01 + 0.001 * (p % 5)) ** 2));
const truth = [0.7, -0.4];
const flux = predictFlux(model, truth).map(
  (x, p) => x + 0.01 * normal() + 0.6 * model.modes[p]! - 0.8 * model.modes[nPixels + p]!,
);

/** C⁻¹ of diag(σ² + s²) + Σ m mᵀ, of some pixels. */
function inverseCovariance(used: readonly number[]): Matrix {
  const c = Matrix.zeros(used.length, used.length);
  used.forEach((p, i) =>
    used.forEach((q, j) => {
      const modes = [0, nPixels, 2 * nPixels].reduce(
        (sum, from) => sum + model.modes[from + p]! * model.modes[from + q]!,
        0,
      );
      c.set(i, j, modes + (i === j ? 1 / ivar[p]! + model.scatter[p]! ** 2 : 0));
    }),
  );
  return inverse(c);
}
const column = (values: ArrayLike<number>, used: readonly number[]) => Matrix.columnVector(used.map((p) => values[p]!));
const between = (a: Matrix, c: Matrix, b: Matrix) => a.transpose().mmul(c).mmul(b);
const usable = pixels.filter((p) => ivar[p]! > 0 && model.scatter[p]! < Infinity);

describe('the pull of an element', () => {
  it('is its residual over its error, with labels and modes free', () => {
    const planted = flux.map((x, p) => x - 0.02 * Math.exp(-((p - 80) ** 2) / 4));
    const [fit] = inferStars(model, [planted], [ivar], { diagnostics: true, clippingSigma: Infinity });
    const c = inverseCovariance(usable);
    const residual = column(
      predictFlux(model, fit!.labels).map((x, p) => planted[p]! - x),
      usable,
    );
    const gradients = [0, 1].map((i) => {
      const moved = (h: number) =>
        predictFlux(
          model,
          fit!.labels.map((x, k) => (k === i ? x + h : x)),
        );
      const [up, down] = [moved(1e-5), moved(-1e-5)];
      return column(
        up.map((x, p) => (x - down[p]!) / 2e-5),
        usable,
      );
    });
    const elements = diagnosedElements([]);
    const lithium = elements.findIndex(({ name }) => name === 'Li');
    const template = lineTemplate(model.waveAngstrom, elements[lithium]!.windows, lineSpreadOf('lamost-lrs'));
    const all = new Float64Array(nPixels);
    template.pixels.forEach((p, k) => (all[p] = template.values[k]!));
    const pattern = column(all, usable);
    const onLabels = Matrix.columnVector(gradients.map((gradient) => between(gradient, c, pattern).get(0, 0)));
    const covariance = Matrix.from1DArray(2, 2, [...fit!.covariance]);
    const square = between(pattern, c, pattern).get(0, 0) - between(onLabels, covariance, onLabels).get(0, 0);
    const pull = between(pattern, c, residual).get(0, 0) / Math.sqrt(square);
    expect(pull).toBeLessThan(-2);
    expect(fit!.diagnostics!.pulls[lithium]! / pull).toBeCloseTo(1, 6);
  });
});

describe('χ² of labels and a velocity', () => {
  const point = Float64Array.of(0.5, -0.2, 1.3);
  /** The model shifted by a natural spline, less the flux, where both have something to say. */
  const residualAt = (at: ArrayLike<number>) => {
    const shifted = new Float64Array(nPixels);
    shiftedSpline(predictFlux(model, [at[0]!, at[1]!]), at[2]!, shifted, null);
    return shifted.map((x, p) => flux[p]! - x);
  };
  const inner = withoutEnds(ivar, 3);
  const used = usable.filter((p) => inner[p]! > 0);

  it('is rᵀ C⁻¹ r, and its derivatives are those of the residuals', () => {
    const surface = new VelocitySurface(model, flux, inner, 0);
    const c = inverseCovariance(used);
    const residual = column(residualAt(point), used);
    const chi2 = between(residual, c, residual).get(0, 0);
    expect(surface.chi2At(point) / chi2).toBeCloseTo(1, 9);
    expect(surface.moveTo(point) / chi2).toBeCloseTo(1, 9);
    const slopes = [0, 1, 2].map((i) => {
      const moved = (h: number) => residualAt(point.map((x, k) => (k === i ? x + h : x)));
      const [up, down] = [moved(1e-5), moved(-1e-5)];
      return column(
        up.map((x, p) => (down[p]! - x) / 2e-5),
        used,
      );
    });
    slopes.forEach((slope, i) => {
      expect(surface.downhill[i]! / between(slope, c, residual).get(0, 0)).toBeCloseTo(1, 5);
      slopes.forEach((other, j) =>
        expect(surface.information[3 * i + j]! / between(slope, c, other).get(0, 0)).toBeCloseTo(1, 5),
      );
    });
  });

  it('is without the pixels that were left out last, and without no others', () => {
    const surface = new VelocitySurface(model, flux, inner, 0);
    for (const out of [[20, 21], [100], []]) {
      surface.leaveOut(out);
      const kept = used.filter((p) => !out.includes(p));
      const residual = column(residualAt(point), kept);
      expect(surface.chi2At(point) / between(residual, inverseCovariance(kept), residual).get(0, 0)).toBeCloseTo(1, 9);
    }
  });
});

describe('a spline shifted by whole steps', () => {
  const values = Float64Array.of(3, 1, 4, 1, 5, 9);

  it('is the values themselves, the last one too, and nothing beyond the ends', () => {
    const out = new Float64Array(6);
    shiftedSpline(values, 0, out, null);
    expect([...out]).toEqual([...values]);
    shiftedSpline(values, -2, out, null);
    expect([...out]).toEqual([4, 1, 5, 9, NaN, NaN]);
    shiftedSpline(values, 1, out, null);
    expect([...out]).toEqual([NaN, 3, 1, 4, 1, 5]);
  });
});

describe('the ends that a shift of the model does not reach', () => {
  it('have no weight, nor has the pixel beside them, which a spline needs', () => {
    const kept = (most: number) =>
      [...withoutEnds(new Float64Array(12).fill(1), most)].map((x, p) => (x > 0 ? p : -1)).filter((p) => p >= 0);
    expect(kept(2.3)).toEqual([4, 5, 6, 7]);
    expect(kept(2)).toEqual([3, 4, 5, 6, 7, 8]);
  });
});

describe('a prior on a label', () => {
  it('counts beside a free velocity as it does for the covariance of labels', () => {
    const options = { maxVelocityKms: 150, clippingSigma: Infinity };
    const own = { ...model, modes: new Float64Array(0) };
    const [free] = inferStars(own, [flux], [ivar], options);
    for (const i of [0, 1]) {
      const [c, sigma] = [free!.covariance, 0.5 * free!.errors[i]!];
      const mean = free!.labels[i]! + 0.3 * free!.errors[i]!;
      const prior = [0, 1].map((k) => (k === i ? { mean, sigma } : null));
      const [held] = inferStars(own, [flux], [ivar], { ...options, prior });
      // One more measurement of label i: x + C e (mean − x) / (C + σ²).
      const gain = [0, 1].map((k) => c[2 * k + i]! / (c[3 * i]! + sigma ** 2));
      gain.forEach((factor, k) => {
        const expected = free!.labels[k]! + factor * (mean - free!.labels[i]!);
        expect(Math.abs(held!.labels[k]! - expected) / free!.errors[k]!).toBeLessThan(0.02);
        expect(held!.errors[k]! ** 2 / (c[3 * k]! - factor * c[2 * i + k]!)).toBeCloseTo(1, 1);
      });
      expect(held!.velocity!.error / free!.velocity!.error).toBeLessThan(1.01);
    }
  });
});
