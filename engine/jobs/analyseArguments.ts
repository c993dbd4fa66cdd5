/** `cannon analyse …`: its arguments. What the analyses do is in `engine/analysis`. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { resolve } from 'node:path';
import { statistics } from '../analysis/binnedMap';
import type { Range } from '../picture/ticks';
import { type AnalysisAsked, type AnalyseJob, runAnalysis } from './analyse';
import type { JobEvent } from './events';

/** What the command line lends. */
export interface Surroundings {
  readonly listen: (json: boolean) => (event: JobEvent) => void;
  readonly finish: (exitCode: Promise<number>) => Promise<void>;
  readonly wholeNumber: (least: number) => (text: string) => number;
  readonly positive: (text: string) => number;
}

interface Common {
  readonly catalog: string;
  readonly out?: string;
  readonly run?: string;
  readonly config: string;
  readonly format: AnalyseJob['format'];
  readonly json?: boolean;
}

type Asked<A extends AnalysisAsked['analysis']> = Omit<Extract<AnalysisAsked, { analysis: A }>, 'analysis'>;

export function analyseCommands(program: Command, surroundings: Surroundings): void {
  const analyse = program
    .command('analyse')
    .description('Analyse a catalog: a picture, a table, the numbers, and a page that shows them.')
    .exitOverride();
  const command = (name: string, description: string) =>
    analyse
      .command(name)
      .description(description)
      .exitOverride()
      .requiredOption('--catalog <file>', 'the catalog: FITS, CSV, Parquet or VOTable')
      .option('--out <folder>', 'where to write (default: the run folder, else <analysis> here)')
      .option('--where <condition>', 'only stars that fulfil it, such as "logg > 3.5 and chi2 < 7000"')
      .addOption(new Option('--format <format>', 'of the table').choices(['csv', 'fits']).default('csv'))
      .option('--run <folder>', 'keep it as a run of the survey')
      .option('--config <file>', 'the survey that the run is of', 'cannon.yaml')
      .option('--json', 'print one event a line on standard output');
  const run = <A extends AnalysisAsked['analysis']>(analysis: A, common: Common, asked: Asked<A>): Promise<void> => {
    const { catalog, format, json = false } = common;
    const folder = common.run === undefined ? null : resolve(common.run);
    const job = {
      ...{ catalog: resolve(catalog), format, out: resolve(common.out ?? folder ?? analysis) },
      asked: { analysis, ...asked } as unknown as AnalysisAsked,
    };
    const place = { run: folder, config: resolve(common.config) };
    return surroundings.finish(runAnalysis(job, place, surroundings.listen(json)));
  };
  addPairs(command, run, surroundings);
  addCluster(command, run, surroundings);
  addRepeats(command, run, surroundings);
  addMap(command, run, surroundings);
}

type NewCommand = (name: string, description: string) => Command;
type Run = <A extends AnalysisAsked['analysis']>(analysis: A, common: Common, asked: Asked<A>) => Promise<void>;

function withSeed(command: Command, { wholeNumber }: Surroundings): Command {
  return command.addOption(new Option('--seed <n>', 'seed of the random numbers').argParser(wholeNumber(0)).default(1));
}

