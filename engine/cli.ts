/**
 * `cannon`: the command line. It reads arguments, starts the job, and prints what the job says; everything else is
 * in `jobs/`. Events go to standard output with --json, otherwise progress and problems go to standard error and
 * results to standard output. Exit codes are those of `jobs/job.ts`.
 */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { commands, type CommonOptions, type InferOptions } from './jobs/commands';
import { listFits } from './jobs/fitsListing';
import { exitCodes } from './jobs/job';
import { defaultWorkers } from './jobs/pool';
import { version } from './jobs/version';
import { printerFor } from './printer';

function wholeNumber(least: number) {
  return (text: string): number => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`It must be a whole number from ${least} on.`);
    return value;
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

const program = new Command('cannon')
  .description('Train, validate and apply The Cannon to stellar spectra.')
  .version(version)
  .exitOverride()
  .configureHelp({ showGlobalOptions: true });

function command(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .exitOverride()
    .option('--json', 'print one event a line on standard output')
    .addOption(new Option('--workers <n>', 'worker threads').argParser(wholeNumber(1)).default(defaultWorkers()));
}

function surveyCommand(name: string, description: string): Command {
  return command(name, description)
    .option('--config <file>', 'the survey', 'cannon.yaml')
    .option('--run <folder>', 'run folder (default: .cannon/runs/<time>-<command> beside the config)');
}

command('sample', 'Write a mock survey with known truth.')
  .argument('<folder>', 'a new or empty folder')
  .addOption(new Option('--stars <n>', 'stars in all').argParser(wholeNumber(40)).default(480))
  .addOption(new Option('--snr <x>', 'median signal to noise a pixel in the g band').argParser(positive))
  .addOption(new Option('--seed <n>', 'seed of the random numbers').argParser(wholeNumber(0)).default(1))
  .action((folder: string, options: CommonOptions & { stars: number; seed: number; snr?: number }) =>
    finish(commands.sample({ folder, ...options }, listener(options))),
  );

surveyCommand('check', 'Say what is wrong with a survey before anything runs.').action((options: CommonOptions) =>
  finish(commands.check(options, listener(options))),
);
surveyCommand('index', 'List which spectra can be read.').action((options: CommonOptions) =>
  finish(commands.index(options, listener(options))),
);
surveyCommand('train', 'Train the models of a survey.').action((options: CommonOptions) =>
  finish(commands.train(options, listener(options))),
);
surveyCommand('cv', 'Cross-validate the models of a survey.').action((options: CommonOptions) =>
  finish(commands.cv(options, listener(options))),
);
surveyCommand('infer', 'Infer the labels of every spectrum of a survey.')
  .option('--model <file>', 'model.fits (default: those of the newest training)')
  .option('--model2 <file>', 'a second model; each star takes the labels of the better fit')
  .option('--out <file>', 'labels, .csv or .fits (default: labels.csv in the run folder)')
  .option('--samples <n>', 'so many samples of each star’s posterior, to <out>.samples.fits', wholeNumber(1))
  .action((options: InferOptions) => finish(commands.infer(options, listener(options))));

program
  .command('fits')
  .description('List what a FITS file holds: units, headers, images, columns.')
  .exitOverride()
  .argument('<file>', 'plain, gzipped or packed with compress')
  .option('--json', 'print one array of units as JSON')
  .action(async (file: string, { json }: { json?: boolean }) => {
    const { exitCode, text, problem } = await listFits(file, json === true);
    process.stdout.write(text);
    if (problem !== null) process.stderr.write(`error ${problem.code} ${problem.message}\n    ${problem.hint}\n`);
    process.exitCode = exitCode;
  });

function listener({ json }: CommonOptions) {
  return printerFor(json === true);
}

async function finish(exitCode: Promise<number>): Promise<void> {
  process.exitCode = await exitCode;
}

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Help and version were asked for; everything else that commander raises is a mistake in the arguments.
  process.exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.badUsage;
}
