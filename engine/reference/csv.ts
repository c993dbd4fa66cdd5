/**
 * A table of text: comma, tab, semicolon or bar between the fields, a line of names first, quotes as in RFC 4180.
 *
 * One pass over the bytes notes where each field ends; a column becomes numbers or texts when it is asked for. Lines end with
 * \n, \r\n or \r, also mixed. Lines that begin with # are comments; where the names themselves stand in such a line
 * (`#id,teff,logg`, as astropy writes them), the last comment before the data is the line of names.
 */
import { isAscii, isUtf8 } from 'node:buffer';
import { UserError } from '../problems';
import { cellsOfTexts, isNothing, isNumber, lazyColumn } from './columns';
import { Offsets } from './offsets';
import type { Table } from './table';

const [lineFeed, carriageReturn, quote, hash, space, tab] = [10, 13, 34, 35, 32, 9];

/** A table with the lines of its file on which each row begins and ends, counted from 0. */
export interface PlacedTable {
  readonly table: Table;
  readonly firstLines: Int32Array;
  readonly lastLines: Int32Array;
}

/** @throws UserError CAN102 with the line where the text is no table. */
export function tableFromCsv(path: string, bytes: Buffer): Table {
  return tableAndFields(path, bytes).table;
}

/** The same, with the places of its rows in the text. @throws UserError CAN102 */
export function placedTableFromCsv(path: string, bytes: Buffer): PlacedTable {
  const { table, fields } = tableAndFields(path, bytes);
  const { rowStarts, ends, nColumns } = fields;
  const [firstLines, lastLines] = [new Int32Array(table.nRows), new Int32Array(table.nRows)];
  let [at, line] = [0, 0];
  const lineOf = (offset: number): number => {
    for (; at < offset; at++) {
      if (bytes[at] === lineFeed || (bytes[at] === carriageReturn && bytes[at + 1] !== lineFeed)) line++;
    }
    return line;
  };
  for (let row = 0; row < table.nRows; row++) {
    firstLines[row] = lineOf(rowStarts.at(row));
    lastLines[row] = lineOf(ends.at((row + 1) * nColumns - 1));
  }
  return { table, firstLines, lastLines };
}

function tableAndFields(path: string, bytes: Buffer): { table: Table; fields: Fields } {
  const isWide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (isWide) throw new UserError(`${path} is written in UTF-16`, 'Save it as UTF-8.', 'CAN102');
  if (bytes.includes(0))
    throw new UserError(
      `${path} is not a CSV, FITS, Parquet or VOTable file: it holds binary data`,
      'Convert it to one of them (TOPCAT and astropy do that).',
      'CAN102',
    );
  const head = findHeader(bytes, path);
  const names = namesOf(head.names, path);
  const fields = new FieldScanner(bytes, head.delimiter.charCodeAt(0), names.length, path).scan(head.dataAt, head.line);
  const nRows = fields.rowStarts.length;
  if (nRows === 0)
    throw new UserError(`${path} has no rows`, 'A table needs a line of column names and one line a star.', 'CAN102');
  const text = fieldReader(bytes);
  const columns = names.map((name, k) =>
    lazyColumn({ name }, (most = nRows) =>
      cellsOfTexts(Array.from({ length: Math.min(most, nRows) }, (_, row) => text(fields, row, k))),
    ),
  );
  return { table: { path, nRows, columns: new Map(columns.map((column) => [column.name, column])) }, fields };
}

interface Header {
  readonly names: readonly string[];
  readonly delimiter: string;
  /** Where the first row of data begins, and the number of its line, counted from 1. */
  readonly dataAt: number;
  readonly line: number;
}

/** The lines before the data, and the line of names among them. */
function findHeader(bytes: Buffer, path: string): Header {
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  let comment: { text: string; delimiter: string } | null = null;
  for (let line = 1; at < bytes.length; line++) {
    const end = lineEnd(bytes, at);
    const text = bytes.toString('utf8', at, end).trim();
    const next = afterLine(bytes, end);
    if (text.startsWith('#')) {
      const inner = text.replace(/^#+\s*/, '');
      comment = { text: inner, delimiter: delimiterOf(inner) };
    } else if (text !== '') {
      const delimiter = delimiterOf(text);
      const first = splitLine(text, delimiter);
      const named = comment === null ? [] : splitLine(comment.text, delimiter);
      const isData = first.some(isNumber) && named.length === first.length && named.length > 1;
      if (isData && named.every((name) => name !== '' && !isNumber(name)))
        return { names: named, delimiter, dataAt: at, line };
      return { names: first, delimiter, dataAt: next, line: line + 1 };
    }
    at = next;
  }
  throw new UserError(`${path} has no rows`, 'A table needs a line of column names and one line a star.', 'CAN102');
}

function lineEnd(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== lineFeed && bytes[at] !== carriageReturn) at++;
  return at;
}

function afterLine(bytes: Buffer, end: number): number {
  return bytes[end] === carriageReturn && bytes[end + 1] === lineFeed ? end + 2 : end + 1;
}

/** The separator that stands most often in a table's first line. */
export function delimiterOf(firstLine: string): string {
  const plain = firstLine.replace(/"[^"]*"/g, '');
  const count = (character: string) => plain.split(character).length - 1;
  return [',', '\t', ';', '|'].reduce((best, d) => (count(d) > count(best) ? d : best), ',');
}

/** The fields of one line, without blanks and quotes around them. */
function splitLine(line: string, delimiter: string): string[] {
  const fields: string[] = [];
  let [from, isQuoted] = [0, false];
  for (let at = 0; at <= line.length; at++) {
    if (line[at] === '"') isQuoted = !isQuoted;
    if (at < line.length && (isQuoted || line[at] !== delimiter)) continue;
    fields.push(unquoted(line.slice(from, at).trim()));
    from = at + 1;
  }
  return fields;
}

