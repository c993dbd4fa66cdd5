/** Verdicts that panels give: written to the survey's review.yaml at once, as the person at this machine, today. */
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { Uri, ViewColumn, window, workspace } from 'vscode';
import {
  type ReviewChange,
  type ReviewEntry,
  reviewName,
  reviewStars,
  type StarVerdict,
  UserError,
} from '../../engine/index';

export function entryOf(verdict: StarVerdict, note: string): ReviewEntry {
  return { verdict, note, by: userInfo().username, date: today() };
}

/**
 * Text that somebody is writing must not be overtaken by what is written to the disk.
 * @param config absolute path of the cannon.yaml beside the file
 * @returns the changes that would undo these
 * @throws UserError CAN170 with the place when the file cannot be changed
 */
export function writeVerdicts(config: string, changes: readonly ReviewChange[]): ReviewChange[] {
  const path = join(dirname(config), reviewName);
  const open = workspace.textDocuments.find(({ uri, isDirty }) => isDirty && uri.fsPath === path);
  if (open) throw new UserError('review.yaml is open with changes that are not saved', 'Save it first.', 'CAN170');
  return reviewStars(dirname(config), changes);
}

export async function revealReview(config: string): Promise<void> {
  const document = await workspace.openTextDocument(Uri.file(join(dirname(config), reviewName)));
  await window.showTextDocument(document, { viewColumn: ViewColumn.One });
}

/** Of the clock on the wall: 2026-11-20. */
function today(): string {
  const now = new Date();
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}
