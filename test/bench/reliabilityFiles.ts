/**
 * Hostile files through the whole path, by the bundled command line: damaged FITS files, pipes, devices, circles of links, names with odd
 * letters among the spectra, from the index to the labels; then hostile tables, models and run folders. Every file is labelled or
 * has a reason; every command ends by itself, with one sentence where it cannot do what it was asked.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { start } from '../jobs/command';
import { mutantOf, originals, type Original } from './fitsMutants';
import { writtenSurvey } from './reliabilityDay';
import type { Survey } from './reliabilityEvents';
import type { PartReport } from './reliabilityReport';

const mostMs = 300_000;
const mostMegabytes = 1500;

interface Ended {
  readonly exitCode: number | null;
  readonly stderr: string;
  readonly stdout: string;
  readonly seconds: number;
  readonly megabytes: number;
}

/** Runs the command, and looks at its memory meanwhile; one that does not end is killed. */
async function ran(args: readonly string[]): Promise<Ended> {
  const started = Date.now();
  const { child, finished } = start(args);
  let megabytes = 0;
  const look = () => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      megabytes = Math.max(megabytes, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      // It has ended.
    }
    if (Date.now() - started > mostMs) child.kill('SIGKILL');
  };
  const timer = setInterval(look, 100);
  const { exitCode, stderr, stdout } = await finished;
  clearInterval(timer);
  return { exitCode, stderr, stdout, seconds: (Date.now() - started) / 1000, megabytes };
}

export async function files(folder: string, seed: number, nMutants: number): Promise<PartReport> {
  const survey = await writtenSurvey(folder);
  const failures: string[] = [];
  const rows: [string, string][] = [];
  const nFiles = nMutants + strew(survey, seed, nMutants);
  const judge = (name: string, ended: Ended, exitCodes: readonly number[]) => {
    const { exitCode, stderr, seconds, megabytes } = ended;
    rows.push([name, `exit code ${exitCode}, ${seconds.toFixed(1)} s, ${megabytes.toFixed(0)} MB`]);
    if (exitCode === null || !exitCodes.includes(exitCode))
      failures.push(`${name} ends with ${exitCode}: ${stderr.slice(-300)}`);
    if (/CAN900|Internal error|\n\s+at /.test(stderr + ended.stdout)) failures.push(`${name}: ${stderr.slice(-400)}`);
    if (megabytes > mostMegabytes) failures.push(`${name} takes ${megabytes.toFixed(0)} MB`);
    return ended;
  };
  const wide = ['--config', survey.config];
  const run = (name: string) => ['--run', join(folder, `run-${name}`)];
  const { stdout } = judge(
    `index of ${nFiles} hostile files and the survey's own`,
    await ran(['index', ...wide, '--json']),
    [0],
  );
  const index = JSON.parse(stdout.trim().split('\n').at(-1)!) as {
    spectra: number;
    readable: number;
    problems: { message: string }[];
  };
  rows.push(['spectra, readable, with a reason', `${index.spectra}, ${index.readable}, ${index.problems.length}`]);
  if (index.readable + index.problems.length !== index.spectra)
    failures.push('some file is neither readable nor has a reason');
  if (index.problems.some(({ message }) => message === '' || message.includes('Internal')))
    failures.push('a reason is none');
  judge('check', await ran(['check', ...wide]), [0, 2]);
  judge('train', await ran(['train', ...wide, ...run('train')]), [0]);
  const model = join(folder, 'run-train', 'main', 'model.fits');
  const labels = judge('infer', await ran(['infer', ...wide, ...run('infer'), '--model', model, '--json']), [0]);
  const made = JSON.parse(labels.stdout.trim().split('\n').at(-1)!) as {
    spectra: number;
    labelled: number;
    problems: number;
  };
  rows.push(['spectra, labelled, with a reason', `${made.spectra}, ${made.labelled}, ${made.problems}`]);
  if (made.labelled + made.problems !== made.spectra)
    failures.push('some spectrum is neither labelled nor has a reason');
  judge(
    'catalog',
    await ran(['catalog', ...wide, ...run('catalog'), '--labels', join(folder, 'run-infer', 'labels.csv')]),
    [0],
  );
  for (const [name, args, exitCodes] of hostileInputs(survey, folder)) judge(name, await ran(args), exitCodes);
  return { title: `Hostile files (seed ${seed})`, rows, failures };
}

