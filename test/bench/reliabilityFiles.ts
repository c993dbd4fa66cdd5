/**
 * Hostile files through the whole path. By the bundled command line: the index, check, training, labels and catalog of a survey
 * among whose spectra they lie, then hostile tables, models and runs. By the server: every one of those spectra shown, carded and fitted.
 * Every file is used or has a reason; every command ends by itself, with one sentence where it cannot do what it was asked.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { start } from '../jobs/command';
import { writtenSurvey } from './reliabilityDay';
import type { Survey } from './reliabilityEvents';
import { type Asked, forgedRuns, hostileInputs, strew } from './reliabilityHostile';
import { count, counted, type PartReport, quantile } from './reliabilityReport';
import { LiveServer } from './reliabilityServer';

const mostMs = 300_000;
/** What a table may have unpacked, and the program beside it. */
const mostMegabytes = 2500;

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

/** The whole path among hostile spectra. */
export async function files(folder: string, seed: number, nMutants: number): Promise<PartReport> {
  const survey = await writtenSurvey(folder);
  const [rows, failures]: [[string, string][], string[]] = [[], []];
  strew(survey, seed, nMutants);
  await wholePath(survey, folder, rows, failures, judgeInto(rows, failures));
  await shown(survey, folder, rows, failures);
  return { title: `Hostile spectra (seed ${seed}, ${nMutants} of them damaged)`, rows, failures };
}

/** Tables, models and runs of which nothing is true. */
export async function inputs(folder: string): Promise<PartReport> {
  const survey = await writtenSurvey(folder);
  const [rows, failures]: [[string, string][], string[]] = [[], []];
  const judged = judgeInto(rows, failures);
  for (const [name, args, exitCodes] of hostileInputs(survey, folder)) await judged(name, args, exitCodes);
  await forged(survey, folder, judged);
  return { title: 'Hostile tables, models and runs', rows, failures };
}

type Judged = (...asked: Asked) => Promise<Ended>;

function judgeInto(rows: [string, string][], failures: string[]): Judged {
  return async (name, args, exitCodes) => {
    const ended = await ran(args);
    const { exitCode, stderr, seconds, megabytes } = ended;
    rows.push([name, `exit code ${exitCode}, ${seconds.toFixed(1)} s, ${megabytes.toFixed(0)} MB`]);
    process.stderr.write(`${name}: ${rows.at(-1)![1]}\n`);
    if (exitCode === null || !exitCodes.includes(exitCode))
      failures.push(`${name} ends with ${exitCode}: ${stderr.slice(-300)}`);
    if (/CAN900|Internal error|\n\s+at /.test(stderr + ended.stdout)) failures.push(`${name}: ${stderr.slice(-400)}`);
    if (megabytes > mostMegabytes) failures.push(`${name} takes ${megabytes.toFixed(0)} MB`);
    return ended;
  };
}

async function wholePath(
  survey: Survey,
  folder: string,
  rows: [string, string][],
  failures: string[],
  judged: Judged,
): Promise<void> {
  const wide = ['--config', survey.config];
  const run = (name: string) => ['--run', join(folder, `run-${name}`)];
  const { stdout } = await judged(`index of the hostile files and the survey's own`, ['index', ...wide, '--json'], [0]);
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
  await judged('check', ['check', ...wide], [0, 2]);
  await judged('train', ['train', ...wide, ...run('train')], [0]);
  const model = join(folder, 'run-train', 'main', 'model.fits');
  const labels = await judged('infer', ['infer', ...wide, ...run('infer'), '--model', model, '--json'], [0]);
  const made = JSON.parse(labels.stdout.trim().split('\n').at(-1)!) as {
    spectra: number;
    labelled: number;
    problems: number;
  };
  rows.push(['spectra, labelled, with a reason', `${made.spectra}, ${made.labelled}, ${made.problems}`]);
  if (made.labelled + made.problems !== made.spectra)
    failures.push('some spectrum is neither labelled nor has a reason');
  const catalog = ['catalog', ...wide, ...run('catalog'), '--labels', join(folder, 'run-infer', 'labels.csv')];
  await judged('catalog', catalog, [0]);
}

/** Each hostile spectrum in the editor of spectra, on a card and in the inspector: an answer, or a refusal with a sentence. */
async function shown(survey: Survey, folder: string, rows: [string, string][], failures: string[]): Promise<void> {
  const { config, model } = survey;
  const server = await LiveServer.start(folder, join(folder, 'storage'));
  await server.open(config, survey.sound);
  await server.tell('cannon/indexedSurveys', { configs: [config] });
  const place = join(survey.folder, 'spectra', 'hostile');
  const answers = new Map<string, number>();
  for (const name of readdirSync(place)) {
    const path = join(place, name);
    for (const [method, params] of [
      ['cannon/readSpectrum', { path }],
      ['cannon/starCard', { word: path, file: config }],
      ['cannon/inspectStar', { config, path, model }],
      ['cannon/stepStar', { config, path, by: 1 }],
    ] as const) {
      const answer = await server.ask(method, params);
      count(answers, `${method.slice(7)} ${answer === undefined ? 'refused' : 'answered'}`);
    }
    if (server.isGone) failures.push(`the server dies of ${name}`);
    if (server.isGone) break;
  }
  const took = [...server.answers.latencies].map(
    ([method, ms]) => `${method.slice(7)} ${quantile(ms, 0.5).toFixed(0)}, ${quantile(ms, 1).toFixed(0)} ms`,
  );
  rows.push(['the same files shown by the server', counted(answers)]);
  rows.push(['answers: median, most', took.join('; ')]);
  const status = server.isGone ? '' : readFileSync(`/proc/${server.child.pid}/status`, 'utf8');
  const megabytes = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? NaN) / 1024;
  rows.push(['the server at its peak', `${megabytes.toFixed(0)} MB`]);
  if (!(megabytes < mostMegabytes)) failures.push(`the server takes ${megabytes.toFixed(0)} MB`);
  failures.push(...server.answers.failures, ...server.rejections().map((text) => `not handled: ${text}`));
  await server.stop();
}

/** Each forged run by itself, then all of them in the list of a survey. */
async function forged(survey: Survey, folder: string, judged: Judged): Promise<void> {
  const config = join(folder, 'forged', 'cannon.yaml');
  const runs = join(dirname(config), '.cannon', 'runs');
  mkdirSync(runs, { recursive: true });
  writeFileSync(config, survey.sound);
  for (const [n, [name, contents]] of Object.entries(forgedRuns(survey)).entries()) {
    const run = join(runs, runName(n));
    mkdirSync(run);
    for (const [file, content] of Object.entries(contents)) writeFileSync(join(run, file), content);
    await judged(`runs show: ${name}`, ['runs', 'show', run], [0, 1]);
    // A forged log of gigabytes is on the disk long enough.
    if (Object.values(contents).some(({ length }) => length > 4e8)) rmSync(run, { recursive: true });
  }
  await judged('runs list of all of them', ['runs', 'list', '--config', config], [0]);
  for (const [n, name] of Object.keys(forgedRuns(survey)).entries()) {
    const [run, alone] = [join(runs, runName(n)), join(folder, runName(n))];
    if (!existsSync(run)) continue;
    renameSync(run, alone);
    await judged(`runs resume: ${name}`, ['runs', 'resume', alone], [0, 1, 2]);
  }
}

const runName = (n: number) => `2026-11-20T00-00-00-forged-${n}`;
