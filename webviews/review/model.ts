/** What the bench shows, worked out apart from the page: selection, columns, cells, and what is remembered. Pure. */
import type {
  CatalogColumnInfo,
  CatalogFlag,
  CellValue,
  ReviewEntry,
  SelectedRows,
  Selection,
} from '../../engine/index';
import { noNumber, roundTo, roundToError } from '../../engine/browser';
import { labelText, type LabelText } from '../words';
import type { Bench, Deed, ReviewViewState } from './protocol';

/** Bits from here on repeat what review.yaml says. */
const firstVerdictBit = 16;
const mostDeeds = 200;

/** The kinds of flags that ask somebody to look. */
export const benchFlags = ({ flags }: Bench): CatalogFlag[] => flags.filter(({ bit }) => bit < firstVerdictBit);

/** The remembered state, or what of it makes sense. */
export function restoreState(remembered: unknown): ReviewViewState {
  const state = (typeof remembered === 'object' && remembered !== null ? remembered : {}) as Partial<
    Record<keyof ReviewViewState, unknown>
  >;
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  const deeds = (value: unknown): Deed[] => (Array.isArray(value) ? value.filter(isDeed).slice(-mostDeeds) : []);
  return {
    where: text(state.where) ?? '',
    flags: Array.isArray(state.flags) ? state.flags.filter((flag) => typeof flag === 'string') : [],
    showsUnflagged: state.showsUnflagged === true,
    hidesReviewed: state.hidesReviewed === true,
    sort: text(state.sort),
    descending: state.descending !== false,
    star: text(state.star),
    top: typeof state.top === 'number' && state.top >= 0 ? state.top : 0,
    advances: state.advances !== false,
    follows: state.follows !== false,
    done: deeds(state.done),
    undone: deeds(state.undone),
  };
}

function isDeed(value: unknown): value is Deed {
  const deed = (value ?? {}) as Partial<Deed>;
  return typeof deed.row === 'number' && Array.isArray(deed.changes);
}

/** The bits of the named flags; of all that ask for a look where none is chosen; 0 for all stars. */
export function maskOf(bench: Bench, { flags, showsUnflagged }: ReviewViewState): number {
  const known = benchFlags(bench);
  const chosen = known.filter(({ name }) => flags.includes(name));
  if (chosen.length === 0 && showsUnflagged) return 0;
  return (chosen.length > 0 ? chosen : known).reduce((mask, { bit }) => mask | (1 << bit), 0);
}

export function selectionOf(bench: Bench, state: ReviewViewState): Selection {
  const known = bench.columns.some(({ name }) => name === state.sort);
  return {
    where: state.where,
    flags: maskOf(bench, state),
    search: '',
    reviewed: state.hidesReviewed ? 'no' : 'all',
    sort: known ? state.sort : bench.surprise,
    descending: state.descending,
  };
}

/** A label is a number with an error, as the catalog calls both; of the other numbers only the velocity has one. */
export function labelsOf({ columns }: Pick<Bench, 'columns'>): CatalogColumnInfo[] {
  const names = new Set(columns.map(({ name }) => name));
  return columns.filter(({ name, kind }) => kind === 'number' && names.has(`e_${name}`) && name !== 'rv_residual');
}

export type CellKind = 'star' | 'flags' | 'label' | 'number' | 'integer' | 'text' | 'verdict';

export interface ShownColumn {
  readonly key: string;
  readonly kind: CellKind;
  readonly head: LabelText;
  readonly title: string;
  /** Column of the catalog that orders by it; null where none does. */
  readonly sort: string | null;
  /** As in CSS: a width, or a share of what is left. */
  readonly width: string;
}

/** Names whose columns say who a star is, the one that people use first. */
const idNames = ['designation', 'obsid', 'source_id', 'spectrum'];
const mainLabels = [/^t_?eff$/i, /^log_?g$/i, /^(fe_?h|m_?h)$/i];

/** The labels of the table: Teff, log g and [Fe/H], or the first three. */
function shownLabels(bench: Bench): CatalogColumnInfo[] {
  const labels = labelsOf(bench);
  const main = mainLabels.flatMap((like) => labels.find(({ name }) => like.test(name)) ?? []);
  return main.length > 0 ? main : labels.slice(0, 3);
}

const plain = (text: string): LabelText => ({ text, subscript: '' });

/** What is always there takes this much, with the gaps between columns and the scroll bar. */
const leastPx = { wide: 535, narrow: 455 };
const narrowPx = 600;
const gapPx = 10;

