/**
 * What a job says while it runs: one JSON object a line, in `events.jsonl` of its run folder and,
 * with `--json`, on standard output. The union is closed; readers end their `switch` in `satisfies never`.
 */
import type { Problem } from '../problems';

export type Command = 'sample' | 'check' | 'index' | 'train' | 'cv' | 'infer';

/** What a finished job made, by command. Paths are absolute. */
export interface Results {
  sample: { folder: string; config: string; spectra: number; referenceStars: number };
  /**
   * `matched` counts the readable spectra with a row of the reference table, `models` the stars that would train each; null
   * where an error kept them from being known.
   */
  check: {
    problems: readonly Problem[];
    spectra: number;
    readable: number;
    matched: number | null;
    models: readonly { readonly name: string; readonly stars: number }[] | null;
  };
  /** `spectra` counts every matched file, readable or not. */
  index: { spectra: number; readable: number; problems: readonly SpectrumProblem[] };
  train: { models: readonly TrainedModel[] };
  cv: { models: readonly CrossValidatedModel[] };
  /** `spectra` counts the rows of `out`: every matched file has one. */
  infer: { out: string; spectra: number; labelled: number; problems: number };
}

/** A spectrum that could not be used: its path as matched by the config's glob, and why. */
export interface SpectrumProblem {
  readonly spectrum: string;
  readonly message: string;
}

export interface TrainedModel {
  readonly name: string;
  readonly path: string;
  readonly stars: number;
  readonly pixels: number;
  /** Pixels whose scatter did not converge. */
  readonly unconverged: number;
}

export interface CrossValidatedModel {
  readonly name: string;
  readonly path: string;
  readonly stars: number;
  readonly labels: readonly LabelAgreement[];
  /** The same for parts of equal size, from low to high S/N; empty with fewer than 40 stars. */
  readonly bySnr: readonly AgreementBySnr[];
}

/** Stars whose S/N a pixel, the median over the grid, lies in [from, to]. */
export interface AgreementBySnr {
  readonly from: number;
  readonly to: number;
  readonly stars: number;
  readonly labels: readonly LabelAgreement[];
}

/** How inferred labels of held-out stars agree with their reference labels (inferred − reference). */
export interface LabelAgreement {
  readonly label: string;
  readonly unit: string;
  /** Half the 16–84 % width of the difference. */
  readonly scatter: number;
  /** Median of the difference. */
  readonly bias: number;
  /** Root mean square of the difference, which outliers rule. */
  readonly rms: number;
  /** Pearson's correlation coefficient. */
  readonly correlation: number;
}

export type FinishedEvent = { [C in Command]: { kind: 'finished'; command: C } & Results[C] }[Command];

export type JobEvent =
  | { kind: 'started'; command: Command; total: number; resumedFrom: number }
  | { kind: 'progress'; stage: string; done: number; total: number }
  /** How many stars each step of choosing the training set kept. */
  | { kind: 'funnel'; steps: readonly { step: string; stars: number }[] }
  | { kind: 'warning'; code: string; message: string; hint: string }
  | { kind: 'checkpoint'; done: number }
  | FinishedEvent
  | { kind: 'cancelled'; done: number }
  | { kind: 'failed'; code: string; message: string; hint: string };

/** Every line in `events.jsonl` carries the time it was written. */
export type StampedEvent = JobEvent & { time: string };

/** Passed down into the engine: how to hear of cancellation and how to tell of progress. */
export interface JobContext {
  readonly signal: AbortSignal;
  report(event: JobEvent): void;
}
