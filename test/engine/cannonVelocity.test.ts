/** A radial velocity fitted along with the labels, on stars whose lines are known between pixels too. */
import { describe, expect, it } from 'vitest';
import { inferStars } from '../../engine/cannon/infer';
import type { Model } from '../../engine/cannon/model';
import { shiftedSpline } from '../../engine/cannon/spline';
import { logStep, speedOfLight } from '../../engine/cannon/velocity';
import { quadraticTerms, vectorize } from '../../engine/cannon/vectorizer';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { randomFrom } from '../../engine/kernels/random';
import { normalDeviates } from './mockStars';

const nPixels = 500;
const nLabels = 3;
const terms = quadraticTerms(nLabels);
const nTerms = terms.length;
/** As a LAMOST grid: a pixel is 69 km/s. */
const step = 1e-4 * Math.LN10;
const normal = normalDeviates(5);
const random = randomFrom(6);

/** Lines at fractions of pixels; each has a depth of its own for every term. */
const lines = Array.from({ length: 60 }, () => ({
  at: 5 + (nPixels - 10) * uniformFloat64(random),
  depths: Float64Array.from(terms, (term) => [0.25, 0.05, 0.012][term.length]! * normal()),
}));

/** θ at any place between pixels; 14 pixels off, a line is nothing. */
function thetaAt(place: number): Float64Array {
  const theta = new Float64Array(nTerms);
  for (const { at, depths } of lines) {
    if (Math.abs(place - at) > 14) continue;
    const profile = Math.exp(-0.5 * ((place - at) / 1.6) ** 2);
    for (let t = 0; t < nTerms; t++) theta[t]! -= depths[t]! * profile;
  }
  theta[0]! += 1;
  return theta;
}

const model: Model = {
  name: 'lines',
  labels: [1, 0.5, 200].map((scale, i) => ({
    ...{ name: `x${i}`, unit: '', pivot: 3 * i, scale, min: 3 * i - 3.5 * scale, max: 3 * i + 3.5 * scale },
  })),
  terms,
  waveAngstrom: Float64Array.from({ length: nPixels }, (_, p) => 5000 * Math.exp(p * step)),
  theta: Float64Array.from({ length: nPixels }, (_, p) => p).reduce(
    (all, p) => {
      all.set(thetaAt(p), p * nTerms);
      return all;
    },
    new Float64Array(nPixels * nTerms),
  ),
  scatter: new Float64Array(nPixels).fill(0.004),
  modes: new Float64Array(0),
  converged: new Uint8Array(nPixels).fill(1),
  nStars: new Int32Array(nPixels).fill(500),
  provenance: {},
};

interface Star {
  readonly labels: Float64Array;
  readonly kms: number;
  readonly flux: Float64Array;
  readonly ivar: Float64Array;
}

/** `pattern` of unit variance goes with the lines, at any place between pixels. */
function star(kms: number, sigma: number, pattern: (place: number) => number = () => 0): Star {
  const labels = Float64Array.from({ length: nLabels }, normal);
  const eta = new Float64Array(nTerms);
  vectorize(labels, terms, eta);
  const shift = Math.log1p(kms / speedOfLight) / step;
  const amplitude = normal();
  const flux = Float64Array.from({ length: nPixels }, (_, p) => {
    const theta = thetaAt(p - shift);
    const own = amplitude * pattern(p - shift);
    return theta.reduce((sum, x, t) => sum + x * eta[t]!, own) + normal() * Math.hypot(sigma, 0.004);
  });
  return { labels, kms, flux, ivar: new Float64Array(nPixels).fill(1 / sigma ** 2) };
}

const infer = (of: Model, stars: readonly Star[], maxVelocityKms: number) =>
  inferStars(
    of,
    stars.map(({ flux }) => flux),
    stars.map(({ ivar }) => ivar),
    { maxVelocityKms },
  );

function width(pulls: readonly number[]): number {
  return Math.sqrt(pulls.reduce((sum, x) => sum + x * x, 0) / pulls.length);
}

