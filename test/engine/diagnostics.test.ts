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
    const all = diagnosed(800, sigma, 11);
    for (const element of ['Li', 'Ba']) expectUnitNormal(all.map(({ pulls }) => pulls[elements.indexOf(element)]!));
    expectUnitNormal(all.map(({ rvResidual, rvError }) => rvResidual / rvError));
    const most = Math.max(...all.map(({ binaryDeltaChi2 }) => binaryDeltaChi2));
    expect(most).toBeLessThan(25);
  }
});
