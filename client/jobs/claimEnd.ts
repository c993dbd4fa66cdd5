/** Which of several windows that see the end of a run tells of it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { RunStatus } from '../../engine/index';

/** The window that started a run is first to tell of its end. */
const courtesyMs = 1500;
/** The end of a short run of a terminal is seen there. */
const shortMs = 20_000;

/**
 * Whether it is on this window to tell of the end: whoever makes the file tells. One who may not write into the folder does not,
 * for it is somebody else's run.
 * @param isOwn whether this window started the run
 */
export async function claimEnd(
  { folder, job, began, ended }: Pick<RunStatus, 'folder' | 'job' | 'began' | 'ended'>,
  isOwn: boolean,
  waitMs = courtesyMs,
): Promise<boolean> {
  // Where its clock was set back meanwhile, nobody knows how long it took.
  const tookMs = Date.parse(ended ?? '') - Date.parse(began ?? '');
  if (!isOwn && tookMs >= 0 && tookMs < shortMs) return false;
  if (!isOwn) await pause(waitMs);
  const file = join(folder, `announced-${job.started.replaceAll(/\W/g, '')}`);
  return writeFile(file, '', { flag: 'wx' }).then(
    () => true,
    () => false,
  );
}
