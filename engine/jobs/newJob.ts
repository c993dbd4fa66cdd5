/**
 * The record of a job that is to begin: its input files hashed, and its key, the hash of all that its results depend on, which is not
 * where they are written.
 */
import { sha256, sha256OfFile } from './recipe';
import type { JobRecord, NewJob } from './jobRecord';
import { versions } from './versions';

export interface JobAsked extends Pick<JobRecord, 'command' | 'config' | 'resolved' | 'options' | 'seed'> {
  /** SHA-256 of what has been read already, by absolute path. */
  readonly known?: Readonly<Record<string, string>>;
  /** Absolute paths of what is to be hashed. One that cannot be read is for the job itself to complain of. */
  readonly files: readonly string[];
}

/** What a new run of this job would be. */
export async function newJob({ known = {}, files, ...asked }: JobAsked): Promise<NewJob> {
  const inputs: Record<string, string> = { ...known };
  for (const file of files) inputs[file] = await sha256OfFile(file).catch(() => 'unreadable');
  const { command, resolved } = asked;
  const { out, ...options } = asked.options;
  const content = { command, options, resolved, inputs, versions };
  // JSON has no infinity, and would make it null.
  const key = sha256(JSON.stringify(content, (_, value: unknown) => (value === Infinity ? 'Infinity' : value)));
  return { ...asked, versions, inputs, key };
}
