/**
 * What the index of spectra costs, measured on the bundled language server from outside, over its protocol:
 *
 *   npm run bench:index                     100,000 spectra
 *   npm run bench:index -- --stars 5000
 *
 * The spectra are made in a temporary folder and removed. Prints a table, and ends with 1 where a target is missed.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import {
  createProtocolConnection,
  FileChangeType,
  StreamMessageReader,
  StreamMessageWriter,
  type ProtocolConnection,
  type PublishDiagnosticsParams,
} from 'vscode-languageserver-protocol/node';
import type { StarFilter, StarSort } from '../../engine/index';
import {
  IndexChangedNotification,
  IndexedSurveysNotification,
  PlatesRequest,
  RefreshIndexRequest,
  StarsRequest,
  type PlatesAnswer,
  type ServerOptions,
  type StarsAnswer,
  type StarsParams,
} from '../../server/protocol';
import { changedSpectrum, writeManySpectra } from './manySpectra';

const { values } = parseArgs({ options: { stars: { type: 'string', default: '100000' } } });
const nStars = Number(values.stars);
const server = join(import.meta.dirname, '..', '..', 'dist', 'server.cjs');
const everything: StarFilter = { text: '', where: '' };
const byPath: StarSort = { by: 'path', descending: false };

const root = await mkdtemp(join(tmpdir(), 'cannon-bench-'));
process.once('SIGINT', () => void rm(root, { recursive: true, force: true }).then(() => process.exit(130)));

interface Row {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** At most this. */
  readonly target: number | undefined;
}
type Add = (what: string, value: number, unit: string, target?: number) => void;

async function measure(): Promise<number> {
  process.stderr.write(`Writing ${nStars} spectra …\n`);
  const config = await writeManySpectra(root, nStars);
  const rows: Row[] = [];
  const add: Add = (what, value, unit, target) => {
    rows.push({ what, value, unit, target });
    process.stderr.write(`${what}: ${value.toFixed(2)} ${unit}\n`);
  };
  const cold = await Session.start(config);
  add('cold: names of all files', await cold.seconds(() => cold.plates()), 's');
  add('cold: all headers read', (await cold.untilRead()) / 1000, 's', 60);
  add('server memory after that', await cold.memory('VmRSS'), 'MB', 400);
  await searches(cold, add);
  add('a changed file noticed, told by the editor', await changed(cold, 17, true), 's', 2);
  add('a changed file noticed, by looking at all again', await changed(cold, 18, false), 's');
  const told = await newAndGone(cold, 19);
  add('a new file counted, told by the editor', told.counted, 's', 2);
  add('a removed file gone, told by the editor', told.gone, 's', 2);
  add('server memory, most of all', await cold.memory('VmHWM'), 'MB', 400);
  await cold.end();

  const warm = await Session.start(config);
  add('warm: everything known', await warm.seconds(() => warm.untilRead()), 's', 2);
  add('warm: and every file looked at', (await warm.untilIdle()) / 1000, 's');
  add('server memory after a warm start', await warm.memory('VmRSS'), 'MB', 400);
  add('cannon.yaml opened: its problems', await warm.seconds(() => warm.check()), 's');
  add('server memory with cannon.yaml open, most of all', await warm.memory('VmHWM'), 'MB', 400);
  await warm.end();
  return print(rows);
}

async function searches(session: Session, add: Add): Promise<void> {
  const median = async (ask: (n: number) => Promise<unknown>) => {
    const times: number[] = [];
    for (let n = 0; n < 5; n++) times.push(1000 * (await session.seconds(() => ask(n))));
    return times.sort((a, b) => a - b)[2]!;
  };
  const stars = (filter: Partial<StarFilter>, sort = byPath, plate: string | null = null) =>
    session.stars({ filter: { ...everything, ...filter }, sort, plate });
  add('search by a part of an id', await median((n) => stars({ text: `90000${n}` })), 'ms');
  add('filter by S/N', await median((n) => stars({ where: `snr > ${50 + n}` })), 'ms');
  const first = await session.seconds(() => stars({ where: 'teff < 4999' }));
  add('filter by a label, the first time', 1000 * first, 'ms');
  add('filter by a label', await median((n) => stars({ where: `teff < ${5000 + n}` })), 'ms');
  add('sort by S/N', await median((n) => stars({ text: `${n}` }, { by: 'snr', descending: true })), 'ms');
  add('all plates of the tree', await median(() => session.plates()), 'ms');
  add('a plate of 500 stars', await median((n) => stars({}, byPath, `spectra/HD${10_000 + n}N`)), 'ms');
}

/** Seconds from the change of a file on the disk until its star has the new id. */
async function changed(session: Session, n: number, isTold: boolean): Promise<number> {
  const { path, obsid, bytes } = changedSpectrum(n, nStars);
  const file = join(root, path);
  const isThere = async () => (await session.stars({ filter: { text: obsid, where: '' } })).nMatching === 1;
  return session.seconds(async () => {
    await writeFile(file, bytes);
    if (isTold) await session.tell(file, FileChangeType.Changed);
    else await session.refresh();
    await session.until(isThere);
  });
}

