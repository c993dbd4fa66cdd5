/**
 * Peak memory and pace of `cannon infer` by the number of spectra: `npm run bench:memory [-- quick] [-- counts…]` (10000 and 100000).
 *
 * The spectra are links to the hundred of a mock survey, a thousand a folder: paths, rows and chunks are as many as those of a
 * real survey, the disk is not asked for more than it holds. With `quick` their files are not compressed and have 500 pixels, the model has 127
 * and one label, and there is no continuum: what is left is what grows with the number of spectra, if anything does. The peak is the most that was resident of
 * the job's process and those it starts, as Linux counts it, looked at every 50 ms, and VmHWM of the process itself; of these, pages of
 * files (the program's own) are told apart. Processor time is that of all threads; how memory went in between is told in tenths
 * of the time, and for the labelling and the writing of tables.
 */
import { spawn } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { writeFits } from '../../engine/fits/writer';
import { cannon, program } from '../jobs/command';

const args = process.argv.slice(2);
const isQuick = args.includes('quick');
const counts = args.map(Number).filter((count) => count > 0);
const folder = mkdtempSync(join(process.env['CANNON_BENCH_FOLDER'] ?? tmpdir(), 'cannon-memory-'));
const inMiB = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
const say = (text: string) => void process.stdout.write(`${text}\n`);

async function prepare(): Promise<string[]> {
  await cannon(['sample', join(folder, 'survey'), '--stars', '100']);
  if (isQuick) simplify(join(folder, 'survey'));
  const { exitCode, stderr } = await cannon([
    'train',
    '--config',
    join(folder, 'survey', 'cannon.yaml'),
    '--run',
    join(folder, 'model'),
  ]);
  if (exitCode !== 0) throw new Error(stderr);
  const root = join(folder, 'survey', 'spectra');
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => join(root, name))
    .filter((path) => statSync(path).isFile());
}

function simplify(survey: string): void {
  const root = join(survey, 'spectra');
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    const path = join(root, name);
    if (!path.endsWith('.gz')) continue;
    writeFileSync(path.replace(/\.gz$/, ''), cut(gunzipSync(readFileSync(path))));
    rmSync(path);
  }
  const config = join(survey, 'cannon.yaml');
  const text = readFileSync(config, 'utf8')
    .replace('.fits.gz', '.fits')
    .replace(/^grid: .*$/m, 'grid: { from: 5000, to: 5300, step: 2e-4 }')
    .replace(/^continuum: .*$/m, 'continuum: { method: none }')
    .replace(/^ {2}(logg|fe_h): .*\n/gm, '');
  writeFileSync(config, text);
}

/** A mock spectrum with some of its pixels: those about 5000 to 5300 Å. */
function cut(file: Buffer): Uint8Array {
  const [from, to] = [1200, 1700];
  const afterHeader = (start: number) =>
    start + Math.ceil((file.indexOf(end, start) - start + end.length) / 2880) * 2880;
  const end = `END${' '.repeat(77)}`;
  const table = afterHeader(0);
  const data = afterHeader(table);
  const nPixels = Number(/TFORM1 *= '(\d+)E/.exec(file.toString('latin1', table, data))![1]);
  const vector = (name: string, k: number) => ({
    ...{ name, perRow: to - from },
    values: Float32Array.from({ length: to - from }, (_, p) => file.readFloatBE(data + 4 * (k * nPixels + from + p))),
  });
  const columns = ['FLUX', 'IVAR', 'WAVELENGTH', 'ANDMASK', 'ORMASK'].map(vector);
  const small = writeFits([{ kind: 'empty' }, { kind: 'table', name: 'COADD', columns }]);
  return Buffer.concat([file.subarray(0, table), small.subarray(2880)]);
}

function makeSurvey(count: number, files: readonly string[]): string {
  const root = join(folder, String(count));
  for (let n = 0; n < count; n++) {
    const part = join(root, 'spectra', String(Math.floor(n / 1000)).padStart(5, '0'));
    if (n % 1000 === 0) mkdirSync(part, { recursive: true });
    linkSync(
      files[n % files.length]!,
      join(part, `spec-mock-of-a-long-enough-name-${String(n).padStart(8, '0')}.fits${isQuick ? '' : '.gz'}`),
    );
  }
  const config = join(root, 'cannon.yaml');
  const text = readFileSync(join(folder, 'survey', 'cannon.yaml'), 'utf8');
  writeFileSync(config, text.replace(/file: labels.csv/, `file: ${join(folder, 'survey', 'labels.csv')}`));
  return config;
}

interface Measured {
  /** Peak of resident memory, bytes. */
  readonly peak: number;
  /** Of the pages at the largest sample, those of files, bytes. */
  readonly ofFiles: number;
  readonly seconds: number;
  /** Of all threads. */
  readonly processorSeconds: number;
  /** Resident memory, bytes, every 50 ms. */
  readonly resident: readonly Sample[];
}

interface Sample {
  readonly time: number;
  readonly bytes: number;
  readonly ofFiles: number;
}

/** Resident memory of a process and all that it started. */
function residentOf(pid: number): Omit<Sample, 'time'> {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) => 1024 * Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0);
  let [bytes, ofFiles] = [field('VmRSS'), field('RssFile')];
  for (const child of childrenOf(pid)) {
    const other = residentOf(child);
    [bytes, ofFiles] = [bytes + other.bytes, ofFiles + other.ofFiles];
  }
  return { bytes, ofFiles };
}

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    const children = `/proc/${pid}/task/${thread}/children`;
    return existsSync(children) ? readFileSync(children, 'utf8').trim().split(' ').filter(Boolean).map(Number) : [];
  });
}

