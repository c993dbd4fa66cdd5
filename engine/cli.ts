/** `cannon`: arguments in, exit code out. The commands are in `commandLine.ts`, exit codes in `jobs/job.ts`. */
import { CommanderError } from 'commander';
import { commandLine } from './commandLine';
import { exitCodes } from './jobs/job';

try {
  await commandLine().parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Help and version were asked for; everything else that commander raises is a mistake in the arguments.
  process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.badUsage;
}
