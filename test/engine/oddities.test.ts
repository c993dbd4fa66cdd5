/** What residuals are measured with, each part by itself: the probability of a χ², bad stretches, profiles of lines, shifts of a second star. */
import { describe, expect, it } from 'vitest';
import { worstStretch } from '../../engine/cannon/badStretch';
import { chiSquareSurvival } from '../../engine/cannon/chiSquare';
import { bestShift, shiftScan, shiftsAtOnce } from '../../engine/cannon/doubleLined';
import { lineAt, lineTemplate } from '../../engine/cannon/lineTemplates';

describe('the probability of a χ²', () => {
  /** scipy.stats.chi2.sf. */
  const published: [n: number, chi2: number, probability: number][] = [
    [1, 0.5, 0.47950012218695337],
    [1, 3.841, 0.050013683763956804],
    [2, 3, 0.22313016014842982],
    [3, 20, 0.00016974243555282632],
    [10, 5, 0.8911780189141513],
    [10, 11.9, 0.2918048992122272],
    [10, 12.1, 0.2784196375227773],
    [7, 60, 1.5095553022989154e-10],
    [100, 95, 0.6225792918781736],
    [100, 150, 0.0009039320423540184],
    [500, 520, 0.2593894826076473],
    [4000, 4400, 7.169925088244834e-6],
  ];

  it.each(published)('of %i normals beyond %f is %f', (n, chi2, probability) => {
    expect(chiSquareSurvival(chi2, n) / probability).toBeCloseTo(1, 9);
  });

  it('is 1 of nothing, 0 of infinity, and unknown without normals or without a number', () => {
    expect(chiSquareSurvival(0, 5)).toBe(1);
    expect(chiSquareSurvival(-3, 5)).toBe(1);
    expect(chiSquareSurvival(Infinity, 5)).toBe(0);
    expect(chiSquareSurvival(4, 0)).toBeNaN();
    expect(chiSquareSurvival(NaN, 5)).toBeNaN();
  });
});

describe('the worst stretch of a spectrum', () => {
  /** Sums of squares and numbers of pixels of each part of 8, as residual panels leave them, after 3 numbers of something else. */
  const first = 3;
  const numbers = (squares: readonly number[], counts: readonly number[]) => {
    const found = new Float64Array(first + 8 * squares.length).fill(1e6);
    squares.forEach((sum, k) => ([found[first + 8 * k], found[first + 8 * k + 4]] = [sum, counts[k]!]));
    return found;
  };
  const quiet = (nParts: number) => Array<number>(nParts).fill(8);

  it('is the one whose mean is most of its spreads above that of the star, which is at least 1', () => {
    const squares = quiet(40);
    for (let k = 20; k < 24; k++) squares[k] = 32;
    const usual = (36 * 8 + 4 * 32) / 320;
    const excess = (4 - usual) / (usual * Math.sqrt(1.95 / 32));
    expect(worstStretch(320, numbers(squares, quiet(40)), first)).toEqual({ excess, from: 160, to: 192 });

    const low = worstStretch(
      320,
      numbers(
        squares.map((sum) => sum / 10),
        quiet(40),
      ),
      first,
    )!;
    expect(low.excess).toBeCloseTo((0.4 - 1) / Math.sqrt(1.95 / 32), 12);
  });

  it('may be three times as long, of a fainter excess', () => {
    const squares = quiet(60).map((sum, k) => (k >= 30 && k < 42 ? 1.5 * sum : sum));
    const usual = (48 + 12 * 1.5) / 60;
    expect(worstStretch(480, numbers(squares, quiet(60)), first)).toEqual({
      excess: (1.5 - usual) / (usual * Math.sqrt(1.95 / 96)),
      from: 240,
      to: 336,
    });
  });

  it('has a weight in at least half of its pixels', () => {
    const squares = quiet(40).map((sum, k) => (k >= 20 && k < 24 ? 60 : sum));
    const half = quiet(40).map((count, k) => (k >= 20 && k < 24 ? 4 : count));
    expect(worstStretch(320, numbers(squares, half), first)).toMatchObject({ from: 160, to: 192 });
    half[20] = 3;
    expect(worstStretch(320, numbers(squares, half), first)).not.toMatchObject({ from: 160, to: 192 });
  });

  it('ends within the spectrum, and is none in one that is shorter than it', () => {
    const squares = [...quiet(4), 100];
    expect(worstStretch(33, numbers(squares, quiet(5)), first)).toMatchObject({ from: 0, to: 32 });
    expect(worstStretch(40, numbers(squares, quiet(5)), first)).toMatchObject({ from: 8, to: 40 });
    expect(worstStretch(31, numbers(quiet(4), quiet(4)), first)).toBeNull();
  });

  it('is the first of equal ones, and forgets the star before', () => {
    expect(worstStretch(320, numbers(quiet(40), quiet(40)), first)).toEqual({ excess: 0, from: 0, to: 32 });
  });
});

