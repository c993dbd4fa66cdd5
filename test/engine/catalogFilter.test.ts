/** Searches over catalogs as a language: what it can say, and that it can do nothing else. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../engine/config/parse';
import { parseFilter } from '../../engine/catalogQuery/filter';
import { filterCalls } from '../../engine/catalogQuery/filterFunctions';
import { type FilterColumn, filterSql } from '../../engine/catalogQuery/filterSql';
import { FilterError, type FilterProblem } from '../../engine/catalogQuery/filterTokens';

const columns: FilterColumn[] = [
  { name: 'chi2', kind: 'number', sql: 'c."chi2"' },
  { name: 'snr', kind: 'number', sql: 'c."snr"' },
  { name: 'source_id', kind: 'integer', sql: 'c."source_id"' },
  { name: 'flags', kind: 'integer', sql: 'c."flags"' },
  { name: 'obsid', kind: 'text', sql: 'c."obsid"' },
  { name: 'high_windows', kind: 'text', sql: 'c."high_windows"' },
  { name: 'fe_h_extrap', kind: 'boolean', sql: 'c."fe_h_extrap"' },
  { name: '[Fe/H]', kind: 'number', sql: 'c."[Fe/H]"' },
];

function sqlOf(text: string): string {
  return filterSql(parseFilter(text)!, { columns, from: 't' }).sql;
}

function problemOf(text: string): FilterProblem {
  try {
    sqlOf(text);
  } catch (error) {
    if (error instanceof FilterError) return error.problem;
    throw error;
  }
  throw new Error(`"${text}" became ${sqlOf(text)}`);
}

describe('a search', () => {
  it('becomes SQL that is built anew from its tree', () => {
    expect(sqlOf("chi2 > 5 and not (snr <= .5 or OBSID = 'it''s')")).toBe(
      `((c."chi2" > CAST(5 AS DOUBLE)) AND (NOT ((c."snr" <= CAST(0.5 AS DOUBLE)) OR (c."obsid" = 'it''s'))))`,
    );
    expect(sqlOf("has('binary')")).toBe('((c."flags" & 256) <> 0)');
    // Tables without booleans have 0 and 1.
    expect(sqlOf('flags and not fe_h_extrap')).toBe('((c."flags" <> 0) AND (NOT c."fe_h_extrap"))');
    expect(sqlOf('fe_h_extrap is true')).toBe('(c."fe_h_extrap" IS TRUE)');
    expect(sqlOf('"[Fe/H]" BETWEEN -1.5 AND 0')).toBe(
      '((c."[Fe/H]" >= (-CAST(1.5 AS DOUBLE))) AND (c."[Fe/H]" <= CAST(0 AS DOUBLE)))',
    );
  });

  it('compares ids digit by digit, whether the catalog has them as integers or as text', () => {
    expect(sqlOf('source_id = 4611686018427387905')).toBe('(c."source_id" = CAST(4611686018427387905 AS HUGEINT))');
    expect(sqlOf("source_id = '101605073'")).toBe('(c."source_id" = 101605073)');
    expect(sqlOf('obsid IN (101605073, 7)')).toBe(`((c."obsid" = '101605073') OR (c."obsid" = '7'))`);
  });

  it('asks for an empty text as for a missing one', () => {
    expect(sqlOf("obsid = ''")).toBe('(c."obsid" IS NULL)');
    expect(sqlOf("obsid <> ''")).toBe('(c."obsid" IS NOT NULL)');
  });

  it('finds patterns in time that grows no faster than the text', () => {
    expect(sqlOf("obsid LIKE 'J06%'")).toBe(`starts_with(c."obsid", 'J06')`);
    expect(sqlOf("obsid ILIKE '%Ab%'")).toBe(`contains(lower(c."obsid"), 'ab')`);
    expect(sqlOf("obsid LIKE 'a%b_(c)'")).toBe(`regexp_full_match(c."obsid", 'a.*b.\\(c\\)', 's')`);
    expect(problemOf('obsid LIKE obsid').message).toContain('must be a text');
    expect(problemOf("obsid ~ '(a+)\\1'").message).toContain('looks ahead or back');
    expect(problemOf("obsid ~ '('").message).toContain('not valid');
    expect(problemOf("obsid ~ 'a{500}'").message).toContain('too often');
  });

  it.each([
    ['ch2 > 5', 0, 3, 'no column "ch2"', 'chi2'],
    ['snr > 5 AND hass(1)', 12, 16, 'no function "hass"', 'has'],
    ["has('binry')", 4, 11, 'no flag "binry"', "'binary'"],
    ['snr => 5', 4, 6, 'no operator', '>='],
    ['`chi2` > 5', 0, 6, 'double quotes', '"chi2"'],
  ])('says what is wrong, where, and what was meant: %s', (text, start, end, message, fix) => {
    expect(problemOf(text)).toMatchObject({ start, end, fix, message: expect.stringContaining(message) as string });
  });

  it.each([
    ['chi2 >', 'ends where a value should stand'],
    ['(chi2 > 5', 'ends where ")" should stand'],
    ['5 < chi2 < 9', 'cannot be chained'],
    ['chi2', 'a number where a condition is needed'],
    ["chi2 > 'high'", 'compares a number with a text'],
    ['abs(obsid) > 1', 'a text where a number is needed'],
    ['round(chi2, 1, 2) > 1', 'takes 1 or 2 values, not 3'],
    ["obsid = 'J06", 'never closed'],
    ["has('chi2', 'Ba')", 'about the star as a whole'],
    ["case when snr > 1 then 'a' else 1 end = 'a'", 'different kinds'],
    ['chi2 > 1e999', 'beyond all numbers'],
    [`${'('.repeat(100)}snr > 1${')'.repeat(100)}`, 'nested too deeply'],
    [`snr > ${'sqrt('.repeat(40)}snr${')'.repeat(40)}`, 'nested too deeply'],
    [`snr > 1${'+1'.repeat(400)}`, 'too long'],
    [`snr > ${'1'.repeat(30_000)}`, 'at most 20000'],
  ])('refuses %s', (text, message) => {
    expect(problemOf(text).message).toContain(message);
  });
});

it('is told to be wrong where cannon.yaml keeps it', () => {
  const text =
    'survey: lamost-lrs\nspectra: a.fits\nlabels: { teff: { column: t } }\nsearches: { odd: "chi2 >", good: snr > 5 }\n';
  const { config, problems } = parseConfig(text, '/survey/cannon.yaml');
  expect(config?.searches.map(({ name }) => name)).toEqual(['odd', 'good']);
  expect(problems.map(({ code, range }) => [code, text.slice(range?.start, range?.end)])).toEqual([
    ['CAN035', '"chi2 >"'],
  ]);
});

/** Each would do something else than ask about a star. */
const hostile = [
  'snr > 1; DROP TABLE review',
  'snr > 1; SELECT 1',
  'SELECT 1',
  '1 = 1) OR (SELECT count(*) FROM range(1)) > (0',
  'snr > (SELECT max(snr) FROM c)',
  'EXISTS (SELECT 1)',
  "snr > (SELECT count(*) FROM read_csv('/etc/passwd'))",
  "'x' IN (SELECT content FROM read_text('/etc/passwd'))",
  "snr > (SELECT count(*) FROM '/etc/passwd')",
  "read_text('/etc/passwd') = 'x'",
  "read_blob('/etc/passwd') = 'x'",
  "getenv('HOME') = 'x'",
  "current_setting('memory_limit') = 'x'",
  "glob('/*') = 'x'",
  "query('SELECT 1') = 'x'",
  "COPY review TO '/tmp/x.csv'",
  "ATTACH '/tmp/x.db'",
  'INSTALL httpfs',
  "LOAD '/tmp/x.so'",
  'PRAGMA database_list',
  "SET memory_limit = '10GB'",
  'CREATE MACRO f(x) AS x',
  'CALL pragma_version()',
  "EXPORT DATABASE '/tmp/x'",
  '(WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t) > 1',
  'snr > (SELECT count(*) FROM generate_series(1, 1000000000) a, generate_series(1, 1000000000) b)',
  "repeat('x', 2000000000) = obsid",
  "lpad('x', 2000000000, 'y') = obsid",
  "replace(obsid, '1', '11111111') = 'x'",
  "regexp_replace(obsid, '.', 'xxxxxxxx', 'g') = 'x'",
  'len(range(1000000000)) > 1',
  'list_sum(generate_series(1, 1000000000)) > 1',
  'list_reduce([1, 2, 3], (a, b) -> a + b) > 1',
  '[x FOR x IN range(1000000000)] IS NULL',
  "{'a': 1}.a = 1",
  'row_number() OVER (ORDER BY snr) > 1',
  'snr > ANY(SELECT 1)',
  'sleep_ms(100000) IS NULL',
  "nextval('s') > 1",
  "currval('s') > 1",
  'random() > 0.5',
  'rowid > 1',
  'c.chi2 > 1',
  'main.review.row > 1',
  'COLUMNS(*) > 1',
  '* > 1',
  'snr > ?',
  'snr > $1',
  "snr > 1 -- ' OR",
  'snr > 1 /* */',
  "obsid = E'\\x27'",
  'obsid = $$x$$',
  "obsid = 'a\u0000'; DROP TABLE review; --'",
  'snr > 1 LIMIT 1',
  'snr > 1 UNION SELECT 1',
  'snr > 1 ORDER BY 1',
  'chi2::"DOUBLE; DROP TABLE review" > 1',
  'obsid COLLATE "x" = \'a\'',
  'INTERVAL 1 DAY > snr',
  "DATE '2020-01-01' > snr",
  'mean((SELECT 1)) > 1',
  'quantile(chi2, (SELECT 1)) > 1',
  "has((SELECT 'binary'))",
  'snr > 1 AND',
];

