/**
 * Peak memory and pace of `cannon infer` by the number of spectra: `npm run bench:memory [-- counts…]` (10000 and 100000).
 *
 * The spectra are links to the hundred of a mock survey, a thousand a folder: paths, rows and chunks are as many as those of a
 * real survey, the disk is not asked for more than it holds. The peak is VmHWM of the job's process as Linux tells it, processor time that of all its threads.
 */
import { spawn } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { cannon, program } from '../jobs/command';

const counts = process.argv
  .slice(2)
  .map(Number)
  .filter((count) => count > 0);
const folder = mkdtempSync(join(process.env['CANNON_BENCH_FOLDER'] ?? tmpdir(), 'cannon-memory-'));
const say = (text: string) => void process.stdout.write(`${text}\n`);

async function prepare(): Promise<string[]> {
  await cannon(['sample', join(folder, 'survey'), '--stars', '100']);
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

function makeSurvey(count: number, files: readonly string[]): string {
  const root = join(folder, String(count));
  for (let n = 0; n < count; n++) {
    const part = join(root, 'spectra', String(Math.floor(n / 1000)).padStart(5, '0'));
    if (n % 1000 === 0) mkdirSync(part, { recursive: true });
    linkSync(
      files[n % files.length]!,
      join(part, `spec-mock-of-a-long-enough-name-${String(n).padStart(8, '0')}.fits.gz`),
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
  readonly seconds: number;
  /** Of all threads. */
  readonly processorSeconds: number;
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
  const look = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
      processorSeconds = (Number(fields[11]) + Number(fields[12])) / 100;
      peak = Math.max(peak, 1024 * Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
    } catch {
      // It has just ended.
    }
  }, 50);
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('exit', (code) => {
      clearInterval(look);
      if (code === 0) resolve({ peak, processorSeconds, seconds: (Date.now() - start) / 1000 });
      else reject(new Error(`cannon infer ended with ${code}`));
    });
  });
}

try {
  const files = await prepare();
  say(`${cpus().length} processors, ${cpus()[0]?.model ?? ''}, Node ${process.versions.node}; 2 workers`);
  for (const count of counts.length > 0 ? counts : [10_000, 100_000]) {
    const run = join(folder, `run-${count}`);
    const config = makeSurvey(count, files);
    const { peak, seconds, processorSeconds } = await measure(config, run);
    const bytes = statSync(join(run, 'labels.fits')).size;
    say(
      `${count} spectra: ${seconds.toFixed(0)} s, ${(count / seconds).toFixed(0)} a second, ${((1000 * processorSeconds) / count).toFixed(2)} ms of processor time each, peak ${(peak / 2 ** 20).toFixed(0)} MiB, labels.fits ${(bytes / 1e6).toFixed(1)} MB`,
    );
    rmSync(join(folder, String(count)), { recursive: true });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
