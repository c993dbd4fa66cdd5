/** Made-up but lifelike spectra for panels: a G star at low resolution with noise, lines, and masked stretches. */
import type { SpectrumDocument, StarFit } from '../../engine/index';

/** Mulberry32: the same numbers on every run. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** Vacuum Å, depth, width Å: Balmer lines, Ca H and K, Mg b, Na D, the Ca triplet. */
const strongLines: readonly (readonly [number, number, number])[] = [
  [3934.8, 0.75, 9], [3969.6, 0.72, 9], [4102.9, 0.35, 6], [4227.9, 0.3, 3], [4305.6, 0.32, 9], [4341.7, 0.38, 6],
  [4862.7, 0.42, 6], [5168.8, 0.24, 3], [5174.1, 0.28, 3], [5185.0, 0.34, 3.2], [5270.9, 0.2, 4], [5891.6, 0.22, 3],
  [5897.6, 0.18, 3], [6564.6, 0.4, 7], [8500.4, 0.26, 4], [8544.4, 0.34, 5], [8664.5, 0.3, 5],
]; // prettier-ignore

export function logGrid(from: number, to: number, step: number): Float64Array {
  const n = Math.floor((Math.log10(to) - Math.log10(from)) / step) + 1;
  return Float64Array.from({ length: n }, (_, p) => from * 10 ** (step * p));
}

/** Normalized flux without noise; `strength` scales all lines. */
function normalizedFlux(wave: Float64Array, seed: number, strength: number): Float32Array {
  const random = randomNumbers(seed);
  const weak = Array.from({ length: 420 }, () => {
    const at = 3700 + 5400 * random() ** 1.7;
    return [at, 0.14 * random() ** 2 * (at < 5500 ? 1 : 0.4), 2 + random()] as const;
  });
  const flux = new Float32Array(wave.length).fill(1);
  for (const [at, depth, width] of [...strongLines, ...weak]) {
    for (let p = 0; p < wave.length; p++) {
      const d = (wave[p]! - at) / width;
      if (Math.abs(d) < 5) flux[p]! *= 1 - strength * depth * Math.exp(-0.5 * d * d);
    }
  }
  return flux;
}

const maskedStretches: readonly (readonly [number, number])[] = [[3690, 3712], [5574, 5586], [5881, 5886], [6296, 6306], [7590, 7660]]; // prettier-ignore

const isMasked = (wave: number): boolean => maskedStretches.some(([from, to]) => wave >= from && wave <= to);

export function mockDocument(seed = 1): SpectrumDocument {
  const random = randomNumbers(seed);
  const wave = logGrid(3700, 9098, 1e-4);
  const norm = normalizedFlux(wave, 7, 1);
  const continuum = (w: number): number =>
    9000 * (w / 5500) ** -1.2 * Math.exp(-(((3900 - Math.min(w, 3900)) / 200) ** 2));
  const error = Float32Array.from(wave, (w) => 0.02 * continuum(w) + 60 + (w < 3850 ? 250 : 0));
  const masked = Uint8Array.from(wave, (w) => (isMasked(w) ? 1 : 0));
  const flux = Float32Array.from(
    wave,
    (w, p) => continuum(w) * norm[p]! + error[p]! * normal(random) + (w > 5574 && w < 5586 ? 4000 * random() : 0),
  );
  return {
    fileName: 'spec-55859-F5902_sp01-001.fits.gz',
    title: '101001 · G2 · S/N 47 (g)',
    fluxUnit: '',
    redshift: -0.000123,
    problem: null,
    spectrum: { waveAngstrom: wave, flux, error: error.map((value, p) => (masked[p] === 1 ? NaN : value)), masked },
    hdus: [primaryHdu, coaddHdu],
  };
}

const card = (keyword: string, value: string, comment: string) => ({ keyword, value, comment });

