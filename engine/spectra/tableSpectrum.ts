/**
 * A spectrum in any table: FITS (many rows, or one row of vectors) or CSV, with columns of wavelength, flux and error. Columns are known by
 * their names, below; case does not matter. Wavelengths are in Å, nm, µm or m by the column's unit (in CSV in brackets after the name), Å without one; in
 * vacuum unless the name says air, the header has VACUUM = F or AIRORVAC = 'air'. The error may be a standard error, an inverse
 * variance or a variance. A mask column forbids where it is not 0.
 *
 * The redshift is a card Z or REDSHIFT, or RV in km/s (0 says that the wavelengths are in the rest frame); without any there is none. A CSV file gives
 * cards as comments before its header: `# Z = 0.0001`.
 */
import { basename } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { FitsFile } from '../fits/fitsFile';
import { openFits } from '../fits/fitsFile';
import { tableFields, type Field } from '../fits/fields';
import type { Hdu } from '../fits/hdus';
import type { Header } from '../fits/header';
import { readNumbers } from '../fits/table';
import { writeFits, type NewCard } from '../fits/writer';
import {
  cardRecord,
  identityOf,
  known,
  knownRedshift,
  positiveInteger,
  type SpectrumFormat,
  type WantedCards,
} from './format';
import { finishPixels, fromErrors, fromLogLambda } from './pixels';
import { spectrumError } from './problems';
import type { SpectrumIdentity } from './spectrum';

const LIGHT_KMS = 299792.458;
const names = {
  logWave: /^log_?(10)?_?(lam|lambda|wl|wave|wavelength)$/,
  wave: /^(wave|wavelength|wavelengths|wl|lam|lambda|angstrom)(_?(air|vac|vacuum))?$/,
  flux: /^(flux|fluxes|flam|f_lambda|norm_?flux|flux_?norm|normali[sz]ed_?flux|spec|spectrum|intensity)$/,
  ivar: /^(ivar|inv_?var|inverse_?variance|flux_?ivar|ivar_?flux)$/,
  error:
    /^(e|err|error|errors|sigma|sig|unc|uncertainty|noise|std|stddev|flux_?err|flux_?error|flux_?sigma|flux_?unc|err_?flux|error_?flux|e_?flux|sigma_?flux|fluxerr)$/,
  variance: /^(var|variance|flux_?var|flux_?variance)$/,
  mask: /^(mask|bad|flag|flags|and_?mask)$/,
} as const;
type Role = keyof typeof names;

const angstroms: Readonly<Record<string, number>> = {
  '': 1,
  angstrom: 1,
  angstroms: 1,
  aa: 1,
  a: 1,
  å: 1,
  nm: 10,
  nanometer: 10,
  um: 1e4,
  micron: 1e4,
  microns: 1e4,
  µm: 1e4,
  μm: 1e4,
  m: 1e10,
};

export const tableSpectrum: SpectrumFormat = {
  recognizes: (file) => spectrumTable(file) !== null,
  identityFrom: 'file',
  identity,
  spectrum(file, path, asked) {
    const found = spectrumTable(file);
    if (found === null)
      throw spectrumError(
        'notASpectrum',
        `${file.name} has no table with columns of wavelength, flux and error (such as wavelength, flux, flux_error).`,
      );
    const { hdu, roles } = found;
    const read = (role: Role) => (roles[role] === undefined ? null : readNumbers(hdu, roles[role].name));
    const flux = read('flux')!;
    const ivar =
      read('ivar') ?? read('variance')?.map((value) => (value > 0 ? 1 / value : 0)) ?? fromErrors(read('error')!);
    const pixels = finishPixels(
      {
        wave: roles.logWave === undefined ? scaledWave(hdu, roles.wave!) : fromLogLambda(read('logWave')!),
        isAir: isInAir(file, hdu, (roles.wave ?? roles.logWave)!),
        flux,
        ivar,
        bits: read('mask'),
        forbidding: -1,
        fluxUnit: roles.flux!.unit,
      },
      hdu.place,
    );
    return { ...identity(file.hdus[0]!.header, path, file, asked?.cards), ...pixels };
  },
  maskBits: [],
};

/** The first table that has all it takes, and its columns by what they are. */
function spectrumTable(file: FitsFile): { hdu: Hdu; roles: Partial<Record<Role, Field>> } | null {
  for (const hdu of file.hdus) {
    if (hdu.kind !== 'table') continue;
    const roles: Partial<Record<Role, Field>> = {};
    for (const field of tableFields(hdu)) {
      const role = (Object.keys(names) as Role[]).find((key) => names[key].test(field.name.trim().toLowerCase()));
      if (role !== undefined && field.type !== 'A' && field.elementType === null) roles[role] ??= field;
    }
    const hasError = (roles.ivar ?? roles.error ?? roles.variance) !== undefined;
    if ((roles.wave ?? roles.logWave) !== undefined && roles.flux !== undefined && hasError) return { hdu, roles };
  }
  return null;
}

function scaledWave(hdu: Hdu, { name, unit }: Field): Float64Array {
  const factor = angstroms[unit.toLowerCase()];
  if (factor === undefined) {
    throw spectrumError(
      'malformed',
      `${hdu.place}: wavelengths in "${unit}" are not read; they may be in Angstrom, nm, um or m.`,
    );
  }
  const wave = readNumbers(hdu, name);
  return factor === 1 ? wave : wave.map((value) => value * factor);
}

