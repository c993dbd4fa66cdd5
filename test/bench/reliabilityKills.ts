/**
 * The language server killed at random: while it starts, reads its index, answers, writes what it keeps. Each next one is told what is
 * open, as the editor does, and every fifth is left alone until it has said all: the same, to the last byte, as one that never
 * died. A training is at work meanwhile and started anew when it has ended; each has to give the model of an undisturbed one.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { cannon } from '../jobs/command';
import { fractions, resultsOf } from '../jobs/killing';
import { IndexedSurveysNotification, InspectStarRequest, PlatesRequest, StarsRequest } from '../../server/protocol';
import { writtenSurvey } from './reliabilityDay';
import { type PartReport, quantile } from './reliabilityReport';
import { LiveServer, noAnswers, uriOf } from './reliabilityServer';

const everything = { text: '', where: '' };
const lifeLeftAlone = 5;

interface Said {
  readonly stars: number;
  readonly problems: readonly unknown[];
  readonly fit: string;
  readonly lenses: number;
}

/** What is asked of a new server at once, as an editor with a description, a tree and a panel open does. */
class Life {
  readonly startedMs = performance.now();

  private constructor(
    readonly server: LiveServer,
    private readonly config: string,
  ) {}

  static async begin(folder: string, storage: string, config: string): Promise<Life> {
    const life = new Life(await LiveServer.start(folder, storage, noAnswers()), config);
    void life.server.tell(IndexedSurveysNotification.method, { configs: [config] });
    void life.server.open(config, readFileSync(config, 'utf8'));
    return life;
  }

  /** All that it has to say. */
  async all(star: string): Promise<Said> {
    const { server, config } = this;
    await server.settled(config, (codes) => codes.length > 0);
    const ask = (method: string, params: object) => server.ask(method, params);
    let stars = 0;
    for (let phase = ''; phase !== 'idle';) {
      const found = (await ask(PlatesRequest.method, { config, filter: everything })) as {
        state: { phase: string };
        nMatching: number;
      };
      [phase, stars] = [found.state.phase, found.nMatching];
    }
    const fit = await ask(InspectStarRequest.method, { config, path: star });
    const lenses = (await ask('textDocument/codeLens', { textDocument: { uri: uriOf(config) } })) as unknown[];
    const problems = (server.diagnostics.get(uriOf(config))?.found ?? []).map(({ code, message }) => ({
      code,
      message,
    }));
    return { stars, problems, fit: JSON.stringify(fit), lenses: lenses.length };
  }

  /** Questions that nobody waits for when it is killed. */
  bother(star: string): void {
    const { server, config } = this;
    const sort = { by: 'path', descending: false };
    const page = { config, filter: everything, sort, plate: null, from: 0, count: 100 };
    for (const [method, params] of [
      [PlatesRequest.method, { config, filter: everything }],
      [StarsRequest.method, page],
      [InspectStarRequest.method, { config, path: star }],
      ['textDocument/codeLens', { textDocument: { uri: uriOf(config) } }],
    ] as const)
      void server.ask(method, params);
  }
}

/** Trains again and again, and compares each model with the first. */
async function trainings(config: string, folder: string, isOver: () => boolean) {
  const [failures, names]: [string[], string[]] = [[], []];
  const args = (name: string) => ['train', '--config', config, '--run', join(folder, name), '--workers', '1'];
  const undisturbed = JSON.stringify([...resultsOf(join(folder, 'undisturbed'))]);
  while (!isOver()) {
    const name = `train${names.length}`;
    names.push(name);
    const { exitCode, stderr } = await cannon(args(name));
    if (exitCode !== 0) failures.push(`a training ended with ${exitCode}: ${stderr.slice(0, 200)}`);
    else if (JSON.stringify([...resultsOf(join(folder, name))]) !== undisturbed)
      failures.push('a training gave another model');
  }
  return { failures, n: names.length };
}

export async function kills(folder: string, seed: number, nKills: number): Promise<PartReport> {
  const survey = await writtenSurvey(folder);
  const { config } = survey;
  const [storage, runs] = [join(folder, 'storage'), join(folder, 'runs')];
  const [plate] = readdirSync(join(survey.folder, 'spectra'));
  const star = join(survey.folder, 'spectra', plate!, readdirSync(join(survey.folder, 'spectra', plate!))[0]!);
  await cannon(['train', '--config', config, '--run', join(runs, 'undisturbed'), '--workers', '1']);
  const random = fractions(seed);
  const failures: string[] = [];

  // One that nobody kills says what is right, and how long it takes.
  const first = await Life.begin(folder, join(folder, 'storage of the first'), config);
  const expected = await first.all(star);
  const wholeMs = performance.now() - first.startedMs;
  await first.server.stop();

  const [returns, instants]: [number[], number[]] = [[], []];
  let isOver = false;
  const jobs = trainings(config, runs, () => isOver);
  for (let n = 0; n < nKills; n++) {
    const started = performance.now();
    const life = await Life.begin(folder, storage, config);
    if (n % lifeLeftAlone === lifeLeftAlone - 1) {
      const said = await life.all(star);
      returns.push(performance.now() - started);
      if (JSON.stringify(said) !== JSON.stringify(expected))
        failures.push(`after ${n} kills the server says ${JSON.stringify(said).slice(0, 300)}`);
    } else {
      life.bother(star);
      const instant = random() * wholeMs;
      instants.push(instant);
      await new Promise((resolve) => setTimeout(resolve, instant));
    }
    await life.server.kill();
    failures.push(...life.server.answers.failures, ...life.server.rejections());
  }
  isOver = true;
  const ended = await jobs;
  failures.push(...ended.failures);
  const kept = existsSync(storage) ? readdirSync(storage, { recursive: true, encoding: 'utf8' }) : [];
  const bytes = kept.map((name) => statSync(join(storage, name)).size).reduce((sum, size) => sum + size, 0);
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  return {
    title: 'A server that is killed',
    rows: [
      ['kills, each at a random instant', String(nKills)],
      ['time of one that is not killed, until all is said', seconds(wholeMs)],
      ['instants after the start', `${seconds(Math.min(...instants))} to ${seconds(Math.max(...instants))}`],
      [
        `until all is said again, ${returns.length} times`,
        `median ${seconds(quantile(returns, 0.5))}, most ${seconds(Math.max(...returns))}`,
      ],
      ['what was said then', failures.length === 0 ? 'the same, to the byte' : 'something else; see below'],
      [
        'trainings meanwhile',
        `${ended.n}, ${ended.failures.length === 0 ? 'all with the same bytes' : 'not all as they should be'}`,
      ],
      ['files kept between sessions at the end', `${kept.length}, ${Math.round(bytes / 1000)} kB`],
    ],
    failures,
  };
}
