/** Says how a job ended, with buttons for what one wants to do next. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { commands, env, UIKind, Uri, window, type LogOutputChannel } from 'vscode';
import { say, type Actions } from '../messages';
import type { Run } from './jobs';
import type { Outcome } from './state';
import { outcomeText } from './wording';

const quietMs = 10_000;

/** @param nWarnings how many warnings the job gave; they are in the log. */
export async function announce(run: Run, outcome: Outcome, nWarnings: number, log: LogOutputChannel): Promise<void> {
  const text = outcomeText(run.command, outcome);
  switch (outcome.kind) {
    case 'finished': {
      const warned =
        nWarnings === 0 ? '' : nWarnings === 1 ? ' There is 1 warning.' : ` There are ${nWarnings} warnings.`;
      const showLog: Actions = nWarnings === 0 ? {} : { 'Show Log': () => log.show() };
      say('information', `${text}${warned}`, { ...nextSteps(run, outcome), ...showLog });
      return;
    }
    case 'cancelled':
      // Whoever cancelled knows already: a line that goes away by itself is enough.
      window.setStatusBarMessage(`$(circle-slash) ${text}`, quietMs);
      return;
    case 'failed':
    case 'died': {
      const file = join(run.folder, 'log.txt');
      const written = await stat(file).then(
        ({ size }) => size > 0,
        () => false,
      );
      const showLog = (): unknown => (written ? openFile(file) : log.show());
      say('error', text, { 'Show Log': showLog });
      return;
    }
    default:
      outcome satisfies never;
  }
}

function nextSteps(run: Run, { event }: Extract<Outcome, { kind: 'finished' }>): Actions {
  if (event.command === 'infer')
    return { 'Open Labels': () => openFile(event.out), 'Open Folder': () => openFolder(run.folder) };
  if (event.command !== 'train') return { 'Open Folder': () => openFolder(run.folder) };
  return {
    'Inspect Star': () => commands.executeCommand('cannon.inspectStar', { config: run.config }),
    'Open Folder': () => openFolder(run.folder),
  };
}

function openFile(path: string): Thenable<unknown> {
  return commands.executeCommand('vscode.open', Uri.file(path));
}

/** In the system's file manager, or, where the files are on another machine, in the explorer. */
function openFolder(path: string): Thenable<unknown> {
  const isHere = env.uiKind === UIKind.Desktop && env.remoteName === undefined;
  return commands.executeCommand(isHere ? 'revealFileInOS' : 'revealInExplorer', Uri.file(path));
}
