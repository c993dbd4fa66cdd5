/**
 * A working day of 24 hours, told to the server's process as fast as it answers: 30,000 keystrokes, 5000 events of files, 200 runs
 * (one in ten a real job that is left to end, cancelled or killed), 8000 requests of panels, changes of settings. After each hour
 * all is put back as it was and the server's memory is measured, its garbage collected. Flat means: no slope beyond twice its error
 * over the last 20 hours.
 */
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { cannon, start, type Running } from '../jobs/command';
import { oneOf, pickFrom, type Pick } from './configMutants';
import {
  fileEvent,
  panelQuestions,
  panelRequest,
  restoreFiles,
  strangersRun,
  type Survey,
  tellOf,
  Typist,
} from './reliabilityEvents';
import { count, counted, type PartReport, quantile, slopeOf } from './reliabilityReport';
import { LiveServer, noAnswers, type Answers, type Sample } from './reliabilityServer';

const hours = 24;
const warmHours = 4;
/** Threads of the index end after 10 s without work. */
const restMs = 12_000;
/** A folder for what the heap holds after 8, 16 and 24 hours, to be compared by hand. */
const snapshots = process.env['CANNON_SNAPSHOTS'];

/** A sample survey with a training, a cross-validation, labels and two catalogs. */
export async function writtenSurvey(folder: string, stars = 60): Promise<Survey> {
  const [survey, store] = [join(folder, 'survey'), join(folder, 'store')];
  const config = join(survey, 'cannon.yaml');
  mkdirSync(store);
  const run = async (...args: string[]) => {
    const { exitCode, stderr } = await cannon(args);
    if (exitCode !== 0) throw new Error(`cannon ${args.join(' ')}: ${stderr}`);
  };
  await run('sample', survey, '--stars', String(stars), '--seed', '5', '--oddities', '0');
  const coarse = readFileSync(config, 'utf8').replace('step: 1e-4', 'step: 4e-4').replace('>= 20', '>= 5');
  writeFileSync(config, `${coarse}\ncrossValidation: { folds: 4 }\n`);
  const runs = join(survey, '.cannon', 'runs');
  const catalog = join(survey, 'catalog.parquet');
  await run('train', '--config', config, '--run', join(runs, 'a-train'));
  await run('cv', '--config', config, '--run', join(runs, 'b-cv'));
  await run('infer', '--config', config, '--run', join(runs, 'c-infer'));
  await run('catalog', '--config', config, '--run', join(runs, 'd-catalog'), '--out', catalog);
  const [plate] = readdirSync(join(survey, 'spectra'));
  const [first] = readdirSync(join(survey, 'spectra', plate!));
  copyFileSync(join(survey, 'spectra', plate!, first!), join(store, 'spectrum.fits.gz'));
  for (const name of ['a.parquet', 'b.parquet']) copyFileSync(catalog, join(store, name));
  copyFileSync(join(survey, 'labels.csv'), join(store, 'labels.csv'));
  for (const name of ['job.json', 'result.json']) copyFileSync(join(runs, 'a-train', name), join(store, name));
  return {
    ...{ folder: survey, config, catalog, store, sound: readFileSync(config, 'utf8') },
    ...{ model: join(runs, 'a-train', 'main', 'model.fits'), validation: join(runs, 'b-cv', 'main', 'cv.fits') },
  };
}

/** Real jobs of the day: one at a time, each to an end that it is told. */
class Jobs {
  readonly ends = new Map<string, number>();
  readonly failures: string[] = [];
  private n = 0;
  private running: Promise<void> | null = null;

  constructor(
    private readonly survey: Survey,
    private readonly folder: string,
    private readonly pick: Pick,
  ) {
    mkdirSync(folder);
    // The open text is damaged all day; jobs have a description of their own.
    cpSync(survey.folder, join(folder, 'survey'), { recursive: true });
  }

  /** Starts one, after the one before. */
  async next(): Promise<void> {
    await this.running;
    this.running = this.job().catch((error: unknown) => void this.failures.push(`a job: ${String(error)}`));
  }

  async all(): Promise<void> {
    await this.running;
  }

