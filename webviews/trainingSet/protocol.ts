/** Messages between the panel of the training set (a webview) and the extension host. Types only. */
import type { ReviewChange, TrainingSetView } from '../../engine/index';
import type { Region } from '../chart/scatter';
import type { SavingHost } from '../export';
import type { PanelView } from '../page';

export type Mode = 'diagram' | 'bins' | 'coverage';

/** What the panel keeps across reloads. Columns are named by their keys (`model.ts`). */
export interface TrainingSetViewState {
  readonly mode: Mode;
  readonly x: string | null;
  readonly y: string | null;
  /** A column, or "model", or "none". */
  readonly colour: string | null;
  /** The label whose bins are shown side by side. */
  readonly bins: string | null;
  /** A model whose stars alone are shown. */
  readonly model: string | null;
  readonly showsDropped: boolean;
  /** The key of the funnel's step whose stars stand out. */
  readonly step: string | null;
  readonly region: Region | null;
  /** Null where everything is in view. */
  readonly view: Region | null;
}

/** Answered by the extension host. */
export interface TrainingSetHost {
  requests: SavingHost['requests'] & {
    /** The reference stars of this panel's survey, with these columns of its table. */
    readSet: (params: { columns: readonly string[] }) => TrainingSetView;
    /** Show the fit of the star whose spectrum lies at `path`, as in `TrainingSetView.paths`. */
    inspect: (params: { path: string }) => void;
    /** Show a key of cannon.yaml, or `review` for the file of verdicts. */
    revealKey: (params: { key: string }) => void;
    /** Leave stars out of the next training. The changes that would undo it. */
    exclude: (params: { stars: readonly string[]; note: string }) => readonly ReviewChange[];
    /** Write verdicts as they are given, to undo and to do again. The changes that would undo that. */
    restore: (params: { changes: readonly ReviewChange[] }) => readonly ReviewChange[];
  };
  notifications: Record<never, never>;
}

/** Answered by the webview. */
export type TrainingSetPanelView = PanelView;
