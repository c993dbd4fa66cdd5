/** How long 100,000 × 10,000 positions take to match within 1″, over the whole sky and crowded into one field. */
import { matchReference } from '../../engine/reference/match';
import type { Table } from '../../engine/reference/table';

let state = 1;
const uniform = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;

/** Uniform on the sphere within `span` of its equator's zero point; 1 is all of it. */
function positions(n: number, span: number): { raDeg: number; decDeg: number }[] {
  return Array.from({ length: n }, () => ({
    raDeg: 360 * span * uniform(),
    decDeg: (Math.asin(span * (2 * uniform() - 1)) * 180) / Math.PI,
  }));
}

for (const [where, span] of [
  ['the whole sky', 1],
  ['a field of 3.6° × 1.1°', 0.01],
] as const) {
  const stars = positions(100_000, span);
  const column = (name: string, of: (star: (typeof stars)[number]) => number) =>
    [name, { name, unit: 'deg', values: stars.map(of), isNumeric: true }] as const;
  const table: Table = {
    path: 'bench.csv',
    nRows: stars.length,
    columns: new Map([column('ra', (star) => star.raDeg), column('dec', (star) => star.decDeg)]),
  };
  const spectra = Array.from({ length: 10_000 }, (_, n) => {
    const { raDeg, decDeg } = stars[n * 10]!;
    return { path: `${n}.fits`, raDeg, decDeg: Math.min(90, decDeg + 0.5 / 3600), cards: {} };
  });
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now();
    const { rowOfSpectrum } = matchReference({ by: 'sky', radiusArcsec: 1 }, table, spectra);
    const found = rowOfSpectrum.reduce((sum, row) => sum + (row >= 0 ? 1 : 0), 0);
    if (found !== spectra.length) throw new Error(`${found} of ${spectra.length} found`);
    return performance.now() - start;
  });
  times.sort((a, b) => a - b);
  console.log(`100,000 × 10,000 positions, ${where}: ${times[2]!.toFixed(0)} ms (median of 5)`);
}
