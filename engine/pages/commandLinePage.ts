/** The generated parts of docs/command-line.md: commands and options as commander has them, exit codes, events, results. */
import type { Argument, Command, Option } from 'commander';
import { exitCodes } from '../jobs/job';
import { eventWords, resultWords } from './eventWords';
import { code, table } from './markdown';

const exitWords: Readonly<Record<keyof typeof exitCodes, string>> = {
  done: 'done',
  failed: 'failed: the message says why',
  badConfig: 'the configuration has errors, each with its place',
  cancelled: 'cancelled; `train`, `cv`, `infer` and `catalog` can be resumed',
  badUsage: 'an option or argument is wrong',
};

/** Options that so many commands have are listed once. */
const sharedBy = 6;

export function commandLineParts(program: Command): Readonly<Record<string, string>> {
  const leaves = leavesOf(program);
  const options = leaves.flatMap(({ command }) => ownOptions(command));
  const slurm = uniqueBy(
    options.filter((option) => option.helpGroupHeading !== undefined),
    ({ flags }) => flags,
  );
  const isShared = (option: Option) =>
    option.helpGroupHeading === undefined && options.filter((other) => isSame(other, option)).length >= sharedBy;
  const shared = uniqueBy(options.filter(isShared), ({ flags }) => flags);
  return {
    commands: table(
      ['Command', 'Does'],
      leaves.map(({ command, path }) => [
        `[${code(usageOf(command, path))}](#${anchorOf(path)})`,
        command.description(),
      ]),
    ),
    options: [
      '### Options of most commands\n',
      optionTable(shared),
      '### Options for Slurm\n',
      'With `--slurm`, and of `runs resume`; what they mean is in [slurm.md](slurm.md).\n',
      optionTable(slurm),
      ...leaves.map(({ command, path }) => section(command, path, isShared)),
    ].join('\n'),
    'exit-codes': table(
      ['Code', 'Meaning'],
      Object.entries(exitCodes).map(([name, number]) => [String(number), exitWords[name as keyof typeof exitCodes]]),
    ),
    events: table(
      ['kind', 'When', 'Fields'],
      Object.entries(eventWords).map(([kind, { when, fields }]) => [code(kind), when, fieldList(fields)]),
    ),
    results: table(
      ['command', 'Fields of `finished`'],
      Object.entries(resultWords).map(([command, fields]) => [code(command), fieldList(fields)]),
    ),
  };
}

function fieldList(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, words]) => (words === '' ? code(name) : `${code(name)} (${words})`))
    .join(', ');
}

interface Leaf {
  readonly command: Command;
  /** "runs list". */
  readonly path: string;
}

/** Commands that do something: those within `analyse` and `runs` instead of these. */
export function leavesOf(program: Command, above = ''): Leaf[] {
  return program.commands.flatMap((command) => {
    const path = `${above}${command.name()}`;
    return command.commands.length > 0 ? leavesOf(command, `${path} `) : [{ command, path }];
  });
}

const ownOptions = ({ options }: Command): Option[] => options.filter(({ hidden }) => !hidden);
const isSame = (a: Option, b: Option) => a.flags === b.flags && a.description === b.description;

function uniqueBy<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [keyOf(item), item])).values()];
}

function section(command: Command, path: string, isShared: (option: Option) => boolean): string {
  const own = ownOptions(command).filter((option) => !isShared(option) && option.helpGroupHeading === undefined);
  const others = ownOptions(command)
    .filter(isShared)
    .map(({ long }) => code(long!));
  if (ownOptions(command).some((option) => option.helpGroupHeading !== undefined))
    others.push('[those for Slurm](#options-for-slurm)');
  const args = command.registeredArguments.filter(({ description }) => description !== '');
  return [
    `### cannon ${path}\n`,
    `${code(`cannon ${usageOf(command, path)}`)}. ${command.description()}\n`,
    ...(args.length > 0 ? [table(['Argument', 'Meaning', 'Default'], args.map(argumentRow))] : []),
    ...(own.length > 0 ? [optionTable(own)] : []),
    ...(others.length > 0 ? [`${own.length > 0 ? 'Also' : 'Options'}: ${others.join(', ')}.\n`] : []),
  ].join('\n');
}

function argumentRow(argument: Argument): string[] {
  const name = argument.required ? `<${argument.name()}>` : `[${argument.name()}]`;
  return [code(name), argument.description, defaultOf(argument.defaultValue, argument.required)];
}

function optionTable(options: readonly Option[]): string {
  return table(
    ['Option', 'Meaning', 'Default'],
    options.map(({ flags, description, defaultValue, mandatory, argChoices }) => {
      const [, words = '', told] = /^(.*?)(?: \(default: (.*)\))?$/.exec(description) ?? [];
      const choices = argChoices === undefined ? '' : `: ${argChoices.map(code).join(', ')}`;
      return [code(flags), `${words}${choices}`, told ?? defaultOf(defaultValue, mandatory)];
    }),
  );
}

function defaultOf(value: unknown, isRequired: boolean): string {
  if (isRequired) return 'must be given';
  if (value === undefined) return '';
  return code(typeof value === 'string' ? value : JSON.stringify(value).replace(/[[\]"]/g, ''));
}

function usageOf(command: Command, path: string): string {
  const args = command.registeredArguments.map((one) => (one.required ? `<${one.name()}>` : `[${one.name()}]`));
  return [path, ...args].join(' ');
}

const anchorOf = (path: string) => `cannon-${path.replaceAll(' ', '-')}`;