const primaryHdu = {
  index: 0,
  name: 'primary',
  kind: 'image',
  size: '3909 × 5 float32',
  cards: [
    card('SIMPLE', 'T', 'conforms to FITS standard'),
    card('BITPIX', '-32', 'array data type'),
    card('NAXIS', '2', 'number of array dimensions'),
    card('OBSID', '101001', 'Unique number ID of this spectrum'),
    card('DESIG', 'LAMOST J220848.54-020324.3', 'Designation of target'),
    card('DATE-OBS', '2011-10-24T12:24:28', 'The observation median UTC'),
    card('RA', '332.2022740000', '[deg] Right ascension of object'),
    card('DEC', '-2.0567670000', '[deg] Declination of object'),
    card('SUBCLASS', 'G2', 'Subclass of object'),
    card('Z', '-0.000123', 'Redshift of object'),
    card('SNRG', '47.22', 'SNR of g filter of object'),
    card('COEFF0', '3.5682', 'Central wavelength (log10) of first pixel'),
    card('COEFF1', '0.0001', 'Log10 dispersion per pixel'),
  ],
};
const coaddHdu = {
  index: 1,
  name: 'COADD',
  kind: 'binary table',
  size: '1 row × 6 columns',
  cards: [
    card('XTENSION', 'BINTABLE', 'binary table extension'),
    card('TTYPE1', 'FLUX', 'label for column 1'),
    card('TTYPE2', 'IVAR', 'label for column 2'),
    card('TTYPE3', 'WAVELENGTH', 'label for column 3'),
  ],
};

export const foreignDocument: SpectrumDocument = {
  fileName: 'dark-frame.fits',
  title: 'dark-frame.fits',
  hdus: [{ ...primaryHdu, size: '2048 × 2048 int16' }],
  spectrum: null,
  fluxUnit: '',
  redshift: null,
  problem: {
    message: 'There is no spectrum in this file that Cannon Spectra knows how to read.',
    hint: 'The primary HDU is an image of 2048 × 2048 pixels.',
  },
};

export function mockFit(star = '1001605073', seed = 3): StarFit {
  const random = randomNumbers(seed);
  const wave = logGrid(3900, 8750, 1e-4);
  const truth = normalizedFlux(wave, 7, 1 + 0.02 * seed);
  const modelFlux = normalizedFlux(wave, 7, 1);
  const masked = Uint8Array.from(wave, (w, p) => (isMasked(w) || p % 977 === 0 ? 1 : 0));
  const error = Float32Array.from(wave, (w, p) => (masked[p] === 1 ? NaN : 0.018 + (w < 4300 ? 0.02 : 0)));
  const scatter = Float32Array.from(wave, (w) => (w < 4300 ? 0.014 : 0.008));
  const flux = Float32Array.from(truth, (value, p) => (masked[p] === 1 ? 1 : value + error[p]! * normal(random)));
  const residualSigma = Float32Array.from(flux, (value, p) =>
    masked[p] === 1 ? NaN : (value - modelFlux[p]!) / Math.hypot(error[p]!, scatter[p]!),
  );
  const chi2 = residualSigma.reduce((sum, r) => sum + (Number.isNaN(r) ? 0 : r * r), 0);
  const nMasked = masked.reduce((sum, bit) => sum + bit, 0);
  return {
    star,
    path: `/survey/spectra/${star}.fits.gz`,
    title: `${star} · G2 · S/N 24 (g)`,
    model: { name: 'giants', path: '/survey/.cannon/runs/20261101-train/giants/model.fits' },
    waveAngstrom: wave,
    flux,
    error,
    masked,
    modelFlux,
    scatter,
    residualSigma,
    labels: [
      { name: 'teff', unit: 'K', value: 5771.3, error: 42.1, reference: 5590.4, extrapolated: false },
      { name: 'logg', unit: 'dex', value: 4.0712, error: 0.083, reference: 4.123, extrapolated: false },
      { name: 'fe_h', unit: 'dex', value: -0.4131, error: 0.0412, reference: -0.371, extrapolated: true },
    ],
    covariance: Float64Array.from([42.1 ** 2, 2.1, 0.9, 2.1, 0.083 ** 2, 0.001, 0.9, 0.001, 0.0412 ** 2]),
    rivals: [{ labels: [4612.4, 2.31, -0.88], deltaChi2: 14.2 }],
    redshift: -0.000123,
    windows: [
      { name: 'Mg', windows: [[5166, 5177], [5182, 5188]] }, // prettier-ignore
      { name: 'Na', windows: [[5890, 5900]] },
      { name: 'Ca', windows: [[8496, 8505], [8538, 8550], [8658, 8670]] }, // prettier-ignore
    ],
    chi2,
    nPixels: wave.length - nMasked,
    converged: true,
    flags: ['Outside the range of the training set: fe_h.'],
  };
}