/** When the job began to write tables, ms since 1970. */
function tablesBegan(run: string): number {
  const lines = readFileSync(join(run, 'events.jsonl'), 'utf8').trim().split('\n');
  const events = lines.map((line) => JSON.parse(line) as { kind: string; stage?: string; time: string });
  return Date.parse(events.find(({ stage }) => stage === 'Writing tables')?.time ?? '');
}

function measure(config: string, run: string): Promise<Measured> {
  const start = Date.now();
  const model = join(folder, 'model', 'main', 'model.fits');
  const args = [
    'infer',
    '--config',
    config,
    '--run',
    run,
    '--model',
    model,
    '--out',
    join(run, 'labels.fits'),
    '--workers',
    '2',
  ];
  const child = spawn(process.execPath, [program, ...args], { stdio: 'ignore' });
  let [peak, processorSeconds] = [0, 0];
  const resident: Sample[] = [];
  const look = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      resident.push({ time: Date.now(), ...residentOf(child.pid!) });
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
      processorSeconds = (Number(fields[11]) + Number(fields[12])) / 100;
      peak = Math.max(peak, resident.at(-1)!.bytes, 1024 * Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
    } catch {
      // It has just ended.
    }
  }, 50);
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('exit', (code) => {
      clearInterval(look);
      const largest = resident.reduce((most, sample) => (sample.bytes > most.bytes ? sample : most));
      const seconds = (Date.now() - start) / 1000;
      if (code === 0) resolve({ peak, ofFiles: largest.ofFiles, processorSeconds, resident, seconds });
      else reject(new Error(`cannon infer ended with ${code}`));
    });
  });
}

try {
  const files = await prepare();
  say(
    `${cpus().length} processors, ${cpus()[0]?.model ?? ''}, Node ${process.versions.node}; 2 workers${isQuick ? ', a small model' : ''}`,
  );
  for (const count of counts.length > 0 ? counts : [10_000, 100_000]) {
    const run = join(folder, `run-${count}`);
    const config = makeSurvey(count, files);
    const { peak, ofFiles, seconds, processorSeconds, resident } = await measure(config, run);
    const bytes = statSync(join(run, 'labels.fits')).size;
    say(
      `${count} spectra: ${seconds.toFixed(0)} s, ${(count / seconds).toFixed(0)} a second, ${((1000 * processorSeconds) / count).toFixed(2)} ms of processor time each, peak ${inMiB(peak)} MiB (${inMiB(ofFiles)} of files), labels.fits ${(bytes / 1e6).toFixed(1)} MB`,
    );
    const most = (samples: readonly Sample[]) => inMiB(samples.reduce((sum, { bytes }) => Math.max(sum, bytes), 0));
    const tenths = Array.from({ length: 10 }, (_, k) =>
      most(resident.filter((_, n) => Math.floor((10 * n) / resident.length) === k)),
    );
    say(`  most in each tenth of the time: ${tenths.join(', ')} MiB`);
    const began = tablesBegan(run);
    const [labelling, tables] = [
      resident.filter(({ time }) => time < began),
      resident.filter(({ time }) => time >= began),
    ];
    say(`  most while labelling ${most(labelling)} MiB, while tables are written ${most(tables)} MiB`);
    rmSync(join(folder, String(count)), { recursive: true });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
