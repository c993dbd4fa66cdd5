/** Registers the table of commands; here, once for all, errors become messages and trust is asked for. */
import { commands, Disposable, workspace } from 'vscode';
import { UserError } from '../../engine/index';
import type { App } from '../app';
import { sayError, sayUntrusted, type Actions } from '../messages';
import { commandTable, type CommandEntry } from './table';

export function registerCommands(app: App): Disposable {
  return Disposable.from(
    ...Object.entries(commandTable).map(([id, entry]) =>
      commands.registerCommand(id, (...args: unknown[]) => execute(app, entry, args)),
    ),
  );
}

/** Resolves to what the command returns, or to undefined when it could not do its work and has said so. */
async function execute(app: App, { title, needsTrust, run }: CommandEntry, args: readonly unknown[]): Promise<unknown> {
  if (needsTrust && !workspace.isTrusted) {
    sayUntrusted();
    return undefined;
  }
  try {
    return await run(app, args);
  } catch (error) {
    sayError(app.log, `Cannon: ${title}`, error, remediesOf(error));
    return undefined;
  }
}

/** Buttons for the commands that the hint of an error names. */
function remediesOf(error: unknown): Actions {
  const hint = error instanceof UserError ? error.hint : '';
  const named = Object.entries(commandTable).filter(([, { title }]) => hint.includes(`“Cannon: ${title}”`));
  return Object.fromEntries(named.map(([id, { title }]) => [title, () => commands.executeCommand(id)]));
}
