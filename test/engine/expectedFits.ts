/**
 * What astropy 5.2.1 reads in each file of the FITS collection (`expected.json`), and how a report is held against it. Shared by the
 * conformance test and the conformance table.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

type Value = number | string | boolean | null | Value[];
type Listing = Readonly<Record<string, unknown>>;

export type Expected = Readonly<Record<string, readonly Listing[] | { readonly error: string }>>;

export function expectedFits(dataFolder: string): Expected {
  return JSON.parse(readFileSync(join(dataFolder, 'fits', 'expected.json'), 'utf8')) as Expected;
}

/**
 * The places where `actual`, HDU by HDU in the shape of the listing, says otherwise than `expected`; none when they agree. What the
 * listing leaves out, or has as an error of astropy itself, is not compared.
 */
export function disagreements(actual: readonly Listing[], expected: readonly Listing[]): string[] {
  const found: string[] = [];
  if (actual.length !== expected.length) found.push(`${actual.length} units, not ${expected.length}`);
  expected.forEach((hdu, i) => {
    if (actual[i] !== undefined) compareHdu(actual[i], hdu, `HDU ${i}`, found);
  });
  return found;
}

/** The same for the values of images and columns alone. */
export function valueDisagreements(actual: readonly Listing[], expected: readonly Listing[]): string[] {
  const found: string[] = [];
  if (actual.length !== expected.length) found.push(`${actual.length} units, not ${expected.length}`);
  expected.forEach((hdu, i) => compareValues(actual[i] ?? {}, hdu, `HDU ${i}`, found));
  return found;
}

function compareValues(actual: Listing, expected: Listing, place: string, found: string[]): void {
  if (Array.isArray(expected['shape'])) {
    compare(actual['shape'], expected['shape'], `${place} shape`, found);
    compareStatistics((actual['image'] ?? {}) as Listing, expected['image'] as Listing, `${place} image`, found);
  }
  const columns = (actual['columns'] ?? []) as Listing[];
  ((expected['columns'] ?? []) as Listing[]).forEach((column, i) => {
    if (column['error'] !== undefined) return;
    const at = `${place} column ${i + 1}`;
    if (column['rowsFirst'] !== undefined) compareRagged(columns[i] ?? {}, column, at, found);
    else compareStatistics(columns[i] ?? {}, column, at, found);
  });
}

function compareHdu(actual: Listing, expected: Listing, place: string, found: string[]): void {
  compare(actual['kind'], expected['kind'], `${place} kind`, found);
  compare(String(actual['name']).toUpperCase(), String(expected['name']).toUpperCase(), `${place} name`, found);
  const isGroups = expected['kind'] === 'GroupsHDU';
  const cards = (actual['header'] ?? {}) as Record<string, Value>;
  for (const [keyword, value] of Object.entries(expected['header'] as Record<string, Value>)) {
    // Of random groups astropy changes NAXIS and NAXIS1; of values like INDEF it reports an error of its own.
    const isOwn = typeof value === 'string' && value.startsWith('ERROR Verify');
    if (isOwn || (isGroups && keyword.startsWith('NAXIS'))) continue;
    compare(cards[keyword] ?? '', value ?? '', `${place} ${keyword}`, found, 1e-12);
  }
  const shape = expected['shape'];
  if (Array.isArray(shape)) {
    compare(actual['shape'], shape, `${place} shape`, found);
    compareStatistics((actual['image'] ?? {}) as Listing, expected['image'] as Listing, `${place} image`, found);
  }
  if (expected['columns'] === undefined) return;
  compare(actual['rows'], expected['rows'], `${place} rows`, found);
  const columns = (actual['columns'] ?? []) as Listing[];
  (expected['columns'] as Listing[]).forEach((column, i) => {
    compareColumn(columns[i] ?? {}, column, `${place} column ${i + 1}`, found);
  });
}

function compareColumn(actual: Listing, expected: Listing, place: string, found: string[]): void {
  for (const key of ['name', 'format', 'unit', 'null', 'dim'])
    compare(actual[key] ?? null, expected[key], `${place} ${key}`, found);
  if (expected['error'] !== undefined) return;
  if (expected['rowsFirst'] !== undefined) return compareRagged(actual, expected, place, found);
  compare(actual['shape'], expected['shape'], `${place} shape`, found);
  compareStatistics(actual, expected, place, found);
}

function compareStatistics(actual: Listing, expected: Listing, place: string, found: string[]): void {
  for (const key of ['n', 'finite', 'min', 'max', 'first', 'last'])
    if (expected[key] !== undefined) compare(actual[key], expected[key], `${place} ${key}`, found);
  if (expected['sum'] === undefined) return;
  // Sums differ by the order of adding: their error grows with the largest term and the number of terms.
  const extent = Math.max(1, Math.abs(Number(expected['min'] ?? 0)), Math.abs(Number(expected['max'] ?? 0)));
  const tolerance = 1e-6 * extent * Math.sqrt(Number(expected['n']) + 1);
  if (!(Math.abs(Number(actual['sum']) - Number(expected['sum'])) <= tolerance))
    found.push(`${place} sum: ${Number(actual['sum'])}, not ${Number(expected['sum'])}`);
}

/** astropy counts blanks at the end of a text, and leaves variable-length logicals as the bytes in the file: 84 is "T". */
function compareRagged(actual: Listing, expected: Listing, place: string, found: string[]): void {
  const isText = /[PQ]A/.test(String(expected['format']));
  const isLogical = /[PQ]L/.test(String(expected['format']));
  const rows = (expected['rowsFirst'] as Value[][]).map((row) =>
    row.filter((value) => !isText || value !== '').map((value) => (isLogical ? value === 84 : value)),
  );
  compare(actual['rowsFirst'], rows, `${place} rows`, found);
  if (!isText) compare(actual['lengths'], expected['lengths'], `${place} lengths`, found);
}

function compare(actual: unknown, expected: unknown, place: string, found: string[], relative = 1e-6): void {
  if (!same(actual, expected, relative))
    found.push(`${place}: ${JSON.stringify(actual)?.slice(0, 60)}, not ${JSON.stringify(expected)?.slice(0, 60)}`);
}

function same(actual: unknown, expected: unknown, relative: number): boolean {
  if (Array.isArray(expected)) {
    // The listing of a column with several values a row nests its rows or not.
    const [a, b] = [Array.isArray(actual) ? actual.flat(Infinity) : [actual], expected.flat(Infinity)];
    return a.length === b.length && b.every((value, i) => same(a[i], value, relative));
  }
  if (typeof expected === 'number' && typeof actual !== 'boolean') {
    const value = typeof actual === 'string' ? Number(actual) : actual;
    return typeof value === 'number' && Math.abs(value - expected) <= relative * Math.max(1, Math.abs(expected));
  }
  if (typeof expected === 'string' && typeof actual === 'string') return actual.trimEnd() === expected.trimEnd();
  if (typeof expected === 'boolean' && typeof actual === 'number') return actual === Number(expected);
  return actual === expected;
}
