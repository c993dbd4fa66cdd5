/**
 * What a job says while it runs: one JSON object a line, in `events.jsonl` of its run folder and,
 * with `--json`, on standard output. The union is closed; readers end their `switch` in `satisfies never`.
 */
import type { Analysis } from '../analysis/report';
import type { FlagName } from '../catalog/flagBits';
import type { FitInBrief } from '../cannon/starFit';
import type { RepeatsSummary } from '../catalog/repeats';
import type { SurveyFormat } from '../config/config';
import type { Problem } from '../problems';
import type { FunnelStep } from '../reference/funnel';
import type { ModelCoverage } from './coverage';
import type { Verdict } from './verdict';

export type Command =
  'sample' | 'init' | 'check' | 'index' | 'train' | 'cv' | 'infer' | 'catalog' | 'analyse' | 'inspect';

/** What a finished job made, by command. Paths are absolute. */
export interface Results {
  sample: { folder: string; config: string; spectra: number; referenceStars: number };
  /** `spectra` counts the files that the globs match, `matched` those with a row, of such as were looked at; `notes`: what was uncertain. */
  init: {
    config: string;
    survey: SurveyFormat;
    spectra: number;
    reference: { readonly file: string; readonly match: string; readonly matched: number } | null;
    labels: readonly string[];
    notes: readonly string[];
  };
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
    /** Whether the data are ready to be trained on. */
    verdict: Verdict;
    /** Stars left after each cut, and how they cover the labels; null where an error kept them from being known. */
    funnel: readonly FunnelStep[] | null;
    coverage: readonly ModelCoverage[] | null;
  };
  /** `spectra` counts every matched file, readable or not. */
  index: { spectra: number; readable: number; problems: readonly SpectrumProblem[] };
  /** `funnel`: how many stars each step of choosing the training set left. */
  train: { models: readonly TrainedModel[]; funnel?: readonly FunnelStep[] };
  cv: { models: readonly CrossValidatedModel[]; funnel?: readonly FunnelStep[] };
  /** `spectra` counts the rows of `out`: every matched file has one. */
  infer: {
    out: string;
    spectra: number;
    labelled: number;
    problems: number;
    /** How the observations of the same stars agree; absent where no star was observed twice. */
    repeats?: RepeatsSummary;
    /** The table with one row a star, where one was asked for. */
    average?: string;
  };
  /** `observations` counts the rows of `labels`, the table that it was made of. */
  catalog: {
    out: string;
    labels: string;
    /** The table with one row an observation, where one was asked for. */
    observationsOut?: string;
    stars: number;
    observations: number;
    /** Stars with labels, and stars with more than one observation. */
    labelled: number;
    repeated: number;
    /** In the order of the bits, all of them. */
    flags: readonly { readonly name: FlagName; readonly stars: number }[];
    /** Flags that could not be told for want of a column. */
    unset: readonly FlagName[];
  };
  /** A fit of each spectrum of a star, in the order of their paths; `out`: the pixels of the one, where a table was asked for. */
  inspect: { fits: readonly FitInBrief[]; out?: string };
  analyse: {
    analysis: Analysis;
    title: string;
    /** What was found, in a sentence or two. */
    finding: string;
    /** The folder, and in it the picture, the table, the numbers and the page that shows them. */
    out: string;
    picture: string;
    table: string;
    json: string;
    page: string;
    /** All of it as a terminal shows it, and as numbers. */
    text: readonly string[];
    numbers: Readonly<Record<string, unknown>>;
  };
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
  readonly folds: number | 'leave-one-out';
  readonly labels: readonly LabelValidation[];
  /** How they agree in parts of equal size, from low to high S/N; empty with fewer than 40 stars. */
  readonly bySnr: readonly AgreementBySnr[];
}

/** Stars whose S/N a pixel, the median over the grid, lies in [from, to]. */
export interface AgreementBySnr {
  readonly from: number;
  readonly to: number;
  readonly stars: number;
  readonly labels: readonly LabelAgreement[];
}

/**
 * How inferred labels of held-out stars agree with their reference labels (inferred − reference). Numbers that do not exist
 * (no star has both, or a label is the same for all) are NaN, and null in JSON.
 */
export interface LabelAgreement {
  readonly label: string;
  readonly unit: string;
  /** Those with an inferred and a reference label. */
  readonly stars: number;
  /** Half the 16–84 % width of the difference. */
  readonly scatter: number;
  /** 1.4826 times the median distance of the difference from its median: σ of a Gaussian, whatever outliers do. */
  readonly mad: number;
  /** Root mean square of the difference, which outliers rule. */
  readonly rms: number;
  /** Median of the difference, and its mean. */
  readonly bias: number;
  readonly mean: number;
  /** Pearson's correlation coefficient, and Spearman's of the ranks. */
  readonly correlation: number;
  readonly spearman: number;
}

/** What all held-out stars together tell of a label. */
export interface LabelValidation extends LabelAgreement {
  /** Inferred values to be believed: beyond them p(true | inferred) excludes the inferred value at 90 %, or no star was
   * inferred. Null where that cannot be told. */
  readonly lower: number | null;
  readonly upper: number | null;
  /** Whether the rule of 90 % set that bound; otherwise it is the last star. */
  readonly lowerExcluded: boolean;
  readonly upperExcluded: boolean;
  /** 2 scatter / (upper − lower). */
  readonly relativePrecision: number | null;
}

export type FinishedEvent = { [C in Command]: { kind: 'finished'; command: C } & Results[C] }[Command];

export type JobEvent =
  /** `total` spectra are matched, of which `resumedFrom` were done by an earlier attempt. */
  | { kind: 'started'; command: Command; total: number; resumedFrom: number }
  /** The first line of an attempt that goes on where an earlier one stopped; what that one said stands above it. */
  | { kind: 'resumed'; attempt: number }
  /** `total` is 0 as long as nobody knows it: while spectra are listed. */
  | { kind: 'progress'; stage: string; done: number; total: number }
  /** How many stars each step of choosing the training set kept. */
  | { kind: 'funnel'; steps: readonly FunnelStep[] }
  | { kind: 'warning'; code: string; message: string; hint: string }
  /** So many chunks lie on the disk. */
  | { kind: 'checkpoint'; done: number }
  | FinishedEvent
  /** The end of one shard, in its own events: it wrote, or found, so many chunks of its share. `isComplete`: a merge finds all. */
  | { kind: 'shardFinished'; shard: Shard; chunks: number; isComplete: boolean }
  /** A queue has the run, under these names for its jobs; `shards` are still to be done before the last of them. */
  | { kind: 'submitted'; system: 'slurm'; id: string; run: string; shards: number }
  | { kind: 'cancelled'; done: number }
  | { kind: 'failed'; code: string; message: string; hint: string };

/** The last word of an attempt. */
export type FinalEvent = Extract<JobEvent, { kind: 'finished' | 'shardFinished' | 'cancelled' | 'failed' }>;

export type FailedEvent = Extract<JobEvent, { kind: 'failed' }>;

/** One of `count` equal shares of a job's chunks; `index` counts from 0. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** Every line in `events.jsonl` carries the time it was written. */
export type StampedEvent = JobEvent & { time: string };

/** Passed down into the engine: how to hear of cancellation and how to tell of progress. */
export interface JobContext {
  readonly signal: AbortSignal;
  report(event: JobEvent): void;
}
