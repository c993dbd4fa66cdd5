/** Lets the panels about runs come back after a reload, and shows them new results. */
import { Disposable, window } from 'vscode';
import { TrainingSetChangedNotification } from '../../server/protocol';
import type { App } from '../app';
import { sayError } from '../messages';

/** Models and cross-validations lie in a folder that bears the model's name. */
const modelOf = (path: string): string | undefined => path.split(/[\\/]/).at(-2);

export function keepPanels({ coefficients, validation, trainingSet, server, jobs, log }: App): Disposable {
  server.hear(TrainingSetChangedNotification, ({ config }) => {
    if (trainingSet.shown?.config === config) trainingSet.changed();
  });
  return Disposable.from(
    window.registerWebviewPanelSerializer(coefficients.viewType, coefficients),
    window.registerWebviewPanelSerializer(trainingSet.viewType, trainingSet),
    window.registerWebviewPanelSerializer(validation.viewType, validation),
    jobs.onDidEnd(({ run: { config }, outcome }) => {
      if (outcome.kind !== 'finished') return;
      const turned =
        outcome.event.command === 'train'
          ? showNewModel(coefficients, config, outcome.event.models)
          : outcome.event.command === 'cv'
            ? showNewValidation(validation, config, outcome.event.models)
            : Promise.resolve();
      turned.catch((error: unknown) => sayError(log, 'Showing the new results', error));
    }),
  );
}

type Made = readonly { readonly path: string }[];

/** The same model of the newer training, by its name. */
async function showNewModel(panel: App['coefficients'], config: string, made: Made): Promise<void> {
  const { shown } = panel;
  if (shown?.config !== config) return;
  const next = made.find(({ path }) => modelOf(path) === modelOf(shown.model));
  if (next) await panel.turnTo({ config, model: next.path });
}

async function showNewValidation(panel: App['validation'], config: string, made: Made): Promise<void> {
  const { shown } = panel;
  if (shown?.config !== config) return;
  const next = made.find(({ path }) => modelOf(path) === modelOf(shown.validation));
  if (next) await panel.turnTo({ config, validation: next.path });
}
