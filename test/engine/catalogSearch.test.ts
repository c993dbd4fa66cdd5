/** Searches over catalogs on the disk, of every format: what they find is held against a plain loop over the same rows. */
import { DuckDBInstance } from '@duckdb/node-api';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { csvHeader, csvRows, fitsColumns, type CatalogColumn } from '../../engine/catalog/catalog';
import { openCatalogFile } from '../../engine/catalogQuery/catalogFile';
import { CatalogSearch, everything, type Selection } from '../../engine/catalogQuery/catalogSearch';
import { CatalogDatabase } from '../../engine/catalogQuery/database';
import { OpenCatalogs } from '../../engine/catalogQuery/openCatalogs';
import { countsOf, valuesOf } from '../../engine/catalogQuery/values';
import { writeFits } from '../../engine/fits/writer';
import { reviewStars } from '../../engine/jobs/reviewFile';
import type { ReviewEntry } from '../../engine/reference/review';

const folder = mkdtempSync(join(tmpdir(), 'cannon-search-'));
const cache = join(folder, 'cache');
const nRows = 5000;
const firstId = 4_611_686_018_427_387_904n;

/** Deterministic, with gaps, ties and ids beyond 2^53. */
const star = (i: number) => ({
  source_id: firstId + BigInt(i),
  designation: `J${String((i * 7919) % nRows).padStart(6, '0')}`,
  obsid: String(100_000_000 + i),
  spectrum: `spectra/p${i % 7}/spec-${i}.fits.gz`,
  chi2: i % 11 === 0 ? NaN : ((i * 7919) % 1000) / 8,
  snr: (i * 31) % 97,
  flags: i % 10 === 0 ? 1 << (i % 14) : i % 17 === 0 ? 256 | 4 : 0,
  high_windows: i % 17 === 0 ? 'Ba Mg' : '',
  good: i % 2 === 0,
});
const stars = Array.from({ length: nRows }, (_, i) => star(i));
let search: CatalogSearch;
const parquet = join(folder, "it's [a] catalog*.parquet");

beforeAll(async () => {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(
    'CREATE TABLE t (source_id BIGINT, designation VARCHAR, obsid VARCHAR, spectrum VARCHAR, chi2 DOUBLE, snr INTEGER, flags INTEGER, high_windows VARCHAR, good BOOLEAN)',
  );
  const rows = stars.map(
    (s) =>
      `(${s.source_id}, '${s.designation}', '${s.obsid}', '${s.spectrum}', '${s.chi2}', ${s.snr}, ${s.flags}, '${s.high_windows}', ${s.good})`,
  );
  await connection.run(`INSERT INTO t VALUES ${rows.join(',')}`);
  await connection.run(`COPY t TO '${parquet.replaceAll("'", "''")}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`);
  connection.closeSync();
  search = await CatalogSearch.over(await openCatalogFile(parquet, cache), null);
});
afterAll(() => {
  search.close();
  rmSync(folder, { recursive: true });
});

/** By a loop: rows without a value last, equal ones as they stand. */
function expected(
  holds: (s: (typeof stars)[number]) => boolean,
  key: ((s: (typeof stars)[number]) => number | string | bigint) | null,
  descending = false,
): number[] {
  const rows = stars.flatMap((s, i) => (holds(s) ? [i] : []));
  if (key === null) return rows;
  const isMissing = (i: number) => Number.isNaN(key(stars[i]!)) || key(stars[i]!) === '';
  return rows.sort((a, b) => {
    const [x, y] = [key(stars[a]!), key(stars[b]!)];
    if (isMissing(a) || isMissing(b)) return Number(isMissing(a)) - Number(isMissing(b)) || a - b;
    return (x < y ? -1 : x > y ? 1 : 0) * (descending ? -1 : 1) || a - b;
  });
}

async function allOf(selection: Partial<Selection>, one = search): Promise<number[]> {
  const whole = { ...everything, ...selection };
  return [...(await one.rows(whole, 0, await one.count(whole)))];
}

