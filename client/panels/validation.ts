/** The panel of validation: a cross-validation of a survey, by the path of its cv.fits. */
import type { Memento, Uri } from 'vscode';
import { basename, dirname } from 'node:path';
import { findValidations, type ValidationDetail, unpack } from '../../engine/index';
import { ValidationRequest } from '../../server/protocol';
import type { RunChoice, ValidationHost } from '../../webviews/validation/protocol';
import type { LanguageServer } from '../languageServer';
import type { Inspector } from './inspector';
import { ResourcePanel } from './resourcePanel';
import { revealKey } from './revealKey';
import { saveFile } from './saveFile';

/** Absolute paths of a cannon.yaml and of a cv.fits. */
export interface ShownValidation {
  readonly config: string;
  readonly validation: string;
}

export type ValidationPanel = ResourcePanel<ShownValidation, ValidationHost>;

export function createValidationPanel(
  extension: Uri,
  memory: Memento,
  server: LanguageServer,
  inspector: Inspector,
): ValidationPanel {
  const read = async (shown: ShownValidation, signal: AbortSignal): Promise<ValidationDetail> =>
    unpack<ValidationDetail>(await server.ask(ValidationRequest, { ...shown }, signal));
  const panel: ValidationPanel = new ResourcePanel<ShownValidation, ValidationHost>(extension, memory, {
    viewType: 'cannon.validation',
    view: 'validation',
    emptyHint: 'Run “Cannon: Show Validation”.',
    titleOf: ({ validation }) => `Validation: ${basename(dirname(validation))}`,
    first: ['readRun', 'listRuns', 'readFocus'],
    handlers: (shown) => ({
      readRun: (_params, signal) => read(shown(), signal),
      readFocus: () => panel.takeFocus(),
      readOther: ({ path }, signal) => read({ ...shown(), validation: path }, signal),
      listRuns: () => listValidations(shown().config),
      chooseRun: ({ path }) => panel.show({ ...shown(), validation: path }),
      revealKey: ({ key }) => revealKey(shown().config, key),
      inspectStar: ({ path }) => inspector.showStar({ config: shown().config, path }),
      saveFile: (file) => saveFile(memory, shown().config, file),
    }),
  });
  return panel;
}

const mostListed = 50;

/** The cross-validations of the survey's runs, the newest first. */
export async function listValidations(config: string): Promise<RunChoice[]> {
  return (await findValidations(config, mostListed)).map(({ path, model, folds, created }) => {
    const how = folds === 'leave-one-out' ? folds : `${folds} folds`;
    return { path, title: `${model} · ${how} · ${created.slice(0, 16).replace('T', ' ')}` };
  });
}
