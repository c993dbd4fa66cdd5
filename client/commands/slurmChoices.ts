/**
 * What one chooses for a submission to Slurm, as rows of a menu and as arguments of the command line. Pure: the menu itself is in
 * `submitToSlurm.ts`.
 */
import type { Command } from '../../engine/index';

/** As in the setting `cannon.slurm`: what is absent or empty is left to the cluster. */
export interface SlurmChoices {
  readonly partition?: string;
  readonly account?: string;
  readonly time?: string;
  readonly mem?: string;
  readonly cpus?: number;
  readonly shards?: number;
  readonly arrayThrottle?: number;
  readonly setup?: string;
  readonly sbatch?: readonly string[];
}

export type ChoiceName = Exclude<keyof SlurmChoices, 'sbatch'>;

interface Row {
  readonly title: string;
  /** What holds when nothing is chosen. */
  readonly otherwise: string;
  readonly prompt: string;
  /** A sentence on what is wrong with a text, or null. */
  readonly problem: (text: string) => string | null;
}

const anything = (): null => null;
const wholeNumber = (text: string): string | null =>
  /^[1-9]\d{0,8}$/.test(text) ? null : 'It must be a whole number from 1 on.';

export const rows: Readonly<Record<ChoiceName, Row>> = {
  partition: { title: 'Partition', otherwise: 'the cluster’s', prompt: 'As `sinfo` lists it.', problem: anything },
  account: { title: 'Account', otherwise: 'yours', prompt: 'Which account pays.', problem: anything },
  time: {
    title: 'Time limit of a shard',
    otherwise: 'the partition’s',
    prompt: 'Hours:minutes:seconds, or days-hours:minutes:seconds.',
    problem: (text) =>
      /^(\d+|(\d+-)?\d+(:\d+){0,2}|UNLIMITED|INFINITE)$/i.test(text) ? null : 'Write it as 2:00:00 or 1-12:00:00.',
  },
  mem: {
    title: 'Memory of a shard',
    otherwise: 'the partition’s',
    prompt: 'Such as 4G, or 4000 for megabytes.',
    problem: (text) => (/^\d+(\.\d+)?[KMGT]?B?$/i.test(text) ? null : 'Write it as 4G or 4000.'),
  },
  cpus: { title: 'Processors of a shard', otherwise: '1', prompt: 'As many worker threads.', problem: wholeNumber },
  shards: { title: 'Shards', otherwise: '16', prompt: 'Parts that are done independently.', problem: wholeNumber },
  arrayThrottle: { title: 'Shards at a time', otherwise: 'all', prompt: 'At most so many run.', problem: wholeNumber },
  setup: {
    title: 'Setup line',
    otherwise: 'none',
    prompt: 'A line of shell that runs before the program, such as `module load gcc`.',
    problem: anything,
  },
};

export const choiceNames = Object.keys(rows) as ChoiceName[];

/** What is kept of a setting or a memory that anybody may have written. */
export function asChoices(value: unknown): SlurmChoices {
  if (typeof value !== 'object' || value === null) return {};
  const given = value as Record<string, unknown>;
  const kept = choiceNames.flatMap((name) => {
    const text = typeof given[name] === 'string' || typeof given[name] === 'number' ? String(given[name]) : '';
    return text.trim() === '' || rows[name].problem(text) !== null ? [] : [[name, text]];
  });
  const { sbatch } = given;
  const more = Array.isArray(sbatch) ? sbatch.filter((one): one is string => typeof one === 'string') : [];
  return { ...(Object.fromEntries(kept) as SlurmChoices), ...(more.length > 0 && { sbatch: more }) };
}

/** `choices` with one of them changed; an empty text takes it back. */
export function withChoice(choices: SlurmChoices, name: ChoiceName, text: string): SlurmChoices {
  const { [name]: before, ...others } = choices;
  return text.trim() === '' ? others : { ...others, [name]: text.trim() };
}

/** Arguments of `cannon <command>`. Each option and its value are one argument, which may hold anything. */
export function argumentsOf(command: Command, choices: SlurmChoices): string[] {
  const flag = (name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const names = choiceNames.filter((name) => choices[name] !== undefined && (command !== 'train' || name !== 'shards'));
  return [
    ...['--slurm', '--detach', '--json'],
    ...names.map((name) => `${flag(name)}=${choices[name]}`),
    ...(choices.sbatch ?? []).map((option) => `--sbatch=${option}`),
  ];
}