describe('a search finds what a loop finds', () => {
  it.each<[string, (s: (typeof stars)[number]) => boolean]>([
    ['chi2 > 60', (s) => s.chi2 > 60],
    ['NOT chi2 > 60', (s) => s.chi2 <= 60],
    ['chi2 IS NULL', (s) => Number.isNaN(s.chi2)],
    ['isnan(chi2) OR snr = 5', (s) => Number.isNaN(s.chi2) || s.snr === 5],
    ['sqrt(snr - 50) >= 3', (s) => s.snr >= 59],
    ['snr / (snr - 5) > 0', (s) => (s.snr === 0 ? false : s.snr > 5)],
    ["has('binary')", (s) => (s.flags & 256) !== 0],
    ["has('window_chi2', 'ba')", (s) => (s.flags & 4) !== 0 && s.high_windows !== ''],
    ["high_windows = ''", (s) => s.high_windows === ''],
    ["designation LIKE 'J0000%'", (s) => s.designation.startsWith('J0000')],
    ["designation LIKE 'J_0__1%'", (s) => /^J.0..1/.test(s.designation)],
    ["designation ~ '^J0+[1-3]$'", (s) => /^J0+[1-3]$/.test(s.designation)],
    ['good AND snr BETWEEN 10 AND 20', (s) => s.good && s.snr >= 10 && s.snr <= 20],
    ['source_id = 4611686018427387905', (s) => s.source_id === firstId + 1n],
    ['obsid IN (100000003, 100000005)', (s) => ['100000003', '100000005'].includes(s.obsid)],
    ["CASE WHEN good THEN 'a' ELSE designation END = 'a'", (s) => s.good],
    ['(flags & 4) <> 0', (s) => (s.flags & 4) !== 0],
    ['snr >= quantile(snr, 1)', (s) => s.snr === 96],
    ['snr > mean(snr) + 1.6 * stddev(snr)', (s) => s.snr > meanSnr + 1.6 * sdSnr],
    ['separation(snr, 0, 5, 0) < 1.5', (s) => Math.abs(s.snr - 5) < 1.5],
  ])('%s', async (where, holds) => {
    const rows = expected(holds, null);
    expect(rows.length).toBeGreaterThan(0);
    expect(await search.count({ ...everything, where })).toBe(rows.length);
    expect(await allOf({ where })).toEqual(rows);
  });

  const meanSnr = stars.reduce((sum, s) => sum + s.snr, 0) / nRows;
  const sdSnr = Math.sqrt(stars.reduce((sum, s) => sum + (s.snr - meanSnr) ** 2, 0) / (nRows - 1));

  it.each(['chi2', 'snr', 'source_id', 'designation', 'high_windows'] as const)('in the order of %s', async (sort) => {
    for (const descending of [false, true]) {
      const rows = expected(
        () => true,
        (s) => s[sort],
        descending,
      );
      const selection = { ...everything, sort, descending };
      // The first thousand come without sorting all; beyond them, everything is sorted.
      expect([...(await search.rows(selection, 990, 10))]).toEqual(rows.slice(990, 1000));
      expect(await allOf(selection)).toEqual(rows);
      const few = expected(
        (s) => s.snr > 90,
        (s) => s[sort],
        descending,
      );
      expect(await allOf({ ...selection, where: 'snr > 90' })).toEqual(few);
      for (const place of [0, 7, few.length - 1])
        expect(await search.position({ ...selection, where: 'snr > 90' }, few[place]!)).toBe(place);
    }
  });

  it('by flags and by parts of ids', async () => {
    expect(await allOf({ flags: 256 | 1 })).toEqual(expected((s) => (s.flags & 257) !== 0, null));
    expect(await allOf({ search: 'SPEC-123' })).toEqual(expected((s) => s.spectrum.includes('spec-123'), null));
    expect(await search.position({ ...everything, flags: 256 }, 1)).toBe(-1);
  });

  it('with its values, exact, in the order asked for', async () => {
    const [ids, chi2, none, good] = await valuesOf(search, [7, 0, 4999], ['source_id', 'chi2', 'nothing', 'good']);
    expect(ids).toEqual([7, 0, 4999].map((i) => String(firstId + BigInt(i))));
    expect(chi2).toEqual([star(7).chi2, null, star(4999).chi2]);
    expect(none).toEqual([null, null, null]);
    expect(good).toEqual([false, true, false]);
  });

  it('counts flags, and knows its columns', async () => {
    const selection = { ...everything, where: 'snr > 50' };
    const { nSelected, flags, nReviewed } = await countsOf(search, selection);
    const rows = stars.filter((s) => s.snr > 50);
    expect([nSelected, nReviewed]).toEqual([rows.length, 0]);
    expect(flags.find(({ name }) => name === 'binary')?.count).toBe(rows.filter((s) => s.flags & 256).length);
    await expect(search.rows({ ...everything, sort: 'nothing' }, 0, 5)).rejects.toThrow('no column "nothing"');
  });
});

