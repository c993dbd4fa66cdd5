/** Messages between the panel of validation (a webview) and the extension host. Types only. */
import type { ValidationDetail } from '../../engine/index';
import type { SavingHost } from '../export';
import type { PanelView } from '../page';

/** A cross-validation that can be shown or compared with. */
export interface RunChoice {
  readonly path: string;
  /** "giants · 12 folds · 2026-11-20 13:02". */
  readonly title: string;
}

export const viewNames = ['recovery', 'residual', 'pulls', 'precision'] as const;
/** Inferred against true; residual against a column; residual over error; precision of all labels. */
export type ViewName = (typeof viewNames)[number];

/** What the panel keeps across reloads. */
export interface ValidationViewState {
  readonly view: ViewName;
  readonly label: string | null;
  /** Key of the column that colours the points; null for none. */
  readonly colour: string | null;
  /** Key of the column that residuals are shown against; null for the one that suits. */
  readonly against: string | null;
  readonly fold: number | null;
  readonly comparedWith: string | null;
  /** Path of the spectrum that is marked. */
  readonly star: string | null;
  /** Bounds and the spread of truth are drawn. */
  readonly showsBounds: boolean;
  /** What is in view; null for everything. */
  readonly zoom: { readonly x: readonly [number, number]; readonly y: readonly [number, number] } | null;
}

/** Answered by the extension host. */
export interface ValidationHost {
  requests: SavingHost['requests'] & {
    /** The cross-validation that this panel is about. Rejects with a sentence when it cannot be read. */
    readRun: () => ValidationDetail;
    /** The label that was asked for, told once; null where the choice is the panel's own. */
    readFocus: () => string | null;
    /** Another one, to compare with. */
    readOther: (params: { path: string }) => ValidationDetail;
    /** Those of the survey's runs, the newest first. */
    listRuns: () => readonly RunChoice[];
    /** Show another one in this panel. */
    chooseRun: (params: { path: string }) => void;
    /** Show a key of cannon.yaml in its editor: `labels/teff`. */
    revealKey: (params: { key: string }) => void;
    /** Show the star whose spectrum is at `path` in the inspector. */
    inspectStar: (params: { path: string }) => void;
  };
  notifications: Record<never, never>;
}

/** Answered by the webview. */
export type ValidationView = PanelView;
