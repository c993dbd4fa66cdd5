/**
 * What can be known of a run from its folder alone, by anyone at any time: state, progress, pace, time left, result.
 * It writes nothing and takes no lock, and a file that is just being written, or was torn by a crash, does not disturb it.
 *
 * The state follows from the files, in this order (docs/runs.md): result.json → finished; a last word after the latest
 * `started` or `resumed` → failed or cancelled; a live lock, of the run or of a shard → running; handed to a queue, or
 * not begun → queued, unless it was asked to stop; otherwise the process is gone without a word → interrupted.
 */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FailedEvent, FinishedEvent, Shard, StampedEvent } from './events';
import { type JobRecord, requireJob } from './jobRecord';
import { readEvents, resultIn } from './runFiles';
import { isFinal } from './runFolder';
import { type FoundLock, lockIn } from './runLock';

export const runStates = ['queued', 'running', 'finished', 'failed', 'cancelled', 'interrupted'] as const;
export type RunState = (typeof runStates)[number];

export interface RunProgress {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
}

export interface ShardStatus extends Shard {
  readonly folder: string;
  /** `queued` until its first process; an `interrupted` or `failed` one may be run again. */
  readonly state: RunState;
  readonly progress: RunProgress | null;
  readonly rate: number | null;
  readonly failure: FailedEvent | null;
  readonly host: string;
}

export interface RunStatus {
  readonly folder: string;
  readonly job: JobRecord;
  readonly state: RunState;
  /** Of the stage that the latest attempt is, or was, at; null before the first. */
  readonly progress: RunProgress | null;
  /** Items of the stage a second, of all shards together; null while too little is known or nothing runs. */
  readonly rate: number | null;
  /** Seconds until the stage's end, likewise. */
  readonly secondsLeft: number | null;
  /** When the first attempt began, and when the last word was said; ISO. */
  readonly began: string | null;
  readonly ended: string | null;
  readonly warnings: readonly Extract<StampedEvent, { kind: 'warning' }>[];
  readonly result: FinishedEvent | null;
  readonly failure: FailedEvent | null;
  /** Who works on it, or did when the machine stopped. */
  readonly lock: FoundLock | null;
  readonly shards: readonly ShardStatus[];
  /** Whether `cannon runs resume` would do something. */
  readonly canResume: boolean;
}

/**
 * The run in `folder`.
 * @throws UserError CAN409 when it is none, CAN406 when a newer version made it.
 */
export async function readRun(folder: string): Promise<RunStatus> {
  const job = await requireJob(folder);
  const lock = lockIn(folder);
  // The lock first: what its holder wrote before leaving is then sure to be read.
  const { events } = await readEvents(folder);
  const result = await resultIn(folder);
  const shards = await readShards(folder);
  const last = lastWord(events);
  const isLive = lock?.isLive === true || shards.some(({ state }) => state === 'running');
  const state = stateOf({ isFinished: result !== null, last, isLive, waits: waits(job, events) }, folder);
  const pace = state === 'running' ? paceOf(events, lock?.isLive === true, shards) : noPace(events);
  return {
    ...{ folder, job, state, ...pace, result, lock, shards },
    began: events[0]?.time ?? null,
    ended: state === 'running' || state === 'queued' ? null : (events.at(-1)?.time ?? null),
    warnings: events.filter((event) => event.kind === 'warning'),
    failure: state === 'failed' && last?.kind === 'failed' ? last : null,
    canResume: job.resolved !== null && ['failed', 'cancelled', 'interrupted'].includes(state),
  };
}

/** The last word of the latest attempt, or null when it has not said any. */
function lastWord(events: readonly StampedEvent[]) {
  const from = events.findLastIndex(({ kind }) => kind === 'started' || kind === 'resumed');
  return events.slice(from + 1).findLast(isFinal) ?? null;
}

function waits(job: JobRecord, events: readonly StampedEvent[]): boolean {
  return job.submitted !== null || (job.attempt === 0 && events.length === 0);
}

interface Evidence {
  readonly isFinished: boolean;
  readonly last: ReturnType<typeof lastWord>;
  readonly isLive: boolean;
  readonly waits: boolean;
}

