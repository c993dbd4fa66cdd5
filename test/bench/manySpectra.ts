/**
 * A survey of very many small spectra, for measuring: folders of 500 as LAMOST has them, gzipped files with a primary
 * header of some 110 cards as in its tenth data release, and a table COADD of ten pixels.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

export const starsPerPlate = 500;
const nPixels = 10;
const blockBytes = 2880;

/** Writes the spectra, labels.csv and cannon.yaml into `folder`, and returns the path of cannon.yaml. */
export async function writeManySpectra(folder: string, nStars: number): Promise<string> {
  const table = coaddTable();
  const rows = ['obsid,teff,logg,feh'];
  for (let first = 0; first < nStars; first += starsPerPlate) {
    const plate = `HD${String(10_000 + first / starsPerPlate)}N`;
    const place = join(folder, 'spectra', plate);
    await mkdir(place, { recursive: true });
    const stars = Array.from({ length: Math.min(starsPerPlate, nStars - first) }, (_, n) =>
      starNumber(first + n, plate),
    );
    await Promise.all(
      stars.map((star) => {
        rows.push([star.obsid, star.teff, star.logg, star.feh].join());
        return writeFile(join(place, `${star.file}.gz`), spectrumFile(star, table));
      }),
    );
  }
  await writeFile(join(folder, 'labels.csv'), `${rows.join('\n')}\n`);
  const config = join(folder, 'cannon.yaml');
  await writeFile(config, description);
  return config;
}

const description = `survey: lamost-lrs
spectra: spectra/**/*.fits.gz
reference:
  file: labels.csv
  match: { spectrum.OBSID: obsid }
grid: { from: 3900, to: 8750, step: 1e-4 }
labels:
  teff: { column: teff, unit: K }
  logg: { column: logg, unit: dex }
  feh: { column: feh, unit: dex }
`;

type Star = ReturnType<typeof starNumber>;

/** Numbers that differ from star to star and are the same in every run. */
function starNumber(n: number, plate: string) {
  const part = (salt: number, count: number) => (Math.imul(n + 1, 2654435761 + salt * 40503) >>> 0) % count;
  const fiber = (n % 250) + 1;
  const spectrograph = (Math.floor(n / 250) % 16) + 1;
  const two = (value: number) => String(value).padStart(2, '0');
  return {
    obsid: 900_000_000 + n,
    plate,
    fiber,
    spectrograph,
    file: `spec-58000-${plate}_sp${two(spectrograph)}-${String(fiber).padStart(3, '0')}.fits`,
    ra: (part(1, 360_000) / 1000).toFixed(6),
    dec: (part(2, 90_000) / 1000 - 10).toFixed(6),
    z: (part(3, 4000) / 1e7 - 2e-4).toFixed(8),
    snr: [0.3, 0.8, 1, 1, 0.7].map((share, band) => (5 + (share * part(4 + band, 20_000)) / 100).toFixed(2)),
    teff: 4000 + part(9, 3000),
    logg: (part(10, 400) / 100 + 1).toFixed(2),
    feh: (part(11, 150) / 100 - 1).toFixed(2),
  };
}

/** The changed file of a star that exists, with other numbers: for measuring how soon it is noticed. */
export function changedSpectrum(n: number, nStars: number): { path: string; obsid: string; bytes: Uint8Array } {
  const plate = `HD${String(10_000 + Math.floor(n / starsPerPlate))}N`;
  const { file } = starNumber(n, plate);
  const star = { ...starNumber(n + nStars, plate), file, obsid: 1_900_000_000 + n };
  return {
    path: join('spectra', plate, `${file}.gz`),
    obsid: String(star.obsid),
    bytes: spectrumFile(star, coaddTable()),
  };
}

function spectrumFile(star: Star, table: Uint8Array): Uint8Array {
  return gzipSync(Buffer.concat([header(primaryCards(star)), table]), { level: 1 });
}

function card(keyword: string, value: string | number, comment = ''): string {
  const text =
    typeof value === 'string' && !/^[TF]$/.test(value) ? `'${value.padEnd(8)}'`.padEnd(20) : String(value).padStart(20);
  return `${keyword.padEnd(8)}= ${text}${comment === '' ? '' : ` / ${comment}`}`;
}

