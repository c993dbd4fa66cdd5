/**
 * How quick searches over a large catalog are: rows are generated, written in a stream, opened and searched as the review bench
 * does it. `npm run bench:catalog [rows] [file]`. Times of the processor stand beside those of the clock: on a machine with two
 * idle cores the clock shows about half of them.
 */
import { DuckDBInstance } from '@duckdb/node-api';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCatalogFile } from '../../engine/catalogQuery/catalogFile';
import { CatalogSearch, everything, type Selection } from '../../engine/catalogQuery/catalogSearch';
import { rowsPerGroup } from '../../engine/catalog/parquetFile';
import { countsOf, valuesOf } from '../../engine/catalogQuery/values';

const nRows = Number(process.argv[2] ?? 4_500_000);
const folder = join(tmpdir(), 'cannon-bench-catalog');
const path = process.argv[3] ?? join(folder, `catalog-${nRows}.parquet`);
let mostMegabytes = 0;

async function measured<T>(what: string, work: () => Promise<T>): Promise<T> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  const megabytes = process.memoryUsage.rss() / 1e6;
  mostMegabytes = Math.max(mostMegabytes, megabytes);
  const [clock, processor] = [performance.now() - start, (user + system) / 1000];
  const numbers = [`${clock.toFixed(0)} ms`, `${processor.toFixed(0)} ms`, `${megabytes.toFixed(0)} MB`];
  console.log(`| ${what} | ${numbers.join(' | ')} |`);
  return result;
}

/** 60 columns with the names and types of a catalog; ids rise, the most surprising come first. */
function generated(): string {
  const labels = ['teff', 'logg', 'vmic', 'fe_h', 'o_fe', 'eu_fe', 'mg_fe', 'al_fe', 'mn_fe', 'ba_fe'];
  const elements = ['mg_fe', 'al_fe', 'mn_fe', 'ba_fe', 'eu_fe', 'o_fe', 'sc_fe', 's_fe', 'si_fe', 'ca_fe'];
  return [
    '(2000000000000000000 + i * 7919)::BIGINT AS source_id',
    "'J' || printf('%06d', (i * 7919) % 240000) || '+' || printf('%06d', (i * 31) % 900000) AS designation",
    'i % 3 = 0 AS giantmodel',
    "CASE WHEN i % 3 = 0 THEN 'giants' ELSE 'dwarfs' END AS model",
    ...labels.flatMap((name) => [`random() AS ${name}`, `random() AS e_${name}`, `random() < 0.05 AS ${name}_extrap`]),
    ...elements.map((name) => `100 * random() AS chi2_${name}`),
    ...['5000 * random() AS chi2', '(3000 + 500 * random())::INTEGER AS n_pixels', '200 * random() AS snr'],
    ...['200 * random() AS snrz', '360 * random() AS ra', '90 * random() AS dec', '(100000000 + i)::VARCHAR AS obsid'],
    "'spectra/' || (i % 3000) || '/spec-' || (100000000 + i) || '.fits.gz' AS spectrum",
    '(1 + i % 4)::INTEGER AS n_obs',
    'CASE WHEN random() < 0.1 THEN 1 << (random() * 12)::INTEGER ELSE 0 END AS flags',
    "CASE WHEN random() < 0.02 THEN 'Ba' ELSE '' END AS high_windows",
    ...["'' AS extrapolating", "'' AS large_errors", `100 * (1 - i / ${nRows}) AS surprise`, "'' AS verdict"],
    "'' AS enriched_in",
  ].join(', ');
}

async function write(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '500MB' });
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT ${generated()} FROM (SELECT range AS i FROM range(${nRows}))) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE ${rowsPerGroup})`,
  );
  connection.closeSync();
  instance.closeSync();
}

async function run(): Promise<void> {
  console.log('| what | clock | processor | memory of the process |\n| :-- | --: | --: | --: |');
  if (!existsSync(path)) await measured('written in a stream', write);
  const search = await measured('opened', async () =>
    CatalogSearch.over(await openCatalogFile(path, folder), new Map()),
  );
  const { nRows: rows } = search.file;
  const page = (what: string, asked: Partial<Selection>) =>
    measured(what, async () => {
      const selection = { ...everything, ...asked };
      const [n, first] = [await search.count(selection), await search.rows(selection, 0, 100)];
      return { n, values: await valuesOf(search, first, ['source_id', 'teff', 'fe_h', 'chi2', 'flags', 'surprise']) };
    });
  await page('first page by surprise', { sort: 'surprise', descending: true });
  await page('first page by χ²', { sort: 'chi2', descending: true });
  await page('flagged as binary, by surprise', { sort: 'surprise', descending: true, flags: 256 });
  await page('half of the stars, by χ²', { where: 'chi2 > 2500', sort: 'chi2', descending: true });
  await page('two conditions, by S/N', { where: "has('window_chi2', 'Ba') AND snr > 100", sort: 'snr' });
  await page('above the 99th percentile', { where: 'chi2 > quantile(chi2, 0.99)', sort: 'teff' });
  await page('by designation', { sort: 'designation' });
  await page('part of an id', { search: '1234567' });
  const whole = { ...everything, sort: 'chi2', descending: true };
  const deep = await measured('row 2 million by χ²: all are sorted, once', async () =>
    search.rows(whole, Math.floor(rows / 2), 100),
  );
  await measured('further rows of it', async () => search.rows(whole, Math.floor(rows / 4), 100));
  await measured('six columns of 100 rows from all over the file', async () =>
    valuesOf(search, deep, ['source_id', 'teff', 'fe_h', 'chi2', 'flags', 'surprise']),
  );
  await measured('all columns of a star', async () =>
    valuesOf(
      search,
      deep.subarray(0, 1),
      search.columns.map(({ name }) => name),
    ),
  );
  await measured('counts of flags', async () => countsOf(search, everything));
  await measured('position of a star', async () => search.position(whole, deep[0]!));
  const size = statSync(path).size / 1e9;
  const nColumns = search.file.columns.length;
  console.log(`\n${rows} rows, ${nColumns} columns, ${size.toFixed(2)} GB; at most ${mostMegabytes.toFixed(0)} MB`);
  search.close();
}

void run();
