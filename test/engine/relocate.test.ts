/** Where a star with a wrong redshift belongs, and when it is two stars instead: against least squares written out here. */
import { describe, expect, it } from 'vitest';
import type { StarDiagnostics } from '../../engine/cannon/diagnostics';
import type { LabelFit } from '../../engine/cannon/infer';
import { predictFlux, type Model } from '../../engine/cannon/model';
import { lookElsewhere } from '../../engine/cannon/relocate';
import { speedOfLight } from '../../engine/cannon/velocity';
import { normalDeviates } from './mockStars';

const nPixels = 500;
const step = 2.3e-4;
const pixels = Array.from({ length: nPixels }, (_, p) => p);
/** Lines three pixels wide, of different depths, which deepen with the only label by different parts. */
const lines = [60, 97, 141, 190, 233, 280, 322, 371, 404, 440].map((at, k) => ({ at, depth: 0.1 + 0.02 * (k % 4), k }));
const lineSum = (p: number, of: (line: (typeof lines)[number]) => number) =>
  lines.reduce((sum, line) => sum + of(line) * Math.exp(-((p - line.at) ** 2) / 18), 0);
const model: Model = {
  ...{ name: 'm', terms: [[], [0]], modes: new Float64Array(0), provenance: {} },
  labels: [{ name: 'a', unit: '', pivot: 0, scale: 1, min: -1, max: 1 }],
  waveAngstrom: Float64Array.from(pixels, (p) => 5000 * Math.exp(step * p)),
  theta: Float64Array.from(
    pixels.flatMap((p) => [1 - lineSum(p, (l) => l.depth), -lineSum(p, (l) => 0.01 * (1 + (l.k % 3)))]),
  ),
  scatter: Float64Array.from(pixels, (p) => 0.004 + 0.002 * (p % 3)),
  converged: new Uint8Array(nPixels).fill(1),
  nStars: new Int32Array(nPixels).fill(50),
};
const weightOf = (ivar: ArrayLike<number>, p: number) =>
  ivar[p]! > 0 ? 1 / (1 / ivar[p]! + model.scatter[p]! ** 2) : 0;

/** The only label, by weighted least squares. */
function labelOf(flux: ArrayLike<number>, ivar: ArrayLike<number>): number {
  let [over, under] = [0, 0];
  for (const p of pixels) {
    const [constant, slope] = [model.theta[2 * p]!, model.theta[2 * p + 1]!];
    over += weightOf(ivar, p) * slope * (flux[p]! - constant);
    under += weightOf(ivar, p) * slope ** 2;
  }
  return over / under;
}
const chi2Of = (flux: ArrayLike<number>, ivar: ArrayLike<number>, expected: ArrayLike<number>) =>
  pixels.reduce((sum, p) => sum + weightOf(ivar, p) * (flux[p]! - expected[p]!) ** 2, 0);

const calm: StarDiagnostics = {
  ...{ snr: 100, badFraction: 0, pulls: [], emission: 0, emissionLine: '', badStretch: 0, badStretchAt: NaN },
  ...{ binaryDeltaChi2: 0, binaryVelocity: NaN, binaryShare: 0, rvResidual: 0, rvError: 1, rvDeltaChi2: 0 },
};
function fitOf(flux: ArrayLike<number>, ivar: ArrayLike<number>, diagnostics: StarDiagnostics | null): LabelFit {
  const label = labelOf(flux, ivar);
  return {
    ...{
      labels: Float64Array.of(label),
      errors: Float64Array.of(0.1),
      covariance: Float64Array.of(0.01),
      thetaErrors: null,
    },
    ...{ chi2: chi2Of(flux, ivar, predictFlux(model, [label])), nPixels, nClipped: 0, converged: true },
    ...{ extrapolated: [false], atBound: [false], rivals: [], windows: [], posterior: null, velocity: null },
    ...{ diagnostics, problem: null },
  };
}
const fitRows = (flux: readonly Float64Array[], ivar: readonly Float64Array[], wanted: boolean) =>
  flux.map((row, n) => fitOf(row, ivar[n]!, wanted ? calm : null));