function addPairs(command: NewCommand, run: Run, surroundings: Surroundings): void {
  const { wholeNumber, positive } = surroundings;
  withSeed(command('pairs', 'Chemical distance of pairs against random pairs of the same Δ[Fe/H].'), surroundings)
    .requiredOption('--pairs <file>', 'table with a row a pair')
    .option('--id <column>', 'ids of the catalog')
    .option('--pair-ids <columns...>', 'the two columns of ids in the table of pairs')
    .option('--pair-positions <columns...>', 'join by position instead: right ascension and declination of both stars')
    .option('--radius <arcsec>', 'join by position within this distance', positive)
    .option('--labels <names...>', 'abundances of Eq. 6 (default: every [X/Fe] with errors that most stars have)')
    .option('--iron <column>', 'the metallicity that is matched (default: fe_h, feh, m_h, …)')
    .option('--teff <column>', 'effective temperature', 'teff')
    .option('--max-dteff <kelvin>', 'largest difference in Teff, or `none`', kelvinOrNone, 250)
    .addOption(
      new Option('--scale <what>', 'σ of Eq. 6 (default: cv where the table has it)').choices(['cv', 'errors']),
    )
    .option('--sigma <numbers...>', 'σ of Eq. 6, one a label')
    .option('--candidates <n>', 'random pairs to draw before matching', wholeNumber(100), 200_000)
    .action(
      checked((options: Common & PairsOptions) => {
        const { radius, pairIds, pairPositions, sigma, pairs, ...rest } = options;
        return run('pairs', options, {
          ...asGiven(rest),
          pairs: resolve(pairs),
          ...(radius !== undefined && { radiusArcsec: radius }),
          ...(pairIds !== undefined && { pairIds: exactly(2, pairIds, '--pair-ids') as [string, string] }),
          ...(pairPositions !== undefined && {
            pairPositions: exactly(4, pairPositions, '--pair-positions') as [string, string, string, string],
          }),
          ...(sigma !== undefined && { sigma: sigma.map(positive) }),
        });
      }),
    );
}

type PairsOptions = Omit<Asked<'pairs'>, 'radiusArcsec' | 'sigma' | 'pairIds' | 'pairPositions'> & {
  readonly radius?: number;
  readonly sigma?: readonly string[];
  readonly pairIds?: readonly string[];
  readonly pairPositions?: readonly string[];
};

function addCluster(command: NewCommand, run: Run, surroundings: Surroundings): void {
  const { positive } = surroundings;
  withSeed(
    command('cluster', 'Trends of a cluster’s labels with Teff, and their scatter beyond the errors.'),
    surroundings,
  )
    .option('--members <file>', 'table of members; without it a column of the catalog tells')
    .option('--cluster <name>', 'which, where there are several')
    .option('--column <column>', 'the clusters’ names, of the members’ table or of the catalog (default: cluster)')
    .option('--id <column>', 'ids of the catalog')
    .option('--member-id <column>', 'ids of the members’ table (default: as in the catalog)')
    .option('--radius <arcsec>', 'join by position within this distance', positive)
    .option('--probability <column>', 'probability of membership')
    .option('--min-probability <p>', 'members have at least this', probability, 0.7)
    .option('--labels <names...>', 'labels (default: every abundance with errors)')
    .option('--x <column>', 'against what', 'teff')
    .option('--clip <sigma>', 'leave out stars further off than this; 0 for none', notNegative, 4)
    .action(
      checked((options: Common & Omit<Asked<'cluster'>, 'radiusArcsec'> & { readonly radius?: number }) => {
        const { radius, members, ...rest } = options;
        return run('cluster', options, {
          ...asGiven(rest),
          ...(members !== undefined && { members: resolve(members) }),
          ...(radius !== undefined && { radiusArcsec: radius }),
        });
      }),
    );
}

function addRepeats(command: NewCommand, run: Run, surroundings: Surroundings): void {
  const { wholeNumber, positive } = surroundings;
  withSeed(command('repeats', 'Differences between observations of the same stars against their errors.'), surroundings)
    .option('--id <column>', 'the same for all observations of a star (default: source_id, star_id, designation)')
    .option('--radius <arcsec>', 'observations this near are of one star', positive)
    .option('--labels <names...>', 'labels (default: every parameter and abundance with errors)')
    .option('--snr <column>', 'signal to noise (default: snr, snrz, snrg, …)')
    .option('--bins <n>', 'parts by S/N', wholeNumber(1), 5)
    .action(
      checked((options: Common & Omit<Asked<'repeats'>, 'radiusArcsec'> & { readonly radius?: number }) => {
        const { radius, ...rest } = options;
        return run('repeats', options, { ...asGiven(rest), ...(radius !== undefined && { radiusArcsec: radius }) });
      }),
    );
}

