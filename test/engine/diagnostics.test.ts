/**
 * What the residuals tell of a star. On stars that the model describes exactly every significance is unit normal, however much the labels and
 * modes of the fit have taken of the residuals; and what is planted in a spectrum is found with the size it was given.
 */
import { expect, it } from 'vitest';
import { diagnosedElements } from '../../engine/cannon/diagnosedLines';
import type { StarDiagnostics } from '../../engine/cannon/diagnostics';
import { inferStars } from '../../engine/cannon/infer';
import type { Model } from '../../engine/cannon/model';
import { quadraticTerms, vectorize } from '../../engine/cannon/vectorizer';
import { airToVacuum } from '../../engine/spectra/airVacuum';
import { normalDeviates } from './mockStars';

const nLabels = 3;
const wave = Float64Array.from({ length: 1800 }, (_, p) => 4800 * 10 ** (1e-4 * p));
const nPixels = wave.length;
const terms = quadraticTerms(nLabels);
const nTerms = terms.length;

/** Lines of the instrument's width at random places; each answers to the labels in its own way. */
function linesModel(): Model {
  const normal = normalDeviates(5);
  const theta = new Float64Array(nPixels * nTerms);
  for (let p = 0; p < nPixels; p++) theta[p * nTerms] = 1;
  for (let line = 0; line < 260; line++) {
    const centre = (line + 0.4 * normal()) * 7;
    const depths = terms.map((term) => (term.length === 0 ? 0.12 : term.length === 1 ? 0.04 : 0.01) * normal());
    depths[0] = 0.05 + Math.abs(depths[0]!);
    for (let p = Math.max(0, Math.floor(centre - 5)); p < Math.min(nPixels, centre + 6); p++) {
      const shape = Math.exp(-0.5 * ((p - centre) / 1.03) ** 2);
      depths.forEach((depth, t) => (theta[p * nTerms + t]! -= depth * shape));
    }
  }
  return {
    name: 'lines',
    labels: ['teff', 'logg', 'fe_h'].map((name) => ({ name, unit: '', pivot: 0, scale: 1, min: -10, max: 10 })),
    terms,
    waveAngstrom: wave,
    theta,
    scatter: Float64Array.from({ length: nPixels }, (_, p) => 0.002 * (p % 3)),
    modes: Float64Array.from(
      { length: 2 * nPixels },
      (_, k) => 0.01 * Math.sin((k % nPixels) / (k < nPixels ? 60 : 23)),
    ),
    converged: new Uint8Array(nPixels).fill(1),
    nStars: new Int32Array(nPixels).fill(1000),
    provenance: { SURVEY: 'lamost-lrs' },
  };
}
const model = linesModel();

type Change = (flux: Float64Array, clean: (shift: number) => Float64Array) => Float64Array;

/** Stars of the model with noise of σ, changed before the noise comes in. */
function diagnosed(count: number, sigma: number, seed: number, change: Change = (flux) => flux): StarDiagnostics[] {
  const normal = normalDeviates(seed);
  const eta = new Float64Array(nTerms);
  const flux = Array.from({ length: count }, () => {
    vectorize(
      Float64Array.from({ length: nLabels }, () => 0.6 * normal()),
      terms,
      eta,
    );
    const clean = (shift: number) =>
      Float64Array.from({ length: nPixels }, (_, p) => {
        const from = Math.min(nPixels - 1, Math.max(0, p - shift));
        let sum = 0;
        for (let t = 0; t < nTerms; t++) sum += model.theta[from * nTerms + t]! * eta[t]!;
        return sum;
      });
    const amplitudes = [normal(), normal()];
    return change(clean(0), clean).map((x, p) => {
      const modes = amplitudes.reduce((sum, a, k) => sum + a * model.modes[k * nPixels + p]!, 0);
      return x + modes + normal() * Math.hypot(sigma, model.scatter[p]!);
    });
  });
  const ivar = flux.map(() => new Float64Array(nPixels).fill(1 / sigma ** 2));
  return inferStars(model, flux, ivar, { diagnostics: true }).map(({ diagnostics }) => diagnostics!);
}

function expectUnitNormal(values: readonly number[]): void {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const width = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1));
  expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(values.length));
  expect(Math.abs(width - 1)).toBeLessThan(4 / Math.sqrt(2 * values.length));
}

const elements = diagnosedElements([]).map(({ name }) => name);

it('significances are unit normal on stars that the model describes, at any signal to noise', () => {
  for (const sigma of [0.1, 0.005]) {
    const all = diagnosed(200, sigma, 11);
    for (const element of ['Li', 'Ba']) expectUnitNormal(all.map(({ pulls }) => pulls[elements.indexOf(element)]!));
    expectUnitNormal(all.map(({ rvResidual, rvError }) => rvResidual / rvError));
    const most = Math.max(...all.map(({ binaryDeltaChi2 }) => binaryDeltaChi2));
    expect(most).toBeLessThan(25);
  }
});

/** Of both signs a number, the one in the middle. */
const medianOf = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!;
const pixelKms = 299792.458 * Math.LN10 * 1e-4;

it('a line that the model does not have is found with its sign, in its element alone', () => {
  const lithium = airToVacuum(6707.84);
  const centre = Math.log10(lithium / 4800) / 1e-4;
  const line =
    (depth: number): Change =>
    (flux) =>
      flux.map((x, p) => x - depth * Math.exp(-0.5 * ((p - centre) / 1.03) ** 2));
  const [deep, shallow] = [diagnosed(24, 0.02, 3, line(0.15)), diagnosed(24, 0.02, 3, line(-0.15))];
  const [li, ba] = [elements.indexOf('Li'), elements.indexOf('Ba')];
  // 0.15 over 0.02 / √1.83, what the profile of a line adds up to.
  expect(medianOf(deep.map(({ pulls }) => pulls[li]!))).toBeLessThan(-8);
  expect(medianOf(shallow.map(({ pulls }) => pulls[li]!))).toBeGreaterThan(8);
  expect(Math.abs(medianOf(deep.map(({ pulls }) => pulls[ba]!)))).toBeLessThan(1);
});

