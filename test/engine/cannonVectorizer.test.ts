import { describe, expect, test } from 'vitest';
import { predictFlux, type Model } from '../../engine/cannon/model';
import {
  linearTerms,
  quadraticTerms,
  termName,
  vectorize,
  vectorizeGradient,
  type Term,
} from '../../engine/cannon/vectorizer';

const names = ['teff', 'logg', 'fe_h'];

describe('vectorizer', () => {
  test('orders the quadratic terms of three labels as 1, labels, products with i ≤ j', () => {
    expect(quadraticTerms(3).map((term) => termName(term, names))).toEqual([
      '1',
      'teff',
      'logg',
      'fe_h',
      'teff^2',
      'teff*logg',
      'teff*fe_h',
      'logg^2',
      'logg*fe_h',
      'fe_h^2',
    ]);
  });

  test('has 66 quadratic terms for ten labels', () => {
    expect(quadraticTerms(10)).toHaveLength(66);
    expect(linearTerms(10)).toHaveLength(11);
  });

  test('names higher monomials', () => {
    expect(termName([0, 0, 0, 0], names)).toBe('teff^4');
    expect(termName([0, 1, 1, 2], names)).toBe('teff*logg^2*fe_h');
  });

  test('is the products of the labels', () => {
    const out = new Float64Array(12).fill(-1);
    vectorize([2, -3, 0.5], quadraticTerms(3), out, 1);
    expect([...out]).toEqual([-1, 1, 2, -3, 0.5, 4, -6, 1, 9, -1.5, 0.25, -1]);
  });

  test('has the gradient that finite differences give, also at 0', () => {
    const terms: Term[] = [...quadraticTerms(3), [0, 0, 0, 0], [0, 1, 1], [0, 1, 2]];
    for (const labels of [
      [0.7, -1.3, 2.1],
      [0, 0, 0],
    ]) {
      const gradient = new Float64Array(terms.length * 3);
      vectorizeGradient(labels, terms, gradient);
      for (let i = 0; i < 3; i++) {
        const [above, below] = [1e-5, -1e-5].map((step) => {
          const out = new Float64Array(terms.length);
          vectorize(
            labels.map((x, k) => (k === i ? x + step : x)),
            terms,
            out,
          );
          return out;
        }) as [Float64Array, Float64Array];
        terms.forEach((_, t) => expect(gradient[t * 3 + i]).toBeCloseTo((above[t]! - below[t]!) / 2e-5, 7));
      }
    }
  });
});

test('a model predicts flux from labels in their own units', () => {
  const model: Model = {
    name: 'm',
    labels: [{ name: 'teff', unit: 'K', pivot: 5000, scale: 500, min: 4000, max: 6000 }],
    terms: quadraticTerms(1),
    waveAngstrom: Float64Array.of(5000, 5001),
    theta: Float64Array.of(1, 0.1, 0.01, 0.8, -0.2, 0),
    scatter: new Float64Array(2),
    modes: new Float64Array(0),
    converged: new Uint8Array(2),
    nStars: new Int32Array(2),
    provenance: {},
  };
  const flux = predictFlux(model, [6000]);
  expect(flux[0]).toBeCloseTo(1 + 0.2 + 0.04, 14);
  expect(flux[1]).toBeCloseTo(0.8 - 0.4, 14);
});
