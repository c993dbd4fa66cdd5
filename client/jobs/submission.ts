/** Handing a run to Slurm: the command line does it and ends; after that the run is one like any other, known by its folder. */
import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { UserError, type JobEvent } from '../../engine/index';
import type { JobCommand } from './process';

export type Submitted = Extract<JobEvent, { kind: 'submitted' }>;

/** @throws UserError with the sentence of the command line when the run was not submitted. */
export async function submitRun(cli: string, { command, config, runFolder, args }: JobCommand): Promise<Submitted> {
  const words = [cli, command, '--config', config, '--run', runFolder, ...args];
  const { out, err } = await new Promise<{ out: string; err: string }>((resolve) => {
    // On the desktop the extension host is Electron, which runs as Node when told so.
    const options = { cwd: dirname(config), env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' }, windowsHide: true };
    execFile(process.execPath, words, options, (_error, out, err) => resolve({ out, err }));
  });
  const events = out.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as JobEvent] : []));
  const submitted = events.find((event) => event.kind === 'submitted');
  if (submitted !== undefined) return submitted;
  const failed = events.find((event) => event.kind === 'failed');
  if (failed !== undefined) throw new UserError(failed.message, failed.hint, failed.code);
  throw new UserError(err.trim() || 'The run was not submitted', 'See the log of the run.', 'CAN414');
}
