/**
 * Time and memory of averaging the observations of a survey of any size: `npm run bench:averaging [-- counts…]` (10000 and 1000000).
 *
 * The table is made up as it is read: three labels, a name and a position an observation; six of ten stars have one, the others two or
 * three. Each count has a process of its own; its peak is VmHWM as Linux tells it.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { averageRepeats, type ObservationPiece } from '../../engine/catalog/repeats';

const perPiece = 96;

function* pieces(count: number): Generator<ObservationPiece> {
  for (let from = 0; from < count; from += perPiece) {
    const rows = Array.from({ length: Math.min(perPiece, count - from) }, (_, k) => from + k);
    // Spread over the table, so that a star's observations are far apart in it.
    const stars = rows.map((n) => Math.imul(n, 2654435761) >>> 0).map((hash) => hash % Math.ceil(0.6 * count));
    const numbers = (name: string, of: (star: number, row: number) => number) => ({
      ...{ name, unit: '', ucd: '', values: Float64Array.from(rows, (row, k) => of(stars[k]!, row)) },
    });
    const texts = (name: string, of: (row: number) => string) => ({ name, unit: '', ucd: '', values: rows.map(of) });
    const ra = (star: number) => (star * 0.618034) % 360;
    const dec = (star: number) => ((star * 0.7548777) % 80) - 10;
    yield {
      labels: [
        texts('spectrum', (row) => `spectra/00000/spec-mock-of-a-long-enough-name-${row}.fits.gz`),
        numbers('ra', ra),
        numbers('dec', dec),
        ...['teff', 'logg', 'fe_h'].flatMap((name) => [
          numbers(name, (star, row) => star / count + ((row * 0.618) % 1)),
          numbers(`e_${name}`, () => 0.3),
        ]),
        texts('flags', (row) => (row % 10 === 0 ? 'extrapolated' : '')),
      ],
      observations: stars.map((star) => ({
        ...{ keys: [`designation J${star}`], raDeg: ra(star), decDeg: dec(star), snr: 30 },
      })),
    };
  }
}

async function measure(count: number): Promise<void> {
  const folder = mkdtempSync(join(process.env['CANNON_BENCH_FOLDER'] ?? tmpdir(), 'cannon-averaging-'));
  const start = Date.now();
  try {
    const options = {
      radiusArcsec: 3,
      disagreement: 5,
      folder: join(folder, 'averages'),
      turn: () => Promise.resolve(),
    };
    const { table, summary, close } = await averageRepeats(() => pieces(count), options);
    let rows = 0;
    for await (const piece of table()) rows += piece[0]!.values.length;
    close();
    const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? NaN) / 1024;
    const seconds = ((Date.now() - start) / 1000).toFixed(1);
    process.stdout.write(
      `${count} observations of ${rows} stars, ${summary.repeated} of them repeated: ${seconds} s, peak ${peak.toFixed(0)} MiB\n`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const counts = process.argv.slice(2).map(Number);
if (counts.length === 1) await measure(counts[0]!);
else
  for (const count of counts.length > 0 ? counts : [10_000, 1_000_000])
    execFileSync(process.execPath, [process.argv[1]!, 'averaging', String(count)], { stdio: 'inherit' });
