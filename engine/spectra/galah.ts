/**
 * GALAH spectra of HERMES: a file an arm, `<sobject_id><arm>.fits` with the arms 1 blue, 2 green, 3 red, 4 infrared. The arms that lie beside the file
 * are joined to it, so a survey lists one of them: `*1.fits`. The primary image is the reduced flux in counts; the error relative to it is the
 * unit `relative_error` (reduction 6) or `input_sigma` (reduction 5).
 *
 * Wavelengths are in **air**, linear, barycentric, and converted to vacuum here. The redshift is the velocity of all arms together (RVCOM), else of
 * one (RV), as far as the pipeline says that it is right; in reduction 5 it follows from the last unit, the same spectrum moved to the rest
 * frame. There are no mask bits.
 */
import { basename, dirname, join } from 'node:path';
import type { FitsFile } from '../fits/fitsFile';
import type { Hdu } from '../fits/hdus';
import type { Header } from '../fits/header';
import { readImageNumbers } from '../fits/image';
import { cardRecord, identityOf, known, knownNumber, stem, type SpectrumFormat, type WantedCards } from './format';
import { finishPixels, fromErrors } from './pixels';
import { spectrumError } from './problems';
import type { SpectrumIdentity } from './spectrum';

const LIGHT_KMS = 299792.458;

export const galah: SpectrumFormat = {
  recognizes: ({ hdus }) => isHermes(hdus[0]!.header) && hdus[0]!.kind === 'image' && hdus[0]!.axes.length === 1,
  identityFrom: 'file',
  identity,
  spectrum(file, path, asked) {
    const who = identity(file.hdus[0]!.header, path, file, asked?.cards);
    const primary = file.hdus[0]!;
    const relative = file.hdus.find(
      ({ name, kind }) => kind === 'image' && /^(relative_error|input_sigma)$/i.test(name),
    );
    if (primary.kind !== 'image' || primary.axes.length !== 1 || relative === undefined)
      throw spectrumError(
        'notASpectrum',
        `${file.name} is no GALAH spectrum: it lacks the flux, or its unit relative_error or input_sigma.`,
      );
    const flux = readImageNumbers(primary);
    const errors = readImageNumbers(relative).map((error, p) => error * Math.abs(flux[p] ?? NaN));
    const { first, step } = gridOf(primary);
    const pixels = finishPixels(
      {
        wave: Float64Array.from(flux, (_, p) => first + step * p),
        isAir: true,
        flux,
        ivar: fromErrors(errors),
        bits: null,
        forbidding: 0,
        fluxUnit: primary.header.text('BUNIT') ?? 'counts',
      },
      file.name,
    );
    return { ...who, ...pixels };
  },
  companions(path) {
    const match = /^(\d{15})([1-4])(\.fits(\.gz)?)$/.exec(basename(path));
    if (match === null) return [];
    const [, id = '', own, ending = ''] = match;
    return ['1', '2', '3', '4'].filter((arm) => arm !== own).map((arm) => join(dirname(path), `${id}${arm}${ending}`));
  },
  maskBits: [],
};

function isHermes(header: Header): boolean {
  return /^HERMES/i.test(header.text('INSTRUME') ?? '');
}

/** Air Å of the first pixel and a step. */
function gridOf({ header, place }: Hdu): { first: number; step: number } {
  const [value, step] = [header.number('CRVAL1'), header.number('CDELT1') ?? header.number('CD1_1')];
  if (value === null || step === null || !(step > 0))
    throw spectrumError('notASpectrum', `${place} has no wavelengths: CRVAL1 and CDELT1 are missing.`);
  return { first: value + step * (1 - (header.number('CRPIX1') ?? 1)), step };
}

function identity(header: Header, path: string, file: FitsFile | null, wanted?: WantedCards): SpectrumIdentity {
  if (!isHermes(header)) {
    const instrument = header.text('INSTRUME');
    const from =
      instrument === null ? 'its header names no instrument' : `it comes from the instrument "${instrument}"`;
    throw spectrumError('otherSurvey', `${basename(path)} is no spectrum of HERMES: ${from}.`);
  }
  const id = /^(\d{15})[1-4]$/.exec(stem(path))?.[1] ?? null;
  return identityOf('galah', path, {
    ...(id !== null && { star: id }),
    obsid: id,
    designation: header.text('OBJ_NAME'),
    raDeg: known(header, 'RA_OBJ'),
    decDeg: known(header, 'DEC_OBJ'),
    redshift: redshiftOf(header, file),
    snr: { u: null, g: null, r: null, i: null, z: null, all: known(header, 'SNR') },
    cards: cardRecord(header, id === null ? {} : { SOBJECT_ID: BigInt(id) }, wanted),
  });
}

function redshiftOf(header: Header, file: FitsFile | null): number | null {
  for (const [velocity, isRight] of [
    ['RVCOM', 'RVCOM_OK'],
    ['RV', 'RV_OK'],
  ] as const) {
    const kms = knownNumber(header.number(velocity));
    if (kms !== null && header.get(isRight) !== 0) return kms / LIGHT_KMS;
  }
  // The rest-frame copy has steps smaller by 1 + z.
  const copy = file?.hdus[4];
  const [own, rest] = [header.number('CDELT1'), copy?.header.number('CDELT1') ?? null];
  const isCopy = copy?.kind === 'image' && copy.name === '' && copy.axes[0] === file!.hdus[0]!.axes[0];
  return isCopy && own !== null && rest !== null && rest > 0 ? own / rest - 1 : null;
}
