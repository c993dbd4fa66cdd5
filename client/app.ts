/** What the parts of the extension share: made once at activation, handed to every feature and command. */
import { window, type ExtensionContext, type LogOutputChannel } from 'vscode';
import { Jobs } from './jobs/jobs';
import { LanguageServer } from './languageServer';
import { Inspector } from './panels/inspector';
import { Surveys } from './surveys';

export interface App {
  readonly context: ExtensionContext;
  readonly log: LogOutputChannel;
  readonly server: LanguageServer;
  readonly surveys: Surveys;
  readonly jobs: Jobs;
  readonly inspector: Inspector;
}

/** Everything in it is disposed with the extension; nothing is started yet. */
export function createApp(context: ExtensionContext): App {
  const log = window.createOutputChannel('Cannon Spectra', { log: true });
  const { extensionUri, workspaceState } = context;
  const server = new LanguageServer(extensionUri, log);
  const jobs = new Jobs(context.asAbsolutePath('dist/cannon.js'), workspaceState, log);
  const inspector = new Inspector(extensionUri, workspaceState, server);
  context.subscriptions.push(log, server, jobs, inspector);
  return { context, log, server, surveys: new Surveys(workspaceState), jobs, inspector };
}
