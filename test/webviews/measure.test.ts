import { describe, expect, it } from 'vitest';
import { chiSquareSurvival } from '../../engine/cannon/chiSquare';
import { placeOfLine, spectralLines } from '../../webviews/lines';
import { measure, smooth } from '../../webviews/inspector/measure';
import { normal, randomNumbers } from './mockData';

describe('the probability of a χ²', () => {
  // scipy.stats.chi2.sf of SciPy 1.17.1.
  it.each([
    [1, 1, 0.3173105078629112],
    [3.841458820694, 1, 0.05000000000012],
    [10, 4, 0.04042768199451279],
    [0.5, 4, 0.9735009788392561],
    [120, 100, 0.08440668109300155],
    [3600, 3500, 0.11663434649783624],
    [500, 50, 1.6899100006960955e-75],
  ])('of %d for %d pixels is SciPy’s', (chi2, n, expected) => {
    expect(chiSquareSurvival(chi2, n) / expected).toBeCloseTo(1, 9);
  });

  it('is 1 at 0, 0 at infinity, and unknown without pixels', () => {
    expect(chiSquareSurvival(0, 5)).toBe(1);
    expect(chiSquareSurvival(Infinity, 5)).toBe(0);
    expect(chiSquareSurvival(3, 0)).toBeNaN();
  });
});

describe('smoothing', () => {
  const n = 4000;
  const random = randomNumbers(5);
  const error = Float32Array.from({ length: n }, (_, p) => (p % 2 === 0 ? 0.05 : 0.02));
  const flux = Float32Array.from({ length: n }, (_, p) => 1 + error[p]! * normal(random));
  const masked = new Uint8Array(n).fill(1, 100, 120);

  it('gives errors that the scatter of the smoothed pixels bears out', () => {
    const smoothed = smooth(flux, error, masked, 5);
    const pulls = [...smoothed.flux].map((value, p) => (masked[p] === 1 ? NaN : (value - 1) / smoothed.error[p]!));
    const good = pulls.filter(Number.isFinite);
    const width = Math.sqrt(good.reduce((sum, pull) => sum + pull * pull, 0) / good.length);
    // Neighbours are correlated: about 4000 / 5 independent pulls, so a width known to 2.5 %.
    expect(Math.abs(width - 1)).toBeLessThan(0.08);
    expect(smoothed.error[2000]).toBeLessThan(0.02);
  });

  it('leaves masked pixels as they are and lets them touch nobody', () => {
    const wild = flux.map((value, p) => (masked[p] === 1 ? 1e6 : value));
    const smoothed = smooth(wild, error, masked, 9);
    expect(smoothed.flux[110]).toBe(1e6);
    expect(Math.max(...smoothed.flux.filter((_, p) => masked[p] === 0))).toBeLessThan(1.2);
  });

  it('of no width changes nothing', () => {
    expect(smooth(flux, error, masked, 0).flux).toBe(flux);
  });
});

describe('a dragged range', () => {
  const waveAngstrom = Float64Array.from({ length: 401 }, (_, p) => 5000 + 0.5 * p);
  const flux = Float32Array.from(waveAngstrom, (w) => 1 - 0.4 * Math.exp(-0.5 * ((w - 5100) / 3) ** 2));
  const spectrum = {
    waveAngstrom,
    flux,
    error: new Float32Array(401).fill(0.01),
    modelFlux: flux.map((value) => value + 0.02),
    masked: new Uint8Array(401),
  };

  it('gives the equivalent width of a Gaussian line, √(2π) · depth · σ, and its error', () => {
    const { equivalentWidth, equivalentWidthError, nPixels, rms, snr } = measure(spectrum, { from: 5080, to: 5120 })!;
    expect(equivalentWidth).toBeCloseTo(Math.sqrt(2 * Math.PI) * 0.4 * 3, 3);
    expect(nPixels).toBe(81);
    expect(equivalentWidthError).toBeCloseTo(0.01 * 0.5 * Math.sqrt(81), 6);
    expect(rms).toBeCloseTo(0.02, 6);
    expect(snr).toBeGreaterThan(90);
  });

  it('is nothing where all pixels are masked', () => {
    expect(measure({ ...spectrum, masked: new Uint8Array(401).fill(1) }, { from: 5080, to: 5120 })).toBeNull();
  });
});

describe('the list of lines', () => {
  it('is in vacuum: Hβ lies at 4862.68 Å, the middle of Mg b at 5174.13 Å', () => {
    const at = (name: string) => spectralLines.filter((line) => line.name === name).map((line) => line.waveAngstrom);
    expect(at('Hβ')[0]).toBeCloseTo(4862.68, 1);
    expect(at('Mg I b')[1]).toBeCloseTo(5174.12, 1);
  });

  it('moves the star’s lines by a velocity, and the Earth’s by the redshift that was taken out', () => {
    const star = { name: 'Hα', waveAngstrom: 6564.6, origin: 'star' } as const;
    const sky = { name: 'sky', waveAngstrom: 5578.9, origin: 'earth' } as const;
    expect(placeOfLine(star, 0.001, 100)).toBeCloseTo(6564.6 * (1 + 100 / 299792.458), 6);
    expect(placeOfLine(sky, 0.001, 100)).toBeCloseTo(5578.9 / 1.001, 6);
  });
});
