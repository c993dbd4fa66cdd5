import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { tableFromCsv } from '../../engine/reference/csv';
import { withDuckDb, sqlText } from '../../engine/reference/duckdb';
import { column } from '../../engine/reference/match';
import { mentionedIn, readTable, type Table } from '../../engine/reference/table';
import { writeFits } from '../../engine/fits/writer';
import { dataPath, withoutData } from '../data';

const folder = mkdtempSync(join(tmpdir(), 'cannon-formats-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const cells = (table: Table) => Object.fromEntries([...table.columns].map(([name, { values }]) => [name, values]));

const fields = `<FIELD ID="source_id" datatype="long" name="source_id"/>
  <FIELD ID="teff" datatype="double" name="teff" unit="K" ucd="phys.temperature.effective"/>
  <FIELD ID="flag" datatype="short" name="flag"><VALUES null="-9"/></FIELD>
  <FIELD ID="good" datatype="bit" name="good"/>
  <FIELD ID="flux" arraysize="2" datatype="double" name="flux"/>
  <FIELD ID="name" arraysize="12" datatype="unicodeChar" name="name"/>
  <FIELD ID="logg" datatype="float" name="logg"/>`;
const votable = (data: string, head = fields) =>
  `<?xml version="1.0"?>\n<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE><TABLE>${head}<DATA>${data}</DATA></TABLE></RESOURCE></VOTABLE>`;
// The two rows below as astropy 5.2.1 writes them.
const binary =
  'O53Fc6FWAHtAtouAAAAAAAABCAAAAAAAAAAAP/AAAAAAAAAASABEACAAMQAAAAAAAAAAAAAAAAAAAABAjgAA//////////l/+AAAAAAAAP/3AEAAAAAAAAAAQAgAAAAAAAAAYgAgAEMAZQB0ACAAJgAgADwAYwBvAD5AIAAA';
const binary2 =
  'ADudxXOhVgB7QLaLgAAAAAAAAQgAAAAAAAAAAD/wAAAAAAAAAEgARAAgADEAAAAAAAAAAAAAAAAAAAAAQI4AAAD/////////+X/4AAAAAAAA//cAQAAAAAAAAABACAAAAAAAAABiACAAQwBlAHQAIAAmACAAPABjAG8APkAgAAA=';
const stream = (kind: string, base64: string) => `<${kind}><STREAM encoding="base64">\n${base64}\n</STREAM></${kind}>`;
const expected = {
  source_id: ['4295806720000000123', -7],
  teff: [5771.5, null],
  flag: [1, null],
  good: [true, false],
  name: ['HD 1', 'b Cet & <co>'],
  logg: [4.4375, 2.5],
};

describe('a VOTable', () => {
  const tabledata = `<TABLEDATA>
    <TR><TD>4295806720000000123</TD><TD>5771.5</TD><TD>1</TD><TD>1</TD><TD>0 1</TD><TD>HD 1</TD><TD>4.4375</TD></TR>
    <!-- a comment --><TR><TD>-7</TD><TD>NaN</TD><TD>-9</TD><TD>0</TD><TD>2 3</TD><TD>b Cet &amp; <![CDATA[<co>]]></TD><TD>2.5</TD></TR>
    </TABLEDATA>`;

  it.each([
    ['TABLEDATA', tabledata],
    ['BINARY', stream('BINARY', binary)],
    ['BINARY2', stream('BINARY2', binary2)],
  ])('of %s gives values, units and exact ids, and leaves arrays out', async (name, data) => {
    const table = await readTable(file(`${name}.xml`, votable(data)));
    expect(cells(table)).toEqual(expected);
    expect(table.columns.get('teff')).toMatchObject({ unit: 'K', ucd: 'phys.temperature.effective' });
    expect(table.arrays).toEqual(['flux']);
    expect(() => column(table, 'flux')).toThrow(/"flux" of .* has more than one value a row/);
  });

  it('is known by its bytes, gzipped and with a prefix before its names as well', async () => {
    const prefixed = votable(tabledata).replace(/<(\/?)(?=[A-Z])(?!TD|!)/g, '<$1vo:');
    const table = await readTable(file('table.csv', gzipSync(prefixed)));
    expect(cells(table)).toEqual(expected);
  });

  it('takes the null bits of BINARY2', async () => {
    const bytes = Buffer.from(binary2, 'base64');
    bytes[0] = 0b1100_0000;
    const table = await readTable(file('bits.vot', votable(stream('BINARY2', bytes.toString('base64')))));
    expect(cells(table)).toMatchObject({ source_id: [null, -7], teff: [null, null], logg: [4.4375, 2.5] });
  });

  it('reads texts whose length varies, of BINARY', async () => {
    const head = '<FIELD name="id" datatype="char" arraysize="*"/><FIELD name="x" datatype="int"/>';
    const bytes = Buffer.concat([
      Buffer.from([0, 0, 0, 2]),
      Buffer.from('ab'),
      Buffer.from([0, 0, 0, 5]),
      Buffer.from([0, 0, 0, 0, 255, 255, 255, 255]),
    ]);
    const table = await readTable(file('varying.vot', votable(stream('BINARY', bytes.toString('base64')), head)));
    expect(cells(table)).toEqual({ id: ['ab', null], x: [5, -1] });
  });

  it.each([
    [
      'cut',
      votable('<TABLEDATA><TR><TD>1</TD>').slice(0, -60),
      /is not a well-formed VOTable: a tag does not end \(line \d\)/,
    ],
    ['short row', votable('<TABLEDATA><TR><TD>1</TD></TR></TABLEDATA>'), /row 1 has 1 cells, the table has 7 columns/],
    ['cut stream', votable(stream('BINARY', binary.slice(0, 120))), /is cut off in row 2/],
    [
      'elsewhere',
      votable('<BINARY><STREAM href="http://x.org/t"/></BINARY>'),
      /in another place .*, and nothing is fetched/,
    ],
    ['no table', '<VOTABLE></VOTABLE>', /holds no table/],
    ['datatype', votable('', '<FIELD name="a" datatype="quad"/>'), /column "a" has the unknown datatype "quad"/],
    ['a page', '<!DOCTYPE html><html><body>404</body></html>', /is a page or an XML file without a VOTable/],
  ])('is refused in one sentence: %s', async (name, text, sentence) => {
    await expect(readTable(file(`${name}.vot`, text))).rejects.toThrow(sentence);
  });

  it('names the cell that is no number', async () => {
    const data = '<TABLEDATA><TR><TD>hot</TD></TR></TABLEDATA>';
    const table = await readTable(file('hot.vot', votable(data, '<FIELD name="teff" datatype="double"/>')));
    expect(() => table.columns.get('teff')!.values).toThrow(/"teff" of the VOTable holds "hot"/);
  });

  it('does not let entities grow', async () => {
    const bomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>\n${votable('<TABLEDATA><TR><TD>&b;</TD></TR></TABLEDATA>', '<FIELD name="a" datatype="char" arraysize="*"/>')}`;
    expect(cells(await readTable(file('bomb.vot', bomb)))).toEqual({ a: ['&b;'] });
  });
});

describe('a Parquet file', () => {
  const meta = `<VOTABLE><RESOURCE><TABLE><FIELD name="teff" datatype="double" unit="K" ucd="phys.temperature.effective"/></TABLE></RESOURCE></VOTABLE>`;
  async function parquet(name: string, select: string, pairs = ''): Promise<string> {
    const path = join(folder, name);
    await withDuckDb((duckdb) => duckdb.run(`COPY (${select}) TO ${sqlText(path)} (FORMAT parquet${pairs})`));
    return path;
  }
  const select = `SELECT 4295806720000000123::BIGINT + i AS source_id, CASE WHEN i = 1 THEN NULL ELSE 5000.5 + i END::DOUBLE AS teff,
    i::SMALLINT AS n, 1.25::DECIMAL(6, 2) AS price, i = 0 AS good, 'star ' || i AS name, [i, i] AS pair, DATE '2020-01-02' AS day FROM range(2) t(i)`;

  it('gives values, exact ids, nulls, and the units of VOParquet, by its bytes', async () => {
    const path = await parquet(
      'labels.csv',
      select,
      `, KV_METADATA {'IVOA.VOTable-Parquet.content': ${sqlText(meta)}}`,
    );
    const table = await readTable(path);
    expect(cells(table)).toEqual({
      source_id: ['4295806720000000123', '4295806720000000124'],
      teff: [5000.5, null],
      n: [0, 1],
      price: [1.25, 1.25],
      good: [true, false],
      name: ['star 0', 'star 1'],
      day: ['2020-01-02', '2020-01-02'],
    });
    expect(table.columns.get('teff')).toMatchObject({ unit: 'K', ucd: 'phys.temperature.effective' });
    expect(table.arrays).toEqual(['pair']);
  });

  it('has the units that astropy writes', async () => {
    const yaml = 'datatype:\n- {name: source_id, datatype: int64}\n- {name: teff, unit: K, datatype: float64}\n';
    const path = await parquet('astropy.parquet', select, `, KV_METADATA {'table_meta_yaml': ${sqlText(yaml)}}`);
    expect((await readTable(path)).columns.get('teff')?.unit).toBe('K');
  });

  it('is read only in the columns that a description mentions', async () => {
    const path = await parquet('large.parquet', select);
    const table = await readTable(path, mentionedIn({ labels: [{ column: 'teff' }], quality: ['N < 3'] }));
    expect([...table.columns.keys()]).toEqual(['teff', 'n']);
    expect(table.unread).toContain('name');
    expect(() => column(table, 'nowhere')).toThrow(/has no column "nowhere"/);
  });

  it('may have any name', async () => {
    await parquet('odd1.parquet', 'SELECT 1 AS other');
    const path = await parquet("o'dd[1]*.parquet", 'SELECT 2 AS a');
    expect(cells(await readTable(path))).toEqual({ a: [2] });
  });

  it.each([
    ['cut.parquet', 'PAR1xxxxxxxxxxxxxxxx', /is not a well-formed Parquet file: /],
    ['packed.parquet.gz', gzipSync('PAR1'), /is a gzipped Parquet file/],
  ])('is refused in one sentence: %s', async (name, content, sentence) => {
    await expect(readTable(file(name, content))).rejects.toThrow(sentence);
  });
});

describe('a table of text', () => {
  it.each([
    ['semicolons', 'id;teff\n1;5000\n'],
    ['tabs', 'id\tteff\n1\t5000\n'],
    ['bars and blanks', ' id | teff \n 1 | 5000 \n'],
    ['Windows lines', 'id,teff\r\n1,5000\r\n'],
    ['old Mac lines', 'id,teff\r1,5000\r'],
    ['mixed lines, and none at the end', '\ufeffid,teff\r\n\n# note, with comma\n1,5000'],
    ['names in a comment', '# made by hand\n#id,teff\n1,5000\n'],
    ['quotes', '"id","teff"\n"1"," 5000 "\n'],
    ['gzip', gzipSync('id,teff\n1,5000\n')],
  ])('may have %s', async (name, text) => {
    expect(cells(await readTable(file(`${name}.csv`, text)))).toEqual({ id: [1], teff: [5000] });
  });

  it('keeps separators, quotes and line ends inside quotes, and letters of any encoding', async () => {
    const text = 'name,n\n"a, ""b""\nc",1\n';
    expect(cells(await readTable(file('quoted.csv', text)))).toEqual({ name: ['a, "b"\nc'], n: [1] });
    expect(cells(await readTable(file('utf8.csv', 'n\nβ Cet\n')))).toEqual({ n: ['β Cet'] });
    expect(cells(await readTable(file('latin.csv', Buffer.from('n\nAndr\xe9\n', 'latin1'))))).toEqual({ n: ['André'] });
  });

  it('names a column without a name by its place, and takes no hexadecimal for a number', async () => {
    const table = await readTable(file('index.csv', ',id\n0,0x1f\n1,nan\n'));
    expect(cells(table)).toEqual({ column1: [0, 1], id: ['0x1f', null] });
  });

  it.each([
    ['ragged', 'a,b\n1,2\n\n3\n', /line 4 has 1 field, the line of names has 2/],
    ['long', 'a,b\n1,2,3\n', /its line of names has 2, but the first row, line 2, has 3 fields/],
    ['open quote', 'a,b\n1,"2\n3,4\n', /the quote that opens in line 2 is never closed/],
    ['text behind', 'a,b\n"x\ny"z,2\n', /in line 3 text follows a closing quote/],
    ['no names', '1,2\n3,4\n', /has no line of column names: it begins with 1, 2/],
    ['UTF-16', Buffer.from('\ufeffa,b\n1,2\n', 'utf16le'), /is written in UTF-16/],
    ['a spreadsheet', 'PK\x03\x04xxxx', /is a zip archive or a spreadsheet/],
    ['damaged gzip', Buffer.from([0x1f, 0x8b, 8, 0, 1, 2]), /is a damaged gzip file/],
  ])('is refused with its line: %s', async (name, text, sentence) => {
    await expect(readTable(file(`${name}.csv`, text))).rejects.toThrow(sentence);
  });

  it('is refused as a folder', async () => {
    await expect(readTable(folder)).rejects.toThrow(/it is a folder/);
  });
});

describe('a FITS table', () => {
  it('is read also when it is gzipped, and leaves arrays out', async () => {
    const bytes = writeFits([
      {
        kind: 'table',
        columns: [
          { name: 'teff', unit: 'K', values: Float64Array.of(5000, NaN) },
          { name: 'pair', perRow: 2, values: Float64Array.of(1, 2, 3, 4) },
        ],
      },
    ]);
    const table = await readTable(file('table.csv.gz', gzipSync(bytes)));
    expect(cells(table)).toEqual({ teff: [5000, null] });
    expect(table.arrays).toEqual(['pair']);
  });
});

describe.skipIf(withoutData)('real catalogs (skipped: no data)', () => {
  it('are what their bytes say: GALAH’s FITS table is named .csv', async () => {
    const table = await readTable(dataPath('catalogues', 'galah_dr3_dyn', 'Galah_data_filtered_1061.csv'));
    expect(table.nRows).toBe(1061);
    // As astropy reads it.
    expect(table.columns.get('dr3_source_id')?.values.slice(0, 2)).toEqual([
      '4667213730748377728',
      '4775063383207773184',
    ]);
  });

  it('have their names in a comment, or a column without a name', async () => {
    const labels = await readTable(dataPath('catalogues', 'lamost_apogee_labels', 'examples__reference_labels.csv'));
    expect([...labels.columns.keys()]).toEqual(['id', 'teff', 'logg', 'feh', 'alpha']);
    const m67 = await readTable(dataPath('catalogues', 'open_clusters', 'NGC_2682.csv'));
    expect([...m67.columns.keys()].slice(0, 2)).toEqual(['column1', 'Source']);
    expect(m67.nRows).toBe(1462);
  });

  it('are refused where their line of names was cut', async () => {
    const path = dataPath('catalogues', 'wide_binaries', 'gaia_dr3_MSMS_d200pc.csv');
    await expect(readTable(path)).rejects.toThrow(/its line of names has 16, but the first row, line 2, has 38 fields/);
  });
});

it('reads the names of a hundred thousand columns in a time that grows with their number', () => {
  const head = Array.from({ length: 100_000 }, (_, n) => `c${n}`).join(',');
  expect(tableFromCsv('wide.csv', Buffer.from(`${head}\n1${','.repeat(99_999)}\n`)).columns.size).toBe(100_000);
});
