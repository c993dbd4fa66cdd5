/** Every format of spectra: real files where there are some, files of ours for the rest. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { SurveyFormat } from '../../engine/config/config';
import { openFits } from '../../engine/fits/fitsFile';
import { writeFits, type NewCard, type NewHdu } from '../../engine/fits/writer';
import { airToVacuum, vacuumToAir } from '../../engine/spectra/airVacuum';
import { formats, isSurveyFormat, recognizeFormat, surveyFormats } from '../../engine/spectra/formats';
import { fromLogLambda, joinArms, type Pixels } from '../../engine/spectra/pixels';
import { describeFits, readIdentity, readSpectrum } from '../../engine/spectra/read';
import type { Spectrum } from '../../engine/spectra/spectrum';
import { toRestFrame } from '../../engine/spectra/resample';
import { titleOf } from '../../engine/spectra/title';
import { dataPath, withoutData } from '../data';

const folder = mkdtempSync(join(tmpdir(), 'cannon-formats-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, hdus: NewHdu[]): string {
  writeFileSync(join(folder, name), writeFits(hdus));
  return join(folder, name);
}

const LIGHT_KMS = 299792.458;
const list = (values: ArrayLike<number>) => Array.from(values);

/** The velocity in km/s at which absorption at these vacuum wavelengths is deepest. */
function velocityOf(
  spectrum: Pick<Spectrum, 'waveAngstrom' | 'flux' | 'masked'>,
  lines: readonly number[],
  reach: number,
): number {
  const { waveAngstrom, masked } = spectrum;
  const usable = spectrum.flux.filter((_, p) => masked[p] === 0).sort();
  const flux = spectrum.flux.map((value, p) => (masked[p] === 0 ? value : usable[usable.length >> 1]!));
  const at = (wave: number) => {
    const right = waveAngstrom.findIndex((other) => other >= wave);
    const fraction = (wave - waveAngstrom[right - 1]!) / (waveAngstrom[right]! - waveAngstrom[right - 1]!);
    return flux[right - 1]! + fraction * (flux[right]! - flux[right - 1]!);
  };
  let best = { velocity: NaN, light: Infinity };
  for (let velocity = -reach; velocity <= reach; velocity += 0.5) {
    const light = lines.reduce((sum, line) => sum + at(line * (1 + velocity / LIGHT_KMS)), 0);
    if (light < best.light) best = { velocity, light };
  }
  return best.velocity;
}

