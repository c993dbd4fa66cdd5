/** How the extension speaks: one sentence, what to do about it, and buttons that do it. */
import { CancellationError, commands, window, type LogOutputChannel } from 'vscode';

/** Button label → what it does. */
export type Actions = Readonly<Record<string, () => unknown>>;

const show = {
  information: (text: string, labels: string[]) => window.showInformationMessage(text, ...labels),
  warning: (text: string, labels: string[]) => window.showWarningMessage(text, ...labels),
  error: (text: string, labels: string[]) => window.showErrorMessage(text, ...labels),
};

/** Show a notification with buttons. Does not wait: a notification may stay for hours. */
export function say(level: keyof typeof show, text: string, actions: Actions = {}): void {
  const answered = async (): Promise<void> => {
    const chosen = await show[level](text, Object.keys(actions));
    if (chosen !== undefined) await actions[chosen]?.();
  };
  answered().catch((error: unknown) => void window.showErrorMessage(sentenceOf(error)));
}

/** Tell of an error and keep its details in the log, with buttons for what would help. A cancelled choice is not an error. */
export function sayError(log: LogOutputChannel, doing: string, error: unknown, remedies: Actions = {}): void {
  if (error instanceof CancellationError) return;
  log.error(`${doing}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  say('error', `${doing}: ${sentenceOf(error)}`, { ...remedies, 'Show Log': () => log.show() });
}

/** Tell that this needs a trusted workspace, and offer to see to it. */
export function sayUntrusted(): void {
  say('warning', untrustedText, { 'Manage Workspace Trust': () => commands.executeCommand('workbench.trust.manage') });
}

export const untrustedText = 'Cannon Spectra starts no process in a workspace that is not trusted.';

/** The error's message, followed by its hint where it has one. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const hint = 'hint' in error && typeof error.hint === 'string' ? error.hint : '';
  return [error.message, hint]
    .filter(Boolean)
    .map((text) => (/[.!?…]$/.test(text) ? text : `${text}.`))
    .join(' ');
}
