/**
 * A real Slurm with two nodes on this one machine, for tests that lose a node: its own controller, munge, ports and folder, and
 * nothing of it left when it is stopped, or when the process that started it is gone.
 *
 * It needs the Debian packages slurmctld, slurmd, slurm-client and munge (or their like) and, as tasks are started for
 * whoever submits, root.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { hostname, tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { until } from '../command';

export type NodeName = 'n1' | 'n2';
const nodes: readonly NodeName[] = ['n1', 'n2'];
const programs = ['slurmctld', 'slurmd', 'munged', 'sbatch', 'squeue', 'scancel', 'sinfo'] as const;

/** Daemons lie in folders that are not on everybody's PATH. */
function find(name: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/sbin'];
  for (const folder of folders) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // Not in this one.
    }
  }
  return null;
}

/** Why there can be no cluster here, or null when there can. */
export const withoutSlurm: string | null =
  process.platform !== 'linux' || programs.some((name) => find(name) === null)
    ? 'no Slurm'
    : process.getuid?.() !== 0
      ? 'no Slurm for a user who is not root'
      : null;

export class Cluster {
  readonly #daemons = new Map<string, ChildProcess>();
  readonly #guard: ChildProcess;

  private constructor(
    readonly folder: string,
    readonly conf: string,
  ) {
    this.#guard = startGuard(folder, conf);
  }

  /** @throws Error with the ends of the logs when it does not come up within a minute. */
  static async start(): Promise<Cluster> {
    const folder = mkdtempSync(join(tmpdir(), 'cannon-slurm-'));
    for (const name of ['run', 'state', 'log', 'spool/n1', 'spool/n2'])
      mkdirSync(join(folder, name), { recursive: true });
    const conf = join(folder, 'slurm.conf');
    writeFileSync(join(folder, 'run', 'munge.key'), randomBytes(128), { mode: 0o600 });
    writeFileSync(conf, configuration(folder, await freePorts(3)));
    const cluster = new Cluster(folder, conf);
    try {
      const inRun = (name: string) => join(folder, 'run', name);
      cluster.#daemon('munged', [
        ...['--foreground', '--force', `--key-file=${inRun('munge.key')}`, `--socket=${inRun('munge.sock')}`],
        ...[`--pid-file=${inRun('munged.pid')}`, `--log-file=${join(folder, 'log', 'munged.log')}`],
        ...[`--seed-file=${inRun('munge.seed')}`, '--num-threads=1'],
      ]);
      await until('munge', () => Promise.resolve(existsSync(inRun('munge.sock')) || null));
      cluster.#daemon('slurmctld', ['-D', '-f', conf]);
      for (const node of nodes) cluster.up(node);
      await cluster.idle(2);
      return cluster;
    } catch (error) {
      const logs = cluster.logs();
      await cluster.stop();
      throw new Error(`The cluster does not start: ${String(error)}\n${logs}`);
    }
  }

  /** What programs need in their environment to use this cluster. */
  get env(): Record<string, string> {
    return { SLURM_CONF: this.conf };
  }

  /** What one of Slurm's programs prints. */
  async ask(program: string, ...args: string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      execFile(program, args, { env: { ...process.env, ...this.env } }, (error, out, err) =>
        error === null ? resolve(out) : reject(new Error(`${program}: ${err}`)),
      );
    });
  }

  up(node: NodeName): void {
    if (!this.#daemons.has(node)) this.#daemon('slurmd', ['-D', '-N', node, '-f', this.conf], node);
  }

  /** Wait until so many nodes have nothing to do. */
  async idle(count: number): Promise<void> {
    await until(
      `${count} idle nodes`,
      async () => {
        const states = await this.ask('sinfo', '-h', '-N', '-o', '%t').catch(() => '');
        return states.split('\n').filter((state) => state === 'idle').length === count || null;
      },
      120_000,
    );
  }

  /** The network to a node is cut: its daemon is gone, its tasks live on. */
  cut(node: NodeName): void {
    this.#daemons.get(node)?.kill('SIGKILL');
    this.#daemons.delete(node);
  }

  /** Power loss: the daemon of the node, those of its tasks, and the tasks. */
  lose(node: NodeName): void {
    this.cut(node);
    for (const pid of this.tasksOn(node)) {
      const keeper = parentOf(pid);
      if (keeper !== null && /slurmstepd/.test(commandOf(keeper))) kill(keeper);
      kill(pid);
    }
  }

  /** Processes of the tasks on a node. */
  tasksOn(node: NodeName): number[] {
    return processes().filter((pid) => {
      const env = environmentOf(pid);
      return env.includes(`SLURMD_NODENAME=${node}`) && env.includes(`SLURM_CONF=${this.conf}`);
    });
  }

  logs(): string {
    const folder = join(this.folder, 'log');
    const end = (name: string) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n').slice(-8).join('\n');
    return readdirSync(folder)
      .map((name) => `${name}:\n${end(name)}`)
      .join('\n');
  }

  /** End every process of the cluster and remove its folder. */
  async stop(): Promise<void> {
    for (const node of nodes) this.lose(node);
    const ends = [...this.#daemons.values()].map(
      (daemon) =>
        new Promise<void>((resolve) => {
          if (daemon.exitCode !== null || daemon.signalCode !== null) return resolve();
          daemon.once('exit', () => resolve());
          daemon.kill('SIGKILL');
        }),
    );
    await Promise.all(ends);
    for (const pid of processes()) if (environmentOf(pid).includes(`SLURM_CONF=${this.conf}`)) kill(pid);
    this.#guard.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  #daemon(name: string, args: readonly string[], as = name): void {
    const env = { ...process.env, ...this.env };
    this.#daemons.set(as, spawn(find(name)!, args, { env, stdio: 'ignore' }));
  }
}

