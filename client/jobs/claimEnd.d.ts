import type { RunStatus } from '../../engine/index';
/**
 * Whether it is on this window to tell of the end: whoever makes the file tells. One who may not write into the folder does not,
 * for it is somebody else's run.
 * @param isOwn whether this window started the run
 */
export declare function claimEnd({ folder, job, began, ended }: Pick<RunStatus, 'folder' | 'job' | 'began' | 'ended'>, isOwn: boolean, waitMs?: number): Promise<boolean>;
