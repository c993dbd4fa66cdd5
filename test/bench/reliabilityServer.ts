/**
 * The bundled language server as a process over its real protocol, with everything that happens to it kept: how long each kind of
 * request takes, lines of error, rejections that nobody handled, memory after garbage was collected, descriptors, children.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  createProtocolConnection,
  type Diagnostic,
  type ProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver-protocol/node';
import { program, until } from '../jobs/command';

/** What a server holds, once its garbage has been collected. Megabytes. */
export interface Sample {
  readonly rss: number;
  readonly heap: number;
  /** Of the heap, what the server remembers; the rest is code that V8 compiles as it gets to know what is called often. */
  readonly objects: number;
  /** Buffers outside the heap, those of arrays among them. */
  readonly external: number;
  readonly descriptors: number;
  readonly threads: number;
  readonly children: number;
  readonly timers: number;
}

/** Loaded into the server first: tells of its memory at SIGUSR2, and of rejections that nobody handled. */
const witness = `
const { writeFileSync, appendFileSync, renameSync } = require('node:fs');
const folder = process.env.CANNON_WITNESS;
process.on('unhandledRejection', (error) => appendFileSync(folder + '/rejections', String(error?.stack ?? error) + '\\n\\n'));
process.on('uncaughtExceptionMonitor', (error) => appendFileSync(folder + '/rejections', String(error?.stack ?? error) + '\\n\\n'));
process.on('SIGUSR2', async () => {
  for (let n = 0; n < 3; n++) { globalThis.gc(); await new Promise((resolve) => setTimeout(resolve, 100)); }
  const resources = process.getActiveResourcesInfo();
  const timers = resources.filter((name) => name === 'Timeout').length;
  const usage = process.memoryUsage();
  require('node:v8').writeHeapSnapshot(folder + '/heap.heapsnapshot');
  writeFileSync(folder + '/sample.part', JSON.stringify({ ...usage, timers }));
  renameSync(folder + '/sample.part', folder + '/sample');
});
`;

export interface Answers {
  /** Milliseconds of each answer, by method. */
  readonly latencies: Map<string, number[]>;
  /** Sentences that a request was refused with. */
  readonly refused: Map<string, number>;
  readonly failures: string[];
}

export const noAnswers = (): Answers => ({ latencies: new Map(), refused: new Map(), failures: [] });

export class LiveServer {
  readonly diagnostics = new Map<string, { version: number | undefined; found: readonly Diagnostic[] }>();
  nPublished = 0;
  nNotified = 0;
  /** Registrations that the server asked for: a watcher each, among others. */
  nRegistered = 0;
  isGone = false;
  private version = 0;
  /** When each version of a text was told, until something is said about it. */
  private readonly toldAt = new Map<number, number>();