function isInAir(file: FitsFile, hdu: Hdu, { name }: Field): boolean {
  if (/air$/i.test(name.trim())) return true;
  if (/vac(uum)?$/i.test(name.trim())) return false;
  return [hdu.header, file.hdus[0]!.header].some(
    (header) => header.get('VACUUM') === false || /^air/i.test(header.text('AIRORVAC') ?? ''),
  );
}

function identity(header: Header, path: string, file: FitsFile | null, wanted?: WantedCards): SpectrumIdentity {
  const own = file === null ? null : (spectrumTable(file)?.hdu.header ?? null);
  const number = (keyword: string) => known(header, keyword) ?? (own === null ? null : known(own, keyword));
  const text = (keyword: string) => header.text(keyword) || own?.text(keyword) || null;
  const kms = number('RV');
  const redshift = number('Z') ?? number('REDSHIFT') ?? (kms === null ? null : kms / LIGHT_KMS);
  const star = text('OBJECT') ?? text('STAR');
  return identityOf('table', path, {
    ...(star !== null && { star }),
    obsid: positiveInteger(text('OBSID') ?? text('SOURCEID')),
    designation: text('DESIG'),
    subclass: text('SUBCLASS') ?? '',
    raDeg: number('RA'),
    decDeg: number('DEC'),
    redshift: knownRedshift(redshift),
    snr: { u: null, g: null, r: null, i: null, z: null, all: number('SNR') },
    cards: cardRecord(header, own === null ? {} : cardRecord(own, {}, wanted), wanted),
  });
}

/**
 * A CSV table as a FITS file with the same columns, so that there is one reader of tables: comma, semicolon, tab or blanks between the fields, `#` before
 * comments. Columns that are not numbers throughout are left out; empty fields are NaN. Throws `UserError` when there is no table.
 */
export function fitsOfCsv(bytes: Uint8Array, path: string): FitsFile {
  const name = basename(path);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
  const lines = text.split(/\r?\n/);
  const cards = lines.flatMap(cardOfComment);
  const titles = lines.find((line) => line.trim() !== '' && !line.trimStart().startsWith('#')) ?? '';
  const delimiter = [',', ';', '\t'].find((mark) => titles.includes(mark)) ?? ' ';
  const rows = parseRows(text, delimiter, name);
  const [header = [], ...body] = rows;
  if (header.length < 2 || body.length === 0) throw notATable(name);
  const columns = header.map((title, i) => {
    const { plain, unit } = nameAndUnit(title.trim().slice(0, longest));
    const values = Float64Array.from(body, (row) => ((row[i] ?? '').trim() === '' ? NaN : Number(row[i])));
    const isNumeric = values.every(
      (value, row) => !Number.isNaN(value) || /^(nan)?$/i.test((body[row]![i] ?? '').trim()),
    );
    return { name: plain, unit, values, isNumeric };
  });
  const numeric = columns
    .filter(({ isNumeric }) => isNumeric)
    .map(({ name, unit, values }) => ({ name, unit, values }));
  return openFits(
    writeFits([
      { kind: 'empty', cards },
      { kind: 'table', columns: numeric },
    ]),
    name,
  );
}

function parseRows(text: string, delimiter: string, name: string): string[][] {
  if (delimiter === ' ') {
    const lines = text.split(/\r?\n/).map((line) => line.trim());
    return lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split(/\s+/));
  }
  try {
    return parse(text, {
      delimiter,
      comment: '#',
      comment_no_infix: true,
      skip_empty_lines: true,
      relax_column_count: true,
    });
  } catch {
    throw notATable(name);
  }
}

function notATable(name: string) {
  return spectrumError('notASpectrum', `${name} is neither a FITS file nor a CSV table with a line of column names.`);
}

/** No line with a value, and no name of a column that is known, is as long. */
const longest = 1000;

/** "wavelength [nm]", "wavelength (nm)" or "wavelength". */
function nameAndUnit(title: string): { plain: string; unit: string } {
  const open = /[\])]$/.test(title) ? Math.max(title.lastIndexOf('['), title.lastIndexOf('(')) : -1;
  if (open < 0) return { plain: title, unit: '' };
  return { plain: title.slice(0, open).trimEnd(), unit: title.slice(open + 1, -1) };
}

/** `# KEY = value` or `# key: value`, with the value as a number, a logical, or text. */
function cardOfComment(line: string): NewCard[] {
  if (line.length > longest) return [];
  const match = /^#\s*([A-Za-z][A-Za-z0-9_-]{0,7})\s*[=:]\s*(\S.*)$/.exec(line);
  if (match === null) return [];
  const text = match[2]!.trimEnd().replace(/^(['"])(.*)\1$/, '$2');
  const number = Number(text);
  const isExact = !/^\d{16,}$/.test(text);
  const value = /^(T|true)$/.test(text)
    ? true
    : /^(F|false)$/.test(text)
      ? false
      : Number.isFinite(number) && isExact
        ? number
        : text;
  return [{ keyword: match[1]!.toUpperCase(), value }];
}
