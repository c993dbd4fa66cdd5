/**
 * A VOTable (IVOA Recommendations 1.1 to 1.5): the first TABLE, whose data are TABLEDATA, BINARY or BINARY2.
 *
 * Units and UCDs are those of the FIELDs; nulls are empty cells, the `null` of VALUES, NaN, and the null bits of BINARY2.
 * Columns with more than one value a row are left out. Nothing is fetched: a STREAM must hold its bytes.
 */
import { UserError } from '../problems';
import { cellOfNumber, lazyColumn, type Cell, type TableColumn } from './columns';
import { Offsets } from './offsets';
import type { Table } from './table';
import { binaryRows } from './votableBinary';
import { XmlScanner, decodeText, type Tag } from './xmlScanner';
import { fromVoUnit } from './voUnits';

/** What a FIELD says of its column. */
export interface VotableField {
  readonly name: string;
  readonly unit: string;
  readonly ucd: string;
  readonly datatype: string;
  /** Elements of a cell: a number, or null where each row says how many. 1 for single values. */
  readonly count: number | null;
  /** One value a row: a scalar, or one string. */
  readonly isSingle: boolean;
  /** The value that stands for nothing, as written, or null. */
  readonly nullText: string | null;
}

/** One cell of one column. */
export type CellReader = (row: number) => Cell;

/** What a serialization offers: how many rows, and how to read a column's cells. */
export interface VotableRows {
  readonly nRows: number;
  readonly reader: (k: number) => CellReader;
}

/** Whether a text file is a VOTable, by its beginning. */
export function isVotable(bytes: Buffer): boolean {
  const head = bytes.toString('latin1', 0, 16_384);
  return /^(\xef\xbb\xbf)?\s*</.test(head) && /<(\w+:)?VOTABLE[\s>]/.test(head);
}

/** @throws UserError CAN102 for a VOTable without a table, with data elsewhere, or malformed. */
export function tableFromVotable(path: string, bytes: Buffer): Table {
  const { fields, rows } = readVotable(path, bytes);
  if (rows === null || rows.nRows === 0)
    throw new UserError(`${path} has no rows`, 'A reference table needs one row a star.', 'CAN102');
  const { nRows, reader } = rows;
  const columns: TableColumn[] = [];
  const arrays: string[] = [];
  fields.forEach((field, k) => {
    if (!field.isSingle) return arrays.push(field.name);
    const read = (most = nRows) => {
      const cell = reader(k);
      return Array.from({ length: Math.min(most, nRows) }, (_, row) => cell(row));
    };
    return columns.push(lazyColumn(field, read));
  });
  return { path, nRows, arrays, columns: new Map(columns.map((column) => [column.name, column])) };
}

/** The fields of the first table; `rows` is null where it has no data, as in the metadata of a VOParquet file. */
export function readVotable(path: string, bytes: Buffer): { fields: VotableField[]; rows: VotableRows | null } {
  const scanner = new XmlScanner(bytes, path);
  let isInTable = false;
  const fields: VotableField[] = [];
  for (let tag = scanner.next(); tag !== null; tag = scanner.next()) {
    if (tag.kind === 'close') {
      if (tag.name === 'TABLE' && isInTable) return { fields, rows: null };
      continue;
    }
    if (tag.name === 'TABLE') {
      if (tag.kind === 'empty') continue;
      isInTable = true;
    } else if (isInTable && tag.name === 'FIELD') fields.push(readField(scanner, tag, fields, path));
    else if (isInTable && /^(TABLEDATA|BINARY2?|FITS)$/.test(tag.name))
      return { fields, rows: readRows(scanner, tag, fields, path) };
  }
  if (isInTable) throw scanner.broken(bytes.length, 'the file ends inside its table');
  throw new UserError(`${path} holds no table`, 'Give a VOTable with a TABLE element that has data.', 'CAN102');
}

const datatypes = new Set([
  ...['boolean', 'bit', 'unsignedByte', 'short', 'int', 'long', 'char', 'unicodeChar', 'float', 'double'],
  ...['floatComplex', 'doubleComplex'],
]);

function readField(scanner: XmlScanner, tag: Tag, earlier: readonly VotableField[], path: string): VotableField {
  let nullText: string | null = null;
  if (tag.kind === 'open') {
    for (let inner = scanner.next(); ; inner = scanner.next()) {
      if (inner === null) throw scanner.broken(tag.from, 'a FIELD does not end');
      if (inner.kind === 'close' && inner.name === 'FIELD') break;
      if (inner.name === 'VALUES' && inner.kind !== 'close' && inner.attributes.get('type') !== 'actual')
        nullText = inner.attributes.get('null') ?? nullText;
    }
  }
  const { attributes } = tag;
  const given = attributes.get('name') ?? attributes.get('ID') ?? `column${earlier.length + 1}`;
  const isTaken = (name: string) => earlier.some((field) => field.name === name);
  const name = isTaken(given) ? (attributes.get('ID') ?? given) : given;
  if (isTaken(name)) throw new UserError(`${path} has two columns named "${name}"`, 'Rename one of them.', 'CAN102');
  const datatype = attributes.get('datatype') ?? 'char';
  if (!datatypes.has(datatype))
    throw scanner.broken(tag.from, `column "${name}" has the unknown datatype "${datatype}"`);
  const arraysize = (attributes.get('arraysize') ?? '').trim();
  if (!/^((\d+x)*(\d+|\d*\*)(s\(.*\))?)?$/.test(arraysize))
    throw scanner.broken(tag.from, `column "${name}" has the arraysize "${arraysize}"`);
  const isText = datatype === 'char' || datatype === 'unicodeChar';
  const count = arraysize.includes('*')
    ? null
    : arraysize.split('x').reduce((product, axis) => product * Number(axis === '' ? 1 : axis), 1);
  const isSingle = isText ? !arraysize.includes('x') : count === 1 && !datatype.endsWith('Complex');
  const unit = fromVoUnit(attributes.get('unit') ?? '');
  return { name, unit, ucd: attributes.get('ucd') ?? '', datatype, count, isSingle, nullText };
}