  private constructor(
    readonly child: ChildProcess,
    readonly connection: ProtocolConnection,
    private readonly witnessFolder: string,
    readonly answers: Answers,
  ) {
    connection.onNotification(
      'textDocument/publishDiagnostics',
      (told: { uri: string; version?: number; diagnostics: Diagnostic[] }) => {
        this.nPublished++;
        this.judged(told.version);
        this.diagnostics.set(told.uri, { version: told.version, found: told.diagnostics });
      },
    );
    connection.onNotification('window/logMessage', ({ type, message }: { type: number; message: string }) => {
      if (type === 1) answers.failures.push(`the server logs: ${message}`);
    });
    connection.onUnhandledNotification(() => void this.nNotified++);
    connection.onRequest('client/registerCapability', ({ registrations }: { registrations: unknown[] }) => {
      this.nRegistered += registrations.length;
    });
    connection.onRequest('workspace/configuration', ({ items }: { items: unknown[] }) => items.map(() => null));
    for (const method of [
      'window/workDoneProgress/create',
      'workspace/codeLens/refresh',
      'workspace/inlayHint/refresh',
    ])
      connection.onRequest(method, () => null);
    connection.onClose(() => (this.isGone = true));
    child.stdin!.on('error', () => (this.isGone = true));
    child.once('exit', () => this.#gone());
    this.#ended.catch(() => undefined);
    connection.listen();
  }

  static async start(folder: string, storage: string, answers = noAnswers()): Promise<LiveServer> {
    const path = join(folder, 'witness.cjs');
    writeFileSync(path, witness);
    const args = ['--expose-gc', '--require', path, join(dirname(program), 'server.cjs'), '--stdio'];
    const child = spawn(process.execPath, args, { stdio: 'pipe', env: { ...process.env, CANNON_WITNESS: folder } });
    child.stderr.on('data', (data: Buffer) =>
      answers.failures.push(`standard error: ${data.toString().slice(0, 400)}`),
    );
    const connection = createProtocolConnection(
      new StreamMessageReader(child.stdout),
      new StreamMessageWriter(child.stdin),
    );
    const server = new LiveServer(child, connection, folder, answers);
    const workspace = {
      ...{
        didChangeWatchedFiles: { dynamicRegistration: true },
        didChangeConfiguration: { dynamicRegistration: true },
      },
      ...{ codeLens: { refreshSupport: true }, inlayHint: { refreshSupport: true }, configuration: true },
    };
    const capabilities = { workspace, textDocument: { completion: { completionItem: { snippetSupport: true } } } };
    await connection.sendRequest('initialize', {
      processId: process.pid,
      rootUri: null,
      capabilities,
      initializationOptions: { storage },
    });
    await connection.sendNotification('initialized', {});
    return server;
  }

  /** The answer; undefined where the server refuses with a sentence, or is killed. What is no sentence for people counts as a failure. */
  async ask(method: string, params: unknown): Promise<unknown> {
    const started = performance.now();
    try {
      const answer: unknown = await Promise.race([this.connection.sendRequest(method, params), this.#end()]);
      this.took(method, performance.now() - started);
      return answer;
    } catch (error) {
      if (this.isGone) return undefined;
      const { message, code } = error as { message: string; code?: number };
      if (code === -32803 || code === -32800) {
        const general = `${method}: ${message.replace(/\/\S+/g, '…').replace(/\d+/g, 'n').slice(0, 60)}`;
        this.answers.refused.set(general, (this.answers.refused.get(general) ?? 0) + 1);
      } else this.answers.failures.push(`${method}: ${message}`);
      return undefined;
    }
  }

  private took(what: string, ms: number): void {
    const known = this.answers.latencies.get(what);
    if (known === undefined) this.answers.latencies.set(what, [ms]);
    else known.push(ms);
  }

  /** The first word about a version of the text is what the text alone has wrong; a version that was overtaken is never judged. */
  private judged(version: number | undefined): void {
    const told = this.toldAt.get(version ?? -1);
    if (told !== undefined) this.took('keystroke → diagnostics', performance.now() - told);
    for (const older of this.toldAt.keys()) if (older <= (version ?? -1)) this.toldAt.delete(older);
  }

  readonly #ended = new Promise<never>((_, reject) => {
    this.onEnd = () => reject(new Error('The server has gone'));
  });
  private onEnd: () => void = () => undefined;
  #end(): Promise<never> {
    return this.#ended;
  }
  #gone(): void {
    this.isGone = true;
    this.onEnd();
  }

  async tell(method: string, params: unknown): Promise<void> {
    if (this.isGone) return;
    await this.connection.sendNotification(method, params).catch(() => (this.isGone = true));
  }

  open(path: string, text: string): Promise<void> {
    const textDocument = { uri: uriOf(path), languageId: 'cannon', version: ++this.version, text };
    return this.tell('textDocument/didOpen', { textDocument });
  }

  change(path: string, contentChanges: readonly unknown[]): Promise<void> {
    const version = ++this.version;
    this.toldAt.set(version, performance.now());
    return this.tell('textDocument/didChange', { textDocument: { uri: uriOf(path), version }, contentChanges });
  }

  /** Waits until the newest text's diagnostics are as wanted. */
  settled(path: string, isWanted: (codes: readonly unknown[]) => boolean): Promise<readonly Diagnostic[]> {
    return until(
      `diagnostics of ${path}; there are ${JSON.stringify(this.diagnostics.get(uriOf(path))?.found.map(({ message }) => message))}`,
      () => {
        const known = this.diagnostics.get(uriOf(path));
        const isNew = known !== undefined && (known.version ?? this.version) === this.version;
        return Promise.resolve(isNew && isWanted(known.found.map(({ code }) => code)) ? known.found : null);
      },
      120_000,
    );
  }

  /** @param snapshot where what the heap holds is to be kept, or null */
  async sample(snapshot: string | null = null): Promise<Sample> {
    const path = join(this.witnessFolder, 'sample');
    rmSync(path, { force: true });
    this.child.kill('SIGUSR2');
    const read = () => {
      try {
        return JSON.parse(readFileSync(path, 'utf8')) as Record<
          'rss' | 'heapUsed' | 'external' | 'arrayBuffers' | 'timers',
          number
        >;
      } catch {
        return null;
      }
    };
    const found = await until('the memory of the server', () => Promise.resolve(read()), 300_000);
    const heap = join(this.witnessFolder, 'heap.heapsnapshot');
    const objects = objectBytes(heap);
    if (snapshot === null) rmSync(heap);
    else renameSync(heap, snapshot);
    const proc = `/proc/${this.child.pid}`;
    const count = (folder: string) => readdirSync(join(proc, folder)).length;
    const children = readFileSync(join(proc, 'task', String(this.child.pid), 'children'), 'utf8')
      .split(' ')
      .filter(Boolean).length;
    const mb = (bytes: number) => bytes / 2 ** 20;
    return {
      ...{
        rss: mb(found.rss),
        heap: mb(found.heapUsed),
        objects: mb(objects),
        external: mb(found.external),
        timers: found.timers,
      },
      ...{ descriptors: count('fd'), threads: count('task'), children },
    };
  }

  /** inotify descriptors: the server is to watch nothing itself. */
  nWatching(): number {
    const proc = `/proc/${this.child.pid}/fd`;
    const names = readdirSync(proc).map((name) => {
      try {
        return readlinkSync(join(proc, name));
      } catch {
        return '';
      }
    });
    return names.filter((name) => name.includes('inotify')).length;
  }

  rejections(): string[] {
    try {
      return readFileSync(join(this.witnessFolder, 'rejections'), 'utf8').split('\n\n').filter(Boolean);
    } catch {
      return [];
    }
  }

  /** As an editor ends it. @returns the exit code */
  async stop(): Promise<number | null> {
    const exit = once(this.child, 'exit');
    await this.connection.sendRequest('shutdown');
    await this.connection.sendNotification('exit');
    return ((await exit) as [number | null])[0];
  }

  async kill(): Promise<void> {
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
    this.#gone();
    this.connection.dispose();
  }
}

interface HeapSnapshot {
  readonly snapshot: { readonly meta: { readonly node_fields: string[]; readonly node_types: [string[]] } };
  readonly nodes: number[];
}

/** Bytes of a heap that are neither compiled code, with all that belongs to it, nor outside the heap. */
function objectBytes(path: string): number {
  const { snapshot, nodes } = JSON.parse(readFileSync(path, 'utf8')) as HeapSnapshot;
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [type, size] = [fields.indexOf('type'), fields.indexOf('self_size')];
  const others = ['code', 'object shape', 'hidden', 'native'].map((name) => types[0].indexOf(name));
  let bytes = 0;
  for (let at = 0; at < nodes.length; at += fields.length) {
    if (!others.includes(nodes[at + type]!)) bytes += nodes[at + size]!;
  }
  return bytes;
}

export function uriOf(path: string): string {
  return pathToFileURL(path).href;
}
