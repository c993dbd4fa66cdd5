/**
 * Tells the language server whose spectra are to be known, when somebody types (it then keeps still), and when the window
 * has come back to the front: files may have changed on a disk that others write to.
 */
import { commands, Disposable, window, workspace } from 'vscode';
import { IndexedSurveysNotification, RefreshIndexRequest, UserIsTypingNotification } from '../../server/protocol';
import type { App } from '../app';
import { sayError } from '../messages';
import type { Surveys } from '../surveys';

/** The server keeps still for a second after each word of it. */
const typingMs = 500;
/** To look at a hundred thousand files takes a second; switching between windows must not add up. */
const returnMs = 30_000;

export function keepSpectraKnown({ server, surveys, spectra, log }: App): Disposable {
  let typed = -Infinity;
  let lookedAt = performance.now();
  const quietly = (doing: string, work: () => Promise<void>): void => {
    work().catch((error: unknown) => log.error(`${doing}: ${String(error)}`));
  };
  const tell = async (): Promise<void> => {
    await tellOfSurveys(surveys);
    await server.tell(IndexedSurveysNotification, { configs: await surveys.known() });
    spectra.redraw(0);
  };
  const tellAll = (): void => void tell().catch((error: unknown) => sayError(log, 'Indexing the spectra', error));
  const configs = workspace.createFileSystemWatcher('**/cannon.{yaml,yml}', false, true, false);
  quietly('Looking for surveys', () => tellOfSurveys(surveys));
  return Disposable.from(
    configs,
    configs.onDidCreate(tellAll),
    configs.onDidDelete(tellAll),
    server.onDidStart(tellAll),
    server.onDidLeave(() => spectra.forget()),
    workspace.onDidChangeWorkspaceFolders(tellAll),
    workspace.onDidChangeTextDocument(({ document }) => {
      const isOutput = document.uri.scheme === 'output' || document.uri.scheme === 'log';
      if (isOutput || performance.now() - typed < typingMs) return;
      typed = performance.now();
      quietly('Telling of typing', () => server.tell(UserIsTypingNotification, null));
    }),
    window.onDidChangeWindowState(({ focused }) => {
      if (!focused || performance.now() - lookedAt < returnMs) return;
      lookedAt = performance.now();
      quietly('Looking at the spectra again', async () => {
        if (!workspace.isTrusted) return;
        for (const config of await surveys.known()) await server.ask(RefreshIndexRequest, { config });
      });
    }),
  );
}

/** What views without content offer depends on whether there is a survey at all. */
async function tellOfSurveys(surveys: Surveys): Promise<void> {
  await commands.executeCommand('setContext', 'cannon.hasSurvey', (await surveys.known()).length > 0);
}
