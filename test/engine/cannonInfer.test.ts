import { inverse, Matrix } from 'ml-matrix';
import { describe, expect, test } from 'vitest';
import { inferStar } from '../../engine/cannon/infer';
import { predictFlux, type Model } from '../../engine/cannon/model';
import { quadraticTerms } from '../../engine/cannon/vectorizer';
import { normalDeviates } from './mockStars';

const labels = [
  { name: 'teff', unit: 'K', pivot: 5500, scale: 500, min: 4500, max: 6800 },
  { name: 'logg', unit: '', pivot: 4, scale: 0.5, min: 2, max: 5 },
  { name: 'fe_h', unit: '', pivot: -0.2, scale: 0.3, min: -1.5, max: 0.4 },
];

/** A model of known θ and s; labels of order one change the flux by a few per cent. */
function modelOf(nPixels: number, seed: number): Model {
  const normal = normalDeviates(seed);
  const terms = quadraticTerms(3);
  return {
    name: 'm',
    labels,
    terms,
    waveAngstrom: Float64Array.from({ length: nPixels }, (_, p) => 5000 + p),
    theta: Float64Array.from({ length: nPixels * 10 }, (_, k) => [0.9, 0.04, 0.01][terms[k % 10]!.length]! * normal()),
    scatter: Float64Array.from({ length: nPixels }, (_, p) => 0.003 * (p % 4)),
    modes: new Float64Array(0),
    converged: new Uint8Array(nPixels).fill(1),
    nStars: new Int32Array(nPixels).fill(500),
    provenance: {},
  };
}

const nPixels = 300;
const model = modelOf(nPixels, 21);

/** A star drawn from the model itself, with σ = 0.01 and the model's own scatter. */
function star(truth: readonly number[], normal: () => number): { flux: Float64Array; ivar: Float64Array } {
  const flux = predictFlux(model, truth).map((f, p) => f + normal() * Math.hypot(0.01, model.scatter[p]!));
  return { flux, ivar: new Float64Array(nPixels).fill(1e4) };
}

function chi2Of(at: ArrayLike<number>, flux: Float64Array, ivar: Float64Array): number {
  return predictFlux(model, at).reduce(
    (sum, f, p) => sum + (flux[p]! - f) ** 2 / (1 / ivar[p]! + model.scatter[p]! ** 2),
    0,
  );
}

