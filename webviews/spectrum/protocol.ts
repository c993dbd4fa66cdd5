/** Messages between the spectrum editor (a webview) and the extension host. Types only. */
import type { SpectrumDocument } from '../../engine/index';

/** What the spectrum editor keeps across reloads. */
export interface SpectrumViewState {
  readonly fromAngstrom: number | null;
  readonly toAngstrom: number | null;
  readonly tab: 'spectrum' | 'headers';
}

/** Answered by the extension host. */
export interface SpectrumHost {
  requests: {
    /** The file as it is on the disk now. Rejects with a sentence when it cannot be read at all. */
    readDocument: () => SpectrumDocument;
  };
  notifications: Record<never, never>;
}

/** Answered by the webview. */
export interface SpectrumView {
  requests: Record<never, never>;
  notifications: {
    /** The file changed on the disk: read it again. */
    changed: undefined;
  };
}
