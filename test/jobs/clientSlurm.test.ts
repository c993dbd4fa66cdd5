/** What the editor's menu for Slurm keeps, and which arguments become of it. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { argumentsOf, asChoices, choiceNames, rows, withChoice } from '../../client/commands/slurmChoices';
import { submitRun } from '../../client/jobs/submission';

describe('choices for Slurm', () => {
  it('are taken from settings as far as they make sense', () => {
    const written = { partition: 'main', cpus: 4, mem: 'much', time: '1-12:00:00', shards: 0, setup: '  ', other: 1 };
    expect(asChoices(written)).toEqual({ partition: 'main', cpus: '4', time: '1-12:00:00' });
    expect(asChoices({ sbatch: ['--qos=long', 3] })).toEqual({ sbatch: ['--qos=long'] });
    for (const nothing of [undefined, null, 'main', 3, []]) expect(asChoices(nothing)).toEqual({});
  });

  it('are changed one at a time, and taken back by an empty text', () => {
    const one = withChoice({}, 'partition', ' main ');
    expect(one).toEqual({ partition: 'main' });
    expect(withChoice({ ...one, mem: '4G' }, 'partition', '')).toEqual({ mem: '4G' });
  });

  it('say what is wrong with a text', () => {
    expect(rows.time.problem('2:00:00')).toBeNull();
    expect(rows.time.problem('two hours')).toMatch(/2:00:00/);
    expect(rows.shards.problem('0')).toMatch(/whole number/);
    expect(choiceNames.every((name) => rows[name].title !== '')).toBe(true);
  });

  it('become one argument each, whatever characters they have', () => {
    const choices = {
      partition: 'a b',
      arrayThrottle: 5,
      setup: 'module load "x"; y',
      sbatch: ['--qos=long'],
      shards: 8,
    };
    const common = ['--slurm', '--detach', '--json', '--partition=a b'];
    const last = ['--array-throttle=5', '--setup=module load "x"; y', '--sbatch=--qos=long'];
    expect(argumentsOf('infer', choices)).toEqual([...common, '--shards=8', ...last]);
    expect(argumentsOf('train', choices)).toEqual([...common, ...last]);
  });
});

describe('a submission', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cannon-submission-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const job = {
    command: 'infer',
    config: join(folder, 'cannon.yaml'),
    runFolder: join(folder, 'run'),
    args: ['--slurm'],
  } as const;
  /** A command line that prints these lines. */
  const printing = (...lines: string[]): string => {
    const path = join(folder, 'cli.cjs');
    writeFileSync(path, lines.map((line) => `console.log(${JSON.stringify(line)});`).join('\n'));
    chmodSync(path, 0o755);
    return path;
  };

  it('tells under which numbers Slurm has it', async () => {
    const event = { kind: 'submitted', system: 'slurm', id: '1,2', run: job.runFolder, shards: 16 };
    expect(await submitRun(printing('{"kind":"warning"}', JSON.stringify(event)), job)).toEqual(event);
  });

  it('fails with the sentence and the hint of the command line', async () => {
    const event = { kind: 'failed', code: 'CAN414', message: 'Slurm does not take the job: no', hint: 'Change it.' };
    await expect(submitRun(printing(JSON.stringify(event)), job)).rejects.toMatchObject({
      ...{ message: 'Slurm does not take the job: no', hint: 'Change it.', code: 'CAN414' },
    });
    await expect(submitRun(join(folder, 'nowhere.cjs'), job)).rejects.toThrow(/Cannot find module/);
  });
});
