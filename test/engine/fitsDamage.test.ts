/** Damaged and hostile files: every one is read or refused with one sentence, at once. */
import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { describe, expect, test } from 'vitest';
import { inspectFits, openFits, readFitsFile } from '../../engine/fits/fitsFile';
import { tableFields } from '../../engine/fits/fields';
import { readImage } from '../../engine/fits/image';
import { readField } from '../../engine/fits/table';
import { writeFits } from '../../engine/fits/writer';
import { UserError } from '../../engine/problems';
import { dataPath, withoutData } from '../data';

/** Reads everything in the file; the sentence when it is refused, null when it is read. */
function readAll(bytes: Uint8Array): string | null {
  try {
    for (const hdu of openFits(bytes, 'file.fits').hdus) {
      if (hdu.kind === 'image') readImage(hdu);
      if (hdu.kind === 'table') tableFields(hdu).forEach((field) => readField(hdu, field));
    }
    return null;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.message).toMatch(/^file\.fits[^\n]*\.$/);
    expect(error.code).toMatch(/^CAN20\d$/);
    return error.message;
  }
}

const small = writeFits([
  { kind: 'image', axes: [4, 3], values: Float32Array.from({ length: 12 }, (_, i) => i) },
  {
    kind: 'table',
    name: 'T',
    columns: [
      { name: 'ID', values: BigInt64Array.from([1n, 2n]) },
      { name: 'NAME', values: ['one', 'two'] },
      { name: 'FLUX', values: Float64Array.from([1, 2, 3, 4]), perRow: 2 },
    ],
  },
]);

/** `small` with one header card replaced. */
function withCard(card: string): Uint8Array {
  const text = Buffer.from(small).toString('latin1');
  const keyword = card.slice(0, 9);
  const at = text.lastIndexOf(keyword);
  expect(at).toBeGreaterThanOrEqual(0);
  return Buffer.from(text.slice(0, at) + card.padEnd(80) + text.slice(at + 80), 'latin1');
}

