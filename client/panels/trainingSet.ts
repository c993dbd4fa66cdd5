/** The panel of the training set: the reference stars of a survey, by the path of its description. */
import { basename, dirname, resolve } from 'node:path';
import type { Memento, Uri } from 'vscode';
import { type TrainingSetView, unpack } from '../../engine/index';
import { TrainingSetRequest } from '../../server/protocol';
import type { TrainingSetHost } from '../../webviews/trainingSet/protocol';
import type { LanguageServer } from '../languageServer';
import { entryOf, revealReview, writeVerdicts } from '../review/verdicts';
import type { Inspector } from './inspector';
import { ResourcePanel } from './resourcePanel';
import { revealKey } from './revealKey';
import { saveFile } from './saveFile';

/** Absolute path of a cannon.yaml. */
export interface ShownSurvey {
  readonly config: string;
}

export type TrainingSetPanel = ResourcePanel<ShownSurvey, TrainingSetHost>;

export function createTrainingSetPanel(
  extension: Uri,
  memory: Memento,
  server: LanguageServer,
  inspector: Inspector,
): TrainingSetPanel {
  return new ResourcePanel<ShownSurvey, TrainingSetHost>(extension, memory, {
    viewType: 'cannon.trainingSet',
    view: 'trainingSet',
    emptyHint: 'Run “Cannon: Show Training Set”.',
    titleOf: ({ config }) => `Training set: ${basename(dirname(config))}`,
    handlers: (shown) => ({
      readSet: async ({ columns }, signal) =>
        unpack<TrainingSetView>(
          await server.ask(TrainingSetRequest, { config: shown().config, columns: [...columns] }, signal),
        ),
      inspect: ({ path }) => {
        const { config } = shown();
        return inspector.showStar({ config, path: resolve(dirname(config), path) });
      },
      revealKey: ({ key }) => (key === 'review' ? revealReview(shown().config) : revealKey(shown().config, key)),
      exclude: ({ stars, note }) =>
        writeVerdicts(
          shown().config,
          stars.map((star) => ({ star, entry: entryOf('exclude', note) })),
        ),
      restore: ({ changes }) => writeVerdicts(shown().config, changes),
      saveFile: (file) => saveFile(memory, shown().config, file),
    }),
  });
}
