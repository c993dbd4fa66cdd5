/** Puts verdicts on stars into `review.yaml` on the disk: read, changed line by line, and written in one go. */
import { join } from 'node:path';
import { UserError } from '../problems';
import { readPlainTextNow } from '../plainFile';
import { mostReviewBytes, reviewName } from '../reference/review';
import { type ReviewChange, verdictsIn, withVerdicts } from '../reference/reviewText';
import { writeAtomically } from '../durable';
import { inTurn } from './fileTurns';

/**
 * Nobody else writes between reading and writing, so that neither two panels of a window nor two windows lose each other's lines.
 * @param folder that of the survey's description
 * @returns the changes that would undo these
 * @throws UserError CAN170 when the file cannot be changed; it is then as it was
 */
export function reviewStars(folder: string, changes: readonly ReviewChange[]): ReviewChange[] {
  const path = join(folder, reviewName);
  try {
    return inTurn(path, () => changed(path, changes));
  } catch (error) {
    throw error instanceof UserError ? error : unwritable(path, 'written', error);
  }
}

function changed(path: string, changes: readonly ReviewChange[]): ReviewChange[] {
  let text = '';
  try {
    text = readPlainTextNow(path, mostReviewBytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw unwritable(path, 'read', error);
  }
  const before = verdictsIn(
    text,
    changes.map(({ star }) => star),
    path,
  );
  const next = withVerdicts(text, changes, path);
  if (next !== text) writeAtomically(path, next);
  return before;
}

const reasons: Readonly<Record<string, string>> = {
  ...{ ENOSPC: 'the disk is full', EDQUOT: 'the disk takes no more from you', EROFS: 'the disk is read-only' },
  ...{ EACCES: 'permission is denied', EPERM: 'permission is denied', EISDIR: 'it is a folder' },
};

function unwritable(path: string, done: string, error: unknown): UserError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const reason = reasons[code] ?? message;
  return new UserError(`${path} cannot be ${done}: ${reason}`, 'Check its permissions and the disk.', 'CAN170');
}
