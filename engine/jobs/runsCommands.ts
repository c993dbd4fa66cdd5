/** `cannon runs …`: its arguments, and its answers as text or JSON. What they do is in `manageRuns.ts` and `compareRuns.ts`. */
import { Option, type Command } from 'commander';
import { UserError } from '../problems';
import { exitCodes } from './job';
import { compareRuns } from './compareRuns';
import { comparisonText } from './comparisonText';
import { cancelRun, listRuns, pruneRuns, runAt } from './manageRuns';
import { runStates, type RunState, type RunStatus } from './readRun';
import { detailText, listText, prunedText } from './runsText';
import { resourceOptions, type SlurmArguments } from './slurmArguments';
import { settleRun } from './slurmFollow';

/** What the command line lends: the ways out, and how arguments are read. */
export interface Surroundings {
  readonly print: (text: string) => void;
  readonly complain: (text: string) => void;
  readonly resume: (folder: string, options: ResumeArguments) => Promise<number>;
  readonly setExitCode: (code: number) => void;
  readonly bytes: (text: string) => number;
  readonly wholeNumber: (least: number) => (text: string) => number;
}

interface ResumeArguments extends SlurmArguments {
  readonly json?: boolean;
  readonly workers?: number;
  readonly memory?: number;
}

interface Common {
  readonly config: string;
  readonly json?: boolean;
}

export function runsCommands(program: Command, surroundings: Surroundings): void {
  const runs = program
    .command('runs')
    .description('List, show, cancel, resume, compare and remove runs.')
    .exitOverride();
  const command = (name: string, description: string) =>
    runs
      .command(name)
      .description(description)
      .exitOverride()
      .option('--config <file>', 'the survey whose runs are meant', 'cannon.yaml')
      .option('--json', 'print the answer as one JSON value');
  const answer = <T>(json: boolean | undefined, value: () => Promise<T>, text: (value: T) => string) =>
    answered(surroundings, json === true, value, text);

  command('list', 'The runs of a survey, newest first.')
    .addOption(new Option('--state <state>', 'only those in this state').choices(runStates))
    .action(({ config, json, state }: Common & { state?: RunState }) =>
      answer(json, () => settledRuns(config, state), listText),
    );
  command('show <run>', 'All that is known of a run.').action((run: string, { config, json }: Common) =>
    answer(json, async () => settleRun(await runAt(config, run)), detailText),
  );
  command('cancel <run>', 'Ask a run to stop; it can be resumed.').action((run: string, { config, json }: Common) =>
    answer(
      json,
      () => cancelRun(config, run),
      ({ folder }) => `Asked ${folder} to stop\n`,
    ),
  );
  addResume(command, surroundings);
  addCompare(command, answer, surroundings);
  addPrune(command, answer, surroundings);
}

function addResume(command: NewCommand, { resume, setExitCode, bytes, wholeNumber }: Surroundings): void {
  const resuming = command('resume <run>', 'Go on with a run that was interrupted, cancelled or failed.')
    .option('--workers <n>', 'worker threads', wholeNumber(1))
    .option('--memory <size>', 'memory to take, such as 4G', bytes)
    .option('--slurm', 'submit what is missing to Slurm (default for runs that Slurm had)')
    .option('--no-slurm', 'go on, or merge shards, on this machine');
  resourceOptions(resuming, wholeNumber).action(async (run: string, options: Common & ResumeArguments) => {
    const { config, ...rest } = options;
    const found = await runAt(config, run).catch(() => ({ folder: run }));
    setExitCode(await resume(found.folder, rest));
  });
}

/** The runs as a queue that has some of them knows them. */
async function settledRuns(config: string, state: RunState | undefined): Promise<RunStatus[]> {
  const runs: RunStatus[] = [];
  for (const run of await listRuns(config)) runs.push(await settleRun(run).catch(() => run));
  return runs.filter((run) => state === undefined || run.state === state);
}

type Answer = <T>(json: boolean | undefined, value: () => Promise<T>, text: (value: T) => string) => Promise<void>;
type NewCommand = (name: string, description: string) => Command;

function addCompare(command: NewCommand, answer: Answer, { wholeNumber }: Surroundings): void {
  command('compare <a> <b>', 'What differs between two runs: config, inputs, results down to the star.')
    .option('--sigma <x>', 'a label has moved when by more than this many of its errors', Number, 1)
    .option('--most <n>', 'list at most so many stars', wholeNumber(0), 20)
    .action((a: string, b: string, { config, json, sigma, most }: Common & { sigma: number; most: number }) =>
      answer(
        json,
        async () => compareRuns((await runAt(config, a)).folder, (await runAt(config, b)).folder, { sigma, most }),
        comparisonText,
      ),
    );
}

function addPrune(command: NewCommand, answer: Answer, { wholeNumber }: Surroundings): void {
  command('prune', 'Remove runs, never one that is running or queued. Without a condition nothing is removed.')
    .option('--older-than <days>', 'only those that ended so many days ago', Number)
    .option('--keep <n>', 'spare the newest so many of each command', wholeNumber(0))
    .option('--state <states...>', 'only those in these states')
    .option('--dry-run', 'only say what would be removed')
    .action(
      ({
        config,
        json,
        ...choice
      }: Common & { olderThan?: number; keep?: number; state?: string[]; dryRun?: boolean }) =>
        answer(json, () => pruneRuns(config, choice), prunedText),
    );
}

async function answered<T>(
  { print, complain, setExitCode }: Surroundings,
  json: boolean,
  value: () => Promise<T>,
  text: (value: T) => string,
): Promise<void> {
  try {
    const found = await value();
    print(json ? `${JSON.stringify(found)}\n` : text(found));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { code, message, hint } = error;
    if (json) print(`${JSON.stringify({ error: message, code, hint })}\n`);
    else complain(`error ${code} ${message}\n    ${hint}\n`);
    setExitCode(code === 'CAN410' && /--/.test(message) ? exitCodes.badUsage : exitCodes.failed);
  }
}
