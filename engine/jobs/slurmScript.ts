/**
 * The batch scripts of a run: the same `cannon` command for a shard, an element of an array job, and for the job after them that
 * puts the shards together. Pure text.
 *
 * Every word that comes from outside stands in single quotes, in which the shell knows no special character but the quote
 * itself; only the setup line is shell, by design. A minute before the time limit Slurm sends SIGUSR1 (`--signal`): the program is ended, which
 * its checkpoint bears at any instant, and the job put back into the queue, where it goes on. A job that had hardly begun is left to the
 * limit: it would come back for ever.
 */

export interface BatchScript {
  /** What is done, for whoever opens the script. One line. */
  readonly title: string;
  /** Node, the program and its arguments. */
  readonly command: readonly string[];
  /** Arguments that the task's number goes into: `%` stands for it. */
  readonly shardArgument: string | null;
  /** The run folder, whose `cancel` file says that nobody wants it back in the queue. */
  readonly run: string;
  readonly setup: string | null;
}

/** Shorter tasks are not put back into the queue by themselves, nor more often than this. */
const shortSeconds = 120;
const mostRestarts = 100;

/** `text` as one word of a POSIX shell that means exactly that text. */
export function shellWord(text: string): string {
  if (text.includes('\0')) throw new RangeError('No argument of a program can hold a zero character');
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

export function batchScript({ title, command, shardArgument, run, setup }: BatchScript): string {
  const shard = shardArgument?.split('%').map(shellWord).join('"$SLURM_ARRAY_TASK_ID"');
  const words = [...command.map(shellWord), ...(shard === undefined ? [] : ['--shard', shard])];
  return [
    // Modules are functions that only a login shell is sure to know.
    setup === null ? '#!/bin/bash' : '#!/bin/bash -l',
    `# ${title.replaceAll(/\s+/g, ' ')}`,
    '# Written by cannon, which submits it; what it does is told in docs/slurm.md.',
    ...(setup === null ? [] : ['# The line of --setup.', setup]),
    `run=${shellWord(run)}`,
    // The desktop editor is a Node only when told so; a Node does not mind.
    'export ELECTRON_RUN_AS_NODE=1',
    `${words.join(' ')} &`,
    'program=$!',
    'again() {',
    `  [ "$SECONDS" -gt ${shortSeconds} ] && [ "\${SLURM_RESTART_COUNT:-0}" -lt ${mostRestarts} ] && [ ! -e "$run/cancel" ] || return`,
    '  kill -KILL "$program"',
    '  echo "The time limit is near: the job goes back into the queue and goes on from its checkpoint."',
    '  scontrol requeue "$SLURM_JOB_ID"',
    '}',
    'trap again USR1',
    '# Slurm tells the program itself to stop; its last words are waited for.',
    'trap : TERM INT',
    'wait "$program"; code=$?',
    'while kill -0 "$program" 2>/dev/null; do wait "$program"; code=$?; done',
    'exit "$code"',
    '',
  ].join('\n');
}

/** Numbers as `sbatch --array` takes them: 0-3,7. */
export function arrayRanges(indices: readonly number[]): string {
  const sorted = [...new Set(indices)].sort((a, b) => a - b);
  const ranges: [number, number][] = [];
  for (const index of sorted) {
    const last = ranges.at(-1);
    if (last !== undefined && index === last[1] + 1) last[1] = index;
    else ranges.push([index, index]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
}

/**
 * A path for `sbatch --output`, in which % begins a symbol. Slurm switches symbols off, and forgets what follows, where there is a
 * backslash: such a folder has no output of tasks, only the program's own log.
 */
export function outputPattern(folder: string, name: string): string {
  return folder.includes('\\') ? '/dev/null' : `${folder.replaceAll('%', '%%')}/${name}`;
}