function unquoted(text: string): string {
  return text.startsWith('"') && text.endsWith('"') && text.length > 1
    ? text.slice(1, -1).replaceAll('""', '"').trim()
    : text;
}

/** A column without a name, such as the index that pandas writes, is called by its place. */
function namesOf(header: readonly string[], path: string): string[] {
  const names = header.map((name, k) => (name === '' ? `column${k + 1}` : name));
  const seen = new Set<string>();
  const twice = names.find((name) => seen.size === seen.add(name).size);
  if (twice !== undefined)
    throw new UserError(`${path} has two columns named "${twice}"`, 'Rename one of them.', 'CAN102');
  if (names.every((name) => isNumber(name) || isNothing(name)))
    throw new UserError(
      `${path} has no line of column names: it begins with ${names.slice(0, 3).join(', ')}`,
      'Write the names of the columns into the first line.',
      'CAN102',
    );
  return names;
}

interface Fields {
  readonly nColumns: number;
  /** Where each row begins. */
  readonly rowStarts: Offsets;
  /** Row by row, the offset of the separator behind each field. */
  readonly ends: Offsets;
}

/** Finds the fields of all rows. */
class FieldScanner {
  private readonly rowStarts = new Offsets();
  private readonly ends = new Offsets();

  constructor(
    private readonly bytes: Buffer,
    private readonly delimiter: number,
    private readonly nColumns: number,
    private readonly path: string,
  ) {}

  scan(from: number, firstLine: number): Fields {
    const { bytes, delimiter } = this;
    let [at, line] = [from, firstLine];
    while (at < bytes.length) {
      const first = this.afterBlanks(at);
      const code = bytes[first];
      if (code === hash || code === lineFeed || code === carriageReturn || first >= bytes.length) {
        at = afterLine(bytes, lineEnd(bytes, first));
        line++;
        continue;
      }
      const rowLine = line;
      this.rowStarts.push(at);
      for (let isInRow = true; isInRow;) {
        if (bytes[at] === quote || bytes[at] === space || bytes[at] === tab) {
          const closed = this.afterQuoted(at, line);
          line += closed.lines;
          at = closed.at;
        }
        while (at < bytes.length) {
          const byte = bytes[at]!;
          if (byte === delimiter || byte === lineFeed || byte === carriageReturn) break;
          at++;
        }
        this.ends.push(at);
        if (bytes[at] === delimiter) at++;
        else isInRow = false;
      }
      at = afterLine(bytes, at);
      line++;
      this.checkRow(rowLine);
    }
    return { nColumns: this.nColumns, rowStarts: this.rowStarts, ends: this.ends };
  }

  private afterBlanks(from: number): number {
    let at = from;
    while ((this.bytes[at] === space || this.bytes[at] === tab) && this.bytes[at] !== this.delimiter) at++;
    return at;
  }

  /** Behind the closing quote of the field at `from`; `from` where the field has no quotes. */
  private afterQuoted(from: number, line: number): { at: number; lines: number } {
    const { bytes } = this;
    let at = this.afterBlanks(from);
    if (bytes[at] !== quote) return { at: from, lines: 0 };
    let lines = 0;
    for (at++; at < bytes.length; at++) {
      if (bytes[at] === lineFeed || (bytes[at] === carriageReturn && bytes[at + 1] !== lineFeed)) lines++;
      if (bytes[at] !== quote) continue;
      if (bytes[at + 1] !== quote) break;
      at++;
    }
    if (at >= bytes.length) throw this.malformed(`the quote that opens in line ${line} is never closed`);
    const next = this.afterBlanks(at + 1);
    const isEnd =
      next >= bytes.length ||
      bytes[next] === this.delimiter ||
      bytes[next] === lineFeed ||
      bytes[next] === carriageReturn;
    if (!isEnd) throw this.malformed(`in line ${line + lines} text follows a closing quote`);
    return { at: next, lines };
  }

  private checkRow(line: number): void {
    const found = this.ends.length - (this.rowStarts.length - 1) * this.nColumns;
    if (found === this.nColumns) return;
    const fields = `${found} ${found === 1 ? 'field' : 'fields'}`;
    if (this.rowStarts.length === 1) throw this.misnamed(line, fields);
    throw this.malformed(`line ${line} has ${fields}, the line of names has ${this.nColumns}`);
  }

  /** Already the first row: rather the line of names than the row is wrong, as where a file lost its beginning. */
  private misnamed(line: number, fields: string): UserError {
    return new UserError(
      `${this.path} is not a well-formed CSV: its line of names has ${this.nColumns}, but the first row, line ${line}, has ${fields}`,
      'Write a name for each field into the line of names, or fetch the file again: part of that line may be lost.',
      'CAN102',
    );
  }

  private malformed(what: string): UserError {
    return new UserError(
      `${this.path} is not a well-formed CSV: ${what}`,
      'Mend that line; a text that holds the separator or a quote stands in quotes.',
      'CAN102',
    );
  }
}

/** How a field's text is read: UTF-8, or Latin-1 where the file is no UTF-8. */
function fieldReader(bytes: Buffer): (fields: Fields, row: number, k: number) => string {
  const encoding = isUtf8(bytes) && !isAscii(bytes) ? 'utf8' : 'latin1';
  return ({ rowStarts, ends, nColumns }, row, k) => {
    const field = row * nColumns + k;
    const start = k === 0 ? rowStarts.at(row) : ends.at(field - 1) + 1;
    const text = bytes.toString(encoding, start, ends.at(field)).trim();
    return text.charCodeAt(0) === quote ? unquoted(text) : text;
  };
}
