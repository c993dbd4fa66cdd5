/**
 * Cannon: New cannon.yaml. Has `cannon init` look at a folder's spectra and tables and write a first description, and opens it with
 * what was guessed. The folder is the one of the menu, else the workspace's, else one that is asked for. Overwrites nothing.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CancellationError, Uri, window, workspace } from 'vscode';
import { UserError } from '../../engine/index';
import type { App } from '../app';
import { runPlain } from '../jobs/plainJob';
import { outcomeText } from '../jobs/wording';
import { say } from '../messages';
import { openConfig } from './openConfig';

/** @returns the path of cannon.yaml, or undefined when it was not written. */
export async function newConfig({ jobs }: App, args: readonly unknown[]): Promise<string | undefined> {
  const folder = folderOf(args[0]) ?? (await chooseFolder());
  const taken = ['cannon.yaml', 'cannon.yml'].map((name) => join(folder, name)).find((path) => existsSync(path));
  if (taken !== undefined) {
    say('warning', `${taken} is there already and is left as it is.`, { 'Open It': () => openConfig(taken) });
    return undefined;
  }
  const outcome = await runPlain(jobs.cli, { title: 'Cannon: New cannon.yaml', args: ['init', folder], folder });
  const text = outcomeText('init', outcome);
  if (outcome.kind === 'cancelled') return undefined;
  if (outcome.kind !== 'finished' || outcome.event.command !== 'init') throw new UserError(text, '');
  const { config, notes } = outcome.event;
  await openConfig(config);
  say(notes.length === 0 ? 'information' : 'warning', text);
  return config;
}

function folderOf(argument: unknown): string | null {
  if (typeof argument === 'string' && argument !== '') return argument;
  return argument instanceof Uri && argument.scheme === 'file' ? argument.fsPath : null;
}

async function chooseFolder(): Promise<string> {
  const folders = (workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  if (folders.length === 1) return folders[0]!.uri.fsPath;
  const chosen =
    folders.length > 1
      ? (await window.showWorkspaceFolderPick({ placeHolder: 'Which folder holds the spectra?' }))?.uri
      : (await window.showOpenDialog({ canSelectFiles: false, canSelectFolders: true, openLabel: 'Look at This Folder' }))?.[0]; // prettier-ignore
  if (chosen === undefined) throw new CancellationError();
  return chosen.fsPath;
}