  private async job(): Promise<void> {
    const run = join(this.folder, `run-${this.n++}`);
    const command = oneOf(['train', 'cv', 'infer'], this.pick);
    const model = command === 'infer' ? ['--model', this.survey.model] : [];
    const job: Running = start([
      command,
      '--config',
      join(this.folder, 'survey', 'cannon.yaml'),
      '--run',
      run,
      ...model,
    ]);
    const how = oneOf(['left alone', 'cancelled', 'killed'], this.pick);
    const timer = setTimeout(() => this.disturb(how, run, job), this.pick(200, 3000));
    const { exitCode, signal, stderr } = await job.finished;
    clearTimeout(timer);
    const ended = signal ?? `exit code ${exitCode}`;
    count(this.ends, `${how}: ${ended}`);
    const mayEnd = {
      'left alone': ['exit code 0'],
      cancelled: ['exit code 0', 'exit code 3'],
      killed: ['exit code 0', 'SIGKILL'],
    }[how]!;
    if (!mayEnd.includes(ended)) this.failures.push(`${command}, ${how}, ends with ${ended}: ${stderr.slice(-300)}`);
    // Results are seen by the server as those of any run of the survey.
    const result = join(run, 'result.json');
    if (existsSync(result)) renameSync(run, join(this.survey.folder, '.cannon', 'runs', `z-real-${this.n}`));
    else rmSync(run, { recursive: true, force: true });
  }

  private disturb(how: string, run: string, { child }: Running): void {
    if (how === 'killed') child.kill('SIGKILL');
    else if (how === 'cancelled' && existsSync(run)) writeFileSync(join(run, 'cancel'), '');
  }
}

interface Day {
  readonly samples: Sample[];
  readonly events: Map<string, number>;
  readonly jobs: Jobs;
  readonly answers: Answers;
}

export async function day(folder: string, seed: number, scale: number): Promise<PartReport> {
  const survey = await writtenSurvey(folder);
  const answers = noAnswers();
  const server = await LiveServer.start(folder, join(folder, 'storage'), answers);
  const pick = pickFrom(seed, 0);
  const did: Day = { samples: [], events: new Map(), jobs: new Jobs(survey, join(folder, 'jobs'), pick), answers };
  const typist = new Typist(server, survey, pick);
  await server.open(survey.config, survey.sound);
  await server.tell('cannon/indexedSurveys', { configs: [survey.config] });
  await server.settled(survey.config, (codes) => codes.every((code) => code !== 'CAN001'));
  for (let hour = 0; hour < hours; hour++) {
    await oneHour(server, survey, typist, did, hour, scale, pick);
    await did.jobs.all();
    await rest(server, survey, typist);
    const wanted = snapshots === undefined || ![8, 16, 24].includes(hour + 1) ? null : snapshots;
    did.samples.push(await server.sample(wanted && join(wanted, `hour-${hour + 1}.heapsnapshot`)));
    process.stderr.write(
      `\rday: hour ${hour + 1}, ${shown(did.samples.at(-1)!)}, ${answers.failures.length} failures `,
    );
  }
  process.stderr.write('\n');
  await did.jobs.all();
  const nWatching = server.nWatching();
  const exitCode = await server.stop();
  const failures = [
    ...answers.failures,
    ...did.jobs.failures,
    ...server.rejections().map((text) => `not handled: ${text}`),
  ];
  if (exitCode !== 0) failures.push(`the server ends with ${exitCode}`);
  if (nWatching > 1) failures.push(`the server watches by itself: ${nWatching}`);
  return report(did, server, failures, seed);
}

function shown({ heap, rss, threads, descriptors }: Sample): string {
  return `heap ${heap.toFixed(1)} MB, resident ${rss.toFixed(0)} MB, ${threads} threads, ${descriptors} descriptors`;
}

/** Hours end alike: the text and the files as they should be, every panel answered once, and nothing under way any more. */
async function rest(server: LiveServer, survey: Survey, typist: Typist): Promise<void> {
  await restoreFiles(server, survey);
  await typist.restore();
  await server.settled(survey.config, (codes) => !codes.includes('CAN001'));
  for (const [method, params] of panelQuestions(survey, pickFrom(1, 1))) await server.ask(method, params);
  await new Promise((resolve) => setTimeout(resolve, restMs));
}