describe('nothing but a condition', () => {
  it.each(hostile)('is taken: %s', (text) => {
    const { message, hint, start, end } = problemOf(text);
    expect(message).toMatch(/\S/);
    expect(hint).toMatch(/\S/);
    expect(start).toBeLessThanOrEqual(end);
    expect(end).toBeLessThanOrEqual(text.length);
  });

  const piece = fc.oneof(
    fc.constantFrom(...hostile),
    fc.constantFrom(...columns.map(({ name }) => name), ...filterCalls.map(({ usage }) => usage)),
    fc.constantFrom(
      '(',
      ')',
      ',',
      "'",
      '"',
      ';',
      '--',
      ' AND ',
      ' OR ',
      'NOT ',
      '=',
      '>',
      '1',
      "'x'",
      '::text',
      '::double',
    ),
    fc.string({ maxLength: 8 }),
  );

  it('ever reaches the database: what comes out is made of a closed set of words, whatever goes in', () => {
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 12 }), (pieces) => {
        const text = pieces.join(pieces.length % 2 === 0 ? '' : ' ');
        let sql: string;
        try {
          const root = parseFilter(text);
          if (root === null) return;
          ({ sql } = filterSql(root, { columns, from: 't' }));
        } catch (error) {
          expect(error).toBeInstanceOf(FilterError);
          return;
        }
        expectClosed(sql);
      }),
      { numRuns: 3000 },
    );
  });

  it('does so for searches that are right, too', () => {
    const value: fc.Arbitrary<string> = fc.constantFrom(
      'chi2',
      'snr',
      '"[Fe/H]"',
      '1',
      '2.5',
      'abs(snr)',
      '(chi2 - 1)',
      'source_id',
    );
    const text = fc.string({ maxLength: 12 }).map((x) => `'${x.replace(/\p{Cc}/gu, ' ').replaceAll("'", "''")}'`);
    const simple = fc.oneof(
      fc.tuple(value, fc.constantFrom('=', '<>', '<', '>='), value).map((parts) => parts.join(' ')),
      text.map((t) => `obsid = ${t}`),
      text.map((t) => `obsid LIKE ${t}`),
      fc.tuple(value, value, value).map(([a, b, c]) => `${a} BETWEEN ${b} AND ${c}`),
      fc.constantFrom(
        "has('binary')",
        "has('window_chi2', 'Ba')",
        'fe_h_extrap',
        'snr IS NULL',
        'chi2 > quantile(chi2, 0.99)',
      ),
    );
    const whole = fc
      .array(fc.tuple(simple, fc.constantFrom(' AND ', ' OR ', ' AND NOT ')), { minLength: 1, maxLength: 6 })
      .map((parts) => parts.map(([part, join], i) => (i === 0 ? part : join + part)).join(''));
    fc.assert(
      fc.property(whole, (search) => expectClosed(sqlOf(search))),
      { numRuns: 1000 },
    );
  });
});

