/** Puts verdicts on stars into `review.yaml` on the disk: read, changed line by line, and written in one go. */
import { join } from 'node:path';
import { UserError } from '../problems';
import { readPlainTextNow } from '../plainFile';
import { mostReviewBytes, reviewName } from '../reference/review';
import { type ReviewChange, verdictsIn, withVerdicts } from '../reference/reviewText';
import { writeAtomically } from '../durable';

/**
 * Nothing runs between reading and writing, so that two panels of one window cannot lose each other's lines.
 * @param folder that of the survey's description
 * @returns the changes that would undo these
 * @throws UserError CAN170 when the file cannot be changed; it is then as it was
 */
export function reviewStars(folder: string, changes: readonly ReviewChange[]): ReviewChange[] {
  const path = join(folder, reviewName);
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
  if (next === text) return before;
  try {
    writeAtomically(path, next);
  } catch (error) {
    throw unwritable(path, 'written', error);
  }
  return before;
}

function unwritable(path: string, done: string, error: unknown): UserError {
  const reason = error instanceof Error ? error.message : String(error);
  return new UserError(`${path} cannot be ${done}: ${reason}`, 'Check its permissions and the disk.', 'CAN170');
}
