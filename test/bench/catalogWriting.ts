/**
 * Time and memory of `cannon catalog` on a table of any length: `npm run bench:catalog-writing [-- [format] counts…]` (Parquet; 100000 and
 * 1000000 observations).
 *
 * The table of labels is made up in a stream: eight labels of two models, three sets of windows, all diagnostics; six of ten stars have
 * one observation, the others two or three, far apart in the table. Processor time is that of all threads of the job's
 * process, its peak VmHWM as Linux tells it.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { catalogWriter } from '../../engine/catalog/assemble';
import { type CatalogColumn, noId } from '../../engine/catalog/catalog';

const program = process.env['CANNON_PROGRAM'] ?? join(import.meta.dirname, '..', '..', 'dist', 'cannon.js');
const labels = ['teff', 'logg', 'fe_h', 'mg_fe', 'al_fe', 'mn_fe', 'ba_fe', 'eu_fe'];
const elements = ['Mg', 'Al', 'Ba'];
const pulled = [...elements, 'Li', 'Sr'];
const rowsPerPiece = 4096;

/** A number between 0 and 1 for each pair of whole numbers. */
function chance(n: number, of: number): number {
  let hash = Math.imul(n + 1, 0x9e3779b1) ^ Math.imul(of + 1, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32;
}

function normal(n: number, of: number): number {
  return Math.sqrt(-2 * Math.log(chance(n, 2 * of + 1000) + 1e-12)) * Math.cos(2 * Math.PI * chance(n, 2 * of + 1001));
}

function piece(from: number, count: number, all: number): CatalogColumn[] {
  const rows = Array.from({ length: count }, (_, k) => from + k);
  // Spread over the table, so that a star's observations are far apart in it.
  const stars = rows.map((n) => (Math.imul(n, 2654435761) >>> 0) % Math.ceil(0.6 * all));
  let nth = 0;
  const column = (name: string, values: CatalogColumn['values'], unit = '') => ({ name, unit, ucd: '', values });
  const numbers = (name: string, of: (star: number, row: number, nth: number) => number, unit = '') => {
    const own = nth++;
    return column(
      name,
      Float64Array.from(rows, (row, k) => of(stars[k]!, row, own)),
      unit,
    );
  };
  const texts = (name: string, of: (star: number, row: number) => string) =>
    column(
      name,
      rows.map((row, k) => of(stars[k]!, row)),
    );
  const pixels = (name: string, most: number) => column(name, new Int32Array(count).fill(most));
  return [
    texts('spectrum', (_, row) => `spectra/${row % 3000}/spec-55859-F5902_sp01-${row}.fits.gz`),
    { ...texts('obsid', (_, row) => String(100_000_000 + row)), isId: true },
    texts('designation', (star) => `J${String((star * 7919) % 1_000_000).padStart(6, '0')}.45+${star}`),
    numbers('ra', (star) => (star * 0.618034) % 360, 'deg'),
    numbers('dec', (star) => ((star * 0.7548777) % 80) - 10, 'deg'),
    column(
      'source_id',
      BigInt64Array.from(stars, (star) => (star % 7 === 0 ? noId : 2_000_000_000_000_000_000n + BigInt(star) * 7919n)),
    ),
    texts('model', (star) => (star % 3 === 0 ? 'giants' : 'dwarfs')),
    ...labels.flatMap((name) => [
      numbers(name, (star, row, own) => chance(star, own) + 0.01 * normal(row, own)),
      numbers(`e_${name}`, (_, row, own) => 0.01 + 0.01 * chance(row, own)),
    ]),
    numbers('chi2', (_, row, own) => 3000 * (1 + 0.1 * normal(row, own))),
    pixels('n_pixels', 3000),
    ...elements.flatMap((name) => [
      numbers(`chi2_${name}`, (_, row, own) => 20 * (1 + 0.3 * normal(row, own))),
      pixels(`n_pixels_${name}`, 20),
    ]),
    numbers('snr', (_, row, own) => 10 + 100 * chance(row, own)),
    numbers('snrz', (_, row, own) => 10 + 100 * chance(row, own)),
    numbers('bad_fraction', (_, row, own) => 0.05 * chance(row, own)),
    ...pulled.map((name) => numbers(`pull_${name}`, (star, _, own) => 1.2 * normal(star, own))),
    numbers('emission', (_, row, own) => Math.abs(2 * normal(row, own))),
    texts('emission_line', (star) => (star % 2 === 0 ? 'H alpha' : 'Ca K')),
    ...['binary_delta_chi2', 'rv_delta_chi2'].map((name) => numbers(name, (_, row, own) => normal(row, own) ** 2)),
    ...['binary_velocity', 'binary_share', 'rv_residual', 'e_rv_residual', 'bad_stretch', 'bad_stretch_at'].map(
      (name) => numbers(name, (_, row, own) => 5 + normal(row, own)),
    ),
    texts('flags', () => ''),
    column(
      'converged',
      rows.map((row) => row % 100 !== 0),
    ),
    texts('at_bound', (_, row) => (row % 200 === 0 ? 'teff' : '')),
    column(
      'n_rivals',
      Int32Array.from(rows, (row) => Number(row % 50 === 0)),
    ),
    numbers('rival_delta_chi2', (_, row) => (row % 50 === 0 ? row % 13 : NaN)),
    texts('problem', () => ''),
  ];
}

async function writeLabels(path: string, count: number): Promise<void> {
  await catalogWriter(path)(function* () {
    for (let from = 0; from < count; from += rowsPerPiece)
      yield piece(from, Math.min(rowsPerPiece, count - from), count);
  });
}

/** Processor time in seconds and peak of memory in MB, once the process has ended well. */
function run(args: readonly string[]): Promise<{ seconds: number; processor: number; peak: number }> {
  const start = Date.now();
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  let [processor, peak] = [0, 0];
  const look = setInterval(() => {
    try {
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
      processor = (Number(fields[11]) + Number(fields[12])) / 100;
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1000);
    } catch {
      // It has just ended.
    }
  }, 20);
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('exit', (code) => {
      clearInterval(look);
      if (code === 0) resolve({ seconds: (Date.now() - start) / 1000, processor, peak });
      else reject(new Error(`cannon catalog ended with ${code}`));
    });
  });
}

