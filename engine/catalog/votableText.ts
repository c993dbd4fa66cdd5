/**
 * A table as VOTable 1.4, written in a stream: a FIELD a column with unit, UCD and description, the rows as BINARY2 in base64, so that
 * numbers keep every bit. Without rows it is the description that VOParquet keeps inside a Parquet file.
 *
 * Nothing known is NaN for a number, null for a whole number, "" for a text.
 */
import { voUnit } from '../reference/voUnits';
import { type CatalogColumn, noId } from './catalog';

const head = `<?xml version="1.0" encoding="UTF-8"?>
<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">
<RESOURCE type="results">
`;

/** The description alone. */
export function votableOfColumns(columns: readonly CatalogColumn[], name: string): string {
  return `${head}${tableHead(columns, name)}</TABLE>\n</RESOURCE>\n</VOTABLE>\n`;
}

/** Up to the first row. */
export function votableStart(columns: readonly CatalogColumn[], name: string): string {
  return `${head}${tableHead(columns, name)}<DATA>\n<BINARY2>\n<STREAM encoding="base64">\n`;
}

export const votableEnd = '</STREAM>\n</BINARY2>\n</DATA>\n</TABLE>\n</RESOURCE>\n</VOTABLE>\n';

function tableHead(columns: readonly CatalogColumn[], name: string): string {
  return `<TABLE name="${escaped(name)}">\n${columns.map(fieldOf).join('')}`;
}

function fieldOf(column: CatalogColumn): string {
  const { name, unit, ucd, description = '' } = column;
  const attributes = [`name="${escaped(name)}"`, `datatype="${datatypeOf(column)}"`];
  if (isText(column)) attributes.push('arraysize="*"');
  if (unit !== '') attributes.push(`unit="${escaped(voUnit(unit))}"`);
  if (ucd !== '') attributes.push(`ucd="${escaped(ucd)}"`);
  const inner = [
    ...(description === '' ? [] : [`<DESCRIPTION>${escaped(description)}</DESCRIPTION>`]),
    ...(column.values instanceof BigInt64Array ? [`<VALUES null="${noId}"/>`] : []),
  ];
  return `<FIELD ${attributes.join(' ')}${inner.length === 0 ? '/>' : `>${inner.join('')}</FIELD>`}\n`;
}

function datatypeOf(column: CatalogColumn): string {
  const { values } = column;
  if (values instanceof Float64Array) return 'double';
  if (values instanceof Int32Array) return 'int';
  if (values instanceof BigInt64Array) return 'long';
  // Names of files, models and lines may have letters beyond ASCII, which is all that `char` holds.
  return isText(column) ? 'unicodeChar' : 'boolean';
}

function isText({ values }: CatalogColumn): boolean {
  return Array.isArray(values) && typeof values[0] !== 'boolean';
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** Rows as base64, in lines; what does not fill a group of three bytes waits for the next rows, or for `end`. */
export class Binary2Stream {
  #rest: Buffer = Buffer.alloc(0);

  rows(columns: readonly CatalogColumn[]): string {
    return this.#text(Buffer.concat([this.#rest, packed(columns)]), false);
  }

  end(): string {
    return this.#text(this.#rest, true);
  }

  #text(bytes: Buffer, isLast: boolean): string {
    // 57 bytes fill a line of 76 letters.
    const whole = isLast ? bytes.length : bytes.length - (bytes.length % 57);
    this.#rest = bytes.subarray(whole);
    const letters = bytes.toString('base64', 0, whole);
    const lines: string[] = [];
    for (let at = 0; at < letters.length; at += 76) lines.push(letters.slice(at, at + 76), '\n');
    return lines.join('');
  }
}

function packed(columns: readonly CatalogColumn[]): Buffer {
  const nRows = columns[0]?.values.length ?? 0;
  const out = new Growing();
  for (let row = 0; row < nRows; row++) {
    const nulls = new Uint8Array(Math.ceil(columns.length / 8));
    columns.forEach(({ values }, k) => {
      if (values instanceof BigInt64Array && values[row] === noId) nulls[k >> 3]! |= 0x80 >> (k & 7);
    });
    out.bytes(nulls);
    for (const column of columns) out.cell(column.values[row]!, column);
  }
  return out.whole();
}

class Growing {
  #buffer = Buffer.allocUnsafe(1 << 16);
  #length = 0;

  whole(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  bytes(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  cell(value: number | bigint | boolean | string, column: CatalogColumn): void {
    if (typeof value === 'string') return this.#text(value);
    this.#room(8);
    if (typeof value === 'boolean') this.#length = this.#buffer.writeUInt8(value ? 0x54 : 0x46, this.#length);
    else if (typeof value === 'bigint') this.#length = this.#buffer.writeBigInt64BE(value, this.#length);
    else if (column.values instanceof Int32Array) this.#length = this.#buffer.writeInt32BE(value, this.#length);
    else this.#length = this.#buffer.writeDoubleBE(value, this.#length);
  }

  #text(text: string): void {
    const bytes = Buffer.from(text, 'utf16le').swap16();
    this.#room(4);
    this.#length = this.#buffer.writeInt32BE(bytes.length / 2, this.#length);
    this.bytes(bytes);
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(2 * this.#buffer.length + bytes);
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
