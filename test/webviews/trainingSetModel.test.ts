/** What the panel of the training set works out apart from the page. */
import { describe, expect, it } from 'vitest';
import {
  choiceOf,
  chosenMask,
  colourRange,
  fateOf,
  hiddenMask,
  restoreState,
  stepsOf,
  trainingMask,
  valueText,
  wantedColumns,
} from '../../webviews/trainingSet/model';
import {
  binsOf,
  binWords,
  correlation,
  coverageOf,
  histogram,
  plotsOf,
  shortR,
} from '../../webviews/trainingSet/statistics';
import { mockSet } from './mockSet';

const set = mockSet(600);
const state = restoreState(null);
const all = trainingMask(set, null);
const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);

describe('the state', () => {
  it('begins with the Kiel diagram coloured by [Fe/H], whatever was remembered of another version', () => {
    for (const remembered of [undefined, null, 7, { mode: 'spiral', x: 4, region: { x: {} }, view: 'all' }]) {
      const restored = restoreState(remembered);
      expect(restored).toEqual(state);
      const { x, y, colour } = choiceOf(set, restored);
      expect([x.name, y.name, typeof colour === 'string' ? colour : colour.name]).toEqual(['teff', 'logg', 'fe_h']);
    }
  });

  it('asks for the columns of the table that it names, each once', () => {
    expect(wantedColumns({ ...state, x: 'column:flag', y: 'teff', colour: 'column:flag' })).toEqual(['flag']);
  });

  it('gives way to what there is when a label has gone', () => {
    const { x } = choiceOf(set, { ...state, x: 'vmic' });
    expect(x.name).toBe('teff');
  });
});

describe('fates', () => {
  it('are told in words', () => {
    const of = (at: number): string => fateOf(set, set.droppedAt.indexOf(at));
    expect([of(2), of(3), of(5)]).toEqual(['excluded', 'dropped by spectrum.SNRZ >= 20', 'giants: lacks a label']);
    expect(
      fateOf(
        set,
        set.droppedAt.findIndex((at, n) => at < 0 && set.model[n] === 1),
      ),
    ).toBe('trains dwarfs');
  });

  it('add up: what a step leaves and drops is what the step before has left', () => {
    const steps = stepsOf(set);
    for (const k of [2, 3, 4]) expect(steps[k]!.stars + steps[k]!.lost!).toBe(steps[k - 1]!.stars);
    const [cut, giants, dwarfs] = steps.slice(4);
    expect(giants!.stars + giants!.lost! + dwarfs!.stars + dwarfs!.lost!).toBe(cut!.stars);
  });

  it('name stars that no model takes as a step of their own', () => {
    const outside = { ...set, nOutside: 1, droppedAt: set.droppedAt.map((at, n) => (n === 0 ? set.steps.length : at)) };
    expect(stepsOf(outside).at(-1)).toMatchObject({ key: 'outside', lost: 1 });
    expect(fateOf(outside, 0)).toBe('in no model');
  });
});

describe('what is drawn', () => {
  it('hides dropped stars on request, but never those of the chosen step', () => {
    const hidden = hiddenMask(set, { ...state, showsDropped: false, step: 'quality/0' });
    set.droppedAt.forEach((at, n) => expect(hidden[n]).toBe(at >= 0 && at !== 3 ? 1 : 0));
  });

  it('lets training stars stand out, or those of a step, or those of a region', () => {
    expect(chosenMask(set, state, [])).toEqual(all);
    expect(sum(chosenMask(set, { ...state, step: 'review' }, []))).toBe(stepsOf(set)[2]!.lost);
    const region = { x: { from: 0, to: 1 }, y: { from: 0, to: 1 } };
    expect(sum(chosenMask(set, { ...state, region }, [3, 5]))).toBe(2);
  });

  it('takes the range of colours from stars that train', () => {
    const values = set.columns[2]!.values.map((value, n) => (set.droppedAt[n]! >= 0 ? 99 : value));
    expect(colourRange(set, values, null).to).toBeLessThan(1);
  });

  it('writes no minus before nothing', () => {
    expect(valueText({ ...set.columns[2]! }, -0.001)).toBe('0.00');
    expect(valueText({ ...set.columns[0]! }, 5771.4)).toBe('5771');
    expect(valueText({ ...set.columns[2]! }, -0.345)).toBe('−0.34');
  });
});

describe('statistics', () => {
  it('of r are those of numpy', () => {
    // numpy.corrcoef([1, 2, 3, 4, 5], [2, 1, 4, 3, 7])[0, 1]; the last two pairs do not count.
    const x = Float32Array.from([1, 2, 3, 4, 5, NaN, 9]);
    const y = Float32Array.from([2, 1, 4, 3, 7, 1, 9]);
    const mask = Uint8Array.from([1, 1, 1, 1, 1, 1, 0]);
    expect(correlation(x, y, mask)).toBeCloseTo(0.8241633837, 8);
    expect(
      correlation(
        x,
        x.map(() => 3),
        mask,
      ),
    ).toBeNaN();
    expect([0.5, -0.821, 1, -1, -0.001, NaN].map(shortR)).toEqual(['.50', '−.82', '1.00', '−1.00', '.00', '–']);
  });

  it('of coverage know the widest gap', () => {
    const values = Float32Array.from([1, 2, 5, 6, NaN, 50]);
    const small = { ...set, columns: [{ ...set.columns[0]!, values }] };
    const [found] = coverageOf(small, Uint8Array.from([1, 1, 1, 1, 1, 0]));
    expect(found).toMatchObject({ n: 4, min: 1, max: 6, gap: { from: 2, to: 5 } });
  });

  it('of histograms count every training star once', () => {
    const coverage = coverageOf(set, all)[1]!;
    const { curves } = histogram(set, state, coverage);
    const counted = curves.map(({ y }) => sum(y) / 2);
    expect(counted).toEqual([0, 1].map((m) => sum(all.map((own, n) => (own === 1 && set.model[n] === m ? 1 : 0)))));
  });

  it('of bins put every star with the label into one, with open ends', () => {
    const feh = set.columns[2]!;
    const bins = binsOf(set, feh, all);
    expect(bins.length).toBeGreaterThanOrEqual(4);
    expect(bins.length).toBeLessThanOrEqual(6);
    expect([bins[0]!.from, bins.at(-1)!.to]).toEqual([-Infinity, Infinity]);
    bins.slice(1).forEach(({ from }, k) => expect(from).toBe(bins[k]!.to));
    expect(binWords(feh, { from: -0.5, to: 0 })).toBe('−0.50 ≤ [Fe/H] < 0.00');
    const plots = plotsOf(set, { ...state, mode: 'bins' }, choiceOf(set, state), []);
    expect(sum(plots.map(({ chosen }) => sum(chosen!)))).toBe(sum(all));
  });
});
