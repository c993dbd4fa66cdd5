import { Matrix, inverse } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { elementOfLabel, elementScores, fluxGradient, informationOf } from '../../engine/cannon/anatomy';
import { predictFlux, type Model } from '../../engine/cannon/model';
import { quadraticTerms } from '../../engine/cannon/vectorizer';
import { mockModel, mockWindows } from '../webviews/mockModel';

const model = mockModel();
const pivots = model.labels.map(({ pivot }) => pivot);
/** The same as the engine has it, for its own prediction of the flux. */
const trained: Model = {
  ...model,
  theta: Float64Array.from(model.theta),
  scatter: Float64Array.from(model.scatter, (s) => (Number.isNaN(s) ? Infinity : s)),
  modes: new Float64Array(),
  nStars: Int32Array.from(model.nStars),
};

describe('the gradient of the flux', () => {
  it('is that of the prediction by central differences, away from the pivot too', () => {
    const at = pivots.map((pivot, i) => pivot + 0.7 * model.labels[i]!.scale * (i % 2 === 0 ? 1 : -1));
    const gradient = fluxGradient(model, at);
    model.labels.forEach(({ scale }, i) => {
      const step = 1e-3 * scale;
      const moved = (by: number) =>
        predictFlux(
          trained,
          at.map((value, k) => (k === i ? value + by : value)),
        );
      const [up, down] = [moved(step), moved(-step)];
      for (let p = 0; p < up.length; p += 97) {
        expect(gradient[p * 4 + i]! * scale).toBeCloseTo(((up[p]! - down[p]!) / (2 * step)) * scale, 8);
      }
    });
  });
});

describe('the information on a label', () => {
  it('adds up to the inverse of the variance that the whole Fisher matrix gives', () => {
    const gradient = fluxGradient(model, pivots);
    const fisher = Matrix.zeros(4, 4);
    const snr = 40;
    model.scatter.forEach((s, p) => {
      if (Number.isNaN(s)) return;
      const weight = 1 / (s * s + 1 / snr ** 2);
      for (let i = 0; i < 4; i++) {
        for (let j = 0; j < 4; j++) {
          const product = weight * gradient[p * 4 + i]! * gradient[p * 4 + j]!;
          fisher.set(i, j, fisher.get(i, j) + product);
        }
      }
    });
    const covariance = inverse(fisher);
    model.labels.forEach((_, i) => {
      const { perPixel, error } = informationOf(model, pivots, i, snr);
      expect(error / Math.sqrt(covariance.get(i, i))).toBeCloseTo(1, 8);
      expect(perPixel.reduce((a, b) => a + b) * error ** 2).toBeCloseTo(1, 8);
      expect(perPixel[0]).toBe(0);
    });
  });

  it('is nothing where a label moves the flux as another does', () => {
    const terms = quadraticTerms(2);
    const nPixels = 50;
    const theta = new Float32Array(nPixels * terms.length);
    for (let p = 0; p < nPixels; p++) theta.set([1, 0.01 * (p + 1), 0.02 * (p + 1)], p * terms.length);
    const twins = {
      labels: model.labels.slice(0, 2),
      terms,
      theta,
      scatter: new Float32Array(nPixels).fill(0.01),
      waveAngstrom: Float64Array.from({ length: nPixels }, (_, p) => 5000 + p),
    };
    expect(informationOf(twins, [4900, -0.2], 0, 50).error).toBeGreaterThan(1e3);
  });
});

describe('the score of an element', () => {
  it('is the share of the information in its windows over their share of the pixels', () => {
    const perPixel = new Float64Array(model.waveAngstrom.length).fill(1);
    const scores = elementScores(model.waveAngstrom, perPixel, mockWindows);
    for (const { enrichment, chance } of scores) {
      expect(enrichment).toBeCloseTo(1, 10);
      expect(chance).toBe(1);
    }
  });

  it('tells an element whose windows carry the label from one whose do not', () => {
    const { perPixel } = informationOf(model, pivots, 2, 50);
    const scores = elementScores(model.waveAngstrom, perPixel, mockWindows);
    const of = (element: string) => scores.find(({ name }) => name === element)!;
    expect(of('Mg').share).toBeGreaterThan(0.9);
    expect(of('Mg').chance).toBeCloseTo(1 / model.waveAngstrom.length, 10);
    expect(of('Ba').enrichment).toBeLessThan(0.1);
  });

  it('leaves out elements that the grid does not reach', () => {
    const perPixel = new Float64Array(model.waveAngstrom.length).fill(1);
    expect(elementScores(model.waveAngstrom, perPixel, [{ name: 'O', windows: [[9260, 9262]] }])).toEqual([]);
  });
});

it('labels of abundances name their elements', () => {
  expect(['mg_fe', 'Ba_H', 'fe_h', 'o_fe', 'alpha_fe', 'teff'].map(elementOfLabel)).toEqual([
    'Mg', 'Ba', 'Fe', 'O', null, null,
  ]); // prettier-ignore
});
