/** Lets the panels come back after a reload, tells them of jobs at work, and shows them new results. */
import { Disposable, window } from 'vscode';
import type { Command, RunStatus } from '../../engine/index';
import { CatalogChangedNotification, TrainingSetChangedNotification } from '../../server/protocol';
import type { App } from '../app';
import { activity } from '../jobs/wording';
import { sayError } from '../messages';
import { paceText } from '../runs/wording';

/** Models and cross-validations lie in a folder that bears the model's name. */
const modelOf = (path: string): string | undefined => path.split(/[\\/]/).at(-2);

export function keepPanels({
  inspector,
  coefficients,
  validation,
  trainingSet,
  review,
  server,
  jobs,
  watch,
  log,
}: App): Disposable {
  server.hear(TrainingSetChangedNotification, ({ config }) => {
    if (trainingSet.shown?.config === config) trainingSet.changed();
  });
  server.hear(CatalogChangedNotification, ({ config, what }) => {
    if (config === null || review.shown?.config !== config) return;
    if (what === 'verdicts') review.act('judged');
    else review.changed();
  });
  const panels = [inspector.panel, coefficients, trainingSet, validation, review];
  const remade: readonly [command: Command, ofJob: readonly Working[]][] = [
    ['train', [inspector.panel, coefficients]],
    ['cv', [validation]],
    ['catalog', [review]],
  ];
  return Disposable.from(
    ...panels.map((panel) => window.registerWebviewPanelSerializer(panel.viewType, panel)),
    // A new server does not know what is shown, and says nothing of its changes until it is asked; and what the old one could not
    // answer is asked again.
    server.onDidReturn(() => panels.forEach((panel) => panel.changed())),
    watch.onDidChange(() => {
      for (const [command, ofJob] of remade)
        for (const panel of ofJob) panel.working(workOn(watch.live, command, panel.shown?.config));
    }),
    jobs.onDidEnd(({ run: { config }, outcome }) => {
      if (outcome.kind !== 'finished') return;
      const { event } = outcome;
      if (event.command === 'train') inspector.refresh(config);
      const turned =
        event.command === 'train'
          ? showNewModel(coefficients, config, event.models)
          : event.command === 'cv'
            ? showNewValidation(validation, config, event.models)
            : event.command === 'catalog'
              ? showNewCatalog(review, config, event.out)
              : Promise.resolve();
      turned.catch((error: unknown) => sayError(log, 'Showing the new results', error));
    }),
  );
}

interface Working {
  readonly shown: { readonly config: string } | null;
  working(text: string): void;
}

/** "Training: 42 % · 0:42 left · 310 pixels/s. Until it ends, this is what the last one made." */
function workOn(live: readonly RunStatus[], command: Command, config: string | undefined): string {
  const run = live.find(({ job, state }) => job.command === command && job.config === config && state === 'running');
  if (run === undefined) return '';
  const { progress } = run;
  const count = progress !== null && progress.total > 0 ? `${progress.done} of ${progress.total}, ` : '';
  return `${activity[command]}: ${count}${paceText(run)}. Until it ends, this is what the last one has made.`;
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

async function showNewCatalog(panel: App['review'], config: string, catalog: string): Promise<void> {
  if (panel.shown?.config === config) await panel.turnTo({ config, catalog });
}
