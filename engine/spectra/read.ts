/** Reading spectra of any survey: whole, only who they are, or as a document for someone who looks at the file. */
import { basename } from 'node:path';
import type { SurveyFormat } from '../config/config';
import { tableFields } from '../fits/fields';
import { inspectFits, readBytes, readFitsFile, readPrimaryHeader, type FitsFile } from '../fits/fitsFile';
import type { Hdu, HduKind } from '../fits/hdus';
import type { CardValue, Header } from '../fits/header';
import { UserError } from '../problems';
import type { HduSummary, SpectrumArrays, SpectrumDocument } from './document';
import { lamostIdentity, lamostSpectrum } from './lamostLrs';
import type { Spectrum, SpectrumIdentity } from './spectrum';
import { titleOf } from './title';

interface SurveyReader {
  readonly identity: (header: Header, path: string) => SpectrumIdentity;
  readonly spectrum: (file: FitsFile, path: string) => Spectrum;
}

const readers: Readonly<Record<SurveyFormat, SurveyReader>> = {
  'lamost-lrs': { identity: lamostIdentity, spectrum: lamostSpectrum },
};

/** The spectrum in the file at `path`. Throws `UserError` when it cannot be read or is of another kind. */
export async function readSpectrum(path: string, survey: SurveyFormat): Promise<Spectrum> {
  return readers[survey].spectrum(await readFitsFile(path), path);
}

/** Who the spectrum at `path` is, from the first bytes of the file alone. Throws `UserError` like `readSpectrum`. */
export async function readIdentity(path: string, survey: SurveyFormat): Promise<SpectrumIdentity> {
  return readers[survey].identity(await readPrimaryHeader(path), path);
}

/**
 * The file at `path` as a person looks at it. A FITS file without a readable spectrum still has its headers, and `problem`
 * says why; throws `UserError` only when it is no FITS file at all, or cannot be read.
 */
export async function describeFits(path: string): Promise<SpectrumDocument> {
  const fileName = basename(path);
  const { file, problem: damage } = inspectFits(await readBytes(path), fileName);
  const header = file.hdus[0]!.header;
  const document = { fileName, title: header.text('OBJECT') || fileName, hdus: file.hdus.map(summaryOf) };
  try {
    if (damage !== null) throw damage;
    const spectrum = lamostSpectrum(file, path);
    const { fluxUnit, redshift } = spectrum;
    return {
      ...document,
      title: titleOf(spectrum),
      spectrum: arraysOf(spectrum),
      fluxUnit,
      redshift,
      problem: airNote(header),
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return {
      ...document,
      spectrum: null,
      fluxUnit: '',
      redshift: null,
      problem: { message: error.message, hint: error.hint },
    };
  }
}

function airNote(header: Header): SpectrumDocument['problem'] {
  if (header.get('VACUUM') !== false) return null;
  return {
    message: 'The file gives its wavelengths in air (VACUUM = F); here they are converted to vacuum.',
    hint: 'Nothing needs to be done: all wavelengths shown are in vacuum.',
  };
}

function arraysOf(spectrum: Spectrum): SpectrumArrays {
  return {
    waveAngstrom: spectrum.waveAngstrom,
    flux: Float32Array.from(spectrum.flux),
    error: Float32Array.from(spectrum.ivar, (ivar) => (ivar > 0 ? 1 / Math.sqrt(ivar) : NaN)),
    masked: spectrum.masked,
  };
}

const kindInWords: Readonly<Record<HduKind, string>> = {
  empty: 'empty',
  image: 'image',
  table: 'binary table',
  'ascii table': 'ASCII table',
  'compressed image': 'compressed image',
  'random groups': 'random groups',
  foreign: 'unknown extension',
};

function summaryOf(hdu: Hdu): HduSummary {
  return {
    index: hdu.index,
    name: hdu.name !== '' ? hdu.name : hdu.index === 0 ? 'primary' : `HDU ${hdu.index}`,
    kind: kindInWords[hdu.kind],
    size: sizeOf(hdu),
    cards: hdu.header.cards.map(({ keyword, value, comment }) => ({ keyword, value: valueText(value), comment })),
  };
}

function sizeOf(hdu: Hdu): string {
  if (hdu.kind === 'image') {
    const bitpix = hdu.header.number('BITPIX')!;
    return `${hdu.axes.join(' × ')} ${bitpix < 0 ? 'float' : bitpix === 8 ? 'uint' : 'int'}${Math.abs(bitpix)}`;
  }
  if (hdu.kind === 'table' || hdu.kind === 'ascii table') {
    return `${counted(hdu.axes[1] ?? 0, 'row')} × ${counted(columnCount(hdu), 'column')}`;
  }
  return '';
}

function columnCount(hdu: Hdu): number {
  if (hdu.kind !== 'table') return hdu.header.number('TFIELDS') ?? 0;
  try {
    return tableFields(hdu).length;
  } catch {
    // A malformed table is still listed; reading it says what is wrong.
    return 0;
  }
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function valueText(value: CardValue): string {
  if (value === null) return '';
  if (typeof value === 'boolean') return value ? 'T' : 'F';
  return String(value);
}
