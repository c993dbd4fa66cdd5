/** What the parts of the extension share: made once at activation, handed to every feature and command. */
import { env, version, window, type ExtensionContext, type LogOutputChannel } from 'vscode';
import { Jobs } from './jobs/jobs';
import { LanguageServer } from './languageServer';
import { type CoefficientsPanel, createCoefficientsPanel } from './panels/coefficients';
import { Inspector } from './panels/inspector';
import { createReviewPanel, type ReviewPanel } from './panels/review';
import { createTrainingSetPanel, type TrainingSetPanel } from './panels/trainingSet';
import { createValidationPanel, type ValidationPanel } from './panels/validation';
import { RunsView } from './runs/runsView';
import { RunWatch } from './runs/runWatch';
import { SpectraView } from './spectra/spectraView';
import { Surveys } from './surveys';

export interface App {
  readonly context: ExtensionContext;
  readonly log: LogOutputChannel;
  readonly server: LanguageServer;
  readonly surveys: Surveys;
  readonly watch: RunWatch;
  readonly jobs: Jobs;
  readonly runs: RunsView;
  readonly inspector: Inspector;
  readonly coefficients: CoefficientsPanel;
  readonly validation: ValidationPanel;
  readonly trainingSet: TrainingSetPanel;
  readonly review: ReviewPanel;
  readonly spectra: SpectraView;
}

/** What a report of a fault has to say; first in the log, so that nobody needs to ask. */
function versionsOf({ extension }: ExtensionContext): string {
  const own = (extension.packageJSON as { readonly version?: unknown }).version;
  const where = env.remoteName === undefined ? '' : ` (${env.remoteName})`;
  const { platform, arch } = process;
  return `Cannon Spectra ${String(own)}, ${env.appName} ${version}${where}, Node ${process.version}, ${platform} ${arch}.`;
}

/** Everything in it is disposed with the extension; nothing is started yet. */
export function createApp(context: ExtensionContext): App {
  const log = window.createOutputChannel('Cannon Spectra', { log: true });
  log.info(versionsOf(context));
  const { extensionUri, workspaceState } = context;
  const server = new LanguageServer(extensionUri, context.storageUri?.fsPath ?? null, log);
  const surveys = new Surveys(workspaceState);
  const watch = new RunWatch(surveys, workspaceState, log);
  const jobs = new Jobs(context.asAbsolutePath('dist/cannon.js'), watch, log, workspaceState);
  const runs = new RunsView(watch);
  const inspector = new Inspector(extensionUri, workspaceState, server);
  const coefficients = createCoefficientsPanel(extensionUri, workspaceState, server);
  const validation = createValidationPanel(extensionUri, workspaceState, server, inspector);
  const trainingSet = createTrainingSetPanel(extensionUri, workspaceState, server, inspector);
  const review = createReviewPanel(extensionUri, workspaceState, server, inspector);
  const spectra = new SpectraView(server, surveys);
  const parts = { log, server, watch, jobs, runs, inspector, coefficients, validation, trainingSet, review, spectra };
  context.subscriptions.push(...Object.values(parts));
  return { context, surveys, ...parts };
}