describe.skipIf(withoutData)('a real spectrum (skipped: no data)', () => {
  test('of LAMOST medium resolution has both arms and nothing in the gap between them', async () => {
    const path = dataPath('lamost_lrs', 'dr6_dr7_lrs_mrs', 'med-58625-TD192102N424113K01_sp12-076.fits.gz');
    const spectrum = await readSpectrum(path, 'lamost-mrs');
    expect(spectrum).toMatchObject({ survey: 'lamost-mrs', obsid: '744812076', redshift: null });
    expect(spectrum.snr.all).toBe(44.67);
    expect(spectrum.cards).toMatchObject({ SNR_B: 26.54, SNR_R: 44.67, FIBERID: 76 });
    expect(titleOf(spectrum)).toBe('744812076 · S/N 45');
    expect(spectrum.waveAngstrom.length).toBe(4156 + 3800);
    // The grid is 1e-5 in log10, which float32 only approximates.
    expect(spectrum.waveAngstrom[0]).toBeCloseTo(10 ** 3.69003, 9);
    expect(spectrum.waveAngstrom.at(-1)).toBeCloseTo(10 ** 3.83538, 9);
    expect(spectrum.masked[4155]).toBe(1);
    const { ivar } = toRestFrame(spectrum, 0, Float64Array.of(5000, 5380, 5500, 5800, 6200, 6300));
    expect(list(ivar).map((value) => value > 0)).toEqual([true, true, false, false, false, true]);
    const badPixels = spectrum.maskBits!.findIndex((bits) => bits !== 0);
    expect(namesOf('lamost-mrs', spectrum.maskBits![badPixels]!)).toEqual(['BADCCD']);
    expect(spectrum.masked[badPixels]).toBe(1);
    expect((await readIdentity(path, 'lamost-mrs')).cards).toEqual(spectrum.cards);
  });

  test('of SDSS has vacuum wavelengths, the row about the star as cards, and bright sky masked', async () => {
    const path = dataPath('spectra_other', 'bopy', 'spec-3128-54776-0008.fits');
    const spectrum = await readSpectrum(path, 'sdss');
    expect(spectrum).toMatchObject({
      star: '3128-54776-8',
      obsid: '3521817187755073536',
      subclass: 'F9',
      fluxUnit: '1E-17 erg/cm^2/s/Ang',
    });
    expect(spectrum.redshift).toBeCloseTo(-1.4238e-4, 8);
    expect(spectrum.snr.g).toBeCloseTo(59.07, 2);
    expect([spectrum.raDeg, spectrum.decDeg]).toEqual([expect.closeTo(341.01617, 5), expect.closeTo(12.603834, 5)]);
    expect(spectrum.cards).toMatchObject({ CLASS: 'STAR', ZWARNING: 0, ELODIE_TEFF: 5704 });
    expect(spectrum.waveAngstrom[0]).toBeCloseTo(10 ** 3.5827, 9);
    // and_mask says BRIGHTSKY there; or_mask says more, and does not count.
    expect(spectrum.masked.reduce((sum, bit) => sum + bit, 0)).toBe(69);
    // Hα, Hβ, Mg b, Na D in vacuum: within a third of a pixel of the pipeline's own redshift.
    const velocity = velocityOf(spectrum, [6564.61, 4862.68, 5174.13, 5185.05, 5891.58, 5897.56], 300);
    expect(Math.abs(velocity - spectrum.redshift! * LIGHT_KMS)).toBeLessThan(25);
    expect((await describeFits(path)).masks).toContainEqual({
      name: 'BRIGHTSKY',
      meaning: 'sky far above the flux',
      forbids: true,
      nPixels: 69,
    });
  });

  test('of APOGEE is in the rest frame on its own grid, and pixels with an error like the continuum are masked', async () => {
    const path = dataPath('spectra_other', 'apogee_aspcapStar', 'aspcapStar-r6-l30e.2-2M03122509+0021585.fits');
    const spectrum = await readSpectrum(path, 'apogee');
    expect(spectrum).toMatchObject({ star: '2M03122509+0021585', designation: '2M03122509+0021585', redshift: 0 });
    expect(spectrum.waveAngstrom.length).toBe(8575);
    expect(spectrum.waveAngstrom[0]).toBeCloseTo(10 ** 4.179, 8);
    const { hdus } = openFits(readFileSync(path), 'a.fits');
    expect(hdus[2]!.axes).toEqual([8575]);
    spectrum.ivar.forEach((ivar, p) => ivar > 0 && ivar < 1 && expect(spectrum.masked[p], `pixel ${p}`).toBe(1));
    expect(spectrum.masked.reduce((sum, bit) => sum + bit, 0)).toBeLessThan(0.4 * 8575);
    // Al I in vacuum, the strongest lines of so cool a dwarf; VHELIO is 36 km/s.
    expect(Math.abs(velocityOf(spectrum, [16723.52, 16755.14], 60))).toBeLessThan(12);
  });

  test.each([
    ['1402070012010053', -19],
    ['1707110015010063', 9.6],
  ])('of GALAH (%s) comes from air to vacuum at %f km/s, as its lines say', async (name, velocity) => {
    const spectrum = await readSpectrum(dataPath('spectra_other', 'galah_hermes', `${name}.fits`), 'galah');
    expect(spectrum).toMatchObject({ star: name.slice(0, 15), obsid: name.slice(0, 15) });
    expect(spectrum.redshift! * LIGHT_KMS).toBeCloseTo(velocity, 0);
    const lines = [6562.8, 6717.68, 6643.63, 6663.44, 6546.24, 6677.99, 6703.57].map(airToVacuum);
    expect(Math.abs(velocityOf(spectrum, lines, 60) - spectrum.redshift! * LIGHT_KMS)).toBeLessThan(1.5);
    // In air taken for vacuum the velocity would be off by 83 km/s.
    expect(spectrum.waveAngstrom[0]! - vacuumToAir(spectrum.waveAngstrom[0]!)).toBeCloseTo(1.79, 2);
    // S/N 100 a pixel is an error of a hundredth.
    expect(1 / Math.sqrt(spectrum.ivar[2000]!) / spectrum.flux[2000]!).toBeCloseTo(0.01, 3);
  });

  test('in a CSV file is read by the names of its columns', async () => {
    const path = dataPath('spectra_other', 'egent', 'spectrum.csv');
    const spectrum = await readSpectrum(path, 'table');
    expect(spectrum.waveAngstrom.length).toBe(2318);
    expect([spectrum.waveAngstrom[0], spectrum.flux[0]]).toEqual([6100.021094883765, 91162.492188]);
    expect(1 / Math.sqrt(spectrum.ivar[0]!)).toBeCloseTo(304.041321, 6);
    expect(spectrum.redshift).toBeNull();
  });

  test('is recognized by its headers, and only by its own format', () => {
    const samples: [string, string][] = [
      ['lamost_lrs/dr6_dr7_lrs_mrs/med-58625-TD192102N424113K01_sp12-076.fits.gz', 'lamost-mrs'],
      ['lamost_lrs/dr6_dr7_lrs_mrs/spec-57287-KP193637N444141V03_sp10-161.fits.gz', 'lamost-lrs'],
      ['lamost_lrs/dr1_B6212/spec-55862-B6212_sp06-003.fits', 'lamost-lrs'],
      ['lamost_lrs/dr7_dr9_dr13/spec-60591-LN042429N340750BM01_sp01-001.fits.gz', 'lamost-lrs'],
      ['spectra_other/bopy/spec-3128-54776-0008.fits', 'sdss'],
      ['spectra_other/apogee_aspcapStar/aspcapStar-r6-l30e.2-2M00452143+1634446.fits', 'apogee'],
      ['spectra_other/galah_hermes/1707110015010063.fits', 'galah'],
    ];
    for (const [name, survey] of samples) {
      const path = dataPath(...name.split('/'));
      const file = openFits(readFileSync(path), name);
      expect(recognizeFormat(file, path), name).toBe(survey);
      const others = surveyFormats.filter(
        (other) => other !== survey && other !== 'table' && formats[other].recognizes(file, path),
      );
      expect(others, name).toEqual([]);
    }
  });
});