const isCount = (argument: string) => /^\d+$/.test(argument);
const given = process.argv.slice(2);
const format = given.find((argument) => !isCount(argument)) ?? 'parquet';
const counts = given.filter(isCount).map(Number);
const folder = mkdtempSync(join(process.env['CANNON_BENCH_FOLDER'] ?? tmpdir(), 'cannon-catalog-writing-'));
try {
  const config = join(folder, 'cannon.yaml');
  const named = labels.map((name) => `${name}: {}`).join(', ');
  writeFileSync(config, `survey: lamost-lrs\nspectra: "*.fits"\nlabels: { ${named} }\n`);
  for (const count of counts.length > 0 ? counts : [100_000, 1_000_000]) {
    const table = join(folder, `labels-${count}.fits`);
    await writeLabels(table, count);
    const out = join(folder, `catalog-${count}.${format}`);
    const args = [
      'catalog',
      '--config',
      config,
      '--labels',
      table,
      '--out',
      out,
      '--run',
      join(folder, `run-${count}`),
    ];
    const { seconds, processor, peak } = await run(args);
    const perRow = (1e6 * processor) / count;
    const [read, written] = [table, out].map((path) => (statSync(path).size / 1e6).toFixed(0));
    process.stdout.write(
      `${count} observations: ${seconds.toFixed(0)} s, ${(count / seconds).toFixed(0)} a second, ${processor.toFixed(1)} s of processor time (${perRow.toFixed(1)} µs each), peak ${peak.toFixed(0)} MB; ${read} MB read, ${written} MB of ${format}\n`,
    );
    rmSync(table);
    rmSync(out);
  }
} finally {
  rmSync(folder, { recursive: true });
}
