/** Messages between the panel of coefficients (a webview) and the extension host. Types only. */
import type { ModelAnatomy } from '../../engine/index';
import type { SavingHost } from '../export';
import type { PanelView } from '../page';

/** A model that can be shown or compared with. */
export interface ModelChoice {
  readonly path: string;
  /** "giants · 2026-11-20 13:02". */
  readonly title: string;
}

/** What the panel keeps across reloads. */
export interface CoefficientsViewState {
  readonly term: string | null;
  readonly inSigma: boolean;
  readonly showLines: boolean;
  readonly comparedWith: string | null;
  readonly pixel: number | null;
  readonly fromAngstrom: number | null;
  readonly toAngstrom: number | null;
}

/** Answered by the extension host. */
export interface CoefficientsHost {
  requests: SavingHost['requests'] & {
    /** The model that this panel is about. Rejects with a sentence when it cannot be read. */
    readModel: () => ModelAnatomy;
    /** The term that the panel was opened for, told once; null when there is none. */
    readFocus: () => string | null;
    /** Another model, to compare with. */
    readOther: (params: { path: string }) => ModelAnatomy;
    /** The models of the survey's runs, the newest first. */
    listModels: () => readonly ModelChoice[];
    /** Show another model in this panel. */
    chooseModel: (params: { path: string }) => void;
    /** Show a key of cannon.yaml in its editor: `windows/Mg`, `grid`. */
    revealKey: (params: { key: string }) => void;
  };
  notifications: Record<never, never>;
}

/** Answered by the webview. */
export type CoefficientsView = PanelView;