interface MapOptions {
  readonly x: string;
  readonly y: string;
  readonly value?: readonly string[];
  readonly statistic: Asked<'map'>['statistic'];
  readonly bins: readonly string[];
  readonly xRange?: readonly string[];
  readonly yRange?: readonly string[];
  readonly colourRange?: readonly string[];
  readonly minCount: number;
  readonly where?: string;
  readonly equal?: boolean;
}

function addMap(command: NewCommand, run: Run, { wholeNumber }: Surroundings): void {
  command('map', 'A label, or a formula of columns, over two columns, in bins.')
    .requiredOption('--x <expression>', 'a column or a formula')
    .requiredOption('--y <expression>', 'a column or a formula')
    .option('--value <expressions...>', 'what to map, a panel each (default: how many stars there are)')
    .addOption(new Option('--statistic <what>', 'of the values in a bin').choices([...statistics]).default('mean'))
    .option('--bins <n...>', 'bins along x, and along y where they are others', ['50'])
    .option('--x-range <from-to...>', 'from and to')
    .option('--y-range <from-to...>', 'from and to')
    .option('--colour-range <from-to...>', 'values at the ends of the colours')
    .option('--min-count <n>', 'show bins with at least so many stars', wholeNumber(1), 5)
    .option('--equal', 'a unit of y is as long as one of x')
    .action(
      checked((options: Common & MapOptions) => {
        const { x, y, value = [], statistic, bins, minCount, where, xRange, yRange, colourRange, equal } = options;
        const counts = bins.map(wholeNumber(1));
        if (counts.length > 2) throw new InvalidArgumentError('--bins takes one number, or two.');
        return run('map', options, {
          ...{ x, y, values: value, statistic, bins: [counts[0]!, counts[1] ?? counts[0]!], minCount },
          isEqual: equal === true,
          ...(where !== undefined && { where }),
          ...(xRange !== undefined && { xRange: range(xRange, '--x-range') }),
          ...(yRange !== undefined && { yRange: range(yRange, '--y-range') }),
          ...(colourRange !== undefined && { colourRange: range(colourRange, '--colour-range') }),
        });
      }),
    );
}

/** An action whose mistakes in arguments are told as those that commander finds itself. */
function checked<T>(act: (options: T) => Promise<void>): (options: T, command: Command) => Promise<void> {
  return (options, command) => {
    try {
      return act(options);
    } catch (error) {
      if (error instanceof InvalidArgumentError) command.error(`error: ${error.message}`);
      throw error;
    }
  };
}

/** What the analysis itself is asked; the options of every analysis do not belong to it. */
function asGiven<T extends Partial<Common>>(options: T): Omit<T, keyof Common> {
  const { catalog: _catalog, out: _out, run: _run, config: _config, format: _format, json: _json, ...asked } = options;
  return asked;
}

function exactly(n: number, names: readonly string[], option: string): readonly string[] {
  if (names.length === n) return names;
  throw new InvalidArgumentError(`${option} takes ${n} columns, not ${names.length}.`);
}

function range(ends: readonly string[], option: string): Range {
  const [from, to] = ends.map(Number);
  if (ends.length === 2 && Number.isFinite(from) && Number.isFinite(to) && from! < to!) return { from: from!, to: to! };
  throw new InvalidArgumentError(`${option} takes two numbers, the smaller first.`);
}

function kelvinOrNone(text: string): number {
  if (text === 'none') return Infinity;
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('It must be a number above 0, or none.');
  return value;
}

function probability(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1)) throw new InvalidArgumentError('It must be from 0 to 1.');
  return value;
}

function notNegative(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0)) throw new InvalidArgumentError('It must be a number from 0 on.');
  return value;
}