describe('a damaged FITS file', () => {
  test.each([
    ['BITPIX  = 13', /BITPIX = 13 is impossible/],
    ['NAXIS   = -2', /NAXIS = -2 is impossible/],
    ['NAXIS   = 1000000', /NAXIS = 1000000 is impossible/],
    ['NAXIS1  = -5', /NAXIS1 = -5 is impossible/],
    ["NAXIS1  = 'x'", /NAXIS1 = x is impossible/],
    ['NAXIS2  = 9007199254740993', /NAXIS2 = 9007199254740993 is impossible/],
    ['NAXIS2  = 900719925474099', /more data than any file can hold/],
    ['NAXIS2  = 200000000', /promises \d+ bytes of data, 2880 are there/],
    ['PCOUNT  = -1', /PCOUNT = -1 is impossible/],
    ['TFIELDS = 100000', /TFIELDS = 100000 is impossible/],
    ['TFIELDS = 4', /TFORM4 = ''/],
    ["TFORM2  = '3Z'", /TFORM2 = '3Z'/],
    ["TFORM2  = '2PE(9)'", /TFORM2 = '2PE\(9\)'/],
    ["TFORM2  = '99999999999999999999A'", /impossible format/],
    ["TFORM2  = '300A'", /the columns take \d+ bytes a row/],
    ["TFORM3  = '1PE(9)'", /points outside the heap/],
  ])('with the card %s is refused with a sentence that says so', (card, sentence) => {
    expect(readAll(withCard(card))).toMatch(sentence);
  });

  test('that promises a million million rows of no bytes is refused at once', () => {
    const empty = writeFits([{ kind: 'table', columns: [{ name: 'NOTHING', values: [], width: 0 }] }]);
    const promising = Buffer.from(empty);
    const at = promising.indexOf('NAXIS2  =');
    promising.write('NAXIS2  =        1000000000000', at, 'latin1');
    expect(readAll(empty)).toBeNull();
    expect(readAll(promising)).toMatch(/1000000000000 rows of no bytes/);
  });

  test('without an END card is refused', () => {
    expect(readAll(small.subarray(0, 2880).map((byte, i) => (i % 80 === 0 && byte === 0x45 ? 0x20 : byte)))).toMatch(
      /no END card/,
    );
  });

  test('that is no FITS file says what it is', () => {
    expect(readAll(new Uint8Array(0))).toBe('file.fits is empty.');
    expect(readAll(Buffer.from('teff,logg\n5777,4.44\n'))).toMatch(/not a FITS file/);
    expect(readAll(Uint8Array.from([0x1f, 0x9d, 1, 2]))).toMatch(/Unix compress/);
  });

  test('cut at any byte is refused, or read where only padding or a whole extension is missing', () => {
    const sentences = new Set<string | null>();
    const primaryEnd = 2 * 2880;
    for (let length = 0; length < small.length; length++) {
      const sentence = readAll(small.subarray(0, length));
      if (sentence === null) {
        expect(length === primaryEnd || (length >= 2880 + 48 && length < primaryEnd) || length >= 3 * 2880 + 54).toBe(
          true,
        );
      }
      sentences.add(sentence?.replace(/\d+ are there/, 'n are there') ?? null);
    }
    expect(sentences.size).toBeGreaterThan(4);
  });

  test('keeps the units before the damage for someone who looks at it', () => {
    const { file, problem } = inspectFits(small.subarray(0, 3 * 2880 + 10), 'file.fits');
    expect(file.hdus.map((hdu) => hdu.kind)).toEqual(['image']);
    expect(problem?.message).toMatch(/truncated/);
  });

  test('that is gzipped is known by its bytes, and one sentence tells of its damage', () => {
    const packed = gzipSync(small);
    expect(readAll(packed)).toBeNull();
    for (let length = 2; length < packed.length; length++)
      expect(readAll(packed.subarray(0, length))).toMatch(/truncated gzip file/);
    const changed = Uint8Array.from(packed, (byte, i) => (i === 40 ? byte ^ 255 : byte));
    expect(readAll(changed)).toMatch(/gzip file/);
  });

  test('with any few bytes changed never breaks the reader', () => {
    const random = xoroshiro128plus(20);
    let refused = 0;
    for (let trial = 0; trial < 4000; trial++) {
      const bytes = Uint8Array.from(small);
      for (let n = uniformInt(random, 1, 6); n > 0; n--)
        bytes[uniformInt(random, 0, small.length - 1)] = uniformInt(random, 0, 127);
      if (readAll(bytes) !== null) refused++;
    }
    expect(refused).toBeGreaterThan(100);
    expect(refused).toBeLessThan(3900);
  });

  test('that cannot be opened at all names the path', async () => {
    await expect(readFitsFile('/nowhere/spec.fits')).rejects.toThrow(
      '/nowhere/spec.fits cannot be read: there is no such file.',
    );
    await expect(readFitsFile(import.meta.dirname)).rejects.toThrow('it is a folder');
  });
});

describe.skipIf(withoutData)('a real LAMOST file (skipped: no data)', () => {
  const read = (...parts: string[]) => gunzipSync(readFileSync(dataPath('lamost_lrs', ...parts)));

  test.each([
    ['dr10_G', 'spec-59517-EG025613N082253M02_sp08-200.fits.gz'],
    ['dr6_dr7_lrs_mrs', 'med-58625-TD192102N424113K01_sp12-076.fits.gz'],
  ])('%s/%s cut at every block and at many other places is refused or read', (folder, name) => {
    const bytes = read(folder, name);
    let refused = 0;
    for (let length = 0; length < bytes.length; length += 2880)
      for (const extra of [0, 1, 79, 1441]) refused += readAll(bytes.subarray(0, length + extra)) === null ? 0 : 1;
    expect(refused).toBeGreaterThan(100);
  });

  test('with bytes of its headers changed is refused or read', () => {
    const random = xoroshiro128plus(3);
    const bytes = Uint8Array.from(read('dr10_G', 'spec-59517-EG025613N082253M02_sp08-200.fits.gz'));
    const headers = bytes.slice(0, 17280);
    for (let trial = 0; trial < 1500; trial++) {
      for (let n = 0; n < 4; n++) bytes[uniformInt(random, 0, headers.length - 1)] = uniformInt(random, 32, 126);
      readAll(bytes);
      bytes.set(headers);
    }
    expect(readAll(bytes)).toBeNull();
  });
});