function stateOf({ isFinished, last, isLive, waits }: Evidence, folder: string): RunState {
  if (isFinished || last?.kind === 'finished' || last?.kind === 'shardFinished') return 'finished';
  if (last !== null) return last.kind;
  if (isLive) return 'running';
  if (!waits) return 'interrupted';
  return existsSync(join(folder, 'cancel')) ? 'cancelled' : 'queued';
}

async function readShards(run: string): Promise<ShardStatus[]> {
  const root = join(run, 'shards');
  const found = (await readdir(root).catch(() => [])).flatMap((name) => {
    const match = /^(\d+)-of-(\d+)$/.exec(name);
    return match === null ? [] : [{ folder: join(root, name), index: Number(match[1]), count: Number(match[2]) }];
  });
  const shards = found.map(async ({ folder, ...shard }): Promise<ShardStatus> => {
    const lock = lockIn(folder);
    const { events } = await readEvents(folder);
    const last = lastWord(events);
    const isLive = lock?.isLive === true;
    const state = stateOf({ isFinished: false, last, isLive, waits: events.length === 0 }, folder);
    const { progress, rate } = state === 'running' ? paceOf(events, true, []) : noPace(events);
    const failure = last?.kind === 'failed' ? last : null;
    return { ...shard, folder, state, progress, rate, failure, host: lock?.holder.host ?? '' };
  });
  return (await Promise.all(shards)).sort((a, b) => a.count - b.count || a.index - b.index);
}

type Pace = Pick<RunStatus, 'progress' | 'rate' | 'secondsLeft'>;

/** The pace is that of the last two minutes of the stage, or of all of it when that is shorter. */
const paceWindowMs = 120_000;

function paceOf(events: readonly StampedEvent[], runItself: boolean, shards: readonly ShardStatus[]): Pace {
  const running = shards.filter(({ state }) => state === 'running');
  const own = noPace(events);
  if (!runItself && shards.length > 0) {
    const sum = (of: (shard: ShardStatus) => number) => shards.reduce((total, shard) => total + of(shard), 0);
    const done = sum(({ progress }) => progress?.done ?? 0);
    // Those that have not begun are taken to be as large as the mean of the others.
    const begun = shards.filter(({ progress }) => progress !== null).length;
    const all = Math.max(begun, shards.at(-1)!.count);
    const total = begun === 0 ? 0 : Math.round((sum(({ progress }) => progress?.total ?? 0) * all) / begun);
    const rate = running.some((shard) => shard.rate !== null) ? sum(({ rate }) => rate ?? 0) : null;
    const stage = running[0]?.progress?.stage ?? '';
    return { progress: { stage, done, total }, rate, secondsLeft: left(done, total, rate) };
  }
  if (own.progress === null) return own;
  const { stage, done, total } = own.progress;
  const from = events.findLastIndex((event) => event.kind === 'started' || event.kind === 'resumed');
  const steps = events.slice(from + 1).flatMap((event) => (event.kind === 'progress' ? [event] : []));
  const ofStage = sinceClockWasSet(steps.slice(steps.findLastIndex((step) => step.stage !== stage) + 1));
  const end = Date.parse(ofStage.at(-1)?.time ?? '');
  const first = ofStage.find(({ time }) => end - Date.parse(time) <= paceWindowMs);
  const elapsed = first === undefined ? 0 : (end - Date.parse(first.time)) / 1000;
  const rate = first !== undefined && elapsed >= 0.5 && done > first.done ? (done - first.done) / elapsed : null;
  return { ...own, rate, secondsLeft: left(done, total, rate) };
}

/** Steps after the last time that the clock of their machine was set back: what is between others can be told. */
function sinceClockWasSet(steps: readonly Extract<StampedEvent, { kind: 'progress' }>[]) {
  return steps.slice(
    Math.max(
      0,
      steps.findLastIndex(({ time }, n) => n > 0 && time < steps[n - 1]!.time),
    ),
  );
}

function noPace(events: readonly StampedEvent[]): Pace {
  const step = events.findLast((event) => event.kind === 'progress');
  const progress = step === undefined ? null : { stage: step.stage, done: step.done, total: step.total };
  return { progress, rate: null, secondsLeft: null };
}

function left(done: number, total: number, rate: number | null): number | null {
  return rate === null || rate <= 0 || total === 0 ? null : (total - done) / rate;
}