describe('the profile of a line', () => {
  const wave = Float64Array.from({ length: 400 }, (_, p) => 5000 * Math.exp(1e-4 * p));
  const expectNear = (values: Float64Array, expected: readonly number[]) => {
    expect(values).toHaveLength(expected.length);
    values.forEach((value, k) => expect(value).toBeCloseTo(expected[k]!, 5));
  };

  it('is its window folded with the Gaussian of the instrument, the highest pixel 1', () => {
    // scipy: norm.cdf(ln(λ/from)/σ) − norm.cdf(ln(λ/to)/σ) over its largest value, where that is at least 0.05.
    const { pixels, values } = lineTemplate(wave, [[5050, 5051.2]], 1.5e-4);
    expect([...pixels]).toEqual([97, 98, 99, 100, 101, 102, 103, 104]);
    expectNear(values, [0.08364, 0.272755, 0.607101, 0.933555, 1, 0.747267, 0.387255, 0.137645]);
  });

  it('is no narrower than a pixel, and adds up over windows, the faintest of which may be left out', () => {
    const { pixels, values } = lineTemplate(wave, [[5050, 5051.2], [5100, 5100.02]], 3e-5); // prettier-ignore
    expect([...pixels]).toEqual([100, 101, 102, 198]);
    expectNear(values, [0.952713, 1, 0.344257, 0.051594]);
  });

  it('is the Gaussian itself for a line without breadth', () => {
    const { pixels, values } = lineTemplate(wave, [lineAt(wave[200]!)], 1.5e-4);
    expect([...pixels]).toEqual([197, 198, 199, 200, 201, 202, 203]);
    pixels.forEach((p, k) => expect(values[k]).toBeCloseTo(Math.exp(-0.5 * ((p - 200) / 1.5) ** 2), 2));
  });

  it('has nothing of windows beyond the ends', () => {
    expect([...lineTemplate(wave, [[4000, 4001], [6000, 6001], [4999, 5001]], 1e-4).pixels]).toEqual([]); // prettier-ignore
  });
});

describe('the shift of a second star', () => {
  it('is looked for at whole pixels of two and more, to 600 km/s on both sides', () => {
    const scan = shiftScan(69);
    expect(scan.most).toBe(8);
    const looked = scan.runs.flatMap((first) => Array.from({ length: shiftsAtOnce }, (_, k) => first + k));
    for (let shift = 2; shift <= 8; shift++) {
      expect(looked.filter((one) => one === shift)).toHaveLength(1);
      expect(looked.filter((one) => one === -shift)).toHaveLength(1);
    }
    expect(looked.filter((shift) => Math.abs(shift) < 2)).toEqual([]);
    expect(shiftScan(250)).toMatchObject({ most: 2 });
    expect(shiftScan(250).runs).not.toEqual([]);
    expect(shiftScan(301)).toEqual({ most: 1, runs: [] });
  });

  /** Products and squares of two stars, of nothing but what is `planted`. */
  const scan = shiftScan(69);
  const sums = (planted: readonly { star: number; shift: number; product: number; square: number }[]) => {
    const all = new Float64Array(2 * scan.runs.length * 2 * shiftsAtOnce).map((_, k) => (k % 8 < 4 ? 0 : 1));
    for (const { star, shift, product, square } of planted) {
      const run = scan.runs.findIndex((first) => shift >= first && shift < first + shiftsAtOnce);
      const at = (star * scan.runs.length + run) * 2 * shiftsAtOnce + (shift - scan.runs[run]!);
      [all[at], all[at + shiftsAtOnce]] = [product, square];
    }
    return all;
  };

  it('is the one that gains most χ² with light above 0, star by star', () => {
    const planted = [
      { star: 0, shift: -5, product: 10, square: 5 },
      { star: 0, shift: 4, product: 10, square: 4 },
      { star: 0, shift: 6, product: -100, square: 4 },
      { star: 1, shift: -3, product: 8, square: 2 },
    ];
    expect(bestShift(scan, sums(planted), 0)).toBe(4);
    expect(bestShift(scan, sums(planted), 1)).toBe(-3);
  });

  it('is none where no shift gains more than 9, nor beyond 600 km/s', () => {
    expect(bestShift(scan, sums([{ star: 0, shift: 3, product: 6, square: 4 }]), 0)).toBeNull();
    expect(bestShift(scan, sums([{ star: 0, shift: 3, product: 6.01, square: 4 }]), 0)).toBe(3);
    expect(bestShift(scan, sums([{ star: 0, shift: 9, product: 60, square: 4 }]), 0)).toBeNull();
    expect(bestShift(scan, sums([{ star: 0, shift: 8, product: 60, square: 4 }]), 0)).toBe(8);
  });
});
