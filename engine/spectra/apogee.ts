/**
 * APOGEE combined spectra, vacuum Å on the grid log10 λ = 4.179 + 6e-6 · pixel (8575 pixels, 15101–16999 Å), already in the rest frame: the
 * pipeline moved them there before combining the visits, so that the redshift here is 0; VHELIO is among the cards.
 *
 * `aspcapStar-*.fits`: units 1, 2, 3 are flux over pseudo-continuum, its error, and the best fit, which is not read. An error of 0 or above 1 (as
 * much as the continuum) marks a pixel without information. `apStar-*.fits`, `asStar-*.fits`: units 1, 2, 3 are flux (1e-17 erg/s/cm²/Å), error and
 * APOGEE_PIXMASK of the combined star (first row) and its visits; an error above 1e9 marks a bad pixel. Bits that the pipeline itself
 * counts as bad forbid a pixel; persistence, sky lines and tellurics are in the error already.
 */
import { basename } from 'node:path';
import type { FitsFile } from '../fits/fitsFile';
import type { Hdu } from '../fits/hdus';
import type { Header } from '../fits/header';
import { readImageNumbers } from '../fits/image';
import {
  cardRecord,
  forbiddingBits,
  identityOf,
  known,
  type MaskBit,
  type SpectrumFormat,
  type WantedCards,
} from './format';
import { finishPixels, fromErrors } from './pixels';
import { spectrumError } from './problems';
import type { SpectrumIdentity } from './spectrum';

const maskBits: readonly MaskBit[] = [
  { bit: 0, name: 'BADPIX', meaning: 'bad pixel', forbids: true },
  { bit: 1, name: 'CRPIX', meaning: 'cosmic ray', forbids: true },
  { bit: 2, name: 'SATPIX', meaning: 'saturated', forbids: true },
  { bit: 3, name: 'UNFIXABLE', meaning: 'cannot be repaired', forbids: true },
  { bit: 4, name: 'BADDARK', meaning: 'bad in the dark frame', forbids: true },
  { bit: 5, name: 'BADFLAT', meaning: 'bad in the flat field', forbids: true },
  { bit: 6, name: 'BADERR', meaning: 'very large error', forbids: true },
  { bit: 7, name: 'NOSKY', meaning: 'no sky level', forbids: true },
  { bit: 8, name: 'LITTROW_GHOST', meaning: 'in the Littrow ghost', forbids: false },
  { bit: 9, name: 'PERSIST_HIGH', meaning: 'high persistence', forbids: false },
  { bit: 10, name: 'PERSIST_MED', meaning: 'medium persistence', forbids: false },
  { bit: 11, name: 'PERSIST_LOW', meaning: 'low persistence', forbids: false },
  { bit: 12, name: 'SIG_SKYLINE', meaning: 'near a strong sky line', forbids: false },
  { bit: 13, name: 'SIG_TELLURIC', meaning: 'near a strong telluric line', forbids: false },
  { bit: 14, name: 'NOT_ENOUGH_PSF', meaning: 'less than half of the profile on good pixels', forbids: true },
];

/** As much as the continuum. */
const WORST_NORMALIZED_ERROR = 1;
const WORST_ERROR = 1e9;

export const apogee: SpectrumFormat = {
  recognizes: (file) => gridOf(file) !== null,
  identityFrom: 'primary header',
  identity,
  spectrum(file, path, asked) {
    const grid = gridOf(file);
    if (grid === null)
      throw spectrumError(
        'notASpectrum',
        `${file.name} is no APOGEE spectrum: its unit 1 is no image on a grid of log10 of the wavelength near 1.6 µm.`,
      );
    const [flux, error, mask] = [1, 2, 3].map((index) => firstRow(file, index));
    const isNormalized = file.hdus[3]?.header.number('BITPIX') === -32 || mask === null;
    const pixels = finishPixels(
      {
        wave: Float64Array.from(flux!, (_, p) => 10 ** (grid.first + grid.step * p)),
        isAir: false,
        flux: flux!,
        ivar: fromErrors(error ?? new Float64Array(0), isNormalized ? WORST_NORMALIZED_ERROR : WORST_ERROR),
        bits: isNormalized ? null : mask!,
        forbidding: forbiddingBits(maskBits),
        fluxUnit: isNormalized ? '' : (file.hdus[1]!.header.text('BUNIT') ?? ''),
      },
      file.name,
    );
    return { ...identity(file.hdus[0]!.header, path, file, asked?.cards), ...pixels };
  },
  maskBits,
};

/** The grid of unit 1 in log10 λ, where it is that of APOGEE. */
function gridOf(file: FitsFile): { first: number; step: number } | null {
  const hdu: Hdu | undefined = file.hdus[1];
  if (hdu?.kind !== 'image') return null;
  const [first, step] = [hdu.header.number('CRVAL1'), hdu.header.number('CDELT1')];
  const isLog = hdu.header.text('CTYPE1') === 'LOG-LINEAR' || hdu.header.number('DC-FLAG') === 1;
  if (first === null || step === null || !isLog || first < 4.17 || first > 4.19 || !(step > 0)) return null;
  return { first: first + step * (1 - (hdu.header.number('CRPIX1') ?? 1)), step };
}

/** Of an image with a row a visit, the combined star; null where there is no such unit. */
function firstRow(file: FitsFile, index: number): Float64Array | null {
  const hdu = file.hdus[index];
  return hdu?.kind === 'image' ? readImageNumbers(hdu).slice(0, hdu.axes[0]) : null;
}

function identity(header: Header, path: string, _file: FitsFile | null, wanted?: WantedCards): SpectrumIdentity {
  const name = header.text('OBJID') ?? header.text('OBJ');
  if (name === null && !/^(aspcap|ap|as)Star/.test(basename(path)))
    throw spectrumError(
      'notASpectrum',
      `${basename(path)} is no APOGEE spectrum: its primary header has no OBJ or OBJID.`,
    );
  return identityOf('apogee', path, {
    ...(name !== null && { star: name }),
    designation: name,
    raDeg: known(header, 'RA'),
    decDeg: known(header, 'DEC'),
    redshift: 0,
    snr: { u: null, g: null, r: null, i: null, z: null, all: known(header, 'SNR') },
    cards: cardRecord(header, {}, wanted),
  });
}