const known = new Set(
  (
    'AND OR NOT IS NULL TRUE FALSE CASE WHEN THEN ELSE END CAST TRY_CAST AS DOUBLE BIGINT HUGEINT INTEGER VARCHAR BOOLEAN DISTINCT ' +
    'FROM SELECT c t isfinite abs sqrt exp ln log10 log2 floor ceil sign sin cos tan asin acos atan radians degrees atan2 pow round ' +
    'least greatest lower upper trim length substr contains starts_with ends_with regexp_matches regexp_full_match coalesce avg ' +
    'median stddev_samp quantile_cont e'
  ).split(' '),
);

/** Without its quoted texts and names, SQL has only words of ours; a query in it is only over the catalog itself. */
function expectClosed(sql: string): void {
  const bare = sql.replace(/'(?:[^']|'')*'/g, ' ').replace(/c\."(?:[^"]|"")*"/g, ' ');
  expect(bare).not.toMatch(/['";\p{Cc}]|--|\/\*/u);
  for (const word of bare.match(/[\p{L}_]\w*/gu) ?? []) expect(known).toContain(word);
  for (const query of bare.match(/SELECT[^]*?FROM \w+/g) ?? []) {
    expect(query).toMatch(/^SELECT (avg|median|stddev_samp|quantile_cont)\(.*\) FROM t$/);
  }
}
