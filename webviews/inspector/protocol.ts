/** Messages between the star inspector (a webview) and the extension host. Types, and one word. */
import type { ModelAnatomy, NearestStars, PosteriorDraws, StarFit } from '../../engine/index';
import type { SavingHost } from '../export';
import type { PanelView } from '../page';
import type { AxisKind } from './axisWords';

/** What the inspector keeps across reloads. */
export interface InspectorViewState {
  readonly fromAngstrom: number | null;
  readonly toAngstrom: number | null;
  readonly showResidual: boolean;
  readonly showLines: boolean;
  /** Full width at half maximum of the smoothing, in pixels; 0 for none. */
  readonly smoothing: number;
  readonly axis: AxisKind;
  /** By which the star's lines are moved. */
  readonly lineShiftKms: number;
  /** Whose windows stand out. */
  readonly element: string | null;
}

/** Another observation of a star. */
export interface Repeat {
  readonly star: string;
  readonly path: string;
  /** Subclass, S/N and place, or why it cannot be read. */
  readonly detail: string;
  readonly snr: number | null;
}

/** In place of a key of cannon.yaml: the star's row in the reference table. */
export const referenceRow = 'reference/row';

/** Answered by the extension host. */
export interface InspectorHost {
  requests: SavingHost['requests'] & {
    /** The fit of the star this panel is about. Rejects with a sentence when there is none. */
    readFit: () => StarFit;
    /** The element whose windows the panel was opened for, told once; null when there is none. */
    readFocus: () => string | null;
    /** Move on to the star `by` places further in the survey, and return its fit. */
    step: (params: { by: number }) => StarFit;
    /** The fit of the star `by` places after that of the spectrum at `path`; null where it has none. The panel stays where it is. */
    readBeside: (params: { path: string; by: number }) => StarFit | null;
    /** The panel has gone on to this star, of which it had the fit. */
    moveTo: (params: Pick<StarFit, 'star' | 'path' | 'model'>) => void;
    /** Open the spectrum's file in the spectrum editor. */
    openSpectrum: () => void;
    /** The model of the star on show, for redrawing it at other labels. */
    readModel: () => ModelAnatomy;
    /** The scatter of that model's labels in cross-validation, null for those without one; in the order of the labels. */
    readScatter: () => readonly (number | null)[];
    /** Draws from the posterior of the star on show. */
    readPosterior: () => PosteriorDraws;
    /** The training stars whose labels are nearest to those of the star on show. */
    readNeighbours: () => NearestStars;
    /** The other observations of the star on show. */
    readRepeats: () => readonly Repeat[];
    /** The fit of another star, to be drawn over the one on show. */
    readStar: (params: { path: string }) => StarFit;
    /** Move to the star of this spectrum, and return its fit. */
    goTo: (params: { path: string }) => StarFit;
    /** Show a key of cannon.yaml in its editor, `windows/Mg`, `labels/teff`; or `referenceRow`. */
    revealKey: (params: { key: string }) => void;
  };
  notifications: Record<never, never>;
}

/** Answered by the webview. */
export type InspectorView = PanelView;
