/** The features of the extension: a line for each, in the order in which they are turned on. */
import type { Disposable } from 'vscode';
import type { App } from './app';
import { markFlaggedRows } from './flaggedRows';
import { openSampleOfLastWindow } from './commands/createSample';
import { registerCommands } from './commands/register';
import { keepServerRunning } from './keepServerRunning';
import { keepPanels } from './panels/keepPanels';
import { registerSpectrumEditor } from './panels/spectrumEditor';
import { keepSpectraKnown } from './spectra/keepSpectraKnown';
import { markFailures } from './runs/failureMarks';
import { registerRunPages } from './runs/pages';
import { watchRuns } from './runs/watchRuns';
import { registerReadinessPages } from './readinessPage';
import { linkReview } from './reviewLinks';
import { registerStarCards } from './starCards';

export const features: readonly [name: string, turnOn: (app: App) => Disposable][] = [
  ['commands', registerCommands],
  ['sample survey', openSampleOfLastWindow],
  ['spectrum editor', registerSpectrumEditor],
  ['panels', keepPanels],
  ['view of the spectra', keepSpectraKnown],
  ['cards of stars', registerStarCards],
  ['marks of flagged rows', markFlaggedRows],
  ['links of verdicts', linkReview],
  ['pages about readiness', registerReadinessPages],
  ['language server', keepServerRunning],
  ['pages about runs', registerRunPages],
  ['marks of failed runs', markFailures],
  ['runs', watchRuns],
];
