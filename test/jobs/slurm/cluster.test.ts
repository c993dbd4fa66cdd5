/**
 * Runs in a real Slurm: a node that loses power, a task that is done twice, a shard that fails, a run that is cancelled. Whatever
 * happens, the results are those of the same run on one machine, byte for byte.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEvents, readRun, type ShardStatus } from '../../../engine/index';
import { start, until, type Finished } from '../command';
import { resultsOf } from '../killing';
import { Cluster, kill, withoutSlurm, type NodeName } from './cluster';

// Nothing is made, and so nothing left, where all tests are skipped.
const folder = withoutSlurm === null ? mkdtempSync(join(tmpdir(), 'cannon-cluster-')) : '';
const config = join(folder, 'survey', 'cannon.yaml');
const model = join(folder, 'train', 'main', 'model.fits');
let cluster: Cluster | null = null;

const cannon = (args: readonly string[]): Promise<Finished> => start(args, undefined, cluster?.env).finished;
const commands = {
  train: ['train', '--config', config],
  cv: ['cv', '--config', config],
  // Samples of the posterior, so that a shard takes some seconds.
  infer: ['infer', '--config', config, '--model', model, '--samples', '800'],
} as const;
type Name = keyof typeof commands;
const expected = (name: Name) => resultsOf(join(folder, name));

/** A run as it is submitted here: looked at twice a second, one shard a node where `alone`. */
const submit = (name: Name, run: string, ...more: string[]): Promise<Finished> =>
  cannon([...commands[name], '--run', run, '--slurm', '--poll', '0.5', ...more]);

/** A shard that has done some of its chunks and not all, on `node` or any. */
async function halfDone(run: string): Promise<{ shard: ShardStatus; node: NodeName }> {
  return until(
    'a shard that is half done',
    async () => {
      const { shards } = await readRun(run).catch(() => ({ shards: [] }));
      const shard = shards.find(({ state, progress }) => state === 'running' && (progress?.done ?? 0) > 0);
      const node = (['n1', 'n2'] as const).find((one) => shard && pidsOf(one, shard).length > 0);
      return shard !== undefined && node !== undefined ? { shard, node } : null;
    },
    120_000,
  );
}

/** Processes of a shard's program on a node. */
function pidsOf(node: NodeName, { index, count }: ShardStatus): number[] {
  return cluster!
    .tasksOn(node)
    .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`--shard\0${index}/${count}\0`));
}

beforeAll(async () => {
  if (withoutSlurm !== null) return;
  cluster = await Cluster.start();
  expect((await cannon(['sample', join(folder, 'survey'), '--stars', '200', '--seed', '5'])).exitCode).toBe(0);
  const text = readFileSync(config, 'utf8').replace(/step: 1e-4/, 'step: 4e-4');
  writeFileSync(config, `${text}\ncrossValidation: { folds: 3, seed: 1 }\n`);
  for (const name of ['train', 'cv', 'infer'] as const) {
    const { exitCode, stderr } = await cannon([...commands[name], '--workers', '1', '--run', join(folder, name)]);
    expect(`${exitCode} ${stderr}`).toMatch(/^0/);
  }
});
afterAll(async () => {
  await cluster?.stop();
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
});

