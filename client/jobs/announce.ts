/** Says how a job ended, with buttons for what one wants to do next. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { commands, env, UIKind, Uri, window } from 'vscode';
import type { RunStatus } from '../../engine/index';
import { say, type Actions } from '../messages';
import { failureLine } from '../runs/failureLine';
import type { Run } from './jobs';
import type { Outcome } from './state';
import { outcomeText } from './wording';

const quietMs = 10_000;
/**
 * @param nWarnings how many warnings the job gave; they are in the log.
 * @param status null when the process died before there was a run
 */
export async function announce(
  run: Run,
  outcome: Outcome,
  nWarnings: number,
  { showLog }: { readonly showLog: () => void },
  status: RunStatus | null = null,
): Promise<void> {
  const text = outcomeText(run.command, outcome);
  const argument = { config: run.config, folder: run.folder };
  switch (outcome.kind) {
    case 'finished': {
      const warned =
        nWarnings === 0 ? '' : nWarnings === 1 ? ' There is 1 warning.' : ` There are ${nWarnings} warnings.`;
      const actions: Actions = nWarnings === 0 ? {} : { 'Show Log': showLog };
      say('information', `${text}${warned}`, { ...nextSteps(run, outcome), ...actions });
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
      const resume: Actions =
        outcome.kind === 'died' && status?.canResume === true
          ? { Resume: () => commands.executeCommand('cannon.resumeRun', argument) }
          : {};
      const hasLine = status !== null && (await failureLine(status)) !== null;
      const line: Actions = hasLine
        ? { 'Show Line': () => commands.executeCommand('cannon.showFailure', argument) }
        : {};
      say('error', text, { ...line, ...resume, 'Show Log': written ? () => openFile(file) : showLog });
      return;
    }
    default:
      outcome satisfies never;
  }
}

function nextSteps(run: Run, { event }: Extract<Outcome, { kind: 'finished' }>): Actions {
  if (event.command === 'infer')
    return {
      'Open Labels': () => openFile(event.out),
      'Make Catalog': () => commands.executeCommand('cannon.makeCatalog', { config: run.config }),
      'Open Folder': () => openFolder(run.folder),
    };
  if (event.command === 'catalog') {
    const target = { config: run.config, path: event.out };
    return {
      Review: () => commands.executeCommand('cannon.reviewStars', target),
      'Open Folder': () => openFolder(run.folder),
    };
  }
  if (event.command === 'cv') {
    const [only] = event.models.length === 1 ? event.models : [];
    const target = only ? { config: run.config, path: only.path } : { config: run.config };
    return {
      'Show Validation': () => commands.executeCommand('cannon.showValidation', target),
      'Open Folder': () => openFolder(run.folder),
    };
  }
  if (event.command !== 'train') {
    const open = (): Thenable<unknown> =>
      commands.executeCommand('cannon.openResult', { config: run.config, folder: run.folder });
    return { 'Open Result': open, 'Open Folder': () => openFolder(run.folder) };
  }
  return {
    'Inspect Star': () => commands.executeCommand('cannon.inspectStar', { config: run.config }),
    'Open Folder': () => openFolder(run.folder),
  };
}

function openFile(path: string): Thenable<unknown> {
  return commands.executeCommand('vscode.open', Uri.file(path));
}

/** In the system's file manager, or, where the files are on another machine, in the explorer. */
export function openFolder(path: string): Thenable<unknown> {
  const isHere = env.uiKind === UIKind.Desktop && env.remoteName === undefined;
  return commands.executeCommand(isHere ? 'revealFileInOS' : 'revealInExplorer', Uri.file(path));
}
