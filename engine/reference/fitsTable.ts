/** The first table of a FITS file as a reference table. Columns with more than one value a row are left out. */
import { tableFields } from '../fits/fields';
import type { FitsFile } from '../fits/fitsFile';
import { readField, rowCount, type Column, type FlatColumn } from '../fits/table';
import { asciiColumnNames, readAsciiColumn } from '../fits/asciiTable';
import { UserError } from '../problems';
import { withoutSentinel, type Cell, type Table, type TableColumn } from './table';

/** @throws UserError CAN102 when the file has no table or an empty one. */
export function tableFromFits(path: string, file: FitsFile): Table {
  const hdu = file.hdus.find(({ kind }) => kind === 'table' || kind === 'ascii table');
  if (hdu === undefined)
    throw new UserError(`${path} holds no table`, 'Give a FITS file with a table extension, or a CSV.', 'CAN102');
  const nRows = rowCount(hdu);
  if (nRows === 0) throw new UserError(`${path} has no rows`, 'A reference table needs one row a star.', 'CAN102');
  const columns =
    hdu.kind === 'ascii table'
      ? asciiColumnNames(hdu).flatMap((name) => toColumn(name, '', readAsciiColumn(hdu, name)))
      : tableFields(hdu).flatMap((field) => toColumn(field.name, field.unit, readField(hdu, field)));
  return { path, nRows, columns: new Map(columns.map((column) => [column.name, column])) };
}

function toColumn(name: string, unit: string, column: Column): TableColumn[] {
  if (column.kind === 'ragged' || column.kind === 'complex' || column.perRow !== 1) return [];
  return [{ name, unit, values: cells(column) }];
}

function cells(column: Exclude<FlatColumn, { kind: 'complex' }>): Cell[] {
  if (column.kind === 'texts') return column.values.map((text) => (text === '' ? null : text));
  const { nulls } = column;
  const isNull = (row: number) => nulls?.[row] === 1;
  if (column.kind === 'logicals') return Array.from(column.values, (value, row) => (isNull(row) ? null : value === 1));
  return Array.from(column.values as ArrayLike<number | bigint>, (value, row) => (isNull(row) ? null : exact(value)));
}

/** Integers beyond 2^53 are ids: they stay digits. */
function exact(value: number | bigint): Cell {
  const number = Number(value);
  return typeof value === 'bigint' && !Number.isSafeInteger(number) ? value.toString() : withoutSentinel(number);
}
