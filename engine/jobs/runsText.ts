/** Runs as text for a terminal. Pure. */
import { basename } from 'node:path';
import type { Pruned } from './manageRuns';
import type { RunProgress, RunStatus } from './readRun';
import { formatDuration } from './timeLeft';

export function listText(runs: readonly RunStatus[]): string {
  if (runs.length === 0) return 'There are no runs\n';
  const rows = runs.map((run) => [basename(run.folder), run.job.command, run.state, whatNow(run)]);
  const widths = [0, 1, 2].map((k) => Math.max(...rows.map((row) => row[k]!.length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, k) => cell.padEnd(widths[k] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** One line: how far it is, or how it ended. */
function whatNow(run: RunStatus): string {
  if (run.state === 'running') return paceText(run);
  if (run.failure !== null) return run.failure.message;
  if (run.state === 'finished') return run.ended ?? '';
  return run.progress === null ? '' : `at ${progressText(run.progress)}`;
}

function progressText({ stage, done, total }: RunProgress): string {
  if (total === 0 && done > 0) return `${stage}, ${done} so far`;
  const percent = total > 0 ? ` (${Math.floor((100 * done) / total)} %)` : '';
  return `${stage} ${done} of ${total}${percent}`;
}

function paceText({ progress, rate, secondsLeft }: RunStatus): string {
  if (progress === null) return 'starting';
  const pace = rate === null ? '' : `, ${rate.toPrecision(3)} a second`;
  return `${progressText(progress)}${pace}${secondsLeft === null ? '' : `, ${formatDuration(secondsLeft)} left`}`;
}

export function detailText(run: RunStatus): string {
  const { job, lock, shards, failure, warnings } = run;
  const lines: [string, string][] = [
    ['run', run.folder],
    ['command', job.command],
    ['state', run.state],
    ['config', job.config],
    ['created', job.created],
    ...pair('began', run.began),
    ...pair('ended', run.ended),
    ['attempts', String(job.attempt)],
    ...pair('queue', job.submitted && `${job.submitted.system} ${job.submitted.id}`),
    ...pair('process', lock && `${lock.holder.pid} on ${lock.holder.host}${lock.isLive ? '' : ' (gone)'}`),
    ...pair('progress', run.state === 'running' ? paceText(run) : run.progress && progressText(run.progress)),
    ...Object.entries(job.options).map(([name, value]): [string, string] => [name, String(value)]),
    ['seed', String(job.seed)],
    [
      'versions',
      Object.entries(job.versions)
        .map((entry) => entry.join(' '))
        .join(', '),
    ],
    ...Object.entries(job.inputs).map(([path, hash]): [string, string] => ['input', `${hash.slice(0, 12)}  ${path}`]),
    ...shards.map((shard): [string, string] => [
      `shard ${shard.index}/${shard.count}`,
      [shard.state, shard.host, shard.progress && progressText(shard.progress), shard.failure?.message]
        .filter((part) => part !== null && part !== undefined && part !== '')
        .join(', '),
    ]),
    ...warnings.map(({ code, message }): [string, string] => ['warning', `${code} ${message}`]),
    ...(failure === null
      ? []
      : [
          ['error', `${failure.code} ${failure.message}`] as [string, string],
          ['hint', failure.hint] as [string, string],
        ]),
    ...(run.canResume ? [['next', `cannon runs resume ${run.folder}`] as [string, string]] : []),
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join('');
}

function pair(name: string, value: string | null): [string, string][] {
  return value === null ? [] : [[name, value]];
}

export function prunedText({ dryRun, removed, spared }: Pruned): string {
  const megabytes = removed.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
  const runs = removed.length === 1 ? '1 run' : `${removed.length} runs`;
  return [
    ...removed.map(({ folder, state }) => `${folder}  ${state}`),
    ...spared.map(({ folder, why }) => `${folder}  kept: ${why}`),
    `${dryRun ? 'Would remove' : 'Removed'} ${runs}, ${megabytes.toFixed(1)} MB`,
    '',
  ].join('\n');
}
