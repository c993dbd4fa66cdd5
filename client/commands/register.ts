/** Registers the table of commands; here, once for all, errors become messages and trust is asked for. */
import { commands, Disposable, workspace } from 'vscode';
import type { App } from '../app';
import { sayError, sayUntrusted } from '../messages';
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
    sayError(app.log, `Cannon: ${title}`, error);
    return undefined;
  }
}