it('a line in emission is found by name; a cosmic ray on the same line is none', () => {
  const centre = Math.round(Math.log10(airToVacuum(6562.8) / 4800) / 1e-4);
  const emission = diagnosed(16, 0.02, 4, (flux) =>
    flux.map((x, p) => x + 0.5 * Math.exp(-0.5 * ((p - centre) / 2) ** 2)),
  );
  expect(emission.map(({ emissionLine }) => emissionLine)).toEqual(emission.map(() => 'H alpha'));
  expect(medianOf(emission.map((one) => one.emission))).toBeGreaterThan(15);
  const cosmic = diagnosed(16, 0.02, 4, (flux) => flux.map((x, p) => (p === centre ? x + 2 : x)));
  expect(Math.max(...cosmic.map((one) => one.emission))).toBeLessThan(5);
});

it('a second star is found with its velocity and its share of the light', () => {
  const shift = 4;
  const pairs = diagnosed(16, 0.02, 6, (flux, clean) => {
    const second = clean(shift);
    return flux.map((x, p) => 0.7 * x + 0.3 * second[p]!);
  });
  expect(Math.min(...pairs.map(({ binaryDeltaChi2 }) => binaryDeltaChi2))).toBeGreaterThan(100);
  expect(new Set(pairs.map(({ binaryVelocity }) => Math.round(binaryVelocity / pixelKms)))).toEqual(new Set([shift]));
  expect(Math.abs(medianOf(pairs.map(({ binaryShare }) => binaryShare)) - 0.3)).toBeLessThan(0.08);
});

it('a velocity of a part of a pixel is found with its sign', () => {
  for (const [shift, part] of [
    [1, 0.25],
    [-1, 0.25],
  ] as const) {
    const moved = diagnosed(12, 0.02, 8, (flux, clean) => {
      const next = clean(shift);
      return flux.map((x, p) => (1 - part) * x + part * next[p]!);
    });
    const found = medianOf(moved.map(({ rvResidual }) => rvResidual));
    expect(Math.abs(found / pixelKms - shift * part)).toBeLessThan(0.05);
  }
});

it('a wrong redshift is found where it is, and the rest is measured there', () => {
  const shift = 9;
  const wrong = diagnosed(8, 0.02, 7, (_, clean) => clean(shift));
  for (const { rvResidual, rvError, binaryDeltaChi2, emission } of wrong) {
    expect(Math.abs(rvResidual - 299792.458 * Math.expm1(shift * Math.LN10 * 1e-4))).toBeLessThan(5 * rvError);
    expect(binaryDeltaChi2).toBeLessThan(50);
    expect(emission).toBeLessThan(5);
  }
});

it('a stretch of bad pixels is found where it is; a cosmic ray is none', () => {
  const ripple = (p: number) => (p >= 900 && p < 980 ? 1 + 0.4 * Math.sin((9 * Math.PI * (p - 900)) / 80) : 1);
  const bad = diagnosed(8, 0.03, 8, (flux) => flux.map((x, p) => x * ripple(p)));
  for (const { badStretch, badStretchAt } of bad) {
    expect(badStretch).toBeGreaterThan(40);
    expect(Math.abs(badStretchAt / wave[940]! - 1)).toBeLessThan(0.012);
  }
  const cosmic = diagnosed(8, 0.03, 8, (flux) => flux.map((x, p) => (p === 940 ? x + 3 : x)));
  expect(Math.max(...cosmic.map(({ badStretch }) => badStretch))).toBeLessThan(10);
});

it('counts what carries no information between the ends, and takes S/N from the rest', () => {
  const flux = new Float64Array(nPixels).fill(1);
  const ivar = Float64Array.from(flux, (_, p) => (p < 100 || (p >= 200 && p < 370) ? 0 : 400));
  const { diagnostics } = inferStars(model, [flux], [ivar], { diagnostics: true })[0]!;
  expect(diagnostics!.badFraction).toBeCloseTo(170 / 1700, 12);
  expect(diagnostics!.snr).toBeCloseTo(20, 12);
});

it('is not measured where it was not asked for, and of no star without labels', () => {
  const flux = new Float64Array(nPixels).fill(1);
  const none = new Float64Array(nPixels);
  expect(inferStars(model, [flux], [none.map(() => 100)])[0]!.diagnostics).toBeNull();
  expect(inferStars(model, [flux], [none], { diagnostics: true })[0]!.diagnostics).toBeNull();
});

it('does not depend on the stars of the block, and fits are those without it', () => {
  const normal = normalDeviates(9);
  const rows = Array.from({ length: 9 }, () => Float64Array.from(wave, () => 1 + 0.05 * normal()));
  const ivar = rows.map(() => new Float64Array(nPixels).fill(400));
  const together = inferStars(model, rows, ivar, { diagnostics: true });
  const plain = inferStars(model, rows, ivar);
  together.forEach((fit, n) => {
    expect(inferStars(model, [rows[n]!], [ivar[n]!], { diagnostics: true })[0]).toEqual(fit);
    expect({ ...fit, diagnostics: null }).toEqual(plain[n]);
  });
});
