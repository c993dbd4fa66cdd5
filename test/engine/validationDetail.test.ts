import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crossValidate, type CrossValidation } from '../../engine/cannon/crossValidate';
import { readValidationDetail } from '../../engine/cannon/validationDetail';
import { validationBytes } from '../../engine/cannon/validationFile';
import type { SpectrumIdentity } from '../../engine/spectra/spectrum';
import { mockStars } from './mockStars';

const folder = mkdtempSync(join(tmpdir(), 'cannon-validation-detail-'));
const path = join(folder, 'cv.fits');
const set = mockStars(80, 30, 2, 6);
const groups = Int32Array.from(set.stars, (_, n) => n >> 1);
let result: CrossValidation;
let bytes: Uint8Array;

beforeAll(async () => {
  result = await crossValidate(set, { name: 'main', folds: 5, seed: 1, groups });
  bytes = validationBytes({
    ...{ model: 'main', folds: 5, set, groups, result, provenance: { SURVEY: 'lamost-lrs' } },
    identities: set.stars.map((_, n) => (n === 0 ? null : identity(n))),
  });
  writeFileSync(path, bytes);
});
afterAll(() => rmSync(folder, { recursive: true }));

const identity = (n: number): SpectrumIdentity => ({
  ...{ path: set.stars[n]!, survey: 'lamost-lrs', star: String(n), redshift: 0, subclass: '' },
  ...{ obsid: n === 1 ? null : String(1000 + n), designation: `J${n}`, raDeg: n, decDeg: -n },
  ...{ snr: { u: null, g: null, r: null, i: null, z: null }, cards: {} },
});

describe('a cross-validation star by star', () => {
  it('has each label’s truth, inferred value, error and statistics', async () => {
    const detail = await readValidationDetail(path);
    expect(detail).toMatchObject({ model: 'main', folds: 5, path });
    expect(detail.labels).toHaveLength(2);
    detail.labels.forEach((label, i) => {
      expect(label).toMatchObject(result.agreement[i]!);
      expect([...label.truth]).toEqual(set.stars.map((_, n) => set.values[2 * n + i]));
      expect([...label.inferred]).toEqual(result.fits.map((fit) => fit.labels[i]));
      expect([...label.error]).toEqual(result.fits.map((fit) => fit.errors[i]));
      expect([...label.extrapolated]).toEqual(result.fits.map((fit) => (fit.extrapolated[i] ? 1 : 0)));
      const { label: _name, unit: _unit, ...part } = result.bySnr[1]!.labels[i]!;
      expect(label.bySnr[1]).toEqual({ from: result.bySnr[1]!.from, to: result.bySnr[1]!.to, ...part });
    });
    expect([...detail.fold]).toEqual([...result.foldOf]);
    expect([...detail.snr]).toEqual([...Float32Array.from(result.snr)]);
    expect(detail.spectra).toEqual(set.stars);
  });

  it('names a star by its OBSID, else its designation, else its file', async () => {
    const { stars, raDeg } = await readValidationDetail(path);
    expect(stars.slice(0, 3)).toEqual([set.stars[0], 'J1', '1002']);
    expect([...raDeg.subarray(0, 3)]).toEqual([NaN, 1, 2]);
  });

  it.each(['CV', 'BY_SNR'])('is told from a file without the table %s', async (name) => {
    const other = Uint8Array.from(bytes);
    const text = Buffer.from(other.buffer).toString('latin1');
    const at = text.indexOf(`'${name.padEnd(8)}'`);
    expect(at).toBeGreaterThan(0);
    other.set(Buffer.from('OTHER   '), at + 1);
    const path = join(folder, `without-${name}.fits`);
    writeFileSync(path, other);
    await expect(readValidationDetail(path)).rejects.toMatchObject({
      code: 'CAN333',
      message: `without-${name}.fits has no table ${name}`,
    });
  });

  it('is told from a damaged file in a sentence', async () => {
    const cut = join(folder, 'cut.fits');
    writeFileSync(cut, bytes.subarray(0, 2880 * 3));
    await expect(readValidationDetail(cut)).rejects.toMatchObject({ hint: expect.stringMatching(/./) as string });
  });
});
