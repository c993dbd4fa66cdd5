/** Reading spectra of any survey: whole, only who they are, or as a document for someone who looks at the file. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { SurveyFormat } from '../config/config';
import { tableFields } from '../fits/fields';
import {
  inspectFits,
  looksLikeFits,
  openFits,
  readBytes,
  readBytesNow,
  readPrimaryHeader,
  type FitsFile,
} from '../fits/fitsFile';
import type { Hdu, HduKind } from '../fits/hdus';
import type { CardValue, Header } from '../fits/header';
import { UserError } from '../problems';
import type { HduSummary, MaskCount, SpectrumArrays, SpectrumDocument } from './document';
import type { Asked } from './format';
import { formats, recognizeFormat } from './formats';
import { joinArms } from './pixels';
import { spectrumError } from './problems';
import type { Spectrum, SpectrumIdentity } from './spectrum';
import { fitsOfCsv } from './tableSpectrum';
import { titleOf } from './title';

/**
 * The spectrum in the file at `path`, joined with its other arms where the survey has a file an arm. Throws `UserError` when
 * it cannot be read or is of another kind.
 */
export async function readSpectrum(path: string, survey: SurveyFormat): Promise<Spectrum> {
  const files = filesOf(path, survey);
  const bytes = await Promise.all(files.map(readBytes));
  return joined(files.map((file, n) => armIn(bytes[n]!, file, survey)));
}

/** What a worker thread asks of reading. */
export interface ReadingOptions extends Asked {
  /** Shown the bytes of the file at the path before all else; must not keep them. */
  readonly see?: (bytes: Uint8Array) => void;
}

/** The same for a worker thread. */
export function readSpectrumNow(path: string, survey: SurveyFormat, { see, ...asked }: ReadingOptions = {}): Spectrum {
  const arms = filesOf(path, survey).map((file) => {
    const bytes = readBytesNow(file);
    if (file === path) see?.(bytes);
    return armIn(bytes, file, survey, asked);
  });
  return joined(arms);
}

/** The file at `path`, then its companions that exist. */
function filesOf(path: string, survey: SurveyFormat): string[] {
  return [path, ...(formats[survey].companions?.(path) ?? []).filter((other) => existsSync(other))];
}

function armIn(bytes: Uint8Array, file: string, survey: SurveyFormat, asked?: Asked): Spectrum {
  return formats[survey].spectrum(openAny(bytes, file, survey), file, asked);
}

/** The first of `arms` says who the spectrum is. */
function joined(arms: readonly Spectrum[]): Spectrum {
  return arms.length === 1 ? arms[0]! : { ...arms[0]!, ...joinArms(arms) };
}

/** Who the spectrum at `path` is, from as little of the file as the format allows. Throws `UserError` like `readSpectrum`. */
export async function readIdentity(path: string, survey: SurveyFormat): Promise<SpectrumIdentity> {
  const format = formats[survey];
  if (format.identityFrom === 'primary header') return format.identity(await readPrimaryHeader(path), path, null);
  const file = openAny(await readBytes(path), path, survey);
  return format.identity(file.hdus[0]!.header, path, file);
}

/** The file at `path` by its bytes; only `table` reads CSV, too. */
function openAny(bytes: Uint8Array, path: string, survey: SurveyFormat): FitsFile {
  if (survey !== 'table' || looksLikeFits(bytes)) return openFits(bytes, basename(path));
  return fitsOfCsv(bytes, path);
}

/**
 * The file at `path` as a person looks at it. A FITS file without a readable spectrum still has its headers, and `problem`
 * says why; throws `UserError` only when it is no FITS file at all, or cannot be read.
 */
export async function describeFits(path: string): Promise<SpectrumDocument> {
  return describeBytes(await readBytes(path), path);
}

/** The same for the file's bytes; `path` gives its name. */
export function describeBytes(bytes: Uint8Array, path: string): SpectrumDocument {
  const fileName = basename(path);
  const { file, problem: damage } = inspectFits(bytes, fileName);
  const header = file.hdus[0]!.header;
  const document = { fileName, title: header.text('OBJECT') || fileName, hdus: file.hdus.map(summaryOf) };
  try {
    if (damage !== null) throw damage;
    const survey = recognizeFormat(file, path);
    if (survey === null) {
      throw spectrumError('notASpectrum', `${fileName} holds no spectrum of a kind that is known here.`);
    }
    const spectrum = formats[survey].spectrum(file, path);
    const { fluxUnit, redshift } = spectrum;
    return {
      ...document,
      title: titleOf(spectrum),
      survey,
      spectrum: arraysOf(spectrum),
      masks: maskCounts(spectrum),
      fluxUnit,
      redshift,
      problem: airNote(header, survey),
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

function airNote(header: Header, survey: SurveyFormat): SpectrumDocument['problem'] {
  if (header.get('VACUUM') !== false && survey !== 'galah') return null;
  const why = survey === 'galah' ? 'HERMES' : 'VACUUM = F';
  return {
    message: `The file gives its wavelengths in air (${why}); here they are converted to vacuum.`,
    hint: 'Nothing needs to be done: all wavelengths shown are in vacuum.',
  };
}

/** How many pixels have each bit of the mask set, most frequent first. */
function maskCounts({ maskBits, survey }: Spectrum): MaskCount[] {
  const table = formats[survey].maskBits;
  if (maskBits === undefined) return [];
  return table
    .map(({ bit, name, meaning, forbids }) => {
      const nPixels = maskBits.reduce((count, bits) => count + ((bits >>> bit) & 1), 0);
      return { name, meaning, forbids, nPixels };
    })
    .filter(({ nPixels }) => nPixels > 0)
    .sort((a, b) => b.nPixels - a.nPixels);
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