/**
 * A process that ends the cluster when this one ends without doing so: its standard input then closes.
 * It has not the environment by which it knows the others.
 */
function startGuard(folder: string, conf: string): ChildProcess {
  const script = `
    const { readdirSync, readFileSync, rmSync } = require('node:fs');
    process.stdin.resume().on('end', () => {
      for (const pid of readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name))) {
        try {
          const text = readFileSync('/proc/' + pid + '/environ', 'utf8') + readFileSync('/proc/' + pid + '/cmdline', 'utf8');
          if (text.includes(${JSON.stringify(conf)}) && Number(pid) !== process.pid) process.kill(Number(pid), 'SIGKILL');
        } catch {}
      }
      setTimeout(() => rmSync(${JSON.stringify(folder)}, { recursive: true, force: true }), 1000);
    });`;
  const guard = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  guard.unref();
  return guard;
}

function configuration(folder: string, [controller, ...ports]: readonly number[]): string {
  const { username } = userInfo();
  const host = hostname().split('.')[0]!;
  return [
    'ClusterName=cannon',
    `SlurmctldHost=${host}(127.0.0.1)`,
    `SlurmUser=${username}`,
    `SlurmdUser=${username}`,
    `SlurmctldPort=${controller!}`,
    'AuthType=auth/munge',
    // A task of a lost node may begin anew when its credential has run out: seconds here, two minutes by default.
    `AuthInfo=socket=${folder}/run/munge.sock,cred_expire=5`,
    'CredType=cred/munge',
    `StateSaveLocation=${folder}/state`,
    `SlurmdSpoolDir=${folder}/spool/%n`,
    `SlurmctldPidFile=${folder}/run/slurmctld.pid`,
    `SlurmdPidFile=${folder}/run/slurmd.%n.pid`,
    `SlurmctldLogFile=${folder}/log/slurmctld.log`,
    `SlurmdLogFile=${folder}/log/slurmd.%n.log`,
    'ProctrackType=proctrack/linuxproc',
    'TaskPlugin=task/none',
    'MpiDefault=none',
    'SwitchType=switch/none',
    'SelectType=select/cons_tres',
    'SelectTypeParameters=CR_Core',
    'SchedulerType=sched/backfill',
    'SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2,sched_min_interval=0',
    'JobAcctGatherType=jobacct_gather/none',
    'AccountingStorageType=accounting_storage/none',
    'JobCompType=jobcomp/none',
    'ReturnToService=2',
    'SlurmctldTimeout=10',
    'SlurmdTimeout=4',
    'InactiveLimit=0',
    'KillWait=3',
    'MessageTimeout=2',
    'TCPTimeout=2',
    'MinJobAge=300',
    'JobRequeue=0',
    ...nodes.map(
      (node, k) =>
        `NodeName=${node} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${ports[k]!} CPUs=2 RealMemory=2000 State=UNKNOWN`,
    ),
    'PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP',
    '',
  ].join('\n');
}

/** Ports that nobody listens on now. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function processes(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function environmentOf(pid: number): string[] {
  return textOf(pid, 'environ').split('\0');
}

function commandOf(pid: number): string {
  return textOf(pid, 'cmdline').replaceAll('\0', ' ');
}

function parentOf(pid: number): number | null {
  const stat = textOf(pid, 'stat');
  const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  return Number.isInteger(parent) && parent > 1 ? parent : null;
}

function textOf(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return ''; // it ended in the meantime
  }
}

/** What is gone already needs no signal. */
export function kill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
