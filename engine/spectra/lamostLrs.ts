/**
 * LAMOST low-resolution spectra, all formats from DR1 to DR13.
 *
 * Images of 5 rows (float32 or float64): flux, inverse variance, a third row that is the wavelength since DR2 but the
 * sub-continuum in DR1 (and so never used), AND mask, OR mask; wavelengths follow from COEFF0 + COEFF1 · pixel in log10.
 * Since DR8 a table COADD of one row with the same as vectors, WAVELENGTH among them. Wavelengths are vacuum Å unless VACUUM = F.
 *
 * Masks: a pixel is forbidden by ivar ≤ 0, by flux that is not above 0 and finite, and by any bit of ANDMASK (bad in every
 * exposure; in 850 real files such pixels have ivar 0 already). ORMASK does not forbid: one bad exposure of several
 * was left out by the pipeline, and ivar says what remained.
 */
import { basename } from 'node:path';
import type { FitsFile } from '../fits/fitsFile';
import type { Header } from '../fits/header';
import { readImageNumbers } from '../fits/image';
import { findField } from '../fits/fields';
import { readNumbers } from '../fits/table';
import {
  cardRecord,
  forbiddingBits,
  identityOf,
  known,
  knownRedshift,
  positiveInteger,
  type Asked,
  type MaskBit,
  type SpectrumFormat,
  type WantedCards,
} from './format';
import type { PixelRoom } from './pixelRoom';
import { finishPixels } from './pixels';
import { spectrumError } from './problems';
import type { Spectrum, SpectrumIdentity } from './spectrum';

/** Of LAMOST's pipeline, low and medium resolution alike. All forbid where they are set in every exposure. */
export const lamostMaskBits: readonly MaskBit[] = [
  { bit: 0, name: 'BADCCD', meaning: 'bad pixel on the detector', forbids: true },
  { bit: 1, name: 'BADPROFILE', meaning: 'bad profile in the extraction', forbids: true },
  { bit: 2, name: 'NOSKY', meaning: 'no sky level at this wavelength', forbids: true },
  { bit: 3, name: 'BRIGHTSKY', meaning: 'sky level too high', forbids: true },
  { bit: 4, name: 'BADCENTER', meaning: 'fibre trace outside the detector', forbids: true },
  { bit: 5, name: 'NODATA', meaning: 'no good data', forbids: true },
];

/** Bits without a name forbid, too. */
export const lamostForbidding = forbiddingBits(lamostMaskBits) | 0xffffffc0;

export const lamostLrs: SpectrumFormat = {
  recognizes: ({ hdus }) => {
    const { header, axes } = hdus[0]!;
    const telescope = header.text('TELESCOP');
    if (telescope !== null) return telescope.toUpperCase() === 'LAMOST' && !isMediumResolution(header, '');
    return dispersion(header) !== null && axes.length === 2 && axes[1]! >= 4;
  },
  identityFrom: 'primary header',
  identity: lamostIdentity,
  spectrum: lamostSpectrum,
  maskBits: lamostMaskBits,
};

/** Who the spectrum is, from its primary header. Throws `UserError` when that is not of a LAMOST low-resolution spectrum. */
function lamostIdentity(header: Header, path: string, _file: FitsFile | null, wanted?: WantedCards): SpectrumIdentity {
  requireLowResolution(header, basename(path));
  return { ...commonIdentity(header, path, wanted), survey: 'lamost-lrs' };
}

/** What LAMOST's primary headers have in common. */
export function commonIdentity(header: Header, path: string, wanted?: WantedCards): SpectrumIdentity {
  const obsid = positiveInteger(header.text('OBSID'));
  const designation = header.text('DESIG') || null;
  const snr = (band: string) => known(header, `SNR${band}`) ?? known(header, `SN_${band}`);
  const star = obsid ?? designation;
  return identityOf('lamost-lrs', path, {
    ...(star !== null && { star }),
    obsid,
    designation,
    subclass: header.text('SUBCLASS') ?? '',
    raDeg: known(header, 'RA'),
    decDeg: known(header, 'DEC'),
    redshift: knownRedshift(known(header, 'Z')),
    snr: { u: snr('U'), g: snr('G'), r: snr('R'), i: snr('I'), z: snr('Z') },
    cards: cardRecord(header, {}, wanted),
  });
}