/** The columns of the table in a panel this wide; the one that orders is always there, the others as far as there is room. */
export function columnsOf(bench: Bench, sort: string | null, widthPx: number): ShownColumn[] {
  const has = (name: string): boolean => bench.columns.some((column) => column.name === name);
  const number = (key: string, head: string, title: string, px: number): ShownColumn[] =>
    has(key) ? [{ key, kind: 'number', head: plain(head), title, sort: key, width: `${px}px` }] : [];
  const isNarrow = widthPx < narrowPx;
  const first: ShownColumn[] = [
    {
      ...{ key: 'star', kind: 'star', head: plain('star'), title: 'Star' },
      sort: idNames.find(has) ?? null,
      width: isNarrow ? 'minmax(96px, 1.4fr)' : 'minmax(176px, 0.6fr)',
    },
    ...(bench.surprise === null
      ? []
      : number(bench.surprise, 'surprise', 'How surprising the star is, by all that was flagged', 72)),
    {
      ...{ key: 'flags', kind: 'flags', head: plain('flags'), title: 'What was flagged' },
      ...{ sort: has('flags') ? 'flags' : null, width: 'minmax(120px, 3fr)' },
    },
  ];
  const labels = shownLabels(bench).map(labelColumn);
  const snr = number(has('snr') ? 'snr' : 'snrz', 'S/N', 'Signal to noise', 56);
  const chi2 = has('n_pixels') ? number('chi2', 'χ²/n', 'χ² a pixel', 60) : [];
  const inOrder = [...labels, ...snr, ...chi2];
  const sorting = bench.columns.find(({ name }) => name === sort);
  const isKnown = [...first, ...inOrder].some((column) => column.sort === sort);
  const extra = sorting && !isKnown ? extraColumn(bench, sorting) : [];
  const wanted = inOrder.filter((column) => column.sort === sort);
  let roomPx = widthPx - (isNarrow ? leastPx.narrow : leastPx.wide);
  for (const column of [...extra, ...wanted]) roomPx -= parseInt(column.width) + gapPx;
  for (const column of [labels[0], ...snr, labels[1], ...chi2, labels[2]]) {
    if (column === undefined || wanted.includes(column)) continue;
    roomPx -= parseInt(column.width) + gapPx;
    if (roomPx < 0) break;
    wanted.push(column);
  }
  const verdict = { key: 'verdict', kind: 'verdict', head: plain('verdict'), title: 'From review.yaml' } as const;
  return [
    ...first,
    ...inOrder.filter((column) => wanted.includes(column)),
    ...extra,
    { ...verdict, sort: has('verdict') ? 'verdict' : null, width: 'minmax(92px, 1fr)' },
  ];
}

function labelColumn({ name, unit }: CatalogColumnInfo): ShownColumn {
  return {
    ...{ key: name, kind: 'label', head: labelText(name), sort: name, width: '106px' },
    title: unit === '' ? name : `${name} in ${unit}`,
  };
}

function extraColumn(bench: Bench, column: CatalogColumnInfo): ShownColumn[] {
  const { name, kind, unit } = column;
  if (name === 'verdict') return [];
  if (labelsOf(bench).includes(column)) return [labelColumn(column)];
  const head = { key: name, head: plain(name), title: unit === '' ? name : `${name} in ${unit}`, sort: name };
  return [
    kind === 'number' || kind === 'integer'
      ? { ...head, kind, width: '84px' }
      : { ...head, kind: 'text', width: '110px' },
  ];
}

/** Columns of the catalog that the table and the head of the star's page are made of. */
export function wantedColumns(bench: Bench, sort: string | null): string[] {
  const labels = shownLabels(bench).map(({ name }) => name);
  const sorting = sort === null || sort.startsWith('e_') ? [] : [sort, `e_${sort}`];
  const wanted = [
    ...idNames,
    ...(bench.surprise === null ? [] : [bench.surprise]),
    ...['flags', 'extrapolating', 'high_windows', 'large_errors', 'snr', 'snrz', 'chi2', 'n_pixels'],
    ...labels.flatMap((name) => [name, `e_${name}`]),
    ...sorting,
    ...(sort === null ? [] : [sort]),
  ];
  const has = new Set(bench.columns.map(({ name }) => name));
  return [...new Set(wanted)].filter((name) => has.has(name));
}

export interface QueueRow {
  readonly row: number;
  readonly values: ReadonlyMap<string, CellValue>;
  readonly verdict: ReviewEntry | null;
}