const ivar = new Float64Array(nPixels).fill(1 / 0.003 ** 2);
const look = (flux: Float64Array, diagnostics: Partial<StarDiagnostics>) =>
  lookElsewhere(model, [flux], [ivar], [fitOf(flux, ivar, { ...calm, ...diagnostics })], fitRows)[0]!;
const noise = (seed: number) => {
  const normal = normalDeviates(seed);
  return pixels.map((p) => normal() * Math.hypot(0.003, model.scatter[p]!));
};

describe('a star whose fit looks bad', () => {
  it('is told the velocity at which its lines are, in whole pixels', () => {
    const own = noise(1);
    const star = predictFlux(model, [0.3]);
    const flux = Float64Array.from(pixels, (p) => (star[p - 11] ?? 1) + own[p]!);
    const { diagnostics } = look(flux, { rvDeltaChi2: 60 });
    expect(diagnostics!.rvResidual).toBeCloseTo(speedOfLight * Math.expm1(11 * step), 9);
    expect(diagnostics!.rvDeltaChi2).toBeGreaterThan(1000);
    expect(diagnostics!.binaryDeltaChi2).toBe(0);
  });

  it('is left alone where its lines are in their places, however bad the fit', () => {
    const own = noise(2);
    const star = predictFlux(model, [0.3]);
    const flux = Float64Array.from(pixels, (p) => star[p]! + 3 * own[p]!);
    expect(look(flux, { emission: 9 }).diagnostics).toEqual({ ...calm, emission: 9 });
  });

  it('is two stars where these explain more, with the labels, the share and χ² of both fitted', () => {
    const [shift, share] = [4, 0.4];
    const own = noise(3);
    const star = predictFlux(model, [0.3]);
    const isBoth = (p: number) => p >= shift;
    const mixed = (of: Float64Array, q: number) =>
      pixels.map((p) => (isBoth(p) ? (1 - q) * of[p]! + q * of[p - shift]! : of[p]!));
    const flux = Float64Array.from(mixed(star, share), (x, p) => x + own[p]!);
    const kms = speedOfLight * Math.expm1(shift * step);
    const { diagnostics } = look(flux, { binaryDeltaChi2: 60, binaryVelocity: kms, binaryShare: 0.5 });

    // The other star's light is taken off, and the label fitted to what remains, twice.
    const before = fitOf(flux, ivar, null);
    const gains = [0.1, 0.2, 0.3, 0.4, 0.5].map((q) => {
      let label = before.labels[0]!;
      for (let round = 0; round < 2; round++) {
        const of = predictFlux(model, [label]);
        const rest = flux.map((x, p) => (x - q * (of[p - shift] ?? 0)) / (1 - q));
        label = labelOf(
          rest,
          ivar.map((iv) => iv * (1 - q) ** 2),
        );
      }
      return before.chi2 - chi2Of(flux, ivar, mixed(predictFlux(model, [label]), q));
    });
    expect(diagnostics!.binaryShare).toBe(share);
    expect(gains.indexOf(Math.max(...gains))).toBe(3);
    expect(diagnostics!.binaryDeltaChi2 / gains[3]!).toBeCloseTo(1, 9);
    expect(diagnostics!.binaryVelocity).toBe(kms);
    expect(diagnostics!.rvResidual).toBe(0);
  });

  it('is told its velocity on a shorter grid as well as on the one before', () => {
    const n = 400;
    const cut = (row: Float64Array) => row.slice(0, n);
    const short = {
      ...model,
      waveAngstrom: cut(model.waveAngstrom),
      theta: model.theta.slice(0, 2 * n),
      scatter: cut(model.scatter),
    };
    const own = noise(4);
    const star = predictFlux(model, [0.3]);
    const flux = Float64Array.from({ length: n }, (_, p) => (star[p + 9] ?? 1) + own[p]!);
    const fit = fitOf([...flux, ...star.subarray(n)], ivar, { ...calm, rvDeltaChi2: 60 });
    const [found] = lookElsewhere(short, [flux], [cut(ivar)], [fit], (rows, weights, wanted) =>
      rows.map((row, k) =>
        fitOf([...row, ...star.subarray(n)], [...weights[k]!, ...new Float64Array(nPixels - n)], wanted ? calm : null),
      ),
    );
    expect(found!.diagnostics!.rvResidual).toBeCloseTo(speedOfLight * Math.expm1(-9 * step), 9);
  });
});