/** Puts them among the survey's spectra. @returns how many besides the mutants the glob finds */
function strew(survey: Survey, seed: number, nMutants: number): number {
  const folder = join(survey.folder, 'spectra', 'hostile');
  mkdirSync(folder);
  const good = join(survey.store, 'spectrum.fits.gz');
  const own: Original[] = [{ name: 'own.fits', bytes: new Uint8Array(gunzipSync(readFileSync(good))) }];
  const data = process.env['CANNON_DATA'];
  const sources = data !== undefined && existsSync(data) ? [...own, ...originals(data)] : own;
  for (let n = 0; n < nMutants; n++)
    writeFileSync(join(folder, `m${n}.fits.gz`), mutantOf(n % 2 === 0 ? own : sources, seed, n).bytes);
  execFileSync('mkfifo', [join(folder, 'pipe.fits.gz')]);
  symlinkSync('/dev/zero', join(folder, 'device.fits.gz'));
  symlinkSync('circle.fits.gz', join(folder, 'circle.fits.gz'));
  symlinkSync('.', join(folder, 'itself'));
  symlinkSync('..', join(folder, 'above'));
  mkdirSync(join(folder, 'folder.fits.gz'));
  const names = ['two\nlines.fits.gz', 'red\x1b[31m.fits.gz', '\u202egnp.fits.gz', "it's; $(x).fits.gz"];
  for (const name of names) copyFileSync(good, join(folder, name));
  return names.length;
}

/** What is asked, of what, and the exit codes that are right. */
function hostileInputs(survey: Survey, folder: string): [string, string[], number[]][] {
  const put = (name: string, content: string | Uint8Array) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const withTable = (name: string, content: string | Uint8Array): [string, string[], number[]] => {
    const table = put(name, content);
    const config = join(survey.folder, `${name}.yaml`);
    writeFileSync(
      config,
      survey.sound
        .replace('file: labels.csv', `file: ${table}`)
        .replace(/spectra: .*/, 'spectra: spectra/HD*/*.fits.gz'),
    );
    return [`train on the table ${name}`, ['train', '--config', config, '--run', join(folder, `run-${name}`)], [1, 2]];
  };
  const bomb = [
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">',
    ...Array.from({ length: 12 }, (_, n) => `<!ENTITY a${n} "${`&a${n === 0 ? '' : n - 1};`.repeat(10)}">`),
    ']><VOTABLE>&a11;</VOTABLE>',
  ].join('');
  const parquet = readFileSync(survey.catalog);
  const model = (name: string, bytes: Uint8Array): [string, string[], number[]] => [
    `infer with ${name}`,
    ['infer', '--config', survey.config, '--model', put(name, bytes), '--run', join(folder, `run-${name}`)],
    [1, 2],
  ];
  const good = readFileSync(survey.model);
  const forged = join(folder, 'forged');
  mkdirSync(forged);
  writeFileSync(
    join(forged, 'job.json'),
    '{"format":2,"command":"train","config":"/nowhere","started":"x","resolved":{"labels":7},"inputs":null,"options":[1]}',
  );
  writeFileSync(
    join(forged, 'events.jsonl'),
    `${'{"kind":"progress","done":1e999}\n'.repeat(5)}${'x'.repeat(50_000_000)}`,
  );
  return [
    withTable('columns.csv', `${Array.from({ length: 1_000_000 }, (_, n) => `c${n}`).join(',')}\n`),
    withTable('bomb.vot', bomb),
    withTable('cut.parquet', parquet.subarray(0, parquet.length >> 1)),
    model('cut.fits', good.subarray(0, good.length >> 1)),
    model('forged.fits', mutantOf([{ name: 'model', bytes: new Uint8Array(good) }], 7, 3).bytes.slice(0, 2880 * 3)),
    ['show a forged run', ['runs', 'show', forged], [0, 1, 2]],
    ['resume a forged run', ['runs', 'resume', forged], [1, 2]],
  ];
}
