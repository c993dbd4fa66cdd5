/**
 * Why a star is flagged, in words: a sentence a flag, with its numbers and what is likely behind it.
 *
 * From a row of the catalog or of the table of labels alone; more is said where more is known: the lines of an element one by one
 * from an inspected star, and whether the nearest training stars fit. The words follow the flags that the row has, so that they
 * never say something else than the catalog does. A row without `flags` of the catalog is judged by its residuals. Pure: server and panels.
 */
import { emissionLineInWords, waveOfEmissionLine } from '../cannon/diagnosedLines';
import { type FlagName, hasFlag } from './flagBits';
import { lithiumAmong, residualFlags, type ResidualThresholds, usualThresholds } from './residualFlags';
import { realMinus } from './rounding';
import type { NumberOf } from './surprise';

export interface ReasonRow {
  /** NaN, and "", for what the row does not have. */
  readonly number: NumberOf;
  readonly text: (column: string) => string;
  /** Names of all columns. */
  readonly columns: Iterable<string>;
}

export interface ReasonContext {
  readonly thresholds?: ResidualThresholds;
  /** Of the nearest training stars that were looked at, how many the model describes as well as it usually does. */
  readonly nearest?: { readonly count: number; readonly fitting: number } | null;
  /** Each line's own residual over its error, by element, of an inspected star. */
  readonly lines?: readonly { readonly element: string; readonly pulls: readonly number[] }[];
}

export interface Reason {
  readonly flag: FlagName;
  /** One sentence, without its end. */
  readonly text: string;
}

export interface Reasons {
  /** What to think of the star, "likely Ba-enhanced"; "" where there is nothing to say. */
  readonly summary: string;
  /** What explains most first. */
  readonly reasons: readonly Reason[];
}

interface Found extends Reason {
  readonly cause: string;
}

export function reasonsOf(row: ReasonRow, context: ReasonContext = {}): Reasons {
  const known = [...row.columns].filter((name) => name.startsWith('pull_'));
  const is = flagsOf(row, context, known);
  const found: Found[] = [
    ...(is('no_labels') ? [without(row)] : []),
    ...residualReasons(row, is),
    ...lineReasons(row, context, is, known),
    ...labelReasons(row, is),
    ...fitReasons(row, is),
  ];
  const causes = [...new Set(found.map(({ cause }) => cause).filter((cause) => cause !== ''))];
  return { summary: causes.slice(0, 2).join('; '), reasons: found.map(({ flag, text }) => ({ flag, text })) };
}

type Is = (flag: FlagName) => boolean;

function flagsOf(row: ReasonRow, { thresholds = usualThresholds }: ReasonContext, pulls: readonly string[]): Is {
  const flags = row.number('flags');
  if (Number.isInteger(flags)) return (flag) => hasFlag(flags, flag);
  const { number } = row;
  const found = residualFlags(
    {
      ...{ emission: number('emission'), emissionLine: row.text('emission_line') },
      ...{ binaryDeltaChi2: number('binary_delta_chi2'), rvResidual: number('rv_residual') },
      ...{ rvError: number('e_rv_residual'), badStretch: number('bad_stretch') },
      ...{ badStretchAt: number('bad_stretch_at'), pulls: pulls.map(number), lithium: lithiumAmong(pulls) },
    },
    thresholds,
    waveOfEmissionLine,
  );
  const set: Partial<Record<FlagName, boolean>> = {
    ...{ bad_pixels: found.badStretch, binary: found.binary, emission: found.emission },
    ...{ rv_residual: found.velocity, window_chi2: found.elements.length > 0 },
    ...{ no_labels: row.text('problem') !== '', extrapolating: row.text('extrapolated') !== '' },
    at_bound: row.text('at_bound') !== '',
  };
  return (flag) => set[flag] === true;
}

function without(row: ReasonRow): Found {
  const problem = row.text('problem').replace(/\.$/, '');
  return { flag: 'no_labels', text: problem || 'There are no labels', cause: '' };
}