describe('a velocity fitted along', () => {
  it.each([
    ['independent errors', null, 900],
    ['correlated errors', (place: number) => 0.01 * Math.sin(place / 9), 400],
  ])('is missed, as are labels, by its error: pulls have width 1, %s', (_, pattern, count) => {
    const modes = Float64Array.from({ length: pattern === null ? 0 : nPixels }, (_, p) => pattern!(p));
    const own = { ...model, modes };
    const stars = Array.from({ length: count }, () =>
      star(160 * (2 * uniformFloat64(random) - 1), 0.01, pattern ?? undefined),
    );
    const fits = infer(own, stars, 200);
    const pulls: number[][] = Array.from({ length: nLabels + 1 }, () => []);
    fits.forEach(({ labels, errors, velocity, converged }, n) => {
      expect(converged).toBe(true);
      const truth = stars[n]!;
      labels.forEach((x, i) => {
        const { pivot, scale } = model.labels[i]!;
        pulls[i]!.push((x - pivot - scale * truth.labels[i]!) / errors[i]!);
      });
      pulls[nLabels]!.push((velocity!.kms - truth.kms) / velocity!.error);
      expect(velocity!.atBound).toBe(false);
    });
    // The width of n pulls is known to 1 / √(2 n): three times that, and no less than 0.05.
    for (const one of pulls) expect(Math.abs(width(one) - 1)).toBeLessThan(Math.max(0.05, 3 / Math.sqrt(2 * count)));
    for (const one of pulls)
      expect(Math.abs(one.reduce((sum, x) => sum + x, 0) / count)).toBeLessThan(4 / Math.sqrt(count));
  });

  it('is in the covariance: errors of labels are those of the inverse of the whole information', () => {
    const [one] = [star(37, 0.01)];
    const [free] = infer(model, [one], 100);
    const rested = inferStars(model, [one.flux], [one.ivar], {})[0]!;
    const { withLabels, error } = free!.velocity!;
    // Fixing the velocity takes C_ℓv C_vℓ / C_vv from the labels' covariance.
    const conditional = free!.covariance.map(
      (x, k) => x - (withLabels[Math.floor(k / nLabels)]! * withLabels[k % nLabels]!) / error ** 2,
    );
    conditional.forEach((x, k) => k % (nLabels + 1) === 0 && expect(x).toBeGreaterThan(0));
    free!.errors.forEach((e, i) => expect(e ** 2).toBeGreaterThanOrEqual(conditional[i * (nLabels + 1)]!));
    // Half a pixel off and held there, χ² is much worse.
    expect(rested.chi2).toBeGreaterThan(free!.chi2 + 100);
  });

  it('found far beyond a pixel, stays within its bound, and says so when it stands there', () => {
    const stars = [star(-560, 0.005), star(900, 0.005)];
    const [found, beyond] = infer(model, stars, 700);
    expect(found!.velocity!.kms).toBeCloseTo(-560, -1);
    expect(found!.velocity!.atBound).toBe(false);
    expect(Math.abs(beyond!.velocity!.kms)).toBeLessThanOrEqual(700.001);
    const [near] = infer(model, [star(60, 0.002)], 40);
    expect(near!.velocity).toMatchObject({ atBound: true });
    expect(near!.velocity!.kms).toBeCloseTo(40, 6);
  });

  it('does not mind cosmic rays, missing pixels and an empty spectrum', () => {
    const one = star(-75, 0.005);
    one.flux[200] = 40;
    one.flux.fill(NaN, 300, 310);
    one.ivar.fill(0, 100, 130);
    const empty = { ...one, ivar: new Float64Array(nPixels) };
    const [fit, none] = infer(model, [one, empty], 150);
    expect(fit!.nClipped).toBe(1);
    expect(Math.abs(fit!.velocity!.kms + 75)).toBeLessThan(5 * fit!.velocity!.error);
    expect(none!.problem).toContain('no usable pixel');
    expect(none!.velocity).toBeNull();
  });

  it('gives the labels of a fit without it where there is none to find, within the errors', () => {
    const stars = Array.from({ length: 20 }, () => star(0, 0.01));
    const free = infer(model, stars, 60);
    const fixed = inferStars(
      model,
      stars.map(({ flux }) => flux),
      stars.map(({ ivar }) => ivar),
    );
    free.forEach((fit, n) =>
      fit.labels.forEach((x, i) => expect(Math.abs(x - fixed[n]!.labels[i]!)).toBeLessThan(1.5 * fit.errors[i]!)),
    );
    expect(fixed.every(({ velocity }) => velocity === null)).toBe(true);
  });

  it('needs a grid of equal steps in log wavelength', () => {
    expect(logStep(model)).toBeCloseTo(step, 12);
    const linear = { waveAngstrom: Float64Array.from({ length: 500 }, (_, p) => 4000 + 10 * p) };
    expect(() => logStep(linear)).toThrow('equal steps in log wavelength');
  });
});

describe('a shifted spline', () => {
  it('goes through its knots, follows smooth curves between them, and has their slopes', () => {
    const wave = (x: number) => Math.sin(x / 3) + 0.01 * x;
    const from = Float64Array.from({ length: 60 }, (_, k) => wave(k));
    const [values, slopes] = [new Float64Array(60), new Float64Array(60)];
    for (const shift of [0, 3, -2, 0.37, -4.81]) {
      shiftedSpline(from, shift, values, slopes);
      for (let k = 15; k < 45; k++) {
        expect(Math.abs(values[k]! - wave(k - shift))).toBeLessThan(Number.isInteger(shift) ? 1e-12 : 4e-4);
        expect(Math.abs(slopes[k]! - (Math.cos((k - shift) / 3) / 3 + 0.01))).toBeLessThan(2e-3);
      }
    }
    shiftedSpline(from, 2.5, values, null);
    expect([0, 1, 2].map((k) => values[k])).toEqual([NaN, NaN, NaN]);
    expect(values[3]).not.toBeNaN();
  });
});
