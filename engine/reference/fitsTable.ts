/** The first table of a FITS file as a reference table. Columns with more than one value a row are left out. */
import { asciiColumnNames, readAsciiColumn } from '../fits/asciiTable';
import { tableFields, type Field } from '../fits/fields';
import type { FitsFile } from '../fits/fitsFile';
import { readField, rowCount, type Column } from '../fits/table';
import { UserError } from '../problems';
import { cellOfNumber, lazyColumn, type Cell } from './columns';
import type { Table } from './table';

/** @throws UserError CAN102 when the file has no table or an empty one. */
export function tableFromFits(path: string, file: FitsFile): Table {
  const hdu = file.hdus.find(({ kind }) => kind === 'table' || kind === 'ascii table');
  if (hdu === undefined)
    throw new UserError(`${path} holds no table`, 'Give a FITS file with a table extension, or a CSV.', 'CAN102');
  const nRows = rowCount(hdu);
  if (nRows === 0) throw new UserError(`${path} has no rows`, 'A reference table needs one row a star.', 'CAN102');
  if (hdu.kind === 'ascii table') {
    const columns = asciiColumnNames(hdu).map((name) =>
      lazyColumn({ name }, (most) => cells(readAsciiColumn(hdu, name), most)),
    );
    return { path, nRows, columns: new Map(columns.map((column) => [column.name, column])) };
  }
  const [single, arrays] = [[] as Field[], [] as string[]];
  for (const field of tableFields(hdu)) {
    if (hasOneValue(field)) single.push(field);
    else arrays.push(field.name);
  }
  const columns = single.map((field) =>
    lazyColumn({ name: field.name, unit: field.unit }, (most) => cells(readField(hdu, field), most)),
  );
  return { path, nRows, arrays, columns: new Map(columns.map((column) => [column.name, column])) };
}

function hasOneValue({ type, elementType, repeat, dims }: Field): boolean {
  if (elementType !== null || type === 'C' || type === 'M') return false;
  if (type === 'A') return dims.length === 0 || Math.floor(repeat / Math.max(1, dims[0]!)) <= 1;
  return repeat === 1;
}

function cells(column: Column, most?: number): Cell[] {
  if (column.kind === 'ragged' || column.kind === 'complex') return [];
  if (column.kind === 'texts') return column.values.slice(0, most).map((text) => (text === '' ? null : text));
  const { nulls } = column;
  const isNull = (row: number) => nulls?.[row] === 1;
  if (column.kind === 'logicals')
    return Array.from(column.values.subarray(0, most), (value, row) => (isNull(row) ? null : value === 1));
  return Array.from(column.values.subarray(0, most) as ArrayLike<number | bigint>, (value, row) =>
    isNull(row) ? null : cellOfNumber(value),
  );
}
