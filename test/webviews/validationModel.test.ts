/** What the panel of validation works out, against figures known otherwise. */
import { describe, expect, it } from 'vitest';
import { agreement } from '../../engine/cannon/agreement';
import type { ValidatedLabel } from '../../engine/index';
import { againstOf, colourRange, columnsOf } from '../../webviews/validation/columns';
import { csvColumns } from '../../webviews/validation/exports';
import { contentOf, restoreState, type Scene } from '../../webviews/validation/model';
import {
  differenceOf,
  histogram,
  outliers,
  pullFacts,
  pullsWith,
  quantileOf,
  trendOf,
} from '../../webviews/validation/statistics';
import { boundsSentence, differenceSentence, honesty, starFacts, summary } from '../../webviews/validation/words';
import { normal, randomNumbers } from './mockData';
import { mockValidation, oddStar } from './mockValidation';

const run = mockValidation();
const [teff, , feh, , eu] = run.labels as [
  ValidatedLabel,
  ValidatedLabel,
  ValidatedLabel,
  ValidatedLabel,
  ValidatedLabel,
];
const sceneOf = (label = teff, change = {}): Scene => ({
  run,
  other: null,
  label,
  state: { ...restoreState(null), ...change },
});

/** A label whose residuals are `honesty` times their errors. */
function labelWith(honesty: number, nStars: number, seed = 3): ValidatedLabel {
  const random = randomNumbers(seed);
  const error = Float64Array.from({ length: nStars }, () => 0.05 + 0.1 * random());
  const truth = Float64Array.from(error, () => normal(random));
  const inferred = truth.map((t, n) => t + honesty * error[n]! * normal(random));
  return { ...feh, truth, inferred, error, ...agreement(inferred, truth) };
}

describe('pulls', () => {
  it('are as wide as the errors are too small', () => {
    const { width, widthError, median, extra } = pullFacts(labelWith(2, 20_000));
    expect(Math.abs(width - 2)).toBeLessThan(4 * widthError);
    // 0.97 σ / √N: the variance of (q84 − q16) / 2 of a normal is 0.93 σ² / N.
    expect(widthError).toBeCloseTo((0.97 * width) / Math.sqrt(20_000), 12);
    expect(Math.abs(median)).toBeLessThan(0.1);
    expect(extra).toBeGreaterThan(0);
  });

  it('become a unit normal with what is said to be missing added in quadrature', () => {
    // Errors all alike: then √(2² − 1) of one is missing, exactly.
    const random = randomNumbers(8);
    const truth = new Float64Array(40_000);
    const inferred = truth.map(() => 0.2 * normal(random));
    const label = { ...feh, truth, inferred, error: new Float64Array(40_000).fill(0.1) };
    const { extra } = pullFacts(label);
    expect(extra).toBeCloseTo(Math.sqrt(3) * 0.1, 2);
    const sorted = pullsWith(label, extra).sort();
    expect((quantileOf(sorted, 0.84) - quantileOf(sorted, 0.16)) / 2).toBeCloseTo(0.9945, 3);
  });

  it('need nothing where errors are large enough, and say so', () => {
    const label = labelWith(0.5, 2000);
    expect(pullFacts(label).extra).toBe(0);
    expect(honesty(label)).toMatch(/larger than they need be: pulls are 0\.5\d ± 0\.01 wide/);
    expect(honesty(labelWith(1, 2000))).toMatch(/are honest/);
    expect(honesty(labelWith(1, 6))).toMatch(/^Too few stars/);
  });

  it('leave out stars without an error', () => {
    const label = labelWith(1, 50);
    label.error[3] = 0;
    label.error[4] = NaN;
    expect(pullFacts(label).stars).toBe(48);
    expect(outliers(label)).not.toContain(3);
  });

  it('are counted in bins that hold all but those beyond', () => {
    const { edges, density, beyond } = histogram([-9, -1, -0.9, 0, 0.1, 5, NaN], -5, 5, 1);
    expect(edges).toHaveLength(11);
    expect(beyond).toBe(2);
    expect(density[4]).toBeCloseTo(2 / 6, 12);
    expect(density[5]).toBeCloseTo(2 / 6, 12);
  });
});

describe('statistics', () => {
  it('follow a trend through parts of equal size', () => {
    const x = Array.from({ length: 300 }, (_, n) => (n * 7919) % 300);
    const trend = trendOf(x, x.map((value) => 2 * value))!; // prettier-ignore
    expect(trend.x).toHaveLength(12);
    trend.median.forEach((value, k) => expect(value).toBeCloseTo(2 * trend.x[k]!, 9));
    expect(trendOf(x.slice(0, 40), x)).toBeNull();
    expect(trendOf(new Array<number>(300).fill(1), x)).toBeNull();
  });

  it('compare two runs star by star, whatever the order of their rows', () => {
    const other = mockValidation();
    const order = [...run.spectra.keys()].reverse();
    const turned = {
      ...other,
      spectra: order.map((n) => other.spectra[n]!),
      labels: other.labels.map((label) => ({
        ...label,
        inferred: Float64Array.from(order, (n) => label.inferred[n]! + 3),
      })),
    };
    expect(differenceOf(run, turned, 'teff')).toMatchObject({ stars: 600, scatter: 0, median: -3 });
    expect(differenceSentence({ ...sceneOf(), other: turned })).toMatch(
      /^600 spectra are in both runs: Teff differs by 0\sK \(median −3\.0\sK\)/,
    );
    expect(differenceOf(run, { ...turned, spectra: turned.spectra.map((path) => `${path}x`) }, 'teff')).toBeNull();
  });

  it('put the furthest star first', () => {
    expect(outliers(teff)[0]).toBe(oddStar);
    expect(starFacts(sceneOf(), oddStar).find(({ name }) => name === 'Δ')!.value).toBe('900\u00a0K');
  });
});