describe('labels of a star', () => {
  test('come back exactly from a spectrum without noise', () => {
    const truth = [6100, 3.3, -0.9];
    const fit = inferStar(model, predictFlux(model, truth), new Float64Array(nPixels).fill(1e6));
    truth.forEach((x, i) => expect(Math.abs(fit.labels[i]! - x) / labels[i]!.scale).toBeLessThan(1e-9));
    expect(fit).toMatchObject({ converged: true, problem: null, nPixels, extrapolated: [false, false, false] });
    expect(fit.chi2).toBeLessThan(1e-12);
  });

  test('lie at the minimum of χ², which is the one reported', () => {
    const { flux, ivar } = star([5200, 4.4, 0.1], normalDeviates(2));
    const fit = inferStar(model, flux, ivar);
    const best = chi2Of(fit.labels, flux, ivar);
    expect(fit.chi2 / best).toBeCloseTo(1, 10);
    for (let i = 0; i < 3; i++) {
      const [below, above] = [-1e-3, 1e-3].map((step) =>
        chi2Of(
          fit.labels.map((x, k) => (k === i ? x + step * fit.errors[i]! : x)),
          flux,
          ivar,
        ),
      ) as [number, number];
      expect(Math.min(below, above)).toBeGreaterThan(best);
      // The parabola through three points has its minimum within 1e-5 of an error.
      expect(Math.abs((above - below) / (above + below - 2 * best) / 2) * 1e-3).toBeLessThan(1e-5);
    }
  });

  test('have the covariance (JᵀWJ)⁻¹, with J by finite differences', () => {
    const { flux, ivar } = star([5900, 4.1, -0.4], normalDeviates(3));
    const { labels: at, covariance, errors } = inferStar(model, flux, ivar);
    const jacobian = labels.map(({ scale }, i) => {
      const [below, above] = [-1e-5, 1e-5].map((step) =>
        predictFlux(
          model,
          at.map((x, k) => (k === i ? x + step * scale : x)),
        ),
      ) as [Float64Array, Float64Array];
      return above.map((f, p) => (f - below[p]!) / (2e-5 * scale));
    });
    const information = jacobian.map((a) =>
      jacobian.map((b) => a.reduce((sum, x, p) => sum + (x * b[p]!) / (1e-4 + model.scatter[p]! ** 2), 0)),
    );
    for (let i = 0; i < 3; i++) {
      expect(errors[i]).toBeCloseTo(Math.sqrt(covariance[i * 4]!), 12);
      for (let j = 0; j < 3; j++) {
        const product = information[i]!.reduce((sum, x, k) => sum + x * covariance[k * 3 + j]!, 0);
        expect((product * labels[i]!.scale) / labels[j]!.scale).toBeCloseTo(i === j ? 1 : 0, 6);
      }
    }
  });

  test('scatter about the truth by their errors: pulls of 600 stars have mean 0 and width 1', () => {
    const normal = normalDeviates(5);
    const pulls: number[][] = [[], [], []];
    let chi2 = 0;
    for (let n = 0; n < 600; n++) {
      const truth = labels.map(({ pivot, scale }) => pivot + 0.8 * scale * normal());
      const { flux, ivar } = star(truth, normal);
      const fit = inferStar(model, flux, ivar);
      expect(fit.converged).toBe(true);
      truth.forEach((x, i) => pulls[i]!.push((fit.labels[i]! - x) / fit.errors[i]!));
      chi2 += fit.chi2 / 600;
    }
    for (const pull of pulls) {
      const mean = pull.reduce((sum, x) => sum + x, 0) / 600;
      const width = Math.sqrt(pull.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 599);
      // The mean of 600 is known to 0.041 and the width to 0.029; four times that.
      expect(Math.abs(mean)).toBeLessThan(0.17);
      expect(Math.abs(width - 1)).toBeLessThan(0.12);
    }
    // Three labels of 300 pixels; the mean over 600 stars is known to √(2 · 297 / 600) = 1.0.
    expect(Math.abs(chi2 - 297)).toBeLessThan(4);
  });

  test('are marked where they leave the training range', () => {
    const fit = inferStar(model, predictFlux(model, [7200, 4, -0.2]), new Float64Array(nPixels).fill(1e6));
    expect(fit.extrapolated).toEqual([true, false, false]);
  });

  test('do not depend on pixels without information, whatever those hold', () => {
    const { flux, ivar } = star([5200, 4.4, 0.1], normalDeviates(8));
    const bad = [0, 7, 99, 100, 101].map((p, k) => ({
      p,
      flux: [NaN, 1e9, 0.5, Infinity, -3][k]!,
      ivar: [1e4, 0, NaN, 1e4, -1][k]!,
    }));
    const holed = { flux: flux.slice(), ivar: ivar.slice() };
    for (const pixel of bad) [holed.flux[pixel.p], holed.ivar[pixel.p]] = [pixel.flux, pixel.ivar];
    const zeroed = { flux, ivar: ivar.map((iv, p) => (bad.some((pixel) => pixel.p === p) ? 0 : iv)) };
    expect(inferStar(model, holed.flux, holed.ivar)).toEqual(inferStar(model, zeroed.flux, zeroed.ivar));
    expect(inferStar(model, holed.flux, holed.ivar).nPixels).toBe(nPixels - 5);
  });

  test('do not depend on pixels that have no model', () => {
    const { flux, ivar } = star([5200, 4.4, 0.1], normalDeviates(8));
    const holedModel = { ...model, scatter: model.scatter.map((s, p) => (p < 20 ? Infinity : s)) };
    const fit = inferStar(holedModel, flux, ivar);
    expect(fit.nPixels).toBe(nPixels - 20);
    expect(fit.labels).toEqual(
      inferStar(
        model,
        flux,
        ivar.map((iv, p) => (p < 20 ? 0 : iv)),
      ).labels,
    );
  });
});

describe('pixels that are far off', () => {
  test('have no say in the labels, but count in χ²', () => {
    const { flux, ivar } = star([5200, 4.4, 0.1], normalDeviates(8));
    const struck = flux.slice();
    struck[50]! += 0.5;
    struck[51]! -= 0.9;
    const fit = inferStar(model, struck, ivar);
    const without = inferStar(
      model,
      flux,
      ivar.map((iv, p) => (p === 50 || p === 51 ? 0 : iv)),
    );
    expect(fit.nClipped).toBe(2);
    fit.labels.forEach((x, i) => expect(Math.abs(x - without.labels[i]!)).toBeLessThan(1e-6 * fit.errors[i]!));
    fit.errors.forEach((error, i) => expect(error / without.errors[i]!).toBeCloseTo(1, 6));
    expect(fit.nPixels).toBe(without.nPixels + 2);
    expect(fit.chi2).toBeGreaterThan(without.chi2 + 4000);
  });

  test('are judged by the star’s own residuals where the model fits it badly', () => {
    const { flux, ivar } = star([5200, 4.4, 0.1], normalDeviates(8));
    // Errors given ten times too small: residuals of 20 of those are nothing unusual.
    expect(
      inferStar(
        { ...model, scatter: new Float64Array(nPixels) },
        flux,
        ivar.map((iv) => iv * 100),
      ).nClipped,
    ).toBe(0);
  });
});

