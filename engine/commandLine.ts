/**
 * The commands of `cannon` with their arguments and options. Each starts its job and prints what that says; everything else is
 * in `jobs/`. Events go to standard output with --json, otherwise progress and problems go to standard error and
 * results to standard output. docs/command-line.md is made from what is defined here.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { CatalogArguments } from './jobs/catalogCommand';
import { commands, type CommonOptions, type InferOptions, type SampleOptions } from './jobs/commands';
import { analyseCommands } from './jobs/analyseArguments';
import { listFits } from './jobs/fitsListing';
import { parseBytes } from './jobs/budget';
import type { Shard } from './jobs/events';
import type { InspectArguments } from './jobs/inspectCommand';
import { runsCommands } from './jobs/runsCommands';
import { slurmOptions } from './jobs/slurmArguments';
import { version } from './jobs/version';
import { printerFor } from './printer';
import { usualOddities } from './sample/sample';
import { labelCounts, type LabelChoice } from './sample/sampleConfig';
import { terminalText } from './terminalText';

function wholeNumber(least: number) {
  return (text: string): number => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`It must be a whole number from ${least} on.`);
    return value;
  };
}

function bytes(text: string): number {
  const value = parseBytes(text);
  if (!(value > 0)) throw new InvalidArgumentError('It must be a number of bytes such as 512M or 4G.');
  return value;
}

function shard(text: string): Shard {
  const [, index, count] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (index === undefined || count === undefined || index >= count)
    throw new InvalidArgumentError('It must be <i>/<n> with i from 0 to n − 1.');
  return { index, count };
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError('It must be a number from 0 to 1.');
  return value;
}

function labelChoice(text: string): LabelChoice {
  const { from, to } = labelCounts;
  const value = Number(text);
  if (text === 'paper') return text;
  if (Number.isInteger(value) && value >= from && value <= to) return value;
  throw new InvalidArgumentError(`It must be a whole number from ${from} to ${to}, or \`paper\`.`);
}

/** The program with all its commands; nothing runs before it is asked to parse arguments. */
export function commandLine(): Command {
  const program = new Command('cannon')
    .description('Train, validate and apply The Cannon to stellar spectra.')
    .version(version)
    .exitOverride()
    .configureHelp({ showGlobalOptions: true });
  addBeginning(program);
  addJobs(program);
  addInspect(program);
  analyseCommands(program, {
    listen: (json) => {
      const printer = printerFor(json);
      return (event) => printer.event(event);
    },
    finish,
    wholeNumber,
    positive,
  });
  runsCommands(program, {
    print: (text) => void process.stdout.write(terminalText(text)),
    complain: (text) => void process.stderr.write(terminalText(text)),
    resume: (folder, options) => commands.resume(folder, options, listener(options)),
    setExitCode: (code) => (process.exitCode = code),
    bytes,
    wholeNumber,
  });
  addFits(program);
  return program;
}

function command(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .exitOverride()
    .option('--json', 'print one event a line on standard output')
    .option(
      '--workers <n>',
      'worker threads (default: processors, but at most 4 and as many as fit the memory)',
      wholeNumber(1),
    )
    .option('--memory <size>', 'memory to take, such as 4G (default: half of what is free)', bytes);
}

function surveyCommand(program: Command, name: string, description: string): Command {
  return command(program, name, description)
    .option('--config <file>', 'the survey', 'cannon.yaml')
    .option('--run <folder>', 'run folder (default: .cannon/runs/<time>-<command> beside cannon.yaml)');
}

function divisible(command: Command): Command {
  return slurmOptions(command, wholeNumber)
    .option('--resume', 'go on with the run in --run where it stopped')
    .option('--prepare', 'only make the run folder, for shards to work in')
    .option('--shard <i/n>', 'do this share of the chunks of the run in --run, i from 0 to n − 1', shard);
}

