/** The commands of the extension, by the ids that package.json contributes. */
import type { App } from '../app';
import { analyseCatalog } from './analyseCatalog';
import { createSample } from './createSample';
import { crossValidate } from './crossValidate';
import { infer } from './infer';
import { inspectStar } from './inspectStar';
import { filterSpectra, searchSpectra, sortSpectra } from '../spectra/choices';
import {
  cancelRuns,
  compareTwo,
  deleteRuns,
  openLog,
  openResult,
  resumeRuns,
  revealRun,
  showFailure,
} from '../runs/actions';
import { makeCatalog } from './makeCatalog';
import { newConfig } from './newConfig';
import { openDocumentation } from './openDocumentation';
import { benchCommand, reviewStars } from './reviewStars';
import { showReadiness } from '../readinessPage';
import { showCoefficients } from './showCoefficients';
import { showValidation } from './showValidation';
import { showTrainingSet } from './showTrainingSet';
import { submitToSlurm } from './submitToSlurm';
import { train } from './train';

export interface CommandEntry {
  /** As in the palette, for messages. */
  readonly title: string;
  /** Whether it starts or needs a process, which an untrusted workspace must not. */
  readonly needsTrust: boolean;
  readonly run: (app: App, args: readonly unknown[]) => unknown;
}

export const commandTable: Readonly<Record<string, CommandEntry>> = {
  'cannon.newConfig': { title: 'New cannon.yaml', needsTrust: true, run: newConfig },
  'cannon.createSample': { title: 'Create Sample Survey', needsTrust: true, run: createSample },
  'cannon.train': { title: 'Train', needsTrust: true, run: train },
  'cannon.crossValidate': { title: 'Cross-Validate', needsTrust: true, run: crossValidate },
  'cannon.infer': { title: 'Infer Labels', needsTrust: true, run: infer },
  'cannon.makeCatalog': { title: 'Make Catalog', needsTrust: true, run: makeCatalog },
  'cannon.analyseCatalog': { title: 'Analyse Catalog', needsTrust: true, run: analyseCatalog },
  'cannon.submitToSlurm': { title: 'Submit to Slurm', needsTrust: true, run: submitToSlurm },
  'cannon.inspectStar': { title: 'Inspect Star', needsTrust: true, run: inspectStar },
  'cannon.nextStar': { title: 'Inspect Next Star', needsTrust: true, run: ({ inspector }) => inspector.step(1) },
  'cannon.previousStar': {
    title: 'Inspect Previous Star',
    needsTrust: true,
    run: ({ inspector }) => inspector.step(-1),
  },
  'cannon.showReadiness': { title: 'Is My Data Ready?', needsTrust: true, run: showReadiness },
  'cannon.showCoefficients': { title: 'Show Coefficients', needsTrust: true, run: showCoefficients },
  'cannon.showValidation': { title: 'Show Validation', needsTrust: true, run: showValidation },
  'cannon.showTrainingSet': { title: 'Show Training Set', needsTrust: true, run: showTrainingSet },
  'cannon.reviewStars': { title: 'Review Flagged Stars', needsTrust: true, run: reviewStars },
  'cannon.reviewNext': { title: 'Next Star in Review', needsTrust: true, run: benchCommand('next') },
  'cannon.reviewPrevious': { title: 'Previous Star in Review', needsTrust: true, run: benchCommand('previous') },
  'cannon.reviewReal': { title: 'Verdict: Real', needsTrust: true, run: benchCommand('real') },
  'cannon.reviewBadSpectrum': { title: 'Verdict: Bad Spectrum', needsTrust: true, run: benchCommand('badSpectrum') },
  'cannon.reviewBadLabel': { title: 'Verdict: Bad Label', needsTrust: true, run: benchCommand('badLabel') },
  'cannon.reviewBinary': { title: 'Verdict: Binary', needsTrust: true, run: benchCommand('binary') },
  'cannon.reviewEnriched': {
    title: 'Verdict: Enriched in an Element',
    needsTrust: true,
    run: benchCommand('enriched'),
  },
  'cannon.reviewIgnore': { title: 'Verdict: Ignore', needsTrust: true, run: benchCommand('ignore') },
  'cannon.reviewExclude': { title: 'Verdict: Exclude', needsTrust: true, run: benchCommand('exclude') },
  'cannon.reviewClear': { title: 'Verdict: None', needsTrust: true, run: benchCommand('clear') },
  'cannon.reviewNote': { title: 'Note on the Verdict', needsTrust: true, run: benchCommand('note') },
  'cannon.reviewUndo': { title: 'Undo Verdict', needsTrust: true, run: benchCommand('undo') },
  'cannon.reviewRedo': { title: 'Redo Verdict', needsTrust: true, run: benchCommand('redo') },
  'cannon.reviewFilter': { title: 'Filter the Review', needsTrust: true, run: benchCommand('filter') },
  'cannon.searchSpectra': { title: 'Search Spectra', needsTrust: true, run: searchSpectra },
  'cannon.filterSpectra': { title: 'Filter Spectra', needsTrust: true, run: filterSpectra },
  'cannon.sortSpectra': { title: 'Sort Spectra', needsTrust: true, run: sortSpectra },
  'cannon.showAllSpectra': { title: 'Show All Spectra', needsTrust: true, run: ({ spectra }) => spectra.showAll() },
  'cannon.refreshSpectra': { title: 'Refresh Spectra', needsTrust: true, run: ({ spectra }) => spectra.lookAgain() },
  'cannon.stopIndexing': { title: 'Stop Indexing Spectra', needsTrust: true, run: ({ spectra }) => spectra.stop() },
  'cannon.cancelRun': { title: 'Cancel Run', needsTrust: true, run: cancelRuns },
  'cannon.resumeRun': { title: 'Resume Run', needsTrust: true, run: resumeRuns },
  'cannon.openResult': { title: 'Open Result of Run', needsTrust: true, run: openResult },
  'cannon.compareRuns': { title: 'Compare Runs', needsTrust: true, run: compareTwo },
  'cannon.revealRun': { title: 'Reveal Run Folder', needsTrust: true, run: revealRun },
  'cannon.openRunLog': { title: 'Open Log of Run', needsTrust: true, run: openLog },
  'cannon.showFailure': { title: 'Show Line of Failure', needsTrust: true, run: showFailure },
  'cannon.deleteRun': { title: 'Delete Run', needsTrust: true, run: deleteRuns },
  'cannon.refreshRuns': { title: 'Refresh Runs', needsTrust: true, run: ({ watch }) => watch.look() },
  'cannon.restartServer': { title: 'Restart Language Server', needsTrust: true, run: ({ server }) => server.restart() },
  'cannon.openDocumentation': { title: 'Open Documentation', needsTrust: false, run: openDocumentation },
  'cannon.showLog': { title: 'Show Log', needsTrust: false, run: ({ log }) => log.show() },
};
