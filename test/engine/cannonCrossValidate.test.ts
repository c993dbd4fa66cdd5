import { describe, expect, test } from 'vitest';
import { agreement, signalToNoise, snrBins } from '../../engine/cannon/agreement';
import { crossValidate } from '../../engine/cannon/crossValidate';
import { assignFolds, membersOf } from '../../engine/cannon/folds';
import { trainModel, type TrainingSet } from '../../engine/cannon/train';
import { inferRows, thisThread } from '../../engine/cannon/workers';
import { groupRepeats } from '../../engine/reference/starGroups';
import { lastFirst } from './lastFirst';
import { mockStars, normalDeviates } from './mockStars';

/** The stars with one pattern more, of random amplitude in each. */
function withPattern(set: TrainingSet): TrainingSet {
  const normal = normalDeviates(32);
  const nPixels = set.waveAngstrom.length;
  const flux = set.flux.slice();
  for (const n of set.stars.keys()) {
    const amplitude = 0.02 * normal();
    for (let p = 0; p < nPixels; p++) flux[n * nPixels + p]! += amplitude * Math.sin(p / 20);
  }
  return { ...set, flux };
}

describe('folds', () => {
  test('differ in size by one star at most, and depend on the seed alone', () => {
    const groups = Array.from({ length: 47 }, (_, n) => String(n));
    const folds = assignFolds(groups, 5, 1);
    const sizes = [0, 1, 2, 3, 4].map((fold) => folds.filter((f) => f === fold).length);
    expect(sizes.sort((a, b) => a - b)).toEqual([9, 9, 9, 10, 10]);
    expect(assignFolds(groups, 5, 1)).toEqual(folds);
    expect(assignFolds(groups, 5, 2)).not.toEqual(folds);
  });

  test('keep the spectra of one star together', () => {
    const groups = Array.from({ length: 60 }, (_, n) => `star ${n % 13}`);
    const folds = assignFolds(groups, 4, 9);
    groups.forEach((group, n) => expect(folds[n]).toBe(folds[groups.indexOf(group)]));
    for (const fold of [0, 1, 2, 3]) expect(folds.filter((f) => f === fold).length).toBeGreaterThanOrEqual(12);
  });

  test.each([1, 2.5, 0, NaN, 11])('are refused with a sentence when their number is %s for 10 stars', (folds) => {
    const groups = Array.from({ length: 10 }, (_, n) => String(n));
    expect(() => assignFolds(groups, folds, 1)).toThrow(`Cannot divide 10 stars into ${folds} folds`);
  });
});

describe('groups', () => {
  const star = (keys: string[], raDeg: number | null = null, decDeg: number | null = null) => ({ keys, raDeg, decDeg });

  test('join spectra by a key, by place on the sky, and through one another', () => {
    const arcsec = 1 / 3600;
    const spectra = [
      star(['row 1', 'J1'], 10, 60),
      star(['row 2', ''], 359.9999, -89),
      star(['row 3'], 10 + (0.9 * arcsec) / Math.cos(Math.PI / 3), 60), // 0.9 arcsec from the first
      star(['row 4', 'J1'], 200, 0), // the first by name
      star(['row 5', ''], 10, 60 + 2 * arcsec), // too far from the first
      star(['row 4'], null, null),
      star(['row 6'], 10 + (1.8 * arcsec) / Math.cos(Math.PI / 3), 60), // 0.9 from the third
    ];
    expect([...groupRepeats(spectra)]).toEqual([0, 1, 0, 0, 2, 0, 0]);
  });

  test('see across the meridian of 0°, and take spectra without a place by themselves', () => {
    const tenth = 0.1 / 3600;
    const spectra = [star([], 360 - tenth, 5), star([], tenth, 5), star([]), star([], NaN, 5), star([''])];
    expect([...groupRepeats(spectra)]).toEqual([0, 0, 1, 2, 3]);
  });

  test('are never split between folds', () => {
    const normal = normalDeviates(6);
    const spectra = Array.from({ length: 500 }, (_, n) => star([`row ${n % 170}`], Math.abs(normal()), normal()));
    const groups = groupRepeats(spectra);
    const foldOf = assignFolds(groups, 12, 4);
    for (const rows of membersOf(groups)) expect(new Set(rows.map((n) => foldOf[n])).size).toBe(1);
    expect(new Set(foldOf).size).toBe(12);
  });
});

