/** Every file of the FITS collection against what astropy 5.2.1 reads in it. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openFits, type FitsFile } from '../../engine/fits/fitsFile';
import type { Hdu } from '../../engine/fits/hdus';
import { readImage } from '../../engine/fits/image';
import { readColumn, readField, type Column, type FlatColumn } from '../../engine/fits/table';
import { tableFields } from '../../engine/fits/fields';
import { asciiColumnNames } from '../../engine/fits/asciiTable';
import { UserError } from '../../engine/problems';
import { dataPath, withoutData } from '../data';

type Numeric = number | string | boolean;
interface Statistics {
  n?: number;
  finite?: number;
  sum?: Numeric;
  min?: Numeric;
  max?: Numeric;
  first?: (Numeric | Numeric[])[];
  last?: Numeric[];
}
interface ExpectedColumn extends Statistics {
  name: string | null;
  format: string;
  unit: string | null;
  error?: string;
  lengths?: number[];
  rowsFirst?: Numeric[][];
}
interface ExpectedHdu {
  kind: string;
  name: string;
  header: Record<string, Numeric | number[] | null>;
  shape?: number[] | null;
  rows?: number;
  image?: Statistics;
  columns?: ExpectedColumn[];
}

const files: Record<string, ExpectedHdu[] | { error: string }> = withoutData
  ? {}
  : (JSON.parse(readFileSync(dataPath('fits', 'expected.json'), 'utf8')) as Record<string, ExpectedHdu[]>);

const close = (actual: number, expected: number, relative = 1e-6) =>
  expect(Math.abs(actual - expected), `${actual} against ${expected}`).toBeLessThanOrEqual(
    relative * Math.max(1, Math.abs(expected)),
  );

function checkStatistics(values: ArrayLike<number | bigint>, expected: Statistics): void {
  const numbers = Array.from(values, Number);
  expect(numbers.length).toBe(expected.n);
  const finite = numbers.filter(Number.isFinite);
  expect(finite.length).toBe(expected.finite);
  const extent = finite.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  if (expected.sum !== undefined) {
    const difference = Math.abs(finite.reduce((sum, value) => sum + value, 0) - Number(expected.sum));
    expect(difference).toBeLessThanOrEqual(1e-6 * Math.max(1, extent) * Math.sqrt(finite.length + 1));
  }
  if (expected.min !== undefined && finite.length > 0)
    close(
      finite.reduce((a, b) => Math.min(a, b)),
      Number(expected.min),
    );
  if (expected.max !== undefined && finite.length > 0)
    close(
      finite.reduce((a, b) => Math.max(a, b)),
      Number(expected.max),
    );
  const same = (actual: number | undefined, value: Numeric) =>
    value === 'nan' ? expect(actual).toBeNaN() : close(actual!, Number(value));
  expected.first?.flat().forEach((value, i) => same(numbers[i], value));
  const last = (expected.last ?? []).flat();
  last.forEach((value, i) => same(numbers[numbers.length - last.length + i], value));
}

function checkColumn(column: Column, expected: ExpectedColumn): void {
  if (column.kind === 'ragged') {
    const length = (row: FlatColumn) =>
      row.kind === 'texts' ? row.values[0]!.length : row.kind === 'complex' ? row.values.length / 2 : row.values.length;
    // astropy counts the blanks at the end of a text, which are not part of its value.
    const isText = column.rows[0]?.kind === 'texts';
    expected.lengths?.forEach((n, row) =>
      isText ? expect(length(column.rows[row]!)).toBeLessThanOrEqual(n) : expect(length(column.rows[row]!)).toBe(n),
    );
    expected.rowsFirst?.forEach((values, row) => {
      const actual = column.rows[row]!;
      if (actual.kind === 'texts') expect([...actual.values[0]!]).toEqual(values.filter((value) => value !== ''));
      // astropy leaves variable-length logicals as the bytes in the file: 84 is "T".
      else if (actual.kind === 'logicals')
        expect(Array.from(actual.values)).toEqual(values.map((value) => (value === 84 ? 1 : 0)));
      else
        values.forEach((value, i) =>
          value === 'nan' ? expect(Number(actual.values[i])).toBeNaN() : close(Number(actual.values[i]), Number(value)),
        );
    });
    return;
  }
  if (column.kind === 'texts') {
    const trimmed = (values: unknown[] | undefined) =>
      (values ?? []).flat(Infinity).map((value) => String(value).trimEnd());
    const first = trimmed(expected.first);
    expect(column.values.slice(0, first.length)).toEqual(first);
    return;
  }
  if (column.kind === 'complex') {
    expected.first?.flat(Infinity).forEach((value, i) => close(column.values[i]!, Number(value)));
    return;
  }
  checkStatistics(column.values, expected);
}

function checkCard(hdu: Hdu, keyword: string, value: Numeric | number[] | null, kind: string): void {
  const actual = hdu.header.get(keyword);
  // Of random groups astropy changes NAXIS and NAXIS1; of values like INDEF it reports an error; complex numbers we keep as text.
  if ((kind === 'GroupsHDU' && keyword.startsWith('NAXIS')) || (typeof value === 'string' && value.startsWith('ERROR')))
    return;
  if (Array.isArray(value)) expect(String(actual).replace(/[() ]/g, '').split(',').map(Number), keyword).toEqual(value);
  else if (typeof value === 'number' && (typeof actual === 'number' || typeof actual === 'bigint'))
    close(Number(actual), value, 1e-12);
  else expect(actual ?? '', keyword).toEqual(value ?? '');
}

function checkHdu(hdu: Hdu, expected: ExpectedHdu): void {
  if (expected.kind === 'CompImageHDU') {
    expect(() => readImage(hdu)).toThrow(/tile-compressed image/);
    return;
  }
  expect(hdu.name.toUpperCase()).toBe(hdu.header.has('EXTNAME') ? expected.name.toUpperCase() : '');
  for (const [keyword, value] of Object.entries(expected.header)) checkCard(hdu, keyword, value, expected.kind);
  if (expected.kind === 'GroupsHDU') expect(() => readImage(hdu)).toThrow(/random groups/);
  if (expected.image !== undefined) {
    const image = readImage(hdu);
    expect([...image.axes].reverse()).toEqual(expected.shape);
    checkStatistics(image.values, expected.image);
  }
  if (expected.columns === undefined) return;
  expect(hdu.axes[1]).toBe(expected.rows);
  const names = hdu.kind === 'table' ? tableFields(hdu).map((field) => field.name) : asciiColumnNames(hdu);
  expect(names).toEqual(expected.columns.map((column) => column.name ?? ''));
  expected.columns.forEach((column, i) => {
    const actual = hdu.kind === 'table' ? readField(hdu, tableFields(hdu)[i]!) : readColumn(hdu, names[i]!);
    if (column.error === undefined) checkColumn(actual, column);
  });
}

describe.skipIf(withoutData)('the FITS collection (skipped: no data)', () => {
  test.each(Object.keys(files))('%s is read as astropy reads it, or refused with a sentence', (name) => {
    const expected = files[name]!;
    const open = (): FitsFile => openFits(readFileSync(dataPath('fits', name)), name);
    if (!Array.isArray(expected)) {
      expect(open).toThrow(UserError);
      expect(open).toThrow(/Unix compress/);
      return;
    }
    const { hdus } = open();
    expect(hdus.length).toBe(expected.length);
    hdus.forEach((hdu, i) => checkHdu(hdu, expected[i]!));
  });
});