/** Of the bits that are set in a pixel's mask. */
const namesOf = (survey: SurveyFormat, bits: number): string[] =>
  formats[survey].maskBits.flatMap(({ bit, name }) => (((bits >>> bit) & 1) === 1 ? [name] : []));

describe('an apStar file', () => {
  const nPixels = 20;
  const rows = (...values: number[]) => values.flatMap((value) => new Array<number>(nPixels).fill(value));
  const grid: NewCard[] = [
    { keyword: 'CRVAL1', value: 4.179 },
    { keyword: 'CDELT1', value: 6e-6 },
    { keyword: 'CRPIX1', value: 1 },
    { keyword: 'CTYPE1', value: 'LOG-LINEAR' },
    { keyword: 'BUNIT', value: 'Flux (10^-17 erg/s/cm^2/Ang)' },
  ];
  const mask = rows(0, 0, 0);
  [mask[1], mask[2], mask[3]] = [1 << 12, 1 << 0, 1 << 14];
  const errors = rows(2, 3, 4);
  errors[5] = 1e10;

  test('gives its first row, the combined star, with bad bits and huge errors masked', async () => {
    const image = (values: Float32Array | Int16Array): NewHdu => ({
      kind: 'image',
      axes: [nPixels, 3],
      values,
      cards: grid,
    });
    const path = write('apStar-r12-2M00.fits', [
      {
        kind: 'empty',
        cards: [
          { keyword: 'OBJID', value: '2M00' },
          { keyword: 'SNR', value: 88 },
        ],
      },
      image(Float32Array.from(rows(100, 50, 60))),
      image(Float32Array.from(errors)),
      image(Int16Array.from(mask)),
    ]);
    const spectrum = await readSpectrum(path, 'apogee');
    expect(spectrum.flux.length).toBe(nPixels);
    expect(list(spectrum.masked.subarray(0, 7))).toEqual([0, 0, 1, 1, 0, 1, 0]);
    expect([spectrum.flux[0], spectrum.ivar[0], spectrum.redshift, spectrum.star]).toEqual([100, 0.25, 0, '2M00']);
    expect(spectrum.fluxUnit).toMatch(/erg/);
    expect(namesOf('apogee', spectrum.maskBits![1]!)).toEqual(['SIG_SKYLINE']);
  });
});