describe('cross-validation', () => {
  const mock = mockStars(120, 60, 2, 4);

  test('finds labels of stars it has not seen within their errors', async () => {
    const many = mockStars(400, 40, 2, 4);
    const { fits, foldOf, agreement: found } = await crossValidate(many, { name: 'm', folds: 6, seed: 3 });
    expect(new Set(foldOf).size).toBe(6);
    const pulls = fits.flatMap((fit, n) =>
      [...fit.labels].map((x, i) => (x - many.values[2 * n + i]!) / fit.errors[i]!),
    );
    const width = Math.sqrt(pulls.reduce((sum, x) => sum + x * x, 0) / pulls.length);
    // 800 pulls; the errors do not count those of θ, some per cent with 333 stars and 6 terms.
    expect(width).toBeGreaterThan(0.93);
    expect(width).toBeLessThan(1.2);
    expect(found.map(({ label, unit }) => [label, unit])).toEqual([
      ['label0', 'K'],
      ['label1', ''],
    ]);
    expect(found.every(({ correlation }) => correlation > 0.99)).toBe(true);
  });

  test('labels every star of a fold that is more than a task takes, each from its own spectrum', async () => {
    const many = mockStars(560, 12, 1, 9);
    const { fits, foldOf } = await crossValidate(many, { name: 'm', folds: 2, seed: 3, maxModes: 0 });
    expect(foldOf.filter((fold) => fold === 0)).toHaveLength(280);
    const off = fits.map(({ labels, errors }, n) => Math.abs(labels[0]! - many.values[n]!) / errors[0]!);
    expect(off).toHaveLength(560);
    expect(Math.max(...off)).toBeLessThan(6);
  });

  test('never lets a star’s own labels into the model that labels it', async () => {
    const before = await crossValidate(mock, { name: 'm', folds: 6, seed: 3 });
    const values = mock.values.slice();
    values[0]! += 2;
    const after = await crossValidate({ ...mock, values }, { name: 'm', folds: 6, seed: 3 });
    // θ of a fold comes from sums over all stars, to 0.02 of its error: a hundredth of that reaches a label.
    const movedBy = (n: number) =>
      Math.max(
        ...before.fits[n]!.labels.map((x, i) => Math.abs(after.fits[n]!.labels[i]! - x) / before.fits[n]!.errors[i]!),
      );
    expect(movedBy(0)).toBeLessThan(2e-3);
    const other = before.foldOf.findIndex((fold) => fold !== before.foldOf[0]);
    expect(movedBy(other)).toBeGreaterThan(0.05);
  });

  test('finds the labels that models really trained without their stars find', async () => {
    const correlated = withPattern(mockStars(300, 150, 2, 5));
    const { fits, foldOf } = await crossValidate(correlated, { name: 'm', folds: 3, seed: 3, workers: lastFirst });
    for (const fold of [0, 1, 2]) {
      const starMask = Uint8Array.from(foldOf, (f) => (f === fold ? 0 : 1));
      const model = await trainModel(correlated, { name: 'm', starMask });
      expect(model.modes.length).toBeGreaterThan(0);
      const rows = [...foldOf.keys()].filter((n) => foldOf[n] === fold);
      inferRows({ model, ...correlated, rows }).forEach((alone, k) => {
        const fit = fits[rows[k]!]!;
        alone.labels.forEach((x, i) => expect(Math.abs(fit.labels[i]! - x) / alone.errors[i]!).toBeLessThan(0.02));
        alone.errors.forEach((x, i) => expect(fit.errors[i]! / x).toBeCloseTo(1, 2));
        expect(fit.extrapolated).toEqual(alone.extrapolated);
      });
    }
  });

  test('is refused with the sentence of training where a fold cannot be trained', async () => {
    const few = mockStars(15, 10, 2, 5);
    await expect(crossValidate(few, { name: 'm', folds: 3, seed: 1 })).rejects.toMatchObject({
      code: 'CAN304',
      message: 'Model "m" has 10 reference stars, too few for its 6 terms',
    });
    const blind = { ...mock, ivar: new Float64Array(120 * 60) };
    await expect(crossValidate(blind, { name: 'm', folds: 3, seed: 1 })).rejects.toMatchObject({ code: 'CAN306' });
  });

  test('tells its progress up to the end', async () => {
    const seen: [string, number, number][] = [];
    await crossValidate(mock, { name: 'm', folds: 2, seed: 3, onProgress: (...step) => seen.push(step) });
    expect(seen.filter(([stage]) => stage !== 'labels')).toEqual([
      ['training', 60, 60],
      ['modes', 1, 2],
      ['modes', 2, 2],
    ]);
    expect(seen.at(-1)).toEqual(['labels', 120, 120]);
  });

  test('stops when its signal aborts', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const onProgress = (stage: string) => stage === 'modes' && controller.abort();
    await expect(crossValidate(mock, { name: 'm', folds: 2, seed: 3, signal, onProgress })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});

describe('agreement', () => {
  const mock = mockStars(120, 60, 2, 4);

  test('is σ, offset and r for Gaussian differences', () => {
    const normal = normalDeviates(1);
    const reference = Array.from({ length: 20000 }, () => 3 * normal());
    const inferred = reference.map((x) => x + 0.5 + normal());
    const { scatter, bias, rms, correlation } = agreement(inferred, reference);
    // The 16–84 % width of a unit Gaussian is 2 × 0.9945.
    expect(scatter).toBeCloseTo(0.9945, 1);
    expect(bias).toBeCloseTo(0.5, 1);
    expect(rms).toBeCloseTo(Math.sqrt(1.25), 1);
    expect(correlation).toBeCloseTo(3 / Math.sqrt(10), 2);
  });

  test('interpolates percentiles and leaves out stars without labels', () => {
    const difference = [0, 10, 20, 30, 40, NaN];
    expect(agreement(difference, [0, 0, 0, 0, 0, 0])).toMatchObject({ scatter: (33.6 - 6.4) / 2, bias: 20 });
    expect(agreement([1, 2, 3, 4], [1, 2, 3, NaN]).correlation).toBeCloseTo(1, 12);
    expect(agreement([5], [4])).toMatchObject({ stars: 1, scatter: NaN, mad: NaN, rms: 1, bias: 1 });
  });

  test('of no star at all is not a number', () => {
    const { stars, ...numbers } = agreement([NaN], [1]);
    expect(stars).toBe(0);
    expect(Object.values(numbers)).toEqual(new Array(7).fill(NaN));
  });

  test('is told for stars of low to high S/N, each star once', async () => {
    const stars = mockStars(110, 40, 2, 4);
    const { bySnr, snr, agreement: all } = await crossValidate(stars, { name: 'm', folds: 5, seed: 3 });
    expect(snr).toEqual(signalToNoise(stars));
    expect(bySnr.map((part) => part.stars)).toEqual([28, 27, 28, 27]);
    bySnr.slice(1).forEach(({ from }, k) => expect(from).toBeGreaterThanOrEqual(bySnr[k]!.to));
    // σ of the mock's stars spans a factor of ten; the model's own scatter blunts what that does to labels.
    expect(bySnr[0]!.labels[0]!.scatter).toBeGreaterThan(1.3 * bySnr[3]!.labels[0]!.scatter);
    const squares = bySnr.map(({ stars: count, labels }) => count * labels[1]!.rms ** 2);
    expect(squares.reduce((sum, x) => sum + x, 0) / 110).toBeCloseTo(all[1]!.rms ** 2, 10);
  });

  test('is not divided by S/N where there are too few stars', () => {
    expect(snrBins(new Float64Array(39))).toEqual([]);
    expect(snrBins(new Float64Array(40))).toHaveLength(2);
  });

  test('takes the median S/N over pixels that can be used', () => {
    const one = { ...mock, stars: ['a'], flux: new Float64Array(60).fill(1), ivar: new Float64Array(60).fill(100) };
    one.ivar.fill(0, 0, 20);
    one.ivar.fill(10000, 20, 25);
    one.flux[30] = NaN;
    expect(signalToNoise(one)).toEqual(Float64Array.of(10));
    expect(signalToNoise({ ...one, ivar: new Float64Array(60) })).toEqual(Float64Array.of(0));
  });
});

describe('a task in this thread', () => {
  test('that fails hands on the very error, and what is thrown besides as one', async () => {
    await expect(thisThread.run('inferRows', {} as never)).rejects.toBeInstanceOf(TypeError);
    const thrower = {
      get rows(): never {
        throw 'no rows'; // eslint-disable-line @typescript-eslint/only-throw-error
      },
    };
    await expect(thisThread.run('inferRows', thrower as never)).rejects.toEqual(new Error('no rows'));
  });
});
