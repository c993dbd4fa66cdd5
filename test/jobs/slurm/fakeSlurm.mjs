/**
 * A stand-in for Slurm's programs where there is none: it keeps jobs as files in $FAKE_SLURM, notes how it was called, and runs
 * batch scripts one after the other with bash, as a cluster of one processor would. What it refuses and how it lists its queue is
 * said by files in the same folder: `refuse` (what sbatch says), `json` (squeue knows --json), `silent` (squeue does not answer).
 *
 * node fakeSlurm.mjs sbatch|squeue|scancel|scontrol <arguments>
 */
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

const folder = process.env['FAKE_SLURM'];
const [role, ...args] = process.argv.slice(2);
const pathOf = (id) => join(folder, 'jobs', `${id}.json`);
const read = (id) => JSON.parse(readFileSync(pathOf(id), 'utf8'));
const has = (name) => existsSync(join(folder, name));
const valueOf = (list, name) => list.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
const ids = () => readdirSync(join(folder, 'jobs')).flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? []);

function save(id, job) {
  writeFileSync(`${pathOf(id)}.${process.pid}`, JSON.stringify(job));
  renameSync(`${pathOf(id)}.${process.pid}`, pathOf(id));
}

function setState(id, task, state) {
  const job = read(id);
  job.states[task] = state;
  save(id, job);
}

function indicesOf(ranges) {
  return ranges
    .split('%')[0]
    .split(',')
    .flatMap((range) => {
      const [from, to = from] = range.split('-').map(Number);
      return Array.from({ length: to - from + 1 }, (_, k) => from + k);
    });
}

const isOver = (state) => !['PENDING', 'RUNNING'].includes(state);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const roles = {
  sbatch() {
    if (has('refuse')) {
      process.stderr.write(readFileSync(join(folder, 'refuse')));
      return 1;
    }
    const id = String(Math.max(100, ...ids().map(Number)) + 1);
    const array = valueOf(args, 'array');
    const tasks = array === undefined ? ['-'] : indicesOf(array).map(String);
    const script = readFileSync(args.at(-1), 'utf8');
    save(id, { args, script, states: Object.fromEntries(tasks.map((task) => [task, 'PENDING'])) });
    if (!has('hold'))
      spawn(process.execPath, [process.argv[1], 'run', id], { detached: true, stdio: 'ignore' }).unref();
    // Sites print greetings, federations the name of the cluster.
    process.stdout.write(`Welcome to the cluster\n${id};here\n`);
    return 0;
  },

  async run() {
    const [id] = args;
    const { args: options, script } = read(id);
    const before = /^afterany:(\d+)$/.exec(valueOf(options, 'dependency') ?? '')?.[1];
    while (before !== undefined && !Object.values(read(before).states).every(isOver)) await pause(50);
    for (const task of Object.keys(read(id).states)) {
      if (read(id).states[task] !== 'PENDING') continue;
      setState(id, task, 'RUNNING');
      const symbols = { '%': '%', A: id, a: task, j: id };
      const output = valueOf(options, 'output').replaceAll(/%([%Aaj])/g, (_, symbol) => symbols[symbol]);
      const file = openSync(output, 'a');
      const env = { ...process.env, SLURM_JOB_ID: id, ...(task === '-' ? {} : { SLURM_ARRAY_TASK_ID: task }) };
      const child = spawn('bash', ['-c', script], { cwd: '/', env, detached: true, stdio: ['ignore', file, file] });
      save(id, { ...read(id), pid: child.pid });
      const code = await new Promise((resolve) => child.once('exit', resolve));
      if (read(id).states[task] === 'RUNNING') setState(id, task, code === 0 ? 'COMPLETED' : 'FAILED');
    }
    return 0;
  },

  squeue() {
    if (has('silent')) {
      process.stderr.write('slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n');
      return 1;
    }
    if (args.includes('--json') && !has('json')) {
      process.stderr.write("squeue: unrecognized option '--json'\n");
      return 1;
    }
    const rows = ids().flatMap((id) => Object.entries(read(id).states).map(([task, state]) => ({ id, task, state })));
    if (!args.includes('--json')) {
      const name = ({ id, task }) => (task === '-' ? id : `${id}_${task}`);
      process.stdout.write(rows.map((row) => `${name(row)}|${row.state}|None\n`).join(''));
      return 0;
    }
    const number = (value, set) => ({ set, infinite: false, number: Number(value) });
    const jobs = rows.map(({ id, task, state }) => ({
      ...{ job_id: Number(id), job_state: [state], state_reason: 'None' },
      array_job_id: number(task === '-' ? 0 : id, true),
      array_task_id: number(task === '-' ? 0 : task, task !== '-'),
    }));
    process.stdout.write(JSON.stringify({ meta: {}, jobs }));
    return 0;
  },

  scancel() {
    for (const id of args) {
      const job = read(id);
      const states = Object.entries(job.states).map(([task, state]) => [task, isOver(state) ? state : 'CANCELLED']);
      save(id, { ...job, states: Object.fromEntries(states) });
      if (job.pid !== undefined) {
        try {
          process.kill(-job.pid, 'SIGTERM');
        } catch {
          // It has ended.
        }
      }
    }
    return 0;
  },

  scontrol: () => 0,
};

mkdirSync(join(folder, 'jobs'), { recursive: true });
if (role !== 'run') appendFileSync(join(folder, 'calls.jsonl'), `${JSON.stringify([role, ...args])}\n`);
process.exitCode = await roles[role]();
