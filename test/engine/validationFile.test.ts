import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crossValidate, type CrossValidation } from '../../engine/cannon/crossValidate';
import {
  readHeldOutChi2,
  readHeldOutResiduals,
  readValidation,
  validationBytes,
} from '../../engine/cannon/validationFile';
import { openFits } from '../../engine/fits/fitsFile';
import { readNumbers, readTexts, rowCount } from '../../engine/fits/table';
import { mockStars } from './mockStars';

const folder = mkdtempSync(join(tmpdir(), 'cannon-validation-'));
const path = join(folder, 'cv.fits');
const set = mockStars(80, 30, 2, 6);
const groups = Int32Array.from(set.stars, (_, n) => n >> 1);
const provenance = { SURVEY: 'lamost-lrs', CONFHASH: 'abc', SEED: 17 };
let result: CrossValidation;

function bytes(folds: number | 'leave-one-out', of = result): Uint8Array {
  const identities = set.stars.map(() => null);
  return validationBytes({ model: 'main', folds, set, identities, groups, result: of, provenance });
}

beforeAll(async () => {
  result = await crossValidate(set, { name: 'main', folds: 5, seed: 1, groups });
  writeFileSync(path, bytes(5));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('cv.fits', () => {
  it('gives back labels, bounds and provenance value for value', async () => {
    const read = await readValidation(path);
    expect(read).toMatchObject({ path, model: 'main', folds: 5, labels: result.agreement });
    expect(read.provenance).toMatchObject(provenance);
  });

  it('has every star with its truth, labels, errors, fold and star', () => {
    const file = openFits(bytes(5), 'cv.fits');
    const table = file.hdus.find(({ name }) => name === 'CV')!;
    expect(rowCount(table)).toBe(80);
    expect(readTexts(table, 'spectrum')).toEqual(set.stars);
    expect([...readNumbers(table, 'fold')]).toEqual([...result.foldOf]);
    expect([...readNumbers(table, 'star')]).toEqual([...groups]);
    expect([...readNumbers(table, 'true_label1')]).toEqual(set.stars.map((_, n) => set.values[2 * n + 1]));
    expect([...readNumbers(table, 'label1')]).toEqual(result.fits.map(({ labels }) => labels[1]));
    expect([...readNumbers(table, 'e_label0')]).toEqual(result.fits.map(({ errors }) => errors[0]));
    const outside = result.fits.map(({ extrapolated }) =>
      ['label0', 'label1'].filter((_, i) => extrapolated[i]).join(' '),
    );
    expect(readTexts(table, 'extrapolated')).toEqual(outside);
    expect(outside.some((names) => names !== '')).toBe(true);
  });

  it('tells of each fold how many stars it held out, and how they fared', () => {
    const table = openFits(bytes(5), 'cv.fits').hdus.find(({ name }) => name === 'FOLDS')!;
    const held = [...readNumbers(table, 'stars')];
    expect(held.reduce((sum, count) => sum + count, 0)).toBe(80);
    expect([...readNumbers(table, 'trained')]).toEqual(held.map((count) => 80 - count));
    const squares = [...readNumbers(table, 'rms_label1')].reduce((sum, rms, k) => sum + held[k]! * rms ** 2, 0);
    expect(Math.sqrt(squares / 80)).toBeCloseTo(result.agreement[1]!.rms, 12);
  });

  it('says that stars were left out one by one, and then has no folds', async () => {
    const alone = await crossValidate(set, { name: 'main', folds: 'leave-one-out', seed: 1, groups });
    const path = join(folder, 'alone.fits');
    writeFileSync(path, bytes('leave-one-out', alone));
    expect((await readValidation(path)).folds).toBe('leave-one-out');
    expect(openFits(bytes('leave-one-out', alone), 'x').hdus.map(({ name }) => name)).not.toContain('FOLDS');
  });

  it('has NaN where there is no number, and null bounds when read back', async () => {
    const fits = result.fits.map((fit) => ({ ...fit, labels: fit.labels.map(() => NaN), problem: 'No usable pixel' }));
    const nothing = result.agreement.map((label) => ({
      ...label,
      scatter: NaN,
      lower: null,
      upper: null,
      relativePrecision: null,
    }));
    const path = join(folder, 'empty.fits');
    writeFileSync(path, bytes(5, { ...result, fits, agreement: nothing }));
    const [first] = (await readValidation(path)).labels;
    expect(first).toMatchObject({ scatter: NaN, lower: null, upper: null, relativePrecision: null });
  });

  it('gives back χ² a pixel, whole and in windows, and what residuals tell, by the names of the columns', async () => {
    // The second star has no pixel in the windows of Mg, the third was not looked at there.
    const fits = result.fits.map((fit, n) => ({
      ...fit,
      windows: n === 2 ? [] : [{ name: 'Mg', chi2: 3 + n, nPixels: n === 1 ? 0 : 2 + n }],
    }));
    const column = (name: string) => ({ name, values: Float64Array.from(fits, (_, n) => n / 7) });
    const path = join(folder, 'windows.fits');
    const run = { model: 'main', folds: 5, set, identities: set.stars.map(() => null), groups, provenance } as const;
    const measured = ['pull_Li', 'emission', 'rv_residual', 'note'].map(column);
    writeFileSync(path, validationBytes({ ...run, result: { ...result, fits }, windows: [{ name: 'Mg' }], measured }));

    const { chi2PerPixel, windows } = await readHeldOutChi2(path);
    expect([...chi2PerPixel]).toEqual(fits.map(({ chi2, nPixels }) => chi2 / nPixels));
    expect([...windows.keys()]).toEqual(['Mg']);
    expect([...windows.get('Mg')!]).toEqual(fits.map((_, n) => (n === 1 || n === 2 ? NaN : (3 + n) / (2 + n))));

    const residuals = await readHeldOutResiduals(path);
    expect([...residuals.keys()]).toEqual(['chi2', 'n_pixels', 'pull_Li', 'emission', 'rv_residual']);
    expect([...residuals.get('pull_Li')!]).toEqual(fits.map((_, n) => n / 7));
    expect([...residuals.get('n_pixels')!]).toEqual(fits.map(({ nPixels }) => nPixels));
  });

  it('has no χ² where its stars have been cut off, which is said in a sentence', async () => {
    const stars = Buffer.from(bytes(5));
    stars.write('XX', stars.indexOf("'CV      '") + 1, 'latin1');
    const path = join(folder, 'no-stars.fits');
    writeFileSync(path, stars);
    for (const read of [readHeldOutChi2, readHeldOutResiduals])
      await expect(read(path)).rejects.toMatchObject({ code: 'CAN333', message: 'no-stars.fits has no table CV' });
  });

  it('is told from other files in a sentence', async () => {
    const other = join(folder, 'other.fits');
    writeFileSync(other, Buffer.from(bytes(5)).subarray(0, 2880));
    await expect(readValidation(other)).rejects.toMatchObject({
      code: 'CAN333',
      message: 'other.fits is no cross-validation that this version can read',
    });
  });
});
