/** The panel of the training set: the reference stars of a survey, by the path of its description. */
import { userInfo } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { Uri, ViewColumn, window, workspace, type Memento } from 'vscode';
import {
  type NearestAsked,
  type NearestStars,
  type ReviewChange,
  reviewName,
  reviewStars,
  type TrainingSetView,
  UserError,
} from '../../engine/index';
import { NearestStarsRequest, TrainingSetRequest } from '../../server/protocol';
import type { TrainingSetHost } from '../../webviews/trainingSet/protocol';
import type { LanguageServer } from '../languageServer';
import { unpack } from '../unpack';
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
        review(
          shown().config,
          stars.map((star) => ({ star, entry: { verdict: 'exclude', note, by: userInfo().username, date: today() } })),
        ),
      restore: ({ changes }) => review(shown().config, changes),
      saveFile: (file) => saveFile(memory, shown().config, file),
    }),
  });
}

/** The training stars nearest to a star of a survey. */
export async function nearestTrainingStars(
  server: LanguageServer,
  config: string,
  asked: NearestAsked,
  signal?: AbortSignal,
): Promise<NearestStars> {
  return unpack<NearestStars>(await server.ask(NearestStarsRequest, { config, ...asked }, signal));
}

/** Text that somebody is writing must not be overtaken by what is written to the disk. */
function review(config: string, changes: readonly ReviewChange[]): ReviewChange[] {
  const path = join(dirname(config), reviewName);
  const open = workspace.textDocuments.find(({ uri, isDirty }) => isDirty && uri.fsPath === path);
  if (open) throw new UserError('review.yaml is open with changes that are not saved.', 'Save it first.', 'CAN170');
  return reviewStars(dirname(config), changes);
}

async function revealReview(config: string): Promise<void> {
  const document = await workspace.openTextDocument(Uri.file(join(dirname(config), reviewName)));
  await window.showTextDocument(document, { viewColumn: ViewColumn.One });
}

/** Of the clock on the wall: 2026-11-20. */
function today(): string {
  const now = new Date();
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}
