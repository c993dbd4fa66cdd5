/**
 * LAMOST medium-resolution spectra, `med-*.fits`: an empty primary unit, the tables COADD_B (4950–5350 Å) and COADD_R (6300–6800 Å) with
 * FLUX, IVAR, LOGLAM (or WAVELENGTH), ANDMASK, ORMASK, and one table an exposure, which are not read. Both arms are joined; a star that has
 * only one is read with it. Wavelengths are vacuum Å, heliocentric, unless VACUUM = F; LOGLAM is float32 on a grid of 1e-5.
 * Masks are those of the low-resolution spectra. These files give no redshift: it must be in a card Z.
 */
import { basename } from 'node:path';
import type { FitsFile } from '../fits/fitsFile';
import { findField } from '../fits/fields';
import type { Hdu } from '../fits/hdus';
import type { Header } from '../fits/header';
import { readNumbers } from '../fits/table';
import { cardRecord, known, knownNumber, type SpectrumFormat, type WantedCards } from './format';
import { commonIdentity, isMediumResolution, lamostForbidding, lamostMaskBits } from './lamostLrs';
import { finishPixels, fromLogLambda, joinArms, type Pixels } from './pixels';
import { spectrumError } from './problems';
import type { SpectrumIdentity } from './spectrum';

export const lamostMrs: SpectrumFormat = {
  recognizes: ({ hdus, name }) => {
    const { header } = hdus[0]!;
    return (header.text('TELESCOP') ?? 'LAMOST').toUpperCase() === 'LAMOST' && isMediumResolution(header, name);
  },
  identityFrom: 'file',
  identity,
  spectrum(file, path, asked) {
    const { header } = file.hdus[0]!;
    const who = identity(header, path, file, asked?.cards);
    const arms = armsOf(file);
    if (arms.length === 0)
      throw spectrumError(
        'notASpectrum',
        `${file.name} has no combined spectrum: it has neither a table COADD_B nor COADD_R.`,
      );
    return { ...who, ...joinArms(arms.map((arm) => armPixels(arm, header))) };
  },
  maskBits: lamostMaskBits,
};

function armsOf(file: FitsFile): Hdu[] {
  return file.hdus.filter(({ kind, name }) => kind === 'table' && /^COADD_[BR]$/i.test(name));
}

/** The S/N of an arm is in the arm's own header; of both, the better one stands for the star. */
function identity(header: Header, path: string, file: FitsFile | null, wanted?: WantedCards): SpectrumIdentity {
  if (!isMediumResolution(header, basename(path)))
    throw spectrumError('otherSurvey', `${basename(path)} is no LAMOST medium-resolution spectrum.`);
  const arms = file === null ? [] : armsOf(file);
  const snrs = arms.map((arm) => [`SNR_${arm.name.slice(-1).toUpperCase()}`, known(arm.header, 'SNR')] as const);
  const all = snrs.reduce<number | null>((best, [, snr]) => (snr !== null && snr > (best ?? 0) ? snr : best), null);
  const who = commonIdentity(header, path, []);
  return {
    ...who,
    survey: 'lamost-mrs',
    snr: { ...who.snr, all: knownNumber(all) },
    cards: cardRecord(header, Object.fromEntries(snrs), wanted),
  };
}

function armPixels(arm: Hdu, header: Header): Pixels {
  const wave =
    findField(arm, 'LOGLAM') !== null ? fromLogLambda(readNumbers(arm, 'LOGLAM')) : readNumbers(arm, 'WAVELENGTH');
  return finishPixels(
    {
      wave,
      isAir: header.get('VACUUM') === false,
      flux: readNumbers(arm, 'FLUX'),
      ivar: readNumbers(arm, 'IVAR'),
      bits: findField(arm, 'ANDMASK') === null ? null : readNumbers(arm, 'ANDMASK'),
      forbidding: lamostForbidding,
      fluxUnit: findField(arm, 'FLUX')?.unit ?? '',
    },
    arm.place,
  );
}
