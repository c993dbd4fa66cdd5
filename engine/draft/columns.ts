/**
 * Which columns of a table are labels, their errors, and a signal to noise: by what they are called, by their UCD, and by
 * whether their values can be what the name says. Pure.
 */
import type { Table, TableColumn } from '../reference/table';
import { median } from './spread';

export interface FoundLabel {
  /** The label's name in cannon.yaml. */
  readonly name: string;
  readonly column: string;
  readonly unit: string;
  readonly error: string | null;
  /** Other columns that could be meant. */
  readonly others: readonly string[];
}

interface Role {
  readonly name: string;
  /** What a column is called, best first; a name may go on with the pipeline's. */
  readonly names: readonly RegExp[];
  readonly ucd: RegExp;
  readonly from: number;
  readonly to: number;
}

const ending = '(?:[_-]?([a-z][a-z0-9_]*))?$';
const roles: readonly Role[] = [
  {
    name: 'teff',
    names: [/^t_?eff$/i, new RegExp(`^t_?eff${ending}`, 'i')],
    ucd: /^phys[._]temperature[._]effective/i,
    ...{ from: 1000, to: 100_000 },
  },
  {
    name: 'logg',
    names: [/^log_?g$/i, new RegExp(`^log_?g${ending}`, 'i')],
    ucd: /^phys[._]gravity/i,
    ...{ from: -1, to: 9.5 },
  },
  {
    name: 'fe_h',
    names: [
      /^\[?fe[_/]?h\]?$/i,
      new RegExp(`^fe_?h${ending}`, 'i'),
      /^\[?m[_/]?h\]?$/i,
      new RegExp(`^m_?h${ending}`, 'i'),
      /^(metallicity|met)$/i,
    ],
    ucd: /^phys[._]abund/i,
    ...{ from: -8, to: 4 },
  },
];

/** Errors, limits, flags and counts of a quantity bear its name, too. */
const isAbout =
  /^(e|err|error|sigma|u|flag|n)_|(^|[_-])(e|err|error|sig|sigma|unc|std|flag|flags|num|n|nr|lower|upper|lo|hi|raw|ref|rmse?|cov|prob|chi2?|bibcode|origin|source)\d*$|err$/i;
const furtherNames = /^(?:\[?[a-z]{1,2}[_/](?:fe|h|m)\]?|alpha_?(?:fe|m)|v_?mic(?:ro)?|v_?sini|vmac|v_?broad)$/i;

/** Labels that were found, in the usual order: effective temperature, gravity, iron. */
export function findLabels(table: Table): FoundLabel[] {
  let pipeline = '';
  return roles.flatMap((role) => {
    const rated = [...table.columns.values()]
      .map((column) => ({ column, points: pointsOf(column, role, pipeline) }))
      .filter(({ column, points }) => points > 0 && canBe(column, role))
      .sort((a, b) => b.points - a.points);
    const [best, ...others] = rated;
    if (best === undefined) return [];
    pipeline ||= pipelineOf(best.column.name, role);
    const { name, unit } = best.column;
    return [
      {
        ...{ name: role.name, column: name, unit: unit === '' && role.name === 'teff' ? 'K' : unit },
        ...{ error: errorOf(table, name), others: others.map(({ column }) => column.name) },
      },
    ];
  });
}

/** Further columns that look like labels: abundances and velocities. */
export function furtherLabels(table: Table, taken: readonly FoundLabel[]): string[] {
  const names = taken.flatMap(({ column, others }) => [column, ...others]);
  return [...table.columns.values()]
    .filter(({ name, isNumeric }) => isNumeric && furtherNames.test(name) && !names.includes(name))
    .map(({ name }) => name);
}

function pointsOf({ name, ucd = '' }: TableColumn, role: Role, pipeline: string): number {
  if (isAbout.test(name) || /stat[._]error/i.test(ucd)) return 0;
  const at = role.names.findIndex((pattern) => pattern.test(name));
  const byName = at < 0 ? 0 : 10 - at;
  const byUcd = role.ucd.test(ucd) ? 4 : 0;
  const isOfPipeline = pipeline !== '' && pipelineOf(name, role) === pipeline;
  return byName + byUcd + (isOfPipeline && byName > 0 ? 20 : 0);
}

/** What comes after the name of the quantity: `lasp` of `teff_lasp`. */
function pipelineOf(name: string, { names }: Role): string {
  return (
    names
      .map((pattern) => pattern.exec(name)?.[1])
      .find((found) => found !== undefined)
      ?.toLowerCase() ?? ''
  );
}

function canBe(column: TableColumn, { from, to }: Role): boolean {
  if (!column.isNumeric) return false;
  const values = numbersOf(column);
  const middle = median(values);
  return values.length > 0 && middle >= from && middle <= to;
}

/** The numbers among the first so many values. */
export function numbersOf({ values }: TableColumn, most = 20_000): number[] {
  return values.slice(0, most).filter((value): value is number => typeof value === 'number');
}

function errorOf(table: Table, of: string): string | null {
  const name = of.toLowerCase();
  const custom = [
    `e_${name}`,
    `${name}_err`,
    `err_${name}`,
    `${name}_error`,
    `sigma_${name}`,
    `${name}_unc`,
    `${name}err`,
  ];
  for (const one of custom) {
    const column = [...table.columns.values()].find((other) => other.name.toLowerCase() === one && other.isNumeric);
    if (column !== undefined && numbersOf(column).some((value) => value > 0)) return column.name;
  }
  return null;
}

const snrNames = [
  /^s_?n_?r?_?g$/i,
  /^snr?(_?(med|median|mean|all|tot))?$/i,
  /^s_?n_?r?_?(r|i|ev|rev|c2_iraf|c\d)$/i,
  /^snrev$/i,
];

/** The column of a signal to noise a pixel, in g where there are several; null where there is none. */
export function snrColumn(table: Table): TableColumn | null {
  const columns = [...table.columns.values()].filter((column) => column.isNumeric);
  const named = snrNames.map((pattern) => columns.find(({ name }) => pattern.test(name))).find(Boolean);
  const found = named ?? columns.find(({ ucd = '' }) => /^stat[._]snr/i.test(ucd));
  return found !== undefined && numbersOf(found).some((value) => value > 0) ? found : null;
}

/** The best name of a header card of that kind, of those that are given. */
export function snrCard(cards: readonly string[]): string | null {
  return snrNames.map((pattern) => cards.find((card) => pattern.test(card))).find(Boolean) ?? null;
}