async function oneHour(
  server: LiveServer,
  survey: Survey,
  typist: Typist,
  { events, jobs }: Day,
  hour: number,
  scale: number,
  pick: Pick,
): Promise<void> {
  const n = (total: number) => Math.max(1, Math.round((total * scale) / hours));
  const plan = [
    ...Array.from({ length: n(30_000) }, () => 'edit'),
    ...Array.from({ length: n(5000) }, () => 'file'),
    ...Array.from({ length: n(8000) }, () => 'panel'),
    ...Array.from({ length: n(180) }, () => 'run of another window'),
    ...Array.from({ length: n(24) }, () => 'real job'),
    ...Array.from({ length: n(240) }, () => 'settings'),
    ...Array.from({ length: n(240) }, () => 'typing elsewhere'),
    ...Array.from({ length: n(24) }, () => 'index looked at anew'),
  ];
  for (let at = plan.length; at > 0; at--) {
    const chosen = pick(0, at - 1);
    const what = plan[chosen]!;
    plan[chosen] = plan[at - 1]!;
    count(events, what);
    const number = hour * 10_000 + at;
    if (what === 'edit') await typist.edit();
    else if (what === 'file') count(events, `file: ${await fileEvent(server, survey, number, pick)}`);
    else if (what === 'panel') await panelRequest(server, survey, pick);
    else if (what === 'real job') await jobs.next();
    else if (what === 'settings') await server.tell('workspace/didChangeConfiguration', { settings: null });
    else if (what === 'typing elsewhere') await server.tell('cannon/userIsTyping', null);
    else if (what === 'index looked at anew') await server.ask('cannon/refreshIndex', { config: survey.config });
    else {
      const run = strangersRun(survey, number, pick);
      await tellOf(server, run.end());
      await panelRequest(server, survey, pick);
      rmSync(run.folder, { recursive: true });
    }
  }
}

function report(
  { samples, events, jobs, answers }: Day,
  server: LiveServer,
  failures: string[],
  seed: number,
): PartReport {
  const rows: [string, string][] = [
    ['events', counted(events, 30)],
    ['how real jobs ended', counted(jobs.ends)],
  ];
  const memory = [['what', `hour ${warmHours + 1}`, `hour ${hours}`, 'most', 'slope an hour']];
  for (const [name, words, unit, least] of measures) {
    const values = samples.map((sample) => sample[name]);
    const { slope, error } = slopeOf(values.slice(warmHours).map((value, n) => [n, value]));
    const shown = [values[warmHours] ?? NaN, values.at(-1)!, Math.max(...values)].map(
      (value) => `${value.toFixed(unit === '' ? 0 : 1)}${unit}`,
    );
    memory.push([words, ...shown, `${slope.toFixed(3)} ± ${error.toFixed(3)}${unit}`]);
    if (slope > Math.max(2 * error, least))
      failures.push(`${words}: ${slope.toFixed(3)} ± ${error.toFixed(3)} an hour`);
  }
  if (samples.at(-1)!.children > 0) failures.push('the server has children');
  rows.push(
    ['diagnostics published', String(server.nPublished)],
    ['registrations asked of the editor', String(server.nRegistered)],
  );
  const latencies = [['request', 'answers', 'median', '95 %', '99 %', 'most (ms)']];
  for (const [method, took] of [...answers.latencies].sort((one, other) => other[1].length - one[1].length)) {
    const name = method.replace(/^(cannon|textDocument)\//, '');
    const shares = [0.5, 0.95, 0.99, 1].map((share) => quantile(took, share).toFixed(share === 0.5 ? 1 : 0));
    latencies.push([name, String(took.length), ...shares]);
  }
  rows.push(['rejections that nobody handled', String(server.rejections().length)]);
  rows.push(['refused with a sentence', String([...answers.refused.values()].reduce((sum, n) => sum + n, 0))]);
  return { title: `A day of 24 hours (seed ${seed})`, rows, tables: [memory, latencies], failures };
}

/** What is measured after each hour; and from which slope on it counts as growing, where the error is smaller than half of that. */
const measures = [
  ['objects', 'what the heap holds but code', ' MB', 0.01],
  // V8 compiles what is called often, all day long: 60 kB an hour, of which nothing is the server's.
  ['heap', 'heap after collection', ' MB', 0.1],
  ['external', 'buffers outside the heap', ' MB', 0.05],
  ['rss', 'resident memory', ' MB', 1],
  ['descriptors', 'descriptors', '', 0.1],
  ['threads', 'threads', '', 0.1],
  ['children', 'children', '', 0],
  ['timers', 'timers', '', 0.1],
] as const;
