/** The options of the command line for Slurm. What they mean is in docs/slurm.md. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { SlurmOptions } from './slurmOptions';

/** As commander gives them. */
export interface SlurmArguments extends SlurmOptions {
  readonly slurm?: boolean;
  readonly detach?: boolean;
  /** Seconds. */
  readonly poll?: number;
}

const group = 'Slurm:';
const names = ['partition', 'account', 'time', 'mem', 'cpus', 'arrayThrottle', 'setup', 'shards', 'sbatch'] as const;
const usualPollSeconds = 10;

/** Options that shape a submission: of the commands that can submit, and of `runs resume`. */
export function resourceOptions(command: Command, wholeNumber: (least: number) => (text: string) => number): Command {
  const option = (flags: string, description: string, parse?: (text: string) => unknown) => {
    const made = new Option(flags, description).helpGroup(group);
    command.addOption(parse === undefined ? made : made.argParser(parse));
  };
  option('--partition <name>', 'partition (default: the cluster’s, or $SBATCH_PARTITION)');
  option('--account <name>', 'account (default: yours, or $SBATCH_ACCOUNT)');
  option('--time <limit>', 'time of a shard as Slurm writes it, 2:00:00 (default: the partition’s)');
  option('--mem <size>', 'memory of a shard as Slurm writes it, 4G (default: the partition’s)');
  option('--cpus <n>', 'processors and worker threads of a shard (default: 1)', wholeNumber(1));
  option('--array-throttle <n>', 'at most so many shards at a time', wholeNumber(1));
  option('--setup <line>', 'a line of shell that runs before the program, such as `module load gcc`');
  option('--shards <n>', 'shards to divide the work into (default: 16)', wholeNumber(1));
  const collect = (text: string, before: readonly string[] = []) => [...before, text];
  command.addOption(
    new Option('--sbatch <option>', 'a further option of sbatch, such as --sbatch=--qos=long; may be repeated')
      .argParser(collect)
      .helpGroup(group),
  );
  option('--detach', 'submit, and do not wait for the end');
  option('--poll <seconds>', `look at the queue so often (default: ${usualPollSeconds})`, seconds);
  return command;
}

/** Options of a command that can submit itself. */
export function slurmOptions(command: Command, wholeNumber: (least: number) => (text: string) => number): Command {
  command.addOption(new Option('--slurm', 'submit the work to Slurm instead of doing it here').helpGroup(group));
  command.addOption(new Option('--from-queue', 'as the last job of a queue').hideHelp());
  command.hook('preAction', () => {
    const given: Partial<SlurmArguments> = command.opts();
    const idle = [...names, 'detach', 'poll'].find((name) => name in given);
    if (given.slurm !== true && idle !== undefined) command.error(`error: ${flagOf(idle)} is for --slurm only`);
  });
  return resourceOptions(command, wholeNumber);
}

/** What of `given` is for `sbatch`. */
export function askedOf(given: SlurmArguments): SlurmOptions {
  return Object.fromEntries(names.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])));
}

export function pollMsOf({ poll = usualPollSeconds }: SlurmArguments): number {
  return 1000 * poll;
}

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && value < 86_400))
    throw new InvalidArgumentError('It must be a number of seconds above 0.');
  return value;
}
