/**
 * SDSS, SEGUE and BOSS spectra, `spec-PLATE-MJD-FIBER.fits` (data releases 8 to 18): the table COADD with flux (1e-17 erg/s/cm²/Å), loglam,
 * ivar, and_mask, or_mask, and the pipeline's one row about the star in the table SPECOBJ, SPALL or SPZ: Z, CLASS, SUBCLASS, SN_MEDIAN.
 * Wavelengths are vacuum Å, heliocentric; loglam is float32 on a grid of 1e-4. The row's numbers and texts count as header cards.
 *
 * The pipeline sets ivar 0 where a pixel is very bad. Of the bits of SPPIXMASK in and_mask (set in every exposure) those forbid that say
 * that the value means little, BRIGHTSKY among them; those about the fibre or the neighbourhood as a whole do not.
 */
import { basename } from 'node:path';
import type { FitsFile } from '../fits/fitsFile';
import { findField, tableFields } from '../fits/fields';
import type { Hdu } from '../fits/hdus';
import type { CardValue, Header } from '../fits/header';
import { readField, readNumbers } from '../fits/table';
import {
  cardRecord,
  forbiddingBits,
  identityOf,
  knownNumber,
  knownRedshift,
  positiveInteger,
  type MaskBit,
  type SpectrumFormat,
  type WantedCards,
} from './format';
import { finishPixels, fromLogLambda } from './pixels';
import { spectrumError } from './problems';
import type { SpectrumIdentity } from './spectrum';

const maskBits: readonly MaskBit[] = [
  { bit: 0, name: 'NOPLUG', meaning: 'fibre not in the plug map', forbids: true },
  { bit: 1, name: 'BADTRACE', meaning: 'bad trace', forbids: true },
  { bit: 2, name: 'BADFLAT', meaning: 'few counts in the fibre flat', forbids: true },
  { bit: 3, name: 'BADARC', meaning: 'bad arc solution', forbids: true },
  { bit: 4, name: 'MANYBADCOLUMNS', meaning: 'more than a tenth of the pixels are bad columns', forbids: false },
  { bit: 5, name: 'MANYREJECTED', meaning: 'more than a tenth of the pixels were rejected', forbids: false },
  { bit: 6, name: 'LARGESHIFT', meaning: 'large shift between flat and object', forbids: false },
  { bit: 7, name: 'BADSKYFIBER', meaning: 'sky fibre with extreme residuals', forbids: false },
  { bit: 8, name: 'NEARWHOPPER', meaning: 'within two fibres of a very bright one', forbids: false },
  { bit: 9, name: 'WHOPPER', meaning: 'very bright source', forbids: false },
  { bit: 16, name: 'NEARBADPIXEL', meaning: 'bad pixel near the trace', forbids: false },
  { bit: 17, name: 'LOWFLAT', meaning: 'flat field below a half', forbids: false },
  { bit: 18, name: 'FULLREJECT', meaning: 'rejected in the extraction', forbids: true },
  { bit: 19, name: 'PARTIALREJECT', meaning: 'partly rejected in the extraction', forbids: false },
  { bit: 20, name: 'SCATTEREDLIGHT', meaning: 'significant scattered light', forbids: false },
  { bit: 21, name: 'CROSSTALK', meaning: 'significant cross-talk', forbids: false },
  { bit: 22, name: 'NOSKY', meaning: 'sky level unknown', forbids: true },
  { bit: 23, name: 'BRIGHTSKY', meaning: 'sky far above the flux', forbids: true },
  { bit: 24, name: 'NODATA', meaning: 'no data to combine', forbids: true },
  { bit: 25, name: 'COMBINEREJ', meaning: 'rejected when exposures were combined', forbids: true },
  { bit: 26, name: 'BADFLUXFACTOR', meaning: 'low flux-calibration factor', forbids: true },
  { bit: 27, name: 'BADSKYCHI', meaning: 'bad residuals of the sky', forbids: true },
  { bit: 28, name: 'REDMONSTER', meaning: 'contiguous bad residuals of the sky', forbids: true },
];
const forbidding = forbiddingBits(maskBits);