function lamostSpectrum(file: FitsFile, path: string, { cards, room }: Asked = {}): Spectrum {
  const header = file.hdus[0]!.header;
  const identity = lamostIdentity(header, path, file, cards);
  const { waveAngstrom, flux, ivar, andMask, fluxUnit } =
    file.hdus[0]!.kind === 'image' ? imagePixels(file) : tablePixels(file, room);
  const raw = { wave: waveAngstrom, isAir: header.get('VACUUM') === false, flux, ivar, bits: andMask, fluxUnit };
  return { ...identity, ...finishPixels({ ...raw, forbidding: lamostForbidding }, file.name, room) };
}

interface Pixels {
  readonly waveAngstrom: Float64Array;
  readonly flux: Float64Array;
  readonly ivar: Float64Array;
  readonly andMask: Float64Array;
  readonly fluxUnit: string;
}

/** In the order in which a reader tells one kind of file from another. */
function requireLowResolution(header: Header, name: string): void {
  const telescope = header.text('TELESCOP');
  if (telescope !== null && telescope.toUpperCase() !== 'LAMOST') {
    throw spectrumError(
      'otherSurvey',
      `${name} comes from the telescope "${telescope}"; survey lamost-lrs reads LAMOST low-resolution spectra.`,
    );
  }
  if (dispersion(header) !== null) return;
  if (isMediumResolution(header, name)) {
    throw spectrumError(
      'otherSurvey',
      `${name} is a LAMOST medium-resolution file; survey lamost-lrs reads low-resolution ones.`,
    );
  }
  throw spectrumError(
    'notASpectrum',
    `${name} is no LAMOST low-resolution spectrum: its primary header has no COEFF0 and COEFF1.`,
  );
}

/** log10 of the first pixel's wavelength and of the step, or null. */
function dispersion(header: Header): { first: number; step: number } | null {
  const [first, step] = [header.number('COEFF0'), header.number('COEFF1')];
  if (first !== null && step !== null && step > 0) return { first, step };
  const [value, delta] = [header.number('CRVAL1'), header.number('CD1_1') ?? header.number('CDELT1')];
  const isLog = header.number('DC-FLAG') === 1 || header.text('CTYPE1') === 'LOG-LINEAR';
  if (value === null || delta === null || delta <= 0 || !isLog) return null;
  return { first: value + delta * (1 - (header.number('CRPIX1') ?? 1)), step: delta };
}

function imagePixels(file: FitsFile): Pixels {
  const hdu = file.hdus[0]!;
  const [nPixels = 0, nRows = 0] = hdu.axes;
  if (hdu.axes.length !== 2 || nRows < 4 || nPixels < 2) {
    const shape = hdu.axes.join(' × ');
    throw spectrumError(
      'notASpectrum',
      `${file.name} is no LAMOST low-resolution spectrum: its image is ${shape}, not pixels × 5 rows.`,
    );
  }
  const values = readImageNumbers(hdu);
  const row = (n: number) => values.slice(n * nPixels, (n + 1) * nPixels);
  const { first, step } = dispersion(hdu.header)!;
  const waveAngstrom = Float64Array.from({ length: nPixels }, (_, p) => 10 ** (first + step * p));
  return { waveAngstrom, flux: row(0), ivar: row(1), andMask: row(3), fluxUnit: hdu.header.text('BUNIT') ?? '' };
}

function tablePixels(file: FitsFile, room?: PixelRoom): Pixels {
  const hdu = file.hdus.find(
    (other) => other.kind === 'table' && findField(other, 'FLUX') !== null && findField(other, 'WAVELENGTH') !== null,
  );
  if (hdu === undefined) {
    throw spectrumError(
      'notASpectrum',
      `${file.name} is no LAMOST low-resolution spectrum: it has no table with FLUX and WAVELENGTH.`,
    );
  }
  const flux = readNumbers(hdu, 'FLUX', room?.take);
  const column = (name: string) => {
    const values = readNumbers(hdu, name, room?.take);
    if (values.length === flux.length && flux.length >= 2) return values;
    throw spectrumError('malformed', `${hdu.place} has ${flux.length} pixels of FLUX but ${values.length} of ${name}.`);
  };
  return {
    waveAngstrom: column('WAVELENGTH'),
    flux,
    ivar: column('IVAR'),
    andMask: findField(hdu, 'ANDMASK') === null ? new Float64Array(flux.length) : column('ANDMASK'),
    fluxUnit: findField(hdu, 'FLUX')!.unit,
  };
}

export function isMediumResolution(header: Header, name: string): boolean {
  return header.has('COMBIN_B') || header.has('COMBIN_R') || /^med-/i.test(header.text('FILENAME') ?? name);
}
