/** What one is asked for before an analysis, and what comes of the answers as arguments of the command line. Pure. */
import type { Results } from '../../engine/index';

export type Analysis = Results['analyse']['analysis'];

/** A question that a line of text answers. */
export interface Question {
  readonly name: string;
  readonly prompt: string;
  /** What stands there at first. */
  readonly usual: string;
  readonly isOptional: boolean;
}

interface Choice {
  readonly analysis: Analysis;
  readonly title: string;
  readonly detail: string;
  /** A table beside the catalog that the analysis takes; the names of files that may be it. */
  readonly table: {
    readonly option: string;
    readonly title: string;
    readonly names: RegExp;
    readonly isOptional: boolean;
  } | null;
  readonly questions: readonly Question[];
}

const condition: Question = {
  name: 'where',
  prompt: 'Only stars that fulfil this, such as logg > 3.5 and chi2 < 7000. Empty for all.',
  usual: '',
  isOptional: true,
};

export const choices: readonly Choice[] = [
  {
    analysis: 'pairs',
    title: 'Chemical Distance of Pairs',
    detail: 'Are wide binaries chemically closer than random pairs of the same Δ[Fe/H]?',
    table: { option: '--pairs', title: 'The table of pairs', names: /pair|binar/i, isOptional: false },
    questions: [
      { name: 'max-dteff', prompt: 'Largest difference in Teff, in K, or none.', usual: '250', isOptional: false },
      condition,
    ],
  },
  {
    analysis: 'cluster',
    title: 'Trends of a Cluster',
    detail: 'Slopes of its labels with Teff, and their scatter beyond the errors',
    table: {
      option: '--members',
      title: 'The table of members',
      names: /cluster|member|ngc|m67|praesepe/i,
      isOptional: true,
    },
    questions: [
      { name: 'cluster', prompt: 'Which cluster. Empty where there is only one.', usual: '', isOptional: true },
      condition,
    ],
  },
  {
    analysis: 'repeats',
    title: 'Repeated Observations',
    detail: 'Do observations of the same stars differ by their errors?',
    table: null,
    questions: [condition],
  },
  {
    analysis: 'map',
    title: 'Map',
    detail: 'A label, or a formula of columns, over any two columns',
    table: null,
    questions: [
      { name: 'x', prompt: 'Across: a column, or a formula of columns.', usual: 'teff', isOptional: false },
      { name: 'y', prompt: 'Upwards: a column, or a formula of columns.', usual: 'logg', isOptional: false },
      {
        name: 'value',
        prompt: 'Columns or formulas to map, with commas between; empty for the number of stars.',
        usual: 'fe_h',
        isOptional: true,
      },
      condition,
    ],
  },
];

/**
 * Arguments of `cannon analyse <analysis>`; each option and its value are one argument, which may hold anything. Several values stand
 * behind their option.
 */
export function argumentsFor(
  { catalog, table }: { readonly catalog: string; readonly table: string | null },
  choice: Choice,
  answers: Readonly<Record<string, string>>,
): string[] {
  const given = choice.questions.flatMap(({ name }) => {
    const answer = (answers[name] ?? '').trim();
    if (answer === '') return [];
    return name === 'value' ? [] : [`--${name}=${answer}`];
  });
  const values = (answers['value'] ?? '')
    .split(/,(?![^(]*\))/)
    .map((text) => text.trim())
    .filter((text) => text !== '');
  return [
    ...['--json', `--catalog=${catalog}`],
    ...(table === null || choice.table === null ? [] : [`${choice.table.option}=${table}`]),
    ...given,
    ...(values.length > 0 ? ['--value', ...values] : []),
  ];
}

/** Whether a file may be a table, by its name. */
export function isTable(path: string): boolean {
  return /\.(fits?|csv|tsv|parquet|vot|votable|xml)(\.gz)?$/i.test(path);
}