describe('a GALAH star with several arms', () => {
  const arm = (arm: number, first: number, flux: number): string =>
    write(`17071100150100${arm === 0 ? 'x' : '6'}${arm}.fits`, [
      {
        kind: 'image',
        axes: [5],
        values: new Float32Array(5).fill(flux),
        cards: [
          { keyword: 'INSTRUME', value: 'HERMES-2dF' },
          { keyword: 'CRVAL1', value: first },
          { keyword: 'CDELT1', value: 0.05 },
          { keyword: 'RVCOM', value: 30 },
          { keyword: 'RVCOM_OK', value: 1 },
        ],
      },
      { kind: 'image', name: 'relative_error', axes: [5], values: new Float32Array(5).fill(0.02) },
    ]);

  test('is joined from the files beside it, whichever is asked for, and looked at one by one', async () => {
    const [blue, red] = [arm(1, 4713, 100), arm(3, 6477, 300)];
    for (const path of [blue, red]) {
      const spectrum = await readSpectrum(path, 'galah');
      expect(spectrum.flux.length).toBe(10);
      expect(spectrum.waveAngstrom[0]).toBeCloseTo(airToVacuum(4713), 6);
      expect(list(spectrum.masked)).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
      expect([spectrum.flux[0], spectrum.flux[9]]).toEqual([100, 300]);
      expect(spectrum.redshift! * LIGHT_KMS).toBeCloseTo(30, 9);
      expect(spectrum.path).toBe(path);
    }
    expect((await describeFits(red)).spectrum!.flux.length).toBe(5);
  });
});

describe('a table with a spectrum', () => {
  const csv = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return readSpectrum(join(folder, name), 'table');
  };

  test('may have comments as cards, units in brackets, other marks between fields, and falling wavelengths', async () => {
    const spectrum = await csv(
      'a.csv',
      '# Z = 0.0002\n# OBJECT: my star\n# note\nWavelength [nm];Flux;e_flux;name\n500.2;3;0.5;x\n500.1;2;;y\n500;1;0.1;z\n',
    );
    expect(list(spectrum.waveAngstrom)).toEqual([5000, 5001, 5002]);
    expect(list(spectrum.ivar).map((value) => Math.round(value))).toEqual([100, 0, 4]);
    expect(list(spectrum.masked)).toEqual([0, 1, 0]);
    expect(spectrum).toMatchObject({ star: 'my star', redshift: 2e-4, survey: 'table' });
    const blanks = await csv('b.txt', 'wave_air  flux  ivar\n5000.0  1.0  4\n 5000.5  1.5  4\n5001.0  2.0  4\n');
    expect(blanks.waveAngstrom[0]).toBeCloseTo(airToVacuum(5000), 9);
    expect(list(blanks.ivar)).toEqual([4, 4, 4]);
  });

  test('may be FITS: rows or vectors, log wavelengths, variance, mask, velocity, air', async () => {
    const cards: NewCard[] = [
      { keyword: 'RV', value: 29.9792458 },
      { keyword: 'VACUUM', value: false },
    ];
    const columns = { LOGLAM: [3.7, 3.7001, 3.7002], FLUX: [1, 2, 3], VARIANCE: [4, 4, 0], MASK: [0, 2, 0] };
    const vectors = Object.entries(columns).map(([name, values]) => ({
      name,
      values: Float64Array.from(values),
      perRow: 3,
    }));
    const spectrum = await readSpectrum(
      write('t.fits', [
        { kind: 'empty', cards },
        { kind: 'table', columns: vectors },
      ]),
      'table',
    );
    expect(spectrum.waveAngstrom[0]).toBeCloseTo(airToVacuum(10 ** 3.7), 8);
    expect(list(spectrum.ivar)).toEqual([0.25, 0.25, 0]);
    expect(list(spectrum.masked)).toEqual([0, 1, 1]);
    expect(spectrum.redshift).toBeCloseTo(1e-4, 12);
    const path = write('um.fits', [
      {
        kind: 'table',
        columns: [
          { name: 'WAVE', unit: 'um', values: Float64Array.of(1.5, 1.6) },
          { name: 'FLUX', values: Float64Array.of(1, 1) },
          { name: 'ERR', values: Float64Array.of(1, 1) },
        ],
      },
    ]);
    expect(list((await readSpectrum(path, 'table')).waveAngstrom)).toEqual([15000, 16000]);
    expect((await describeFits(path)).survey).toBe('table');
  });

  test('costs no more than its length, however many blanks there are in a line', async () => {
    const blanks = ' '.repeat(300_000);
    const text = `# Z = 0\n# OBJECT = a${blanks}x${blanks}x\nwavelength [nm],flux,error,a${blanks}b(${blanks}x\n`;
    const spectrum = await csv('long.csv', `${text}500,1,1,${blanks}x\n501,1,1,\n`);
    expect(list(spectrum.waveAngstrom)).toEqual([5000, 5010]);
  });

  test.each([
    ['no error', 'wavelength,flux\n1,2\n3,4\n', /no table with columns of wavelength, flux and error/],
    ['words', 'hello world\n', /neither a FITS file nor a CSV table/],
    ['nothing', '', /neither a FITS file nor a CSV table/],
    ['one row', 'wavelength,flux,error\n5000,1,1\n', /a spectrum of 1 pixels/],
    ['an unknown unit', 'wavelength [eV],flux,error\n5000,1,1\n5001,1,1\n', /wavelengths in "eV" are not read/],
    ['wavelengths that jump back', 'wavelength,flux,error\n5000,1,1\n5002,1,1\n5001,1,1\n', /do not rise at pixel 3/],
  ])('is refused with a sentence when it has %s', async (_, text, sentence) => {
    await expect(csv('bad.csv', text)).rejects.toThrow(sentence);
  });

  test('is not taken for FITS by another survey', async () => {
    writeFileSync(join(folder, 'c.csv'), 'wavelength,flux,error\n');
    await expect(readSpectrum(join(folder, 'c.csv'), 'sdss')).rejects.toThrow('is not a FITS file');
  });
});