describe('verdicts of review.yaml', () => {
  const entry = (verdict: ReviewEntry['verdict'], note = ''): ReviewEntry => ({ verdict, note, by: 'ada', date: '' });

  it('are laid over the catalog, whichever name the star goes by, and count in searches', async () => {
    const own = await CatalogSearch.over(await openCatalogFile(parquet, cache), null);
    await own.review(
      new Map([
        ['100000003', entry('enriched in Ba', "it's odd")],
        [star(8).designation, entry('binary')],
        ['spec-12', entry('bad label')],
        [String(firstId + 20n), entry('ignore')],
        ['nobody', entry('real')],
      ]),
    );
    expect(await allOf({ reviewed: 'yes' }, own)).toEqual([3, 8, 12, 20]);
    expect(await own.count({ ...everything, reviewed: 'no' })).toBe(nRows - 4);
    expect(await allOf({ where: "has('reviewed_binary') OR enriched_in = 'Ba'" }, own)).toEqual([3, 8]);
    expect(await allOf({ where: "verdict = 'bad label' OR note LIKE '%odd%'" }, own)).toEqual([3, 12]);
    expect(own.verdictOf(3)).toMatchObject({ verdict: 'enriched in Ba', note: "it's odd", by: 'ada' });
    const { verdicts, nReviewed } = await countsOf(own, { ...everything, where: 'snr >= 0' });
    expect(nReviewed).toBe(4);
    expect(verdicts.map(({ verdict }) => verdict).sort()).toEqual(['bad label', 'binary', 'enriched in Ba', 'ignore']);
    await own.review(new Map());
    expect(await own.count({ ...everything, reviewed: 'yes' })).toBe(0);
    own.close();
  });

  it('show as soon as the file has changed, and so does another catalog of the same name', async () => {
    const open = new OpenCatalogs(() => cache);
    const survey = join(folder, 'survey');
    mkdirSync(survey);
    const catalog = join(survey, 'catalog.csv');
    writeFileSync(catalog, 'obsid,snr\n1,10\n2,20\n');
    const reviewed = async () => (await open.of(catalog, survey)).search.count({ ...everything, reviewed: 'yes' });
    expect(await reviewed()).toBe(0);
    reviewStars(survey, [{ star: '2', entry: { verdict: 'real', note: '', by: '', date: '' } }]);
    expect(await reviewed()).toBe(1);
    writeFileSync(catalog, 'obsid,snr\n1,10\n2,20\n3,30\n');
    expect((await open.of(catalog, survey)).search.file.nRows).toBe(3);
    await expect(open.of(join(survey, 'none.csv'), null)).rejects.toThrow('does not exist');
    open.dispose();
  });

  it('closes a catalog that was replaced soon after its last search, and not before', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const open = new OpenCatalogs(() => cache);
      const catalog = join(folder, 'replaced.csv');
      writeFileSync(catalog, 'obsid,snr\n1,10\n2,20\n');
      const { search: before } = await open.of(catalog, null);
      writeFileSync(catalog, 'obsid,snr\n1,10\n2,20\n3,30\n');
      await open.of(catalog, null);
      const asked = () => before.rows({ ...everything, sort: 'snr' }, 0, 2);
      await vi.advanceTimersByTimeAsync(9_000);
      const counted = before.count({ ...everything, where: 'snr > 10' });
      await vi.advanceTimersByTimeAsync(9_000);
      expect(await counted).toBe(1);
      await vi.advanceTimersByTimeAsync(9_000);
      expect([...(await asked())]).toEqual([0, 1]);
      await vi.advanceTimersByTimeAsync(11_000);
      await expect(before.count({ ...everything, where: 'snr < 15' })).rejects.toThrow();
      open.dispose();
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('catalogs of other formats', () => {
  const some = stars.slice(0, 300);
  const table: CatalogColumn[] = [
    { name: 'obsid', unit: '', ucd: 'meta.id', values: some.map((s) => s.obsid) },
    { name: 'chi2', unit: '', ucd: 'stat.fit.chi2', values: Float64Array.from(some, (s) => s.chi2), digits: 17 },
    { name: 'teff', unit: 'K', ucd: 'phys.temperature', values: Float64Array.from(some, (s) => 4000 + s.snr) },
    { name: 'good', unit: '', ucd: '', values: some.map((s) => s.good) },
    { name: 'flags', unit: '', ucd: 'meta.code', values: some.map((s) => (s.flags & 8 ? 'rival at_bound' : '')) },
  ];

  it.each(['csv', 'fits'])('%s: once made Parquet, then found again', async (format) => {
    const path = join(folder, `labels.${format}`);
    if (format === 'csv') writeFileSync(path, `${csvHeader(table)}\n${csvRows(table)}`);
    else
      writeFileSync(
        path,
        writeFits([{ kind: 'empty' }, { kind: 'table', name: 'LABELS', columns: fitsColumns(table) }]),
      );
    const own = join(folder, `cache-${format}`);
    for (let n = 0; n < 2; n++) {
      const one = await CatalogSearch.over(await openCatalogFile(path, own), null);
      expect(readdirSync(own).filter((name) => name.endsWith('.parquet'))).toHaveLength(1);
      expect(await allOf({ where: 'chi2 > 60 AND NOT good' }, one)).toEqual(
        some.flatMap((s, i) => (s.chi2 > 60 && !s.good ? [i] : [])),
      );
      // Tables of labels have flags as words.
      expect(await allOf({ where: "has('rival')" }, one)).toEqual(some.flatMap((s, i) => (s.flags & 8 ? [i] : [])));
      expect(await allOf({ where: 'obsid = 100000017' }, one)).toEqual([17]);
      expect([...(await one.find(['100000018', 'x']))]).toEqual([['100000018', 18]]);
      if (format === 'fits') expect(one.columnNamed('teff')).toMatchObject({ unit: 'K', kind: 'integer' });
      one.close();
    }
  });

  it('truths with gaps stay truths, ids stay exact, and units and UCDs go along', async () => {
    const path = join(folder, 'gaps.vot');
    const field = (name: string, type: string, more = '') => `<FIELD name="${name}" datatype="${type}"${more}/>`;
    const rows = ['', '<TD>true</TD>', '<TD>false</TD>'].map(
      (truth, n) => `<TR><TD>922337203685477580${n}</TD>${truth || '<TD/>'}<TD>${n === 1 ? '' : 4000.5 + n}</TD></TR>`,
    );
    writeFileSync(
      path,
      `<?xml version="1.0"?><VOTABLE version="1.4"><RESOURCE><TABLE>${field('id', 'long')}${field('good', 'boolean')}${field(
        'teff',
        'double',
        ' unit="K" ucd="phys.temperature"',
      )}<DATA><TABLEDATA>${rows.join('')}</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>`,
    );
    const one = await CatalogSearch.over(await openCatalogFile(path, join(folder, 'cache-gaps')), null);
    expect(one.columnNamed('good')).toMatchObject({ kind: 'boolean' });
    expect(await allOf({ where: 'good' }, one)).toEqual([1]);
    expect(await allOf({ where: 'NOT good' }, one)).toEqual([2]);
    expect(await allOf({ where: 'id = 9223372036854775803' }, one)).toEqual([]);
    expect(await allOf({ where: 'id = 9223372036854775800' }, one)).toEqual([0]);
    expect(await allOf({ where: 'teff > 0' }, one)).toEqual([0, 2]);
    expect(one.columnNamed('teff')).toMatchObject({ unit: 'K', ucd: 'phys.temperature', kind: 'number' });
    one.close();
  });
});

describe('the database around a catalog', () => {
  it('is shut in by itself, should anything ever get past the language of searches', async () => {
    const { database } = search.file;
    const outside = join(folder, 'secret.csv');
    writeFileSync(outside, 'a\n1\n');
    for (const sql of [
      `SELECT * FROM read_csv('${outside}')`,
      `SELECT * FROM read_text('${outside}')`,
      `SELECT * FROM '${outside}'`,
      `SELECT * FROM glob('${folder}/*')`,
      `COPY (SELECT 1) TO '${join(folder, 'out.csv')}'`,
      `ATTACH '${join(folder, 'x.db')}'`,
      `EXPORT DATABASE '${join(folder, 'dump')}'`,
      'INSTALL httpfs',
      'LOAD httpfs',
      "SET memory_limit = '100GB'",
      'SET enable_external_access = true',
      `SET allowed_paths = ['${outside}']`,
      'RESET enable_external_access',
    ]) {
      await expect(database.rows(sql), sql).rejects.toThrow(/cannot be searched/);
    }
    expect(readdirSync(folder)).not.toContain('out.csv');
    expect(existsSync(join(folder, 'x.db')) || existsSync(join(folder, 'dump'))).toBe(false);
  });

  it('stops what runs for too long and what nobody waits for, and has a limit of memory', async () => {
    const { database } = search.file;
    const endless = [
      'SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE a.range + b.range = 7',
      'WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t',
    ];
    for (const sql of endless)
      await expect(database.rows(sql, { limitMs: 100 }), sql).rejects.toThrow('stopped after 0.1 s');
    // Of 400 MB; that no one can raise it is tried above. Nothing may go to the disk instead.
    const settings = "SELECT current_setting('memory_limit'), current_setting('temp_directory')";
    expect(await database.rows(settings)).toEqual([['381.4 MiB', '']]);
    const abort = new AbortController();
    const asked = database.rows(endless[0]!, { signal: abort.signal });
    abort.abort(new Error('gone'));
    await expect(asked).rejects.toThrow('gone');
    expect(await search.count({ ...everything, where: 'snr > 50' })).toBeGreaterThan(0);
  });

  it('answers who asks what another has just asked and given up', async () => {
    const selection = { ...everything, where: 'snr > 41.5' };
    const rows = async (count: number, signal: AbortSignal): Promise<number> =>
      (await search.rows(selection, 0, count, { signal })).length;
    const all = await search.count({ ...everything, where: 'NOT snr <= 41.5' });
    for (const [ask, answer] of [
      [(signal: AbortSignal) => search.count(selection, { signal }), all],
      [(signal: AbortSignal) => rows(10, signal), 10],
      [(signal: AbortSignal) => rows(100_000, signal), all],
    ] as const) {
      const abort = new AbortController();
      const [first, second] = [ask(abort.signal), ask(new AbortController().signal)];
      abort.abort();
      await expect(first).rejects.toThrow('aborted');
      expect(await second).toBe(answer);
    }
  });

  it('says what is wrong with a file that is none, or damaged', async () => {
    const damaged = join(folder, 'damaged.parquet');
    writeFileSync(damaged, `PAR1${'x'.repeat(200)}PAR1`);
    await expect(openCatalogFile(damaged, cache)).rejects.toThrow('not a well-formed Parquet file');
    await expect(openCatalogFile(folder, cache)).rejects.toThrow('it is a folder');
    const picture = join(folder, 'picture.csv');
    writeFileSync(picture, Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'));
    await expect(openCatalogFile(picture, cache)).rejects.toThrow('HDF5');
    const one = await CatalogDatabase.open(parquet);
    one.close();
  });
});