export const sdss: SpectrumFormat = {
  recognizes: (file) => coadd(file) !== null,
  identityFrom: 'file',
  identity,
  spectrum(file, path, asked) {
    const table = coadd(file);
    if (table === null)
      throw spectrumError(
        'notASpectrum',
        `${file.name} is no SDSS spectrum: it has no table with the columns flux, loglam and ivar.`,
      );
    const { header } = file.hdus[0]!;
    const pixels = finishPixels(
      {
        wave: fromLogLambda(readNumbers(table, 'loglam')),
        isAir: header.get('VACUUM') === false,
        flux: readNumbers(table, 'flux'),
        ivar: readNumbers(table, 'ivar'),
        bits: findField(table, 'and_mask') === null ? null : readNumbers(table, 'and_mask'),
        forbidding,
        fluxUnit: findField(table, 'flux')?.unit || (header.text('BUNIT') ?? ''),
      },
      table.place,
    );
    return { ...identity(header, path, file, asked?.cards), ...pixels };
  },
  maskBits,
};

function coadd(file: FitsFile): Hdu | null {
  const has = (hdu: Hdu, name: string) => findField(hdu, name) !== null;
  const isNamed = (hdu: Hdu) => hdu.name.toUpperCase() === 'COADD' || (hdu.name === '' && hdu.index === 1);
  const isCoadd = (hdu: Hdu) =>
    hdu.kind === 'table' && isNamed(hdu) && has(hdu, 'loglam') && has(hdu, 'flux') && has(hdu, 'ivar');
  return file.hdus.find(isCoadd) ?? null;
}

function identity(header: Header, path: string, file: FitsFile | null, wanted?: WantedCards): SpectrumIdentity {
  if (file === null || coadd(file) === null)
    throw spectrumError('notASpectrum', `${basename(path)} is no SDSS spectrum: it has no table with loglam and ivar.`);
  const { cards, snr } = starRow(file);
  const text = (keyword: string) => {
    const value = header.text(keyword) ?? cards[keyword];
    return value === null || value === undefined || value === '' ? null : String(value).trim();
  };
  const number = (keyword: string) => {
    const value = cards[keyword];
    return knownNumber(typeof value === 'number' ? value : header.number(keyword));
  };
  const fibre = [text('PLATEID') ?? text('PLATE'), text('MJD'), text('FIBERID')];
  return identityOf('sdss', path, {
    ...(fibre.every((part) => part !== null) && { star: fibre.join('-') }),
    obsid: positiveInteger(text('SPECOBJID') ?? text('SPEC_ID')),
    subclass: text('SUBCLASS') ?? '',
    raDeg: number('PLUG_RA') ?? number('RA'),
    decDeg: number('PLUG_DEC') ?? number('DEC'),
    redshift: knownRedshift(number('Z')),
    snr,
    cards: cardRecord(header, cards, wanted),
  });
}

/** The single values of the pipeline's row about the star, and the median S/N in u g r i z. */
function starRow(file: FitsFile) {
  const cards: Record<string, CardValue> = {};
  const bands: (number | null)[] = [];
  const table = file.hdus.find(
    (hdu) =>
      hdu.kind === 'table' && hdu.axes[1] === 1 && findField(hdu, 'Z') !== null && findField(hdu, 'loglam') === null,
  );
  for (const field of table === undefined ? [] : tableFields(table)) {
    const column = readField(table!, field);
    if (column.kind === 'ragged' || column.kind === 'complex') continue;
    if (field.name.toUpperCase() === 'SN_MEDIAN' && column.kind === 'numbers' && column.perRow === 5)
      bands.push(...Array.from(column.values, knownNumber));
    if (column.perRow !== 1) continue;
    const value: number | bigint | string = column.values[0]!;
    cards[field.name.toUpperCase()] = typeof value === 'string' ? value.trim() : value;
  }
  const [u = null, g = null, r = null, i = null, z = null] = bands;
  return { cards, snr: { u, g, r, i, z } };
}