const title = withoutSlurm === null ? 'a run in Slurm' : `a run in Slurm (skipped: ${withoutSlurm})`;
describe.skipIf(withoutSlurm !== null)(title, () => {
  it('whose node loses power half-way gives what one machine gives, bit for bit', async () => {
    const run = join(folder, 'in slurm: $HOME \'node\' "lost" 50%');
    const ended = submit('infer', run, '--shards', '2', '--sbatch=--exclusive');
    const { shard, node } = await halfDone(run);
    cluster!.lose(node);
    const { exitCode, stderr } = await ended;
    expect(`${exitCode} ${stderr}`).toMatch(/^0/);
    expect(resultsOf(run)).toEqual(expected('infer'));
    // The shard was begun twice, and did not do again what it had done.
    const { events } = await readEvents(join(run, 'shards', `${shard.index}-of-2`));
    expect(events.filter(({ kind }) => kind === 'resumed')).toHaveLength(2);
    const second = [...events].reverse().find((event) => event.kind === 'started');
    expect(second).toMatchObject({ resumedFrom: expect.any(Number) as number });
    expect(second?.kind === 'started' && second.resumedFrom).toBeGreaterThanOrEqual(shard.progress!.done);
    cluster!.up(node);
    await cluster!.idle(2);
  }, 240_000);

  it('whose task is done by two nodes at once, as the first was only out of sight, gives the same bytes', async () => {
    const run = join(folder, 'twice');
    const ended = submit('infer', run, '--shards', '2', '--sbatch=--exclusive');
    const { shard, node } = await halfDone(run);
    const first = pidsOf(node, shard);
    // It stands still until the second is at work, so that both surely are.
    for (const pid of first) kill(pid, 'SIGSTOP');
    cluster!.cut(node);
    const other = node === 'n1' ? 'n2' : 'n1';
    await until('the second task', () => Promise.resolve(pidsOf(other, shard).length > 0 || null), 120_000);
    for (const pid of first) kill(pid, 'SIGCONT');
    const { exitCode, stderr } = await ended;
    expect(`${exitCode} ${stderr}`).toMatch(/^0/);
    expect(resultsOf(run)).toEqual(expected('infer'));
    cluster!.lose(node);
    cluster!.up(node);
    await cluster!.idle(2);
  }, 240_000);

  it('whose shard fails says which and why, and `runs resume` runs only that one', async () => {
    const run = join(folder, 'failed');
    const failed = submit('cv', run, '--shards', '2', '--setup', `[ "$SLURM_ARRAY_TASK_ID" != 1 ] || exit 7`);
    const { exitCode, stderr } = await failed;
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      'error CAN415 1 of 2 shards did not finish: shard 1: never began (Slurm: FAILED, NonZeroExitCode)',
    );
    expect(await readRun(run)).toMatchObject({ state: 'failed', failure: { code: 'CAN415' }, canResume: true });
    const again = await cannon(['runs', 'resume', run, '--setup', 'true', '--poll', '0.5', '--json']);
    expect(again.exitCode).toBe(0);
    expect(again.events.find(({ kind }) => kind === 'submitted')).toMatchObject({ shards: 1 });
    expect(resultsOf(run)).toEqual(expected('cv'));
  }, 240_000);

  it('is cancelled in the queue, and a training goes to a node as well', async () => {
    const run = join(folder, 'cancelled');
    const submitted = await submit('train', run, '--sbatch=--hold', '--detach');
    expect(submitted.exitCode).toBe(0);
    expect((await readRun(run)).state).toBe('queued');
    const twice = await cannon(['runs', 'resume', run]);
    expect(twice.stderr).toMatch(/error CAN410 Slurm still has the train in .* \(job \d+\)/);
    expect((await cannon(['runs', 'cancel', run])).exitCode).toBe(0);
    expect((await readRun(run)).state).toBe('cancelled');
    expect((await cluster!.ask('squeue', '-h')).trim()).toBe('');
    writeFileSync(join(run, 'slurm', 'options.json'), '{}');
    const again = await cannon(['runs', 'resume', run, '--poll', '0.5']);
    expect(`${again.exitCode} ${again.stderr}`).toMatch(/^0/);
    expect(resultsOf(run)).toEqual(expected('train'));
    expect(existsSync(join(run, 'slurm', 'train.sh'))).toBe(true);
  }, 120_000);

  it('that was taken out of the queue by somebody else is told to have failed, and can be resumed', async () => {
    const run = join(folder, 'lost');
    await submit('infer', run, '--shards', '2', '--sbatch=--hold', '--detach');
    const { job } = await readRun(run);
    await cluster!.ask('scancel', ...job.submitted!.id.split(','));
    const { stdout } = await cannon(['runs', 'show', run]);
    expect(stdout).toMatch(
      /error +CAN415 Slurm has job \d+,\d+ no longer, and it did not end the run \(Slurm: CANCELLED\)/,
    );
    expect(stdout).toContain('shard 0: never began (Slurm: CANCELLED');
    expect(await readRun(run)).toMatchObject({ state: 'failed', canResume: true });
  });
});
