/** What is handed to Slurm and made of its answers, with a stand-in for its programs: the same on machines without Slurm. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRun } from '../../../engine/index';
import { start, until, type Finished } from '../command';
import { resultsOf } from '../killing';

const folder = mkdtempSync(join(tmpdir(), 'cannon-fake-slurm-'));
const state = join(folder, 'state');
const bin = join(folder, 'bin');
/** A folder that means something to a shell, to YAML and to Slurm's patterns. */
const hostile = join(folder, `it's "here" $(touch pwned) \`touch pwned\` %j; & #x\nnext`);
const config = join(hostile, 'survey', 'cannon.yaml');
const model = join(folder, 'train', 'main', 'model.fits');
const infer = ['infer', '--config', config, '--model', model] as const;
const onWindows = process.platform === 'win32';

const withFake = { PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`, FAKE_SLURM: state };
const cannon = (args: readonly string[], env: NodeJS.ProcessEnv = withFake): Promise<Finished> =>
  start(args, folder, env).finished;
const submit = (run: string, ...more: string[]): Promise<Finished> =>
  cannon([...infer, '--run', run, '--slurm', '--poll', '0.1', '--shards', '2', ...more]);
const calls = (program: string): string[][] =>
  readFileSync(join(state, 'calls.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as string[])
    .filter(([name]) => name === program);
const say = (name: string, text = ''): void => writeFileSync(join(state, name), text);
const unsay = (name: string): void => rmSync(join(state, name), { force: true });

beforeAll(async () => {
  if (onWindows) return;
  mkdirSync(hostile, { recursive: true });
  mkdirSync(state);
  mkdirSync(bin);
  for (const name of ['sbatch', 'squeue', 'scancel', 'scontrol']) {
    const script = `#!/bin/sh\nexec '${process.execPath}' '${join(import.meta.dirname, 'fakeSlurm.mjs')}' ${name} "$@"\n`;
    writeFileSync(join(bin, name), script);
    chmodSync(join(bin, name), 0o755);
  }
  expect((await cannon(['sample', dirname(config), '--stars', '120', '--seed', '5'])).exitCode).toBe(0);
  writeFileSync(config, readFileSync(config, 'utf8').replace(/step: 1e-4/, 'step: 1e-3'));
  expect((await cannon(['train', '--config', config, '--run', join(folder, 'train')])).exitCode).toBe(0);
  expect((await cannon([...infer, '--run', join(folder, 'local')])).exitCode).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(onWindows)('a run handed to Slurm', () => {
  const expected = () => resultsOf(join(folder, 'local'));

  it('in folders whose names mean something to a shell does its work, and nothing else', async () => {
    const run = join(hostile, 'run');
    const { exitCode, stderr, events } = await submit(
      run,
      ...[
        '--shards',
        '3',
        '--partition',
        'a b; touch pwned',
        '--account',
        '$(touch pwned)',
        '--time',
        '1:00:00',
        '--mem',
        '700M',
      ],
      ...[
        '--cpus',
        '1',
        '--array-throttle',
        '2',
        '--sbatch=--qos=long',
        '--setup',
        'export FOO="a b" # a word',
        '--json',
      ],
    );
    expect(`${exitCode} ${stderr}`).toBe('0 ');
    expect(resultsOf(run)).toEqual(expected());
    expect(existsSync(join(folder, 'pwned')) || existsSync('/pwned')).toBe(false);
    const [array, merge] = calls('sbatch').slice(-2);
    expect(array).toEqual([
      ...['sbatch', '--parsable', '--job-name=cannon-infer', '--chdir=/', '--open-mode=append', '--requeue'],
      ...['--signal=B:USR1@60', '--array=0-2%2', `--output=${run.replaceAll('%', '%%')}/slurm/%A_%a.txt`],
      ...['--partition=a b; touch pwned', '--account=$(touch pwned)', '--time=1:00:00', '--mem=700M'],
      ...['--cpus-per-task=1', '--qos=long', join(run, 'slurm', 'shards.sh')],
    ]);
    expect(merge).toContain('--dependency=afterany:101');
    expect(merge!.some((arg) => arg.startsWith('--array'))).toBe(false);
    expect(events.find(({ kind }) => kind === 'submitted')).toMatchObject({ id: '101,102', run, shards: 3 });
    const log = readFileSync(join(run, 'slurm', '101_0.txt'), 'utf8');
    expect(log).toContain('Shard 0 of 3');
  });

  it('is followed by an old squeue without --json and a new one with lists and wrapped numbers alike', async () => {
    say('json');
    const run = join(folder, 'json');
    expect((await submit(run)).exitCode).toBe(0);
    expect(resultsOf(run)).toEqual(expected());
    unsay('json');
  });

  it('goes on while the controller does not answer', async () => {
    say('silent');
    const run = join(folder, 'silent');
    expect((await submit(run)).exitCode).toBe(0);
    unsay('silent');
  });

  it('that Slurm refuses fails with what Slurm says, and is submitted again by `runs resume`', async () => {
    say('refuse', 'sbatch: error: Batch job submission failed: Invalid account or account/partition combination\n');
    const run = join(folder, 'refused');
    const { exitCode, stderr } = await submit(run);
    unsay('refuse');
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      'error CAN414 Slurm does not take the job: Batch job submission failed: Invalid account or account/partition combination',
    );
    expect(await readRun(run)).toMatchObject({ state: 'failed', failure: { code: 'CAN414' }, canResume: true });
    expect((await cannon(['runs', 'resume', run, '--account', 'mine', '--poll', '0.1'])).exitCode).toBe(0);
    expect(calls('sbatch').at(-1)).toContain('--account=mine');
    expect(resultsOf(run)).toEqual(expected());
  });

  it('is cancelled while it waits, and goes on where it was', async () => {
    say('hold');
    const run = join(folder, 'held');
    expect((await submit(run, '--shards', '3', '--detach')).exitCode).toBe(0);
    expect(await readRun(run)).toMatchObject({ state: 'queued', job: { submitted: { system: 'slurm' } } });
    // Two of three are done by whoever likes, such as an earlier array.
    const shards = ['0/3', '2/3'].map((shard) => cannon(['infer', '--config', config, '--run', run, '--shard', shard]));
    expect((await Promise.all(shards)).map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect((await cannon(['runs', 'cancel', run])).exitCode).toBe(0);
    const { job, state: now } = await readRun(run);
    expect(now).toBe('cancelled');
    expect(calls('scancel').at(-1)).toEqual(['scancel', ...job.submitted!.id.split(',')]);
    unsay('hold');
    expect((await cannon(['runs', 'resume', run, '--poll', '0.1'])).exitCode).toBe(0);
    expect(calls('sbatch').at(-2)).toContain('--array=1');
    expect(resultsOf(run)).toEqual(expected());
  });

  it('goes on on this machine with `runs resume --no-slurm`', async () => {
    say('hold');
    const run = join(folder, 'here');
    expect((await submit(run, '--detach')).exitCode).toBe(0);
    expect((await cannon(['runs', 'cancel', run])).exitCode).toBe(0);
    unsay('hold');
    expect((await cannon(['runs', 'resume', run, '--no-slurm'])).exitCode).toBe(0);
    expect(resultsOf(run)).toEqual(expected());
  });

  it('whose watcher is stopped goes on without it', async () => {
    const run = join(folder, 'unwatched');
    const { child, finished } = start([...infer, '--run', run, '--slurm', '--shards', '2', '--json'], folder, withFake);
    let printed = '';
    child.stdout!.on('data', (data: Buffer) => (printed += data.toString()));
    await until('the watching', () => Promise.resolve(/"kind":"(progress|finished)"/.test(printed) || null));
    child.kill('SIGINT');
    expect((await finished).exitCode).toBe(3);
    await until('the end', async () => ((await readRun(run)).state === 'finished' ? true : null));
    expect(resultsOf(run)).toEqual(expected());
  });

  it('whose time is nearly over is put back into the queue, and goes on from its checkpoint', async () => {
    const run = join(folder, 'limit');
    say('hold');
    expect((await submit(run, '--detach')).exitCode).toBe(0);
    unsay('hold');
    const script = join(run, 'slurm', 'shards.sh');
    const task = (seconds: number) =>
      // Slurm signals the shell of the batch script, not the program.
      `SECONDS=${seconds} SLURM_JOB_ID=7 SLURM_ARRAY_TASK_ID=1 bash '${script}' & sleep 0.05; kill -USR1 $!; wait $!`;
    const during = (seconds: number) => {
      try {
        return execFileSync('bash', ['-c', task(seconds)], {
          env: { ...process.env, ...withFake },
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'ignore'],
        });
      } catch (error) {
        return (error as { stdout: string }).stdout;
      }
    };
    expect(during(1000)).toContain('goes back into the queue');
    expect(calls('scontrol').at(-1)).toEqual(['scontrol', 'requeue', '7']);
    // One that has hardly begun would come back for ever.
    const before = calls('scontrol').length;
    expect(during(0)).not.toContain('goes back into the queue');
    expect(calls('scontrol')).toHaveLength(before);
    expect((await readRun(run)).shards).toMatchObject([{ index: 1, state: 'finished' }]);
  });
});