describe('plots', () => {
  it('show the spread of truth crossing the 1:1 line at the bounds', () => {
    const content = contentOf(sceneOf(eu));
    const [low, , high] = content.curves.filter(({ ink }) => ink === 'model');
    const crossing = (curve: typeof low, near: number): number => {
      const y = Array.from(curve!.y);
      const off = y.map((value, k) => curve!.x[k]! - value);
      const at = off.flatMap((value, k) => (k > 0 && value * off[k - 1]! <= 0 ? [y[k]! + ((y[k - 1]! - y[k]!) * value) / (value - off[k - 1]!)] : [])); // prettier-ignore
      return at.reduce((best, value) => (Math.abs(value - near) < Math.abs(best - near) ? value : best), Infinity);
    };
    expect(eu.lowerExcluded && eu.upperExcluded).toBe(true);
    expect(crossing(low, eu.lower!)).toBeCloseTo(eu.lower!, 1);
    expect(crossing(high, eu.upper!)).toBeCloseTo(eu.upper!, 1);
    expect(content.spans.map(({ axis, from, to }) => (axis === 'y' ? [from, to] : []))).toEqual([
      [expect.any(Number), eu.lower],
      [eu.upper, expect.any(Number)],
    ]);
    expect(boundsSentence(eu)).toMatch(
      /can be taken at its word from −0\.13 to 0\.54; beyond, the rule of 90 % excludes it\.$/,
    );
  });

  it('hold both runs, told apart by mark and colour', () => {
    const other = mockValidation({ seed: 2, folds: 'leave-one-out', nStars: 500 });
    for (const view of ['recovery', 'residual'] as const) {
      const content = contentOf({ ...sceneOf(teff, { view }), other });
      expect(content.x).toHaveLength(1100);
      expect(content.ink).toMatchObject({ by: 'category' });
    }
    expect(contentOf({ ...sceneOf(teff, { view: 'precision' }), other }).x).toHaveLength(10);
  });

  it('let a fold stand out', () => {
    const { chosen } = contentOf(sceneOf(teff, { fold: 3 }));
    expect([...chosen!].flatMap((is, n) => (is ? [n % 12] : []))).toEqual(new Array(50).fill(3));
  });

  it('are drawn for labels without a single value', () => {
    const nothing = {
      ...teff,
      truth: teff.truth.map(() => NaN),
      lower: null,
      upper: null,
      relativePrecision: null,
      bySnr: [],
    };
    const empty = { ...run, labels: [{ ...nothing, ...agreement(nothing.inferred, nothing.truth) }] };
    for (const view of ['recovery', 'residual', 'pulls', 'precision'] as const) {
      const scene: Scene = { ...sceneOf(empty.labels[0], { view }), run: empty };
      const { xAxis, yAxis } = contentOf(scene);
      for (const { home } of [xAxis, yAxis]) expect(home.to).toBeGreaterThan(home.from);
      expect(summary(scene).length).toBeGreaterThan(1);
      expect(csvColumns(scene).length).toBeGreaterThan(5);
    }
  });
});

describe('columns', () => {
  it('are each known to Python by a text of their own', () => {
    const columns = columnsOf(run, teff);
    expect(new Set(columns.map(({ key }) => key)).size).toBe(columns.length);
    expect(new Set(columns.map(({ python }) => python)).size).toBe(columns.length);
    expect(againstOf(columns, null).key).toBe('true_teff');
    expect(againstOf(columns, 'of another run').key).toBe('true_teff');
    expect(columnsOf({ ...run, folds: 'leave-one-out' }, teff).map(({ key }) => key)).not.toContain('fold');
  });

  it('give their colours to nearly all stars, not to a single one far off', () => {
    const values = Float64Array.from({ length: 101 }, (_, n) => n);
    values[100] = 1e6;
    expect(colourRange(values)).toEqual({ from: 2, to: 98 });
    expect(colourRange([5, 5])).toEqual({ from: 4.5, to: 5.5 });
    expect(colourRange([NaN])).toEqual({ from: 0, to: 1 });
  });
});

it('a remembered state of another shape is left behind', () => {
  expect(restoreState('old')).toMatchObject({ view: 'recovery', colour: 'snr', zoom: null, showsBounds: true });
  expect(restoreState({ view: 'other', fold: 1.5, zoom: { x: [1, 0], y: [0, 1] } })).toMatchObject({
    view: 'recovery',
    fold: null,
    zoom: null,
  });
  expect(restoreState({ view: 'pulls', colour: null, zoom: { x: [0, 1], y: [2, 3] } })).toMatchObject({ view: 'pulls', colour: null, zoom: { x: [0, 1], y: [2, 3] } }); // prettier-ignore
});
