/** The panel of coefficients: a model of a survey, by the path of its file. */
import { basename, dirname } from 'node:path';
import type { Memento, Uri } from 'vscode';
import { findRuns, readResult, type ModelAnatomy, unpack } from '../../engine/index';
import { ModelAnatomyRequest } from '../../server/protocol';
import type { CoefficientsHost, ModelChoice } from '../../webviews/coefficients/protocol';
import type { LanguageServer } from '../languageServer';
import { ResourcePanel } from './resourcePanel';
import { revealKey } from './revealKey';
import { saveFile } from './saveFile';

/** Absolute paths of a cannon.yaml and of a model.fits. */
export interface ShownModel {
  readonly config: string;
  readonly model: string;
}

export type CoefficientsPanel = ResourcePanel<ShownModel, CoefficientsHost>;

export function createCoefficientsPanel(extension: Uri, memory: Memento, server: LanguageServer): CoefficientsPanel {
  const read = async (shown: ShownModel, signal: AbortSignal): Promise<ModelAnatomy> =>
    unpack<ModelAnatomy>(await server.ask(ModelAnatomyRequest, { ...shown }, signal));
  const panel: CoefficientsPanel = new ResourcePanel<ShownModel, CoefficientsHost>(extension, memory, {
    viewType: 'cannon.coefficients',
    view: 'coefficients',
    emptyHint: 'Run “Cannon: Show Coefficients”.',
    titleOf: ({ model }) => `Coefficients: ${basename(dirname(model))}`,
    first: ['readModel', 'listModels', 'readFocus'],
    handlers: (shown) => ({
      readModel: (_params, signal) => read(shown(), signal),
      readFocus: () => panel.takeFocus(),
      readOther: ({ path }, signal) => read({ ...shown(), model: path }, signal),
      listModels: () => listModels(shown().config),
      chooseModel: ({ path }) => panel.show({ ...shown(), model: path }),
      revealKey: ({ key }) => revealKey(shown().config, key),
      saveFile: (file) => saveFile(memory, shown().config, file),
    }),
  });
  return panel;
}

const mostListed = 50;

/** The models of the survey's trainings, the newest first. */
export async function listModels(config: string): Promise<ModelChoice[]> {
  const choices: ModelChoice[] = [];
  for (const { folder, job } of await findRuns(config)) {
    if (job.command !== 'train' || choices.length >= mostListed) continue;
    const result = await readResult(folder);
    if (result?.command !== 'train') continue;
    const when = job.created.slice(0, 16).replace('T', ' ');
    choices.push(...result.models.map(({ name, path }) => ({ path, title: `${name} · ${when}` })));
  }
  return choices;
}