/** What there is before a survey. */
function addBeginning(program: Command): void {
  command(program, 'sample', 'Write a mock survey with known truth.')
    .argument('<folder>', 'a new or empty folder')
    .addOption(
      new Option('--stars <n>', 'spectra in all (default: 480; 2400 with --labels paper)').argParser(wholeNumber(40)),
    )
    .addOption(
      new Option(
        '--labels <n>',
        'labels of the configuration, 3 to 10, or `paper`: giants and dwarfs of Wheeler et al. 2020',
      )
        .argParser(labelChoice)
        .default(labelCounts.from),
    )
    .addOption(new Option('--snr <x>', 'median signal to noise a pixel in the g band').argParser(positive))
    .addOption(new Option('--seed <n>', 'seed of the random numbers').argParser(wholeNumber(0)).default(1))
    .addOption(
      new Option('--oddities <share>', 'share of odd stars and spectra, 0 to 1')
        .argParser(share)
        .default(usualOddities),
    )
    .action((folder: string, options: Omit<SampleOptions, 'folder'>) =>
      finish(commands.sample({ folder, ...options }, listener(options))),
    );

  program
    .command('init')
    .description('Write a first cannon.yaml from the spectra and tables in a folder.')
    .exitOverride()
    .argument('[folder]', 'the folder of the survey', '.')
    .option('--json', 'print one event a line on standard output')
    .action((folder: string, options: CommonOptions) => finish(commands.init(folder, listener(options))));
}

/** What works on a survey. */
function addJobs(program: Command): void {
  surveyCommand(program, 'check', 'Say what is wrong with a survey before anything runs.').action(
    (options: CommonOptions) => finish(commands.check(options, listener(options))),
  );
  surveyCommand(program, 'index', 'List which spectra can be read.').action((options: CommonOptions) =>
    finish(commands.index(options, listener(options))),
  );
  slurmOptions(surveyCommand(program, 'train', 'Train the models of a survey.'), wholeNumber)
    .option('--resume', 'go on with the run in --run where it stopped')
    .action((options: CommonOptions) => finish(commands.train(options, listener(options))));
  divisible(surveyCommand(program, 'cv', 'Cross-validate the models of a survey.')).action((options: CommonOptions) =>
    finish(commands.cv(options, listener(options))),
  );
  divisible(surveyCommand(program, 'infer', 'Infer the labels of every spectrum of a survey.'))
    .option('--model <file>', 'model.fits (default: those of the newest training)')
    .option('--model2 <file>', 'a second model; each star takes the labels of the better fit')
    .option('--out <file>', 'labels, .csv, .fits or .parquet (default: labels.csv in the run folder)')
    .option('--samples <n>', 'so many samples of each star’s posterior, to <out>.samples.fits', wholeNumber(1))
    .option('--cv <files...>', 'cv.fits whose scatter is told beside the errors (default: the newest of this training)')
    .option('--average <file>', 'also one row a star, its observations averaged, .csv, .fits or .parquet')
    .option('--covariance', 'keep the covariances of the labels, for a catalog that has them')
    .action((options: InferOptions) => finish(commands.infer(options, listener(options))));
  surveyCommand(program, 'catalog', 'Make a catalog with flags, one row a star, of the labels that were inferred.')
    .option('--labels <file>', 'the table of `cannon infer` (default: that of its newest run)')
    .option('--out <file>', '.fits, .parquet, .vot or .csv (default: catalog.fits in the run folder)')
    .option('--observations <file>', 'also one row an observation, in any of these formats')
    .option('--covariance', 'with the covariances of the labels')
    .option('--cv <files...>', 'cv.fits of the models (default: the newest of their training)')
    .action((options: CommonOptions & CatalogArguments) => finish(commands.catalog(options, listener(options))));
}

function addInspect(program: Command): void {
  command(program, 'inspect', 'Fit a star and say how well the model describes it.')
    .argument('<star>', 'a spectrum, or a star of the survey: OBSID, designation or file name')
    .option('--config <file>', 'the survey', 'cannon.yaml')
    .option('--model <file>', 'model.fits (default: of the newest training, the one that fits best)')
    .option('--out <file>', 'also the pixels: flux, error, model, residual, as .csv, .fits, .parquet or .vot')
    .action((star: string, options: CommonOptions & Omit<InspectArguments, 'star'>) =>
      finish(commands.inspect({ ...options, star }, listener(options))),
    );
}

function addFits(program: Command): void {
  program
    .command('fits')
    .description('List what a FITS file holds: units, headers, images, columns.')
    .exitOverride()
    .argument('<file>', 'plain, gzipped or packed with compress')
    .option('--json', 'print one array of units as JSON')
    .action(async (file: string, { json }: { json?: boolean }) => {
      const { exitCode, text, problem } = await listFits(file, json === true);
      process.stdout.write(terminalText(text));
      if (problem !== null)
        process.stderr.write(terminalText(`error ${problem.code} ${problem.message}\n    ${problem.hint}\n`));
      process.exitCode = exitCode;
    });
}

function listener({ json }: CommonOptions) {
  return printerFor(json === true);
}

async function finish(exitCode: Promise<number>): Promise<void> {
  process.exitCode = await exitCode;
}
