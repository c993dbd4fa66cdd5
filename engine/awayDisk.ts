/**
 * Network disks are away now and then, for a moment or for minutes: reading fails that would succeed a little later. What only reads
 * tries again; what still fails then says that the disk does not answer, which is something else than a file that is not there.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { UserError } from './problems';

const codes = new Set(['EIO', 'ESTALE', 'ETIMEDOUT', 'EHOSTDOWN', 'EHOSTUNREACH', 'ENOTCONN', 'EREMOTEIO', 'EAGAIN']);
/** Where what fails is looked at again anyway. */
export const briefly: readonly number[] = [20, 100];
/** Where a result would lack it: a bad sector costs six seconds. */
export const patiently: readonly number[] = [50, 200, 1500, 4000];

/** Whether an error of the file system may pass by itself. */
export function isAway(error: unknown): boolean {
  return codes.has((error as NodeJS.ErrnoException | null)?.code ?? '');
}

/** The same for an error that tells of one of the file system. */
export function mayPass(error: unknown): boolean {
  return isAway(error) || (error instanceof Error && isAway(error.cause));
}

/** What `read` gives, tried again after each of these pauses, in milliseconds, while the disk is away. */
export async function tryAgain<T>(read: () => Promise<T>, pausesMs: readonly number[]): Promise<T> {
  for (const ms of pausesMs) {
    try {
      return await read();
    } catch (error) {
      if (!isAway(error)) throw error;
      await pause(ms);
    }
  }
  return read();
}

/** The same for a thread that has nothing else to do. */
export function tryAgainNow<T>(read: () => T, pausesMs: readonly number[]): T {
  for (const ms of pausesMs) {
    try {
      return read();
    } catch (error) {
      if (!isAway(error)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    }
  }
  return read();
}

/** For a place of which nothing can be told. */
export function doesNotAnswer(place: string, error: unknown): UserError {
  const { code } = error as NodeJS.ErrnoException;
  return new UserError(
    `The disk of ${place} does not answer (${code})`,
    'Look whether it is there; then do the same again, or resume the run: what was done is kept.',
    'CAN416',
  );
}
