/** What a job's events say about how far it is. Pure: the same events give the same state in every window. */
import {
  isFinal,
  type FinishedEvent,
  type JobEvent,
  type RunStatus,
  type StampedEvent,
  type TimeLeft,
} from '../../engine/index';

export interface JobState {
  /** What the job is doing, in words; "" until it says so. */
  readonly stage: string;
  readonly done: number;
  /** Of the stage; 0 while unknown. */
  readonly total: number;
  /** Until the stage's end, or null while too little is known. */
  readonly secondsLeft: number | null;
  readonly nWarnings: number;
  readonly outcome: Outcome | null;
}

export type Outcome =
  | { readonly kind: 'finished'; readonly event: FinishedEvent }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly message: string; readonly hint: string }
  /** The process ended without saying why; `lastLines` of its log may tell. */
  | { readonly kind: 'died'; readonly lastLines: string };

export const notStarted: JobState = { stage: '', done: 0, total: 0, secondsLeft: null, nWarnings: 0, outcome: null };

/** The state after `event`. Times are those of the events, so that a window opened late estimates as well as an early one. */
export function advance(state: JobState, event: StampedEvent, timeLeft: TimeLeft): JobState {
  // Shards speak in folders of their own, which nobody follows here.
  if (event.kind === 'shardFinished') return state;
  if (isFinal(event)) return { ...state, secondsLeft: null, outcome: outcomeOfEvent(event) };
  if (event.kind === 'warning') return { ...state, nWarnings: state.nWarnings + 1 };
  if (event.kind !== 'progress') return state;
  const { stage, done, total } = event;
  const secondsLeft = timeLeft.estimate(stage, done, total, Date.parse(event.time));
  return { ...state, stage, done, total, secondsLeft };
}

function outcomeOfEvent(event: Extract<JobEvent, { kind: 'finished' | 'cancelled' | 'failed' }>): Outcome {
  switch (event.kind) {
    case 'finished':
      return { kind: 'finished', event };
    case 'cancelled':
      return { kind: 'cancelled' };
    case 'failed':
      return { kind: 'failed', message: event.message, hint: event.hint };
    default:
      return event satisfies never;
  }
}

/**
 * How a run that is no longer at work ended.
 * @param wasAsked whether it was asked to stop: a process that had to be ended for that says no last word
 * @param lastLines of its log
 */
export function outcomeOf({ state, result, failure }: RunStatus, wasAsked: boolean, lastLines: string): Outcome {
  if (result !== null) return { kind: 'finished', event: result };
  if (failure !== null) return { kind: 'failed', message: failure.message, hint: failure.hint };
  return state === 'cancelled' || wasAsked ? { kind: 'cancelled' } : { kind: 'died', lastLines };
}