describe('masks and arms', () => {
  test('have each bit once in every survey, with its words', () => {
    for (const survey of surveyFormats) {
      const { maskBits } = formats[survey];
      expect(new Set(maskBits.map(({ bit }) => bit)).size).toBe(maskBits.length);
      expect(maskBits.filter(({ name, meaning }) => name === '' || meaning === '')).toEqual([]);
    }
    expect(namesOf('sdss', 1 << 23)).toEqual(['BRIGHTSKY']);
    expect(isSurveyFormat('sdss')).toBe(true);
    expect(isSurveyFormat('toString')).toBe(false);
  });

  test('overlapping arms are cut where the redder one begins', () => {
    const arm = (first: number, flux: number): Pixels => ({
      waveAngstrom: Float64Array.from({ length: 4 }, (_, p) => first + p),
      flux: new Float64Array(4).fill(flux),
      ivar: new Float64Array(4).fill(1),
      masked: new Uint8Array(4),
      fluxUnit: '',
    });
    const joined = joinArms([arm(5002, 2), arm(5000, 1)]);
    expect(list(joined.waveAngstrom)).toEqual([5000, 5001, 5002, 5003, 5004, 5005]);
    expect(list(joined.flux)).toEqual([1, 1, 2, 2, 2, 2]);
    expect(list(joined.masked)).toEqual([0, 1, 0, 0, 0, 0]);
    expect(joined.maskBits).toBeUndefined();
  });

  test('log wavelengths of float32 are restored on a decimal grid only', () => {
    const onGrid = Float64Array.from(Float32Array.from({ length: 50 }, (_, p) => 3.58 + 1e-4 * p));
    fromLogLambda(onGrid).forEach((wave, p) => expect(wave).toBeCloseTo(10 ** (3.58 + 1e-4 * p), 8));
    const offGrid = Float64Array.from({ length: 50 }, (_, p) => 3.58 + 1.23456789e-4 * p);
    fromLogLambda(offGrid).forEach((wave, p) => expect(wave).toBe(10 ** offGrid[p]!));
  });
});
