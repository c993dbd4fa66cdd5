/** Messages between the star inspector (a webview) and the extension host. Types only. */
import type { StarFit } from '../../engine/index';

/** What the inspector keeps across reloads. */
export interface InspectorViewState {
  readonly fromAngstrom: number | null;
  readonly toAngstrom: number | null;
  readonly showResidual: boolean;
}

/** Answered by the extension host. */
export interface InspectorHost {
  requests: {
    /** The fit of the star this panel is about. Rejects with a sentence when there is none. */
    readFit: () => StarFit;
    /** Move on to the star `by` places further in the survey, and return its fit. */
    step: (params: { by: number }) => StarFit;
    /** Open the spectrum's file in the spectrum editor. */
    openSpectrum: () => void;
  };
  notifications: Record<never, never>;
}

/** Answered by the webview. */
export interface InspectorView {
  requests: Record<never, never>;
  notifications: {
    /** Show this fit: another star, or the same one after a new training. */
    show: StarFit;
    /** A command of the editor asks the panel to step. */
    step: { by: number };
  };
}