/** The rows of an answer, with what they say by column. */
export function rowsOf({ rows, values, verdicts }: SelectedRows, columns: readonly string[]): QueueRow[] {
  const verdictAt = new Map(verdicts.map(({ at, ...entry }) => [at, entry]));
  return rows.map((row, n) => ({
    row,
    values: new Map(columns.map((name, k) => [name, values[k]?.[n] ?? null])),
    verdict: verdictAt.get(n) ?? null,
  }));
}

export function numberOf(row: QueueRow, name: string): number {
  const value = row.values.get(name);
  return typeof value === 'number' ? value : typeof value === 'string' && value !== '' ? Number(value) : NaN;
}

const textOf = (row: QueueRow, name: string): string => {
  const value = row.values.get(name);
  return value === null || value === undefined ? '' : String(value);
};

/** An id that finds the star again, in this catalog or one made anew. */
export function idOf(row: QueueRow): string {
  return idNames.map((name) => textOf(row, name)).find((text) => text !== '') ?? '';
}

/** What a star is called in the table: its designation, else its OBSID or file. */
export function titleOf(row: QueueRow): string {
  const id = idOf(row);
  // The survey that gave a designation its name is the same for all.
  return id === '' ? `row ${row.row + 1}` : id.replace(/^.*\//, '').replace(/^[A-Za-z0-9]+ (?=J\d)/, '');
}

/** All that identifies it, for the tooltip. */
export function idsOf(row: QueueRow): string {
  return idNames
    .map((name) => [name, textOf(row, name)])
    .filter(([, text]) => text !== '')
    .map((pair) => pair.join(' '))
    .join('\n');
}

/** The flags of a star in a few words each, with the labels or elements that they are about. */
export function flagsOf(bench: Bench, row: QueueRow): { name: string; text: string; words: string }[] {
  const bits = numberOf(row, 'flags');
  if (!Number.isFinite(bits)) return [];
  return benchFlags(bench)
    .filter(({ bit }) => (bits & (1 << bit)) !== 0)
    .map(({ name, words }) => {
      const about = namesColumns[name] === undefined ? '' : textOf(row, namesColumns[name]);
      return { name, words, text: about === '' ? flagText(name) : `${flagText(name)}: ${aboutWords(name, about)}` };
    });
}

/** Text columns that say which label or element a flag is about. */
const namesColumns: Readonly<Record<string, string>> = {
  extrapolating: 'extrapolating',
  window_chi2: 'high_windows',
  large_error: 'large_errors',
};

/** Of the windows of a group of elements. */
const windowWord = (name: string): string => (name === 's' ? 's-process' : name);

const aboutWords = (flag: string, names: string): string =>
  names
    .split(/\s+/)
    .map((name) => (flag === 'window_chi2' ? windowWord(name) : labelText(name).text + labelText(name).subscript))
    .join(' ');

const shortWords: Readonly<Record<string, string>> = {
  chi2: 'χ²',
  window_chi2: 'window χ²',
  rival: 'rival minimum',
  large_error: 'large error',
  low_snr: 'low S/N',
  rv_residual: 'velocity residual',
  binary: 'binary?',
  no_labels: 'no labels',
  observations_disagree: 'repeats disagree',
  any_observation_extrapolates: 'a repeat extrapolates',
};

/** A flag's name as people say it; one that this version does not know keeps its own. */
export function flagText(name: string): string {
  return shortWords[name] ?? name.replaceAll('_', ' ');
}

/** The text of a cell of numbers or text. */
export function cellText(column: ShownColumn, row: QueueRow): string {
  if (column.kind === 'text' || column.kind === 'integer') return textOf(row, column.key) || noNumber;
  const value = numberOf(row, column.key);
  if (!Number.isFinite(value)) return noNumber;
  if (column.kind === 'label') {
    const { value: text, error } = roundToError(value, numberOf(row, `e_${column.key}`));
    return error === noNumber ? text : `${text} ± ${error}`;
  }
  if (column.key === 'chi2') return perPixel(value, numberOf(row, 'n_pixels'));
  if (column.key === 'snr' || column.key === 'snrz') return value.toFixed(value < 10 ? 1 : 0);
  return roundTo(value, 3);
}

function perPixel(chi2: number, nPixels: number): string {
  return nPixels > 0 ? roundTo(chi2 / nPixels, 3) : noNumber;
}

/** A verdict as the table says it: "enriched in Ba". */
export function verdictText(entry: ReviewEntry | null): string {
  return entry === null ? '' : entry.verdict;
}

/** "12 of 431 reviewed". */
export function reviewedText(nReviewed: number, nStars: number): string {
  return nStars === 0 ? 'no star' : `${thousands(nReviewed)} of ${thousands(nStars)} reviewed`;
}

export function thousands(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}