describe('without Slurm', () => {
  const without = { PATH: join(folder, 'nothing'), FAKE_SLURM: state };

  it('one sentence says so, and no run is left behind', async () => {
    const { exitCode, stderr } = await cannon([...infer, '--slurm'], without);
    expect(exitCode).toBe(1);
    expect(stderr).toBe(
      'error CAN413 There is no Slurm here: `sbatch` is not on the PATH\n' +
        '    Run it on a login node of the cluster (from the editor: connected to it by Remote - SSH), or without Slurm.\n',
    );
    expect(existsSync(join(dirname(config), '.cannon'))).toBe(false);
  });

  it('options of Slurm alone are refused, and senseless ones as well', async () => {
    const alone = await cannon([...infer, '--partition', 'main']);
    expect(`${alone.exitCode} ${alone.stderr}`).toBe('4 error: --partition is for --slurm only\n');
    if (onWindows) return;
    const memory = await cannon([...infer, '--slurm', '--mem', 'much']);
    expect(memory.stderr).toMatch(/^error CAN414 --mem much is no memory\n/);
    const array = await cannon([...infer, '--slurm', '--sbatch=--array=0-9']);
    expect(array.stderr).toMatch(/^error CAN414 --sbatch --array=0-9 is not an option that can be handed on\n/);
  });
});