function header(cards: readonly string[]): Buffer {
  const text = [...cards, 'END'].map((one) => one.padEnd(80).slice(0, 80)).join('');
  return Buffer.from(text.padEnd(Math.ceil(text.length / blockBytes) * blockBytes), 'latin1');
}

function primaryCards(star: Star): string[] {
  const number = (keyword: string, value: string | number, comment?: string) => card(keyword, Number(value), comment);
  const section = (title: string) => `COMMENT --------${title}`;
  return [
    card('SIMPLE', 'T'),
    number('BITPIX', 8),
    number('NAXIS', 0),
    card('EXTEND', 'T'),
    section('FILE INFORMATION'),
    card('FILENAME', star.file),
    number('OBSID', star.obsid, 'Unique number ID of this spectrum'),
    card('AUTHOR', 'test/bench', 'No such star exists'),
    card('DATA_V', 'MOCK DR10'),
    section('TELESCOPE PARAMETERS'),
    card('TELESCOP', 'LAMOST'),
    ...filler('TEL', 12),
    section('OBSERVATION PARAMETERS'),
    card('PLANID', star.plate, 'Plan ID in use'),
    number('RA', star.ra, '[deg] Right ascension of object'),
    number('DEC', star.dec, '[deg] Declination of object'),
    card('DESIG', `MOCK J${star.ra}+${star.dec}`, 'Designation'),
    number('FIBERID', star.fiber, 'Fiber ID of Object'),
    ...filler('OBS', 36),
    section('SPECTROGRAPH PARAMETERS'),
    number('SPID', star.spectrograph, 'Spectrograph ID'),
    ...filler('CAM', 12),
    section('DATA REDUCTION PARAMETERS'),
    card('VACUUM', 'T'),
    number('COEFF0', 3.5682, 'Central wavelength (log10) of first pixel'),
    number('COEFF1', 1e-4, 'Log10 dispersion per pixel'),
    card('CTYPE1', 'LINEAR'),
    number('DC-FLAG', 1),
    ...filler('RED', 12),
    section('SPECTRA ANALYSIS RESULTS'),
    card('CLASS', 'STAR', 'Class of object'),
    card('SUBCLASS', `${'FGK'[star.teff % 3]!}${star.teff % 10}`, 'Subclass of object'),
    number('Z', star.z, 'Redshift of object'),
    ...['U', 'G', 'R', 'I', 'Z'].map((band, n) => number(`SNR${band}`, star.snr[n]!, `SNR of ${band} filter`)),
  ];
}

/** Cards that nobody asks for, as real headers have them. */
function filler(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => card(`${name}${n + 1}`, n * 1.25, 'One of many'));
}

function coaddTable(): Buffer {
  const names = ['FLUX', 'IVAR', 'WAVELENGTH', 'ANDMASK', 'ORMASK'];
  const rowBytes = names.length * nPixels * 4;
  const values = new DataView(new ArrayBuffer(Math.ceil(rowBytes / blockBytes) * blockBytes));
  for (let p = 0; p < nPixels; p++) {
    const pixel = [1000 + p, 0.01, 10 ** (3.5682 + 1e-4 * p), 0, 0];
    pixel.forEach((value, column) => values.setFloat32(4 * (column * nPixels + p), value));
  }
  const cards = [
    card('XTENSION', 'BINTABLE'),
    ...Object.entries({
      BITPIX: 8,
      NAXIS: 2,
      NAXIS1: rowBytes,
      NAXIS2: 1,
      PCOUNT: 0,
      GCOUNT: 1,
      TFIELDS: names.length,
    }).map(([keyword, value]) => card(keyword, value)),
    card('EXTNAME', 'COADD'),
    ...names.flatMap((name, n) => [card(`TTYPE${n + 1}`, name), card(`TFORM${n + 1}`, `${nPixels}E`)]),
  ];
  return Buffer.concat([header(cards), Buffer.from(values.buffer)]);
}
