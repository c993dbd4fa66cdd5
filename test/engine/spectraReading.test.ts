/** LAMOST files of every release: read right, or refused with one sentence. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { writeFits, type NewCard, type NewHdu } from '../../engine/fits/writer';
import { UserError } from '../../engine/problems';
import { airToVacuum, vacuumToAir } from '../../engine/spectra/airVacuum';
import { describeFits, readIdentity, readSpectrum } from '../../engine/spectra/read';
import { dataPath, withoutData } from '../data';

const folder = mkdtempSync(join(tmpdir(), 'cannon-spectra-'));
afterAll(() => rmSync(folder, { recursive: true }));

const cards: NewCard[] = [
  { keyword: 'TELESCOP', value: 'LAMOST' },
  { keyword: 'OBSID', value: 9007199254740993n },
  { keyword: 'DESIG', value: 'LAMOST J000000.00+000000.0' },
  { keyword: 'COEFF0', value: 3.6 },
  { keyword: 'COEFF1', value: 1e-4 },
  { keyword: 'VACUUM', value: true },
  { keyword: 'Z', value: 1e-4 },
  { keyword: 'SNRG', value: 24.2 },
  { keyword: 'SUBCLASS', value: 'G2' },
];
const changed = (...changes: NewCard[]) => [
  ...cards.filter((card) => !changes.some((change) => change.keyword === card.keyword)),
  ...changes.filter((change) => change.value !== undefined),
];

const nPixels = 6;
const rows = {
  flux: [5, 4, -1, NaN, 3, 2],
  ivar: [1, 0, 1, 1, 2, Infinity],
  wave: Array.from({ length: nPixels }, (_, p) => 10 ** (3.6 + 1e-4 * p)),
  and: [0, 0, 0, 0, 4, 0],
  or: [1, 0, 0, 0, 0, 0],
};

const image = (header: NewCard[]): NewHdu[] => [
  {
    kind: 'image',
    axes: [nPixels, 5],
    values: Float32Array.from([
      ...rows.flux,
      ...rows.ivar,
      ...new Array<number>(nPixels).fill(1),
      ...rows.and,
      ...rows.or,
    ]),
    cards: header,
  },
];
const table = (header: NewCard[], wave = rows.wave): NewHdu[] => [
  { kind: 'empty', cards: header },
  {
    kind: 'table',
    name: 'COADD',
    columns: Object.entries({
      FLUX: rows.flux,
      IVAR: rows.ivar,
      WAVELENGTH: wave,
      ANDMASK: rows.and,
      ORMASK: rows.or,
      NORMALIZATION: [1, 2, 3],
    }).map(([name, values]) => ({ name, values: Float32Array.from(values), perRow: values.length })),
  },
];

function write(name: string, hdus: NewHdu[]): string {
  const path = join(folder, name);
  writeFileSync(path, writeFits(hdus));
  return path;
}

describe('a LAMOST low-resolution spectrum', () => {
  test('is the same from an image whose third row is no wavelength and from a table with a shorter column in it', async () => {
    const [fromImage, fromTable] = [
      await readSpectrum(write('image.fits', image(cards)), 'lamost-lrs'),
      await readSpectrum(write('table.fits', table(cards)), 'lamost-lrs'),
    ];
    for (const spectrum of [fromImage, fromTable]) {
      spectrum.waveAngstrom.forEach((wave, p) => expect(wave / rows.wave[p]!).toBeCloseTo(1, 7));
      expect(Array.from(spectrum.flux)).toEqual(rows.flux);
      expect(Array.from(spectrum.ivar)).toEqual([1, 0, 1, 1, 2, 0]);
      // ORMASK of the first pixel does not forbid it; ANDMASK, ivar 0 or infinite, negative or missing flux do.
      expect(Array.from(spectrum.masked)).toEqual([0, 1, 1, 1, 1, 1]);
      expect(spectrum).toMatchObject({
        star: '9007199254740993',
        obsid: '9007199254740993',
        redshift: 1e-4,
        subclass: 'G2',
        fluxUnit: '',
      });
      expect(spectrum.snr).toEqual({ u: null, g: 24.2, r: null, i: null, z: null });
    }
    expect(fromImage.waveAngstrom[3]).toBe(10 ** (3.6 + 1e-4 * 3));
  });

  test.each<[string, NewCard[], object]>([
    [
      'an OBSID that overflowed',
      [{ keyword: 'OBSID', value: -28762 }],
      { obsid: null, star: 'LAMOST J000000.00+000000.0' },
    ],
    ['no OBSID and no designation', [{ keyword: 'OBSID' }, { keyword: 'DESIG' }], { obsid: null, star: 'quirk' }],
    [
      'Z and S/N of −9999',
      [
        { keyword: 'Z', value: -9999 },
        { keyword: 'SNRG', value: -9999 },
      ],
      { redshift: null, snr: { g: null } },
    ],
    ['the S/N keys of DR1', [{ keyword: 'SNRG' }, { keyword: 'SN_G', value: 71.41 }], { snr: { g: 71.41 } }],
    ['a quoted redshift', [{ keyword: 'Z', value: '0.0002' }], { redshift: 2e-4 }],
    [
      'CRVAL1 in place of COEFF0',
      [
        { keyword: 'COEFF0' },
        { keyword: 'COEFF1' },
        { keyword: 'CRVAL1', value: 3.6 },
        { keyword: 'CD1_1', value: 1e-4 },
        { keyword: 'DC-FLAG', value: 1 },
      ],
      { redshift: 1e-4 },
    ],
  ])('with %s is read as it should be', async (_, changes, expected) => {
    const path = write('quirk.fits', image(changed(...changes)));
    expect(await readSpectrum(path, 'lamost-lrs')).toMatchObject(expected);
    expect(await readIdentity(path, 'lamost-lrs')).toMatchObject(expected);
  });

  test('in air comes out in vacuum, and whoever looks at it is told', async () => {
    const path = write('air.fits', image(changed({ keyword: 'VACUUM', value: false })));
    const { waveAngstrom } = await readSpectrum(path, 'lamost-lrs');
    expect(waveAngstrom[0]).toBeCloseTo(airToVacuum(10 ** 3.6), 9);
    expect((await describeFits(path)).problem?.message).toMatch(/in air/);
  });

  test.each<[string, NewHdu[], RegExp]>([
    [
      'another telescope',
      image(changed({ keyword: 'TELESCOP', value: 'SDSS 2.5-M' })),
      /comes from the telescope "SDSS 2\.5-M"/,
    ],
    [
      'medium resolution',
      [{ kind: 'empty', cards: changed({ keyword: 'COEFF0' }, { keyword: 'COMBIN_B', value: true }) }],
      /is a LAMOST medium-resolution file/,
    ],
    ['no dispersion', image(changed({ keyword: 'COEFF1' })), /no COEFF0 and COEFF1/],
    [
      'an image of another shape',
      [{ kind: 'image', axes: [4], values: new Float32Array(4), cards }],
      /its image is 4, not pixels × 5 rows/,
    ],
    ['no table', [{ kind: 'empty', cards }], /no table with FLUX and WAVELENGTH/],
    ['wavelengths of another length', table(cards, rows.wave.slice(1)), /6 pixels of FLUX but 5 of WAVELENGTH/],
    [
      'wavelengths that go back',
      table(cards, [rows.wave[1]!, rows.wave[0]!, ...rows.wave.slice(2)]),
      /do not rise at pixel 2/,
    ],
  ])('is refused with a sentence for %s, yet shows its headers', async (_, hdus, sentence) => {
    const path = write('refused.fits', hdus);
    await expect(readSpectrum(path, 'lamost-lrs')).rejects.toThrow(UserError);
    await expect(readSpectrum(path, 'lamost-lrs')).rejects.toThrow(sentence);
    const document = await describeFits(path);
    expect(document.spectrum).toBeNull();
    expect(document.problem?.message).toMatch(
      /SDSS|medium/.test(sentence.source) ? /no spectrum of a kind|no combined/ : sentence,
    );
    expect(document.hdus.length).toBe(hdus.length);
  });

  test('is described with title, sizes and cards', async () => {
    const document = await describeFits(write('shown.fits', table(cards)));
    expect(document.title).toBe('9007199254740993 · G2 · S/N 24 (g)');
    expect(document.hdus.map(({ name, kind, size }) => [name, kind, size])).toEqual([
      ['primary', 'empty', ''],
      ['COADD', 'binary table', '1 row × 6 columns'],
    ]);
    expect(document.hdus[0]!.cards.find((card) => card.keyword === 'VACUUM')?.value).toBe('T');
    expect(document.spectrum!.error[0]).toBe(1);
    expect(document.spectrum!.error[1]).toBeNaN();
    expect(document.problem).toBeNull();
    expect((await describeFits(write('image2.fits', image(cards)))).hdus[0]!.size).toBe('6 × 5 float32');
  });

  test('that is truncated shows what is left, and a file that is no FITS at all is refused', async () => {
    const path = join(folder, 'cut.fits');
    writeFileSync(path, writeFits(table(cards)).subarray(0, 2 * 2880 + 40));
    const document = await describeFits(path);
    expect(document.hdus.length).toBe(1);
    expect(document.problem?.message).toMatch(/cut\.fits, HDU 1.* truncated|no END card/);
    writeFileSync(path, 'teff,logg');
    await expect(describeFits(path)).rejects.toThrow('cut.fits is not a FITS file');
  });
});

describe('air and vacuum wavelengths', () => {
  test('agree with those of well-known lines', () => {
    // Vacuum and air wavelengths of Hα, Na D2 and Ca II 8542 as NIST lists them.
    expect(vacuumToAir(6564.614)).toBeCloseTo(6562.801, 2);
    expect(vacuumToAir(5891.583)).toBeCloseTo(5889.951, 2);
    expect(airToVacuum(8542.09)).toBeCloseTo(8544.437, 2);
  });

  test('come back from a round trip', () => {
    for (let wave = 2000; wave < 25_000; wave += 137.3)
      expect(airToVacuum(vacuumToAir(wave)) / wave).toBeCloseTo(1, 13);
    expect(vacuumToAir(1500)).toBe(1500);
  });
});

describe.skipIf(withoutData)('the real LAMOST files (skipped: no data)', () => {
  const root = withoutData ? '' : dataPath('lamost_lrs');
  const names = withoutData
    ? []
    : (readdirSync(root, { recursive: true }) as string[]).filter((name) => /\.fits(\.gz)?$/.test(name));

  test('all open, or say in one sentence why not', async () => {
    const refused: string[] = [];
    let nPixelsRead = 0;
    let nMasked = 0;
    for (const name of names) {
      try {
        const spectrum = await readSpectrum(join(root, name), 'lamost-lrs');
        expect(spectrum.cards).toEqual((await readIdentity(join(root, name), 'lamost-lrs')).cards);
        expect(spectrum.waveAngstrom.length).toBeGreaterThan(3800);
        nPixelsRead += spectrum.masked.length;
        nMasked += spectrum.masked.reduce((sum, bit) => sum + bit, 0);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        refused.push(error.message);
      }
    }
    expect(names.length).toBeGreaterThan(800);
    expect(refused).toEqual([
      'med-58625-TD192102N424113K01_sp12-076.fits.gz is a LAMOST medium-resolution file; survey lamost-lrs reads low-resolution ones.',
    ]);
    expect(nMasked / nPixelsRead).toBeLessThan(0.03);
  });

  test('and any other FITS file can be looked at: its headers always, and its spectrum or why there is none', async () => {
    const others = ['fits', 'spectra_other', 'catalogues'].flatMap((part) =>
      (readdirSync(dataPath(part), { recursive: true }) as string[]).map((name) => dataPath(part, name)),
    );
    const fits = others.filter((name) => /\.(fits|std|gz)$/.test(name));
    expect(fits.length).toBeGreaterThan(45);
    const recognized: string[] = [];
    for (const path of fits) {
      const document = await describeFits(path);
      expect(document.hdus[0]!.cards.length).toBeGreaterThan(2);
      if (document.spectrum === null) expect(document.problem!.message).toMatch(/\.$/);
      else recognized.push(`${document.survey!} ${document.spectrum.flux.length}`);
    }
    expect(recognized.sort()).toEqual([
      ...Array.from({ length: 4 }, () => 'apogee 8575'),
      'galah 4096',
      'galah 4096',
      'sdss 3815',
      'table 2287',
    ]);
  });

  test('of other surveys are refused by name', async () => {
    const galah = dataPath('spectra_other', 'galah_hermes', '1402070012010053.fits');
    await expect(readSpectrum(galah, 'lamost-lrs')).rejects.toThrow(
      'comes from the telescope "Anglo-Australian Telescope"',
    );
  });
});
