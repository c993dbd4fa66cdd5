/** What is said of a run in a row, in the box that the resting pointer brings up (Markdown), and in the status bar. Pure. */
import { basename, dirname } from 'node:path';
import {
  formatDuration,
  roundTo,
  type FinishedEvent,
  type RunProgress,
  type RunState,
  type RunStatus,
} from '../../engine/index';
import { activity, commandTitle, percentOf } from '../jobs/wording';

/** A survey is called by the folder of its cannon.yaml. */
export function surveyName(config: string): string {
  return basename(dirname(config));
}

/** "Train · 14:05". Times are those of the clock on the wall. */
export function runTitle({ job }: RunStatus): string {
  return `${commandTitle[job.command]} · ${clock(job.created)}`;
}

/** Beside the title: how far it is, or what came of it. */
export function runFacts(run: RunStatus): string {
  switch (run.state) {
    case 'running':
      return paceText(run);
    case 'queued':
      return run.job.submitted === null ? 'waiting to begin' : `in the queue (${queueName(run)})`;
    case 'finished':
      return run.result === null ? 'finished' : resultText(run.result);
    case 'failed':
      return run.failure?.message ?? 'failed';
    case 'cancelled':
      return `cancelled${at(run.progress)}`;
    case 'interrupted':
      return `stopped without a word${at(run.progress)}`;
    default:
      return run.state satisfies never;
  }
}

/** "42 % · 0:42 left · 310 pixels/s". */
export function paceText({ progress, secondsLeft, rate }: RunStatus): string {
  if (progress === null || progress.total === 0) return begun(progress);
  const unit = unitOf(progress.stage);
  return [
    `${percentOf(progress.done, progress.total)} %`,
    secondsLeft === null ? '' : `${formatDuration(secondsLeft)} left`,
    rate === null || unit === null ? '' : `${rate < 100 ? roundTo(rate, 2) : thousands(Math.round(rate))} ${unit}/s`,
  ]
    .filter(Boolean)
    .join(' · ');
}

/** Before it is known how much there is to do. */
function begun(progress: RunProgress | null): string {
  return progress === null || progress.done === 0 ? 'starting' : `listing: ${thousands(progress.done)} files`;
}

/** What the steps of a stage are, by its words; null where a pace says nothing. */
function unitOf(stage: string): string | null {
  if (/^(Inferring|Cross-validating)/i.test(stage)) return 'stars';
  if (/spectra/i.test(stage)) return 'spectra';
  return /^Training/i.test(stage) ? 'pixels' : null;
}

function at(progress: RunProgress | null): string {
  return progress === null || progress.total === 0 ? '' : ` at ${percentOf(progress.done, progress.total)} %`;
}

function queueName({ job }: RunStatus): string {
  const { submitted } = job;
  return submitted === null ? '' : `${submitted.system === 'slurm' ? 'Slurm' : submitted.system} ${submitted.id}`;
}

/** What came of it, in a few words: stars of a training, scatter of a validation, stars that have labels. */
export function resultText(result: FinishedEvent): string {
  switch (result.command) {
    case 'train':
      return result.models.map(({ name, stars }) => `${name} on ${count(stars, 'star')}`).join(', ');
    case 'cv':
      return result.models
        .map(({ name, labels }) => {
          const scatter = labels.map(({ label, unit, scatter }) => `${label} ±${number(scatter)}${unit && ` ${unit}`}`);
          return `${result.models.length > 1 ? `${name}: ` : ''}${scatter.join(', ')}`;
        })
        .join('; ');
    case 'infer':
      return `${thousands(result.labelled)} of ${count(result.spectra, 'spectrum', 'spectra')} labelled`;
    case 'catalog':
      return `${count(result.stars, 'star')}, ${thousands(result.labelled)} with labels`;
    case 'analyse':
      return result.title;
    case 'index':
    case 'check':
    case 'sample':
    case 'init':
    case 'inspect':
      return 'finished';
    default:
      return result satisfies never;
  }
}

