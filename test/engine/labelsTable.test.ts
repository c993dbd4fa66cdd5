/** Tables of labels in FITS, read some rows at a time, and reference tables of characters as FITS has them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openLabels } from '../../engine/catalog/labelsTable';
import { bitOf } from '../../engine/catalog/verdictBits';
import { writeFits } from '../../engine/fits/writer';
import { readTable } from '../../engine/reference/table';

const folder = mkdtempSync(join(tmpdir(), 'cannon-labels-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, bytes: Uint8Array | string) => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};

it('a FITS table of more than a mebibyte comes in pieces, in order, each time from its first row', async () => {
  const n = 50_000;
  const ids = BigInt64Array.from({ length: n }, (_, k) => 4611686018427387905n + BigInt(k));
  const columns = [
    { name: 'teff', unit: 'K', values: Float64Array.from({ length: n }, (_, k) => (k === 7 ? NaN : 4000 + k / 8)) },
    { name: 'source_id', values: ids },
    { name: 'model', values: Array.from({ length: n }, (_, k) => (k % 3 === 0 ? 'dwarfs' : 'giants')) },
  ];
  const table = await openLabels(file('labels.fits', writeFits([{ kind: 'table', name: 'LABELS', columns }])));
  expect(table.nRows).toBe(n);
  expect(table.columns).toEqual([
    { name: 'teff', unit: 'K' },
    { name: 'source_id', unit: '' },
    { name: 'model', unit: '' },
  ]);
  for (let read = 0; read < 2; read++) {
    let [from, nPieces] = [0, 0];
    for await (const piece of table.pieces()) {
      const to = from + piece.nRows;
      expect(piece.numbers('teff')).toEqual(columns[0]!.values.slice(from, to));
      expect(piece.texts('source_id')).toEqual(Array.from(ids.subarray(from, to), String));
      expect(piece.texts('model')).toEqual(columns[2]!.values.slice(from, to));
      [from, nPieces] = [to, nPieces + 1];
    }
    expect(from).toBe(n);
    expect(nPieces).toBeGreaterThan(1);
  }
});

it.each([
  ['image.fits', () => writeFits([]), 'holds no table'],
  ['labels.csv.gz', () => Uint8Array.of(0x1f, 0x8b, 8, 0), 'is packed'],
  ['labels.vot', () => '<?xml version="1.0"?><VOTABLE/>', 'is a VOTable'],
  ['empty.csv', () => '', 'has no rows'],
])('%s is no table of labels, which is said in a sentence', async (name, bytes, why) => {
  const path = file(name, bytes());
  await expect(openLabels(path)).rejects.toMatchObject({
    code: 'CAN360',
    message: `${path} ${why}, so no catalog is made of it`,
  });
});

/** Cards in a block. */
const header = (...cards: readonly string[]) => {
  const text = [...cards, 'END'].map((card) => card.padEnd(80)).join('');
  return text.padEnd(Math.ceil(text.length / 2880) * 2880);
};
const primary = header(
  'SIMPLE  =                    T',
  'BITPIX  =                    8',
  'NAXIS   =                    0',
);
const asciiTable = (rows: readonly string[]) =>
  primary +
  header(
    "XTENSION= 'TABLE   '",
    'BITPIX  =                    8',
    'NAXIS   =                    2',
    'NAXIS1  =                   20',
    `NAXIS2  = ${String(rows.length).padStart(20)}`,
    'PCOUNT  =                    0',
    'GCOUNT  =                    1',
    'TFIELDS =                    3',
    "TTYPE1  = 'name    '",
    'TBCOL1  =                    1',
    "TFORM1  = 'A6      '",
    "TTYPE2  = 'teff    '",
    'TBCOL2  =                    8',
    "TFORM2  = 'F7.1    '",
    "TNULL2  = '***     '",
    "TTYPE3  = 'n       '",
    'TBCOL3  =                   16',
    "TFORM3  = 'I5      '",
  ) +
  rows.join('').padEnd(2880 * Math.ceil((20 * rows.length) / 2880));

it('a reference table of characters in FITS has its numbers and texts', async () => {
  const rows = ['s1      5772.1    12', 's2      ***        7', 'star 3  3850.5    -1'];
  const table = await readTable(file('stars.fits', asciiTable(rows)));
  expect(table.nRows).toBe(3);
  expect(table.columns.get('name')!.values).toEqual(['s1', 's2', 'star 3']);
  expect(table.columns.get('teff')!.values).toEqual([5772.1, null, 3850.5]);
  expect(table.columns.get('n')!.values).toEqual([12, 7, -1]);
});

it.each([
  ['none.fits', primary, 'holds no table'],
  ['no-rows.fits', asciiTable([]), 'has no rows'],
])('%s is no reference table, which is said in a sentence', async (name, text, why) => {
  const path = file(name, text);
  await expect(readTable(path)).rejects.toMatchObject({ code: 'CAN102', message: `${path} ${why}` });
});

it.each([
  ['real', 'reviewed_real'],
  ['bad spectrum', 'reviewed_bad'],
  ['bad label', 'reviewed_bad'],
  ['exclude', 'reviewed_bad'],
  ['binary', 'reviewed_binary'],
  ['ignore', 'reviewed_ignore'],
] as const)('the verdict "%s" sets the flag %s', (verdict, flag) => expect(bitOf(verdict)).toEqual([flag]));
