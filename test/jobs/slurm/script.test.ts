/** Batch scripts and the answers of squeue, without any Slurm. */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanEnvironment, fromJson, fromText } from '../../../engine/jobs/slurmCommands';
import { requireSensible, shareOfNode, slurmBytes } from '../../../engine/jobs/slurmOptions';
import { arrayRanges, batchScript, outputPattern, shellWord } from '../../../engine/jobs/slurmScript';

const onWindows = process.platform === 'win32';

describe('a word of a batch script', () => {
  it.skipIf(onWindows)('means to the shell exactly what it was, whatever characters it has', () => {
    const text = fc.string({ unit: fc.constantFrom(...`a $'"\\\`!#&;|<>(){}[]*?~=%@\n\t\r-é☃`), maxLength: 40 });
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 20 }), (words) => {
        const script = `printf '%s\\0' ${words.map(shellWord).join(' ')}`;
        const printed = execFileSync('bash', ['-c', script], { encoding: 'utf8' });
        expect(printed.split('\0').slice(0, -1)).toEqual(words);
      }),
      { numRuns: 40 },
    );
  });

  it('cannot hold a zero character', () => {
    expect(() => shellWord('a\0b')).toThrow(RangeError);
  });
});

describe('a batch script', () => {
  const script = { title: 'One\nof two', command: ['node', 'it’s'], shardArgument: '%/2', run: '/r', setup: null };

  it('has its title in one line, whatever the folder is called', () => {
    expect(batchScript(script).split('\n')[1]).toBe('# One of two');
  });

  it('takes the setup line as it is, in a shell that knows modules', () => {
    const text = batchScript({ ...script, setup: 'module load gcc && export A="$HOME"' });
    expect(text).toMatch(/^#!\/bin\/bash -l\n/);
    expect(text).toContain('\nmodule load gcc && export A="$HOME"\n');
  });
});

describe('numbers of an array job', () => {
  it('are written as ranges', () => {
    expect(arrayRanges([0, 1, 2, 3])).toBe('0-3');
    expect(arrayRanges([7, 2, 3, 9, 2])).toBe('2-3,7,9');
  });
});

describe('the place of a task’s output', () => {
  it('doubles the sign that begins a symbol, and is nowhere in a folder with a backslash', () => {
    expect(outputPattern('/a %j', '%A_%a.txt')).toBe('/a %%j/%A_%a.txt');
    expect(outputPattern('/a\\b', '%j.txt')).toBe('/dev/null');
  });
});

describe('memory', () => {
  it('is read as Slurm writes it, and a tenth is left to what no plan knows', () => {
    expect(slurmBytes('4000')).toBe(4000 * 2 ** 20);
    expect(slurmBytes('4G')).toBe(4 * 2 ** 30);
    expect(slurmBytes('4 G')).toBeNaN();
    expect(shareOfNode({ mem: '10G', cpus: 4 })).toEqual({ workers: 4, memory: 9 * 2 ** 30 });
    expect(shareOfNode({})).toEqual({ workers: 1, memory: null });
  });
});

describe('further options of sbatch', () => {
  it('may be any but those that a run sets itself', () => {
    expect(() => requireSensible({ sbatch: ['--qos=long', '--constraint=haswell', '--exclusive'] })).not.toThrow();
    for (const option of ['--array=1', '-a1', '--dependency=singleton', '--wrap=ls', '--chdir=/x', 'script.sh'])
      expect(() => requireSensible({ sbatch: [option] })).toThrow(/cannot|not an option/);
  });
});

describe('the queue', () => {
  it('is read from the JSON of Slurm 22 and of later versions alike, other people’s jobs left out', () => {
    const of22 = {
      jobs: [{ array_job_id: 5, array_task_id: 2, job_id: 9, job_state: 'RUNNING', state_reason: 'None' }],
    };
    const number = (value: number, set = true) => ({ set, infinite: false, number: value });
    const of24 = {
      jobs: [
        { array_job_id: number(5), array_task_id: number(2), job_id: 9, job_state: ['RUNNING'], state_reason: 'None' },
        {
          array_job_id: number(0),
          array_task_id: number(0, false),
          job_id: 77,
          job_state: ['RUNNING'],
          state_reason: 'x',
        },
      ],
    };
    const expected = [{ job: '5', task: 2, state: 'RUNNING', reason: 'None', isOver: false, isStopped: false }];
    expect(fromJson(JSON.stringify(of22), ['5'])).toEqual(expected);
    expect(fromJson(JSON.stringify(of24), ['5'])).toEqual(expected);
    expect(fromJson('slurm_load_jobs error', ['5'])).toBeNull();
    expect(fromJson('{"errors":[]}', ['5'])).toBeNull();
  });

  it('is read from columns, tasks that wait together among them', () => {
    const text = '5_0|RUNNING|None\n5_[1-7%2]|PENDING|Priority\n6|PENDING|Dependency\n60|RUNNING|None\n\n';
    expect(fromText(text, ['5', '6'])).toMatchObject([
      { job: '5', task: 0, state: 'RUNNING' },
      { job: '5', task: null, state: 'PENDING', reason: 'Priority' },
      { job: '6', task: null, state: 'PENDING' },
    ]);
  });

  it('knows which tasks have ended, which have stopped, and which come back', () => {
    const stateOf = (...states: string[]) => {
      const [task] = fromJson(JSON.stringify({ jobs: [{ job_id: 1, job_state: states }] }), ['1'])!;
      return [task!.isOver, task!.isStopped];
    };
    for (const state of ['FAILED', 'TIMEOUT', 'NODE_FAIL', 'OUT_OF_MEMORY', 'CANCELLED', 'COMPLETED'])
      expect(stateOf(state)).toEqual([true, true]);
    for (const state of ['PENDING', 'RUNNING', 'CONFIGURING', 'SUSPENDED'])
      expect(stateOf(state)).toEqual([false, false]);
    expect(stateOf('FAILED', 'COMPLETING')).toEqual([false, true]);
    expect(stateOf('NODE_FAIL', 'REQUEUED')).toEqual([false, false]);
  });
});

describe('the environment of a submission', () => {
  it('has nothing of a job that it may itself be part of', () => {
    const env = {
      PATH: '/bin',
      SLURM_CONF: '/c',
      SLURM_JOB_ID: '1',
      SLURM_MEM_PER_NODE: '1',
      SBATCH_ARRAY_INX: '0',
      SBATCH_ACCOUNT: 'a',
    };
    expect(cleanEnvironment(env)).toEqual({ PATH: '/bin', SLURM_CONF: '/c', SBATCH_ACCOUNT: 'a' });
  });
});