function readRows(scanner: XmlScanner, tag: Tag, fields: readonly VotableField[], path: string): VotableRows | null {
  if (fields.length === 0) throw scanner.broken(tag.from, 'its table has no FIELD');
  if (tag.name === 'TABLEDATA') return tag.kind === 'empty' ? null : new TableData(scanner, fields).rows();
  if (tag.name === 'FITS')
    throw new UserError(
      `${path} keeps its rows as FITS inside the VOTable, which is not read`,
      'Save it as FITS, or as a VOTable with TABLEDATA or BINARY2.',
      'CAN102',
    );
  const stream = scanner.next();
  if (stream?.name !== 'STREAM') throw scanner.broken(tag.from, `its ${tag.name} has no STREAM`);
  const href = stream.attributes.get('href');
  if (href !== undefined)
    throw new UserError(
      `${path} keeps its rows in another place (${href.slice(0, 100)}), and nothing is fetched`,
      'Save the table with its rows in one file.',
      'CAN102',
    );
  const encoding = stream.attributes.get('encoding') ?? 'none';
  if (encoding !== 'base64') throw scanner.broken(stream.from, `the encoding "${encoding}" is not read`);
  if (stream.kind === 'empty') return null;
  const end = scanner.next();
  if (end?.name !== 'STREAM' || end.kind !== 'close') throw scanner.broken(stream.from, 'the STREAM does not end');
  return binaryRows(decodeBase64(scanner.bytes, stream.to, end.from), fields, tag.name === 'BINARY2', path);
}

/** In parts, as a text has at most half a gigabyte. */
function decodeBase64(bytes: Buffer, from: number, to: number): Buffer {
  const packed = Buffer.allocUnsafe(to - from);
  let length = 0;
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!;
    if (byte > 32) packed[length++] = byte;
  }
  const parts: Buffer[] = [];
  const partLength = 2 ** 26;
  for (let at = 0; at < length; at += partLength)
    parts.push(Buffer.from(packed.toString('latin1', at, Math.min(length, at + partLength)), 'base64'));
  return Buffer.concat(parts);
}

/** The cells between TR and TD tags: where each lies is noted in one pass, its text is read when it is asked for. */
class TableData {
  private readonly starts = new Offsets();
  private readonly ends = new Offsets();

  constructor(
    private readonly scanner: XmlScanner,
    private readonly fields: readonly VotableField[],
  ) {}

  rows(): VotableRows {
    const { scanner, fields } = this;
    let nRows = 0;
    for (let tag = scanner.next(); ; tag = scanner.next()) {
      if (tag === null) throw scanner.broken(scanner.bytes.length, 'the file ends inside its table');
      if (tag.name === 'TABLEDATA' && tag.kind === 'close') break;
      if (tag.name === 'TD' && tag.kind !== 'close') this.cell(tag);
      else if (tag.name === 'TR' && tag.kind !== 'open') {
        if (tag.kind === 'empty') continue;
        const found = this.ends.length - nRows * fields.length;
        nRows++;
        if (found !== fields.length)
          throw scanner.broken(tag.from, `row ${nRows} has ${found} cells, the table has ${fields.length} columns`);
      }
    }
    return { nRows, reader: (k) => this.reader(k) };
  }

  private cell(tag: Tag): void {
    const { scanner } = this;
    let end = tag.to;
    if (tag.kind === 'open') {
      const close = scanner.next();
      if (close?.name !== 'TD' || close.kind !== 'close') throw scanner.broken(tag.from, 'a TD does not end');
      end = close.from;
    }
    this.starts.push(tag.to);
    this.ends.push(end);
  }

  private reader(k: number): CellReader {
    const { fields, starts, ends } = this;
    const { bytes } = this.scanner;
    const parse = textParser(fields[k]!);
    return (row) => {
      const cell = row * fields.length + k;
      return parse(decodeText(bytes.toString('utf8', starts.at(cell), ends.at(cell))).trim());
    };
  }
}

/** The cell that a text stands for. @throws UserError CAN102 where a column of numbers holds a word. */
function textParser({ name, datatype, nullText }: VotableField): (text: string) => Cell {
  const isNull = (text: string) => text === '' || text === nullText;
  switch (datatype) {
    case 'char':
    case 'unicodeChar':
      return (text) => (isNull(text) ? null : text);
    case 'boolean':
    case 'bit':
      return (text) => (/^(t|true|1)$/i.test(text) ? true : /^(f|false|0)$/i.test(text) ? false : null);
    case 'long':
    case 'int':
    case 'short':
    case 'unsignedByte':
      return (text) => {
        if (isNull(text)) return null;
        if (!/^([+-]?\d+|0x[\da-f]+)$/i.test(text)) throw notNumber(name, text);
        return cellOfNumber(BigInt(text.replace(/^\+/, '')));
      };
    default:
      return (text) => {
        if (isNull(text) || /^([+-]?inf(inity)?|nan)$/i.test(text)) return null;
        const value = Number(text);
        if (Number.isNaN(value)) throw notNumber(name, text);
        return cellOfNumber(value);
      };
  }
}

function notNumber(name: string, text: string): UserError {
  return new UserError(
    `Column "${name}" of the VOTable holds "${text.slice(0, 40)}", which is not a number`,
    'Its FIELD says that it holds numbers; mend that cell.',
    'CAN102',
  );
}