function residualReasons(row: ReasonRow, is: Is): Found[] {
  const { number } = row;
  const found: Found[] = [];
  if (is('bad_pixels')) {
    const [share, stretch] = [number('bad_fraction'), number('bad_stretch')];
    const at = `Around ${number('bad_stretch_at').toFixed(0)} Å the spectrum fits worse than elsewhere by ${digits(stretch)} of its spreads`;
    const part = `${percent(share)} of its pixels cannot be used`;
    const isStretch = stretch > usualThresholds.badStretch;
    found.push({ flag: 'bad_pixels', text: isStretch ? at : part, cause: isStretch ? 'likely bad pixels' : '' });
  }
  if (is('binary')) {
    const [velocity, share] = [number('binary_velocity'), number('binary_share')];
    const details = [
      ...(Number.isFinite(velocity) ? [` at ${signed(velocity, 0)} km/s`] : []),
      ...(share > 0 ? [`${Number.isFinite(velocity) ? ',' : ''} with ${percent(share)} of the light`] : []),
    ].join('');
    const text = `A second star${details} lowers χ² by ${digits(number('binary_delta_chi2'))}`;
    found.push({ flag: 'binary', text, cause: 'likely two stars' });
  }
  if (is('rv_residual')) {
    const [rv, error] = [number('rv_residual'), number('e_rv_residual')];
    const decimals = error < 1 ? 1 : 0;
    const text = `The lines are shifted by ${signed(rv, decimals)} ± ${error.toFixed(decimals)} km/s against the model`;
    const cause = Math.abs(rv) > 100 ? 'likely a wrong redshift' : 'likely a changing velocity or a wrong redshift';
    found.push({ flag: 'rv_residual', text, cause });
  }
  if (is('emission')) {
    const text = `${emissionLineInWords(row.text('emission_line')) || 'A line'} is above the model by ${digits(number('emission'))}σ`;
    found.push({ flag: 'emission', text, cause: emissionCause(row.text('emission_line')) });
  }
  return found;
}

function emissionCause(line: string): string {
  if (line.startsWith('[')) return 'likely light of a nebula';
  return line.startsWith('Ca') ? 'likely an active star' : 'likely emission: activity, accretion or a nebula';
}

function lineReasons(row: ReasonRow, context: ReasonContext, is: Is, columns: readonly string[]): Found[] {
  if (!is('window_chi2')) return [];
  const limit = (context.thresholds ?? usualThresholds).pull;
  const pulls = columns
    .map((column) => ({ element: elementIn(column), pull: row.number(column) }))
    .filter(({ element, pull }) => Math.abs(pull) > limit && (element === 'Li' || !is('emission')))
    .sort((a, b) => Math.abs(b.pull) - Math.abs(a.pull));
  const found = pulls.map(({ element, pull }): Found => {
    const isDeeper = pull < 0;
    const lines = context.lines?.find((one) => one.element.toLowerCase() === element.toLowerCase())?.pulls ?? [];
    const where = linesInWords(lines.filter(Number.isFinite), isDeeper);
    const how = `${isDeeper ? 'deeper' : 'shallower'} than the model`;
    const text = `${nameOf(element)}: ${where ?? `lines ${how} by ${digits(Math.abs(pull))}σ`}${conditions(context, is)}`;
    return { flag: 'window_chi2', text, cause: causeOf(element, isDeeper, context, is) };
  });
  if (found.length > 0) return found;
  const high = row.text('high_windows');
  const text = `The windows of ${high === '' ? 'an element' : listed(high.split(' '))} are described worse than in nearly all other stars`;
  return [{ flag: 'window_chi2', text, cause: '' }];
}

/** "both windows deeper than the model by 6σ and 4σ"; null where lines are not known or disagree. */
function linesInWords(pulls: readonly number[], isDeeper: boolean): string | null {
  const agreeing = pulls.filter((pull) => pull < 0 === isDeeper && Math.abs(pull) >= 1);
  if (agreeing.length === 0) return null;
  const count =
    agreeing.length < pulls.length
      ? `${agreeing.length} of ${pulls.length} windows`
      : (['', 'its window', 'both windows'][pulls.length] ?? `all ${pulls.length} windows`);
  const sizes = agreeing.map((pull) => `${digits(Math.abs(pull))}σ`);
  return `${count} ${isDeeper ? 'deeper' : 'shallower'} than the model by ${listed(sizes)}`;
}