/** Seconds from the writing of a file to a survey with one star more, and from its removal to the survey as it was. */
async function newAndGone(session: Session, n: number): Promise<{ counted: number; gone: number }> {
  const { path, bytes } = changedSpectrum(n, nStars);
  const file = join(
    root,
    path.replace(/[^/]+$/, (name) => `new-${name}`),
  );
  const untilCounted = (nSpectra: number) =>
    session.until(async () => {
      const { state } = await session.plates();
      return state.nSpectra === nSpectra && state.nUnread === 0;
    });
  const counted = await session.seconds(async () => {
    await writeFile(file, bytes);
    await session.tell(file, FileChangeType.Created);
    await untilCounted(nStars + 1);
  });
  const gone = await session.seconds(async () => {
    await rm(file);
    await session.tell(file, FileChangeType.Deleted);
    await untilCounted(nStars);
  });
  return { counted, gone };
}

class Session {
  private readonly waiting: (() => void)[] = [];
  private readonly started = performance.now();
  private readonly child: ChildProcess;
  private readonly connection: ProtocolConnection;

  private constructor(private readonly config: string) {
    const child = spawn(process.execPath, [server, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.child = child;
    this.connection = createProtocolConnection(
      new StreamMessageReader(child.stdout),
      new StreamMessageWriter(child.stdin),
    );
  }

  static async start(config: string): Promise<Session> {
    const session = new Session(config);
    const { connection, waiting } = session;
    connection.onNotification(IndexChangedNotification.method, () => waiting.splice(0).forEach((resolve) => resolve()));
    connection.listen();
    const initializationOptions: ServerOptions = { storage: join(root, 'storage') };
    await connection.sendRequest('initialize', {
      processId: process.pid,
      rootUri: null,
      capabilities: {},
      initializationOptions,
    });
    await connection.sendNotification('initialized', {});
    await connection.sendNotification(IndexedSurveysNotification.method, { configs: [config] });
    return session;
  }

  plates(): Promise<PlatesAnswer> {
    return this.connection.sendRequest(PlatesRequest.method, { config: this.config, filter: everything });
  }

  stars(params: Partial<StarsParams>): Promise<StarsAnswer> {
    const page: StarsParams = {
      config: this.config,
      filter: everything,
      sort: byPath,
      plate: null,
      from: 0,
      count: 500,
    };
    return this.connection.sendRequest(StarsRequest.method, { ...page, ...params });
  }

  refresh(): Promise<null> {
    return this.connection.sendRequest(RefreshIndexRequest.method, { config: this.config });
  }

  tell(file: string, type: FileChangeType): Promise<void> {
    const changes = [{ uri: pathToFileURL(file).href, type }];
    return this.connection.sendNotification('workspace/didChangeWatchedFiles', { changes });
  }

  /** Opens cannon.yaml, until what is wrong is told; these spectra are too short for the grid, which is. */
  async check(): Promise<void> {
    const uri = pathToFileURL(this.config).href;
    const text = await readFile(this.config, 'utf8');
    const told = new Promise<void>((resolve) => {
      this.connection.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) => {
        if (params.diagnostics.length > 0) resolve();
      });
    });
    const textDocument = { uri, version: 1, languageId: 'cannon', text };
    await this.connection.sendNotification('textDocument/didOpen', { textDocument });
    await told;
  }

  /** Asks again with each change of the index. */
  async until(isSo: () => Promise<boolean>): Promise<number> {
    for (;;) {
      const next = new Promise<void>((resolve) => this.waiting.push(resolve));
      if (await isSo()) return performance.now() - this.started;
      await next;
    }
  }

  /** Milliseconds from the start of the process until no header is left to be read. */
  untilRead(): Promise<number> {
    return this.until(async () => {
      const { state } = await this.plates();
      return state.nSpectra === nStars && state.nUnread === 0;
    });
  }

  untilIdle(): Promise<number> {
    return this.until(async () => (await this.plates()).state.phase === 'idle');
  }

  async seconds(work: () => Promise<unknown>): Promise<number> {
    const start = performance.now();
    await work();
    return (performance.now() - start) / 1000;
  }

  /** MB of the server's process, its threads included: VmRSS now, VmHWM the most so far. */
  async memory(name: 'VmRSS' | 'VmHWM'): Promise<number> {
    const status = await readFile(`/proc/${this.child.pid}/status`, 'utf8').catch(() => '');
    const kB = new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1];
    return kB === undefined ? NaN : Number(kB) / 1024;
  }

  async end(): Promise<void> {
    const exit = once(this.child, 'exit');
    await this.connection.sendRequest('shutdown');
    await this.connection.sendNotification('exit');
    await exit;
  }
}

function print(rows: readonly Row[]): number {
  const lines = rows.map(({ what, value, unit, target }) => {
    const goal = target === undefined ? '' : `≤ ${target} ${unit}`;
    return `| ${what} | ${value.toFixed(value < 10 ? 2 : 0)} ${unit} | ${goal} |`;
  });
  const head = [`| ${nStars} spectra | measured | target |`, '|---|---|---|'];
  console.log([...head, ...lines].join('\n'));
  console.log(`\nNode ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model ?? 'processor'}`);
  const missed = rows.filter(({ value, target }) => target !== undefined && !(value <= target));
  console.log(missed.length === 0 ? 'All targets reached.' : `Missed: ${missed.map(({ what }) => what).join('; ')}.`);
  return missed.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await measure();
} finally {
  await rm(root, { recursive: true, force: true });
}