/** All that is worth knowing of a run, as Markdown. */
export function runCard(run: RunStatus): string {
  const { job, state, lock, failure, warnings, shards, result } = run;
  const host = lock === null ? job.host : `${lock.holder.host}, process ${lock.holder.pid}`;
  const models = job.options['models'];
  const rows: [string, string][] = [
    ['Survey', job.config],
    ['Asked for', dateAndClock(job.created)],
    ['Began', run.began === null ? '' : dateAndClock(run.began)],
    [state === 'running' ? 'Running for' : 'Took', durationText(run)],
    ['Progress', state === 'running' ? `${run.progress?.stage ?? 'Starting'}, ${paceText(run)}` : ''],
    ['Queue', queueName(run)],
    ['On', host],
    ['Attempts', job.attempt > 1 ? String(job.attempt) : ''],
    ['Shards', shards.length === 0 ? '' : shardsText(run)],
    ['Models', Array.isArray(models) ? models.join(', ') : ''],
    ['Results', result === null ? '' : resultText(result)],
    ['Seed', String(job.seed)],
    ['Versions', versionsText(run)],
    ['Folder', run.folder],
  ];
  const warned = warnings.slice(0, 3).map(({ message }) => `- ${escaped(message)}`);
  return [
    `**${commandTitle[job.command]}**, ${stateInWords[state]}`,
    ...(failure === null ? [] : [`**${escaped(sentence(failure.message))}** ${escaped(sentence(failure.hint))}`]),
    rows
      .filter(([, value]) => value !== '')
      .map(([name, value]) => `${name}: ${escaped(value)}`)
      .join('  \n'),
    ...(warned.length === 0 ? [] : [`${count(warnings.length, 'warning')}:\n\n${warned.join('\n')}`]),
  ].join('\n\n');
}

export const stateInWords: Readonly<Record<RunState, string>> = {
  running: 'running',
  queued: 'queued',
  finished: 'finished',
  failed: 'failed',
  cancelled: 'cancelled',
  interrupted: 'interrupted: its process is gone without a word',
};

/** Of the latest of several attempts only the whole is known; nothing where a clock was set back meanwhile. */
function durationText({ began, ended, state }: RunStatus): string {
  const end = state === 'running' ? Date.now() : Date.parse(ended ?? '');
  const seconds = (end - Date.parse(began ?? '')) / 1000;
  return seconds >= 0 ? formatDuration(seconds) : '';
}

function shardsText({ shards }: RunStatus): string {
  const states = new Map<RunState, number>();
  for (const { state } of shards) states.set(state, (states.get(state) ?? 0) + 1);
  return [...states].map(([state, n]) => `${n} ${state}`).join(', ');
}

function versionsText({ job: { versions } }: RunStatus): string {
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
}

/** What the status bar says of the runs at work; null when there is none. */
export function statusText(live: readonly RunStatus[]): { short: string; long: string } | null {
  const running = live.filter(({ state }) => state === 'running');
  const queued = live.length - running.length;
  const [only] = running;
  if (live.length === 0) return null;
  const long = live
    .map((run) => `${surveyName(run.job.config)}: ${activity[run.job.command]}, ${runFacts(run)}`)
    .join('\n');
  if (only === undefined) return { short: `$(clock) ${count(queued, 'Cannon job')} queued`, long };
  const waiting = queued === 0 ? '' : `, ${queued} queued`;
  const left = Math.max(...running.map(({ secondsLeft }) => secondsLeft ?? NaN));
  const leftText = Number.isNaN(left) ? '' : ` · ${formatDuration(left)} left`;
  const short =
    running.length === 1
      ? `${activity[only.job.command]} ${percentText(only)}${leftText}`
      : `${running.length} Cannon jobs: ${running.map(percentText).join(', ')}${leftText}`;
  return { short: `$(sync~spin) ${short}${waiting}`, long };
}

function percentText({ progress }: RunStatus): string {
  return progress === null || progress.total === 0 ? begun(progress) : `${percentOf(progress.done, progress.total)} %`;
}

/** "14:05", in the language of the machine but always of 24 hours. */
function clock(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime())
    ? '?'
    : date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
}

function dateAndClock(iso: string): string {
  const date = new Date(iso);
  return `${dayOf(date)}, ${clock(iso)}`;
}

/** "20 November 2026". */
function dayOf(date: Date): string {
  return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });
}

/** Numbers that do not exist are null in JSON. */
export function number(value: number | null): string {
  return value === null || !Number.isFinite(value) ? '–' : roundTo(value, 2);
}

export function thousands(n: number): string {
  return n.toLocaleString('en');
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${thousands(n)} ${n === 1 ? one : many}`;
}

export function sentence(text: string): string {
  return text.trim().replace(/([^.!?…])$/, '$1.');
}

/** Paths and messages are not Markdown. */
export function escaped(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+!|<>~-]/g, '\\$&').replace(/\s+/g, ' ');
}