describe('errors that are correlated between pixels', () => {
  // Two patterns over all pixels: a slope, and something that looks like the first label.
  const modes = new Float64Array(2 * nPixels);
  for (let p = 0; p < nPixels; p++) {
    modes[p] = 0.02 * (p / nPixels - 0.5);
    modes[nPixels + p] = 0.3 * model.theta[p * 10 + 1]!;
  }
  const correlated: Model = { ...model, modes };

  test('give the labels and covariance of the full covariance matrix', () => {
    const { flux, ivar } = star([5300, 4.2, 0], normalDeviates(12));
    const fit = inferStar(correlated, flux, ivar);
    const at = fit.labels;
    const jacobian = labels.map(({ scale }, i) => {
      const [below, above] = [-1e-5, 1e-5].map((step) =>
        predictFlux(
          model,
          at.map((x, k) => (k === i ? x + step * scale : x)),
        ),
      ) as [Float64Array, Float64Array];
      return [...above].map((f, p) => (f - below[p]!) / 2e-5);
    });
    const j = new Matrix(jacobian).transpose();
    const variance = Matrix.diag([...model.scatter].map((s) => 1e-4 + s * s));
    const m = new Matrix([0, 1].map((k) => [...modes.subarray(k * nPixels, (k + 1) * nPixels)]));
    const inverseCovariance = inverse(variance.add(m.transpose().mmul(m)));
    const residual = Matrix.columnVector([...predictFlux(model, at)].map((f, p) => flux[p]! - f));
    const weighted = j.transpose().mmul(inverseCovariance);
    const covariance = inverse(weighted.mmul(j));
    const step = covariance.mmul(weighted.mmul(residual)).to1DArray();
    labels.forEach(({ scale }, i) => {
      const error = Math.sqrt(covariance.get(i, i));
      expect(Math.abs(step[i]!) / error).toBeLessThan(1e-5);
      expect(fit.errors[i]! / scale / error).toBeCloseTo(1, 6);
    });
  });

  test('widen the errors of what looks like them', () => {
    const { flux, ivar } = star([5300, 4.2, 0], normalDeviates(12));
    const [independent, together] = [inferStar(model, flux, ivar), inferStar(correlated, flux, ivar)];
    expect(together.errors[0]! / independent.errors[0]!).toBeGreaterThan(3);
    expect(together.errors[1]! / independent.errors[1]!).toBeLessThan(1.5);
  });
});

describe('more than one minimum', () => {
  // Flux depends on the square of one label: two stars fit equally well, and a third label value is a maximum.
  const even: Model = {
    ...model,
    labels: [{ name: 'x', unit: '', pivot: 0, scale: 1, min: -3, max: 3 }],
    terms: quadraticTerms(1),
    theta: Float64Array.from({ length: nPixels * 3 }, (_, k) => [1, 0, 0.02][k % 3]!),
  };
  const flux = predictFlux(even, [2]);
  const ivar = new Float64Array(nPixels).fill(1e4);

  test('is reported as a rival with how much worse it is', () => {
    const fit = inferStar(even, flux, ivar);
    expect(Math.abs(fit.labels[0]!)).toBeCloseTo(2, 8);
    expect(fit.rivals).toHaveLength(1);
    expect(fit.rivals[0]!.labels[0]).toBeCloseTo(-fit.labels[0]!, 8);
    expect(fit.rivals[0]!.deltaChi2).toBeCloseTo(0, 8);
  });

  test('is decided by χ² where they differ', () => {
    const tilted = { ...even, theta: even.theta.map((x, k) => (k % 3 === 1 ? (k % 2 === 0 ? 0.004 : -0.002) : x)) };
    for (const truth of [-2, 2]) {
      const fit = inferStar(tilted, predictFlux(tilted, [truth]), ivar);
      expect(fit.labels[0]).toBeCloseTo(truth, 8);
      expect(fit.rivals.length).toBeGreaterThan(0);
      expect(fit.rivals[0]!.deltaChi2).toBeGreaterThan(1);
    }
  });
});

describe('stars that cannot be fitted', () => {
  const { flux, ivar } = star([5200, 4.4, 0.1], normalDeviates(8));
  const blind = { ...model, theta: model.theta.map((x, k) => (model.terms[k % 10]!.includes(2) ? 0 : x)) };

  test.each([
    ['no usable pixel', 'The spectrum has no usable pixel where the model has one', model, ivar.map(() => 0)],
    [
      'two pixels',
      'The spectrum has 2 usable pixels, too few for 3 labels',
      model,
      ivar.map((iv, p) => (p < 2 ? iv : 0)),
    ],
    ['a label that no pixel sees', 'The usable pixels do not determine all labels', blind, ivar],
  ])('have a sentence and no labels: %s', (_, problem, which, weights) => {
    const fit = inferStar(which, flux, weights);
    expect(fit).toMatchObject({ problem, converged: false });
    expect(fit.labels.every(Number.isNaN) && fit.errors.every(Number.isNaN)).toBe(true);
  });
});