function conditions({ nearest }: ReasonContext, is: Is): string {
  const near = nearest && nearest.count > 0 ? [nearestInWords(nearest)] : [];
  return [...near, is('extrapolating') ? 'extrapolating' : 'not extrapolating'].map((words) => `; ${words}`).join('');
}

const smallNumbers = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

function nearestInWords({ count, fitting }: { readonly count: number; readonly fitting: number }): string {
  const word = (n: number) => smallNumbers[n] ?? String(n);
  if (fitting === count) return `${word(count)} nearest training stars fit`;
  return `${word(fitting)} of ${word(count)} nearest training stars ${fitting === 1 ? 'fits' : 'fit'}`;
}

function causeOf(element: string, isDeeper: boolean, { nearest }: ReasonContext, is: Is): string {
  if (nearest && nearest.count > 0 && 2 * nearest.fitting < nearest.count) {
    return 'likely the model, which does not describe such stars';
  }
  const likely = is('extrapolating') ? 'perhaps' : 'likely';
  const name = element === 's' ? 's-process' : nameOf(element);
  return isDeeper ? `${likely} ${name}-enhanced` : `${likely} poor in ${name}, or bad pixels`;
}

function labelReasons(row: ReasonRow, is: Is): Found[] {
  const named = (column: string) => row.text(column).split(' ').filter(Boolean);
  const found: Found[] = [];
  const put = (flag: FlagName, text: string, cause = '') => {
    if (is(flag)) found.push({ flag, text, cause });
  };
  const outside = named('extrapolating').concat(named('extrapolated'));
  const which = outside.length > 0 ? listed([...new Set(outside)]) : 'A label';
  put('extrapolating', `${which} ${outside.length > 1 ? 'lie' : 'lies'} where the model is not believed`);
  if (!is('extrapolating')) put('any_observation_extrapolates', 'One of its observations extrapolates');
  const large = named('large_errors');
  put(
    'large_error',
    `The error of ${large.length > 0 ? listed(large) : 'a label'} is a large part of the range that is believed`,
  );
  const ends = named('at_bound');
  put('at_bound', `${ends.length > 0 ? listed(ends) : 'A label'} ran to the end of what is searched`);
  const delta = row.number('rival_delta_chi2');
  put(
    'rival',
    `Other labels describe the spectrum nearly as well${Number.isFinite(delta) ? `: their χ² is higher by ${digits(delta)}` : ''}`,
  );
  put('not_converged', 'The search for the labels did not end in a minimum');
  put(
    'observations_disagree',
    'Its observations differ by more than their errors',
    'perhaps variable, or one bad observation',
  );
  return found;
}

function fitReasons(row: ReasonRow, is: Is): Found[] {
  const found: Found[] = [];
  const perPixel = row.number('chi2') / row.number('n_pixels');
  if (is('chi2')) {
    const value = Number.isFinite(perPixel) ? `χ² a pixel is ${digits(perPixel)}, more` : 'χ² is higher';
    found.push({ flag: 'chi2', text: `${value} than in nearly all stars that the model was tested on`, cause: '' });
  }
  const snr = row.number('snr');
  if (is('low_snr')) {
    found.push({
      flag: 'low_snr',
      text: `The signal to noise is low${Number.isFinite(snr) ? `: ${digits(snr)} a pixel` : ''}`,
      cause: '',
    });
  }
  return found;
}

/** "pull_ba_fe", "pull_ba" and "pull_Ba" are of "Ba". */
function elementIn(column: string): string {
  const name = column.slice('pull_'.length).replace(/_(fe|h)$/i, '');
  return /^[a-z]{2}$/.test(name) ? name[0]!.toUpperCase() + name[1]! : name;
}

function nameOf(element: string): string {
  return element === 's' ? 's-process (Ba, Sr)' : element;
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]!}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}

/** Two digits below a hundred, whole numbers above. */
function digits(value: number): string {
  if (!Number.isFinite(value)) return '?';
  return realMinus(Math.abs(value) >= 10 ? value.toFixed(0) : String(Number(value.toPrecision(2))));
}

function signed(value: number, decimals: number): string {
  return `${value > 0 ? '+' : ''}${realMinus(value.toFixed(decimals))}`;
}
