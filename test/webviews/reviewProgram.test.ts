/** The program that the review bench exports chooses the stars that the bench shows: its condition, run by DuckDB on the same catalog. */
import { DuckDBInstance } from '@duckdb/node-api';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { catalogWriter } from '../../engine/catalog/assemble';
import { everything } from '../../engine/catalogQuery/catalogSearch';
import { OpenCatalogs } from '../../engine/catalogQuery/openCatalogs';
import { flagBits } from '../../engine/catalog/flagBits';
import { plainSql, pythonOf, separationMacro } from '../../webviews/review/exports';
import type { Bench } from '../../webviews/review/protocol';

const folder = mkdtempSync(join(tmpdir(), 'cannon-program-'));
const path = join(folder, 'catalog.csv');
writeFileSync(
  path,
  `obsid,designation,ra,dec,chi2,flags,high_windows,extrapolating
101,J1,10.5,20.1,1.5,4,Ba Mg,
102,has('binary'),11.5,21.1,2.5,0,,
103,J3,12.5,22.1,3.5,260,Li,
104,J4,10.6,20.2,9.5,5,Sr Ba,fe_h
`,
);
const bench = { flags: flagBits } as unknown as Bench;
const open = new OpenCatalogs(() => folder);
afterAll(() => {
  open.dispose();
  rmSync(folder, { recursive: true, force: true });
});

it('chooses the stars of the bench, also where a condition asks for flags, places or numbers of the whole catalog', async () => {
  const { search } = await open.of(path, null);
  const connection = await (await DuckDBInstance.create()).connect();
  await connection.run(`CREATE TABLE stars AS SELECT * FROM read_csv('${path}', header = true)`);
  await connection.run(separationMacro);
  const wanted: Readonly<Record<string, readonly number[]>> = {
    "has('binary')": [103],
    "has('window_chi2', 'Ba')": [101, 104],
    "HAS( 'window_chi2' ,'ba') AND NOT has('extrapolating', 'fe_h')": [101],
    "designation = 'has(''binary'')'": [102],
    'separation(ra, dec, 10.5, 20.1) < 0.5': [101, 104],
    'chi2 > quantile(chi2, 0.5) OR chi2 < mean("chi2") - stddev(chi2)': [103, 104],
  };
  for (const [where, ids] of Object.entries(wanted)) {
    const rows = [...(await search.rows({ ...everything, where }, 0, 10))].map((row) => 101 + row);
    const found = await connection.runAndReadAll(`SELECT obsid FROM stars WHERE ${plainSql(where, bench)} ORDER BY 1`);
    expect(rows, where).toEqual(ids);
    expect(
      found.getRows().map(([id]) => Number(id)),
      where,
    ).toEqual(ids);
  }
});

const python = process.env['CANNON_PYTHON'] ?? '/usr/bin/python3';
const canRun = (() => {
  try {
    execFileSync(python, ['-c', 'import astropy.table, duckdb, pandas'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!canRun)('the program as Python runs it (skipped: no duckdb and pandas for Python)', () => {
  it.each(['fits', 'vot', 'csv', 'parquet'])(
    'reads a catalog in .%s and prints the stars of the bench in its order',
    async (ending) => {
      const catalog = join(folder, `stars.${ending}`);
      const text = (name: string, values: string[]) => ({ name, unit: '', ucd: 'meta.note', values });
      const number = (name: string, values: number[]) => ({
        name,
        unit: '',
        ucd: 'meta.number',
        values: Float64Array.from(values),
      });
      await catalogWriter(catalog)(() => [
        [
          text('designation', ['J1', "O'Neill", 'J3', 'J4']),
          number('chi2', [1.5, 2.5, NaN, 9.5]),
          number('ra', [10.5, 11.5, 12.5, 10.6]),
          number('dec', [20.1, 21.1, 22.1, 20.2]),
          { name: 'flags', unit: '', ucd: 'meta.code', values: Int32Array.of(4, 0, 260, 5) },
          text('high_windows', ['Ba Mg', '', 'Li', 'Sr Ba']),
        ],
      ]);
      const run = (where: string, flags: number) => {
        const selection = { where, flags, search: '', reviewed: 'all', sort: 'chi2', descending: true } as const;
        const code = `${pythonOf({ ...bench, catalog }, selection)}print("chosen:", *chosen["designation"])\n`;
        return execFileSync(python, ['-c', code], { encoding: 'utf8' }).trim().split('\n');
      };
      const said = run(
        "has('window_chi2', 'Ba') OR chi2 > mean(chi2) OR separation(ra, dec, 12.5, 22.1) < 0.1",
        1 << 2,
      );
      expect([said[0], said.at(-1)]).toEqual(['3 stars', 'chosen: J4 J1 J3']);
      expect(run("designation = 'O''Neill'", 0).at(-1)).toBe("chosen: O'Neill");
    },
  );
});
