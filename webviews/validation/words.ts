/** The panel's findings in sentences and tables of text. Pure. */
import type { ValidatedLabel } from '../../engine/index';
import { noNumber, realMinus, roundTo, withError } from '../../engine/browser';
import { labelWord } from '../words';
import { againstOf, columnsOf } from './columns';
import { comparedLabel, foldWords, pullHistogram, type Scene } from './model';
import { agreementOf, differenceOf, pullFacts, pulls, quantileOf, residuals, trendOf, finite } from './statistics';

/** The unit stays beside its number where a line ends. */
export const withUnit = (text: string, unit: string): string =>
  unit === '' || text === noNumber ? text : `${text}\u00a0${unit}`;

/** Of the width of a normal from N stars by quantiles, and of its median. */
const ofScatter = 0.97;
const ofMedian = 1.2533;

export interface FactRow {
  readonly name: string;
  readonly title: string;
  /** One a column: this run, then the fold or the other run. */
  readonly values: readonly string[];
}

type Numbers = Pick<
  ValidatedLabel,
  'stars' | 'scatter' | 'mad' | 'rms' | 'bias' | 'mean' | 'correlation' | 'spearman'
> &
  Partial<Pick<ValidatedLabel, 'lower' | 'upper' | 'relativePrecision'>>;

/** Heads and rows of the table of a label: this run, and beside it the fold or the run compared with. */
export function agreementRows(scene: Scene): { readonly heads: readonly string[]; readonly rows: readonly FactRow[] } {
  const { run, label, state } = scene;
  const theirs = comparedLabel(scene);
  const members = state.fold === null ? null : [...run.fold.keys()].filter((n) => run.fold[n] === state.fold);
  const columns: readonly (readonly [head: string, numbers: Numbers])[] = [
    [foldWords(run.folds), label],
    ...(members ? [[`fold ${state.fold}`, agreementOf(label, members)] as const] : []),
    ...(theirs && scene.other ? [[`${foldWords(scene.other.folds)}, compared`, theirs] as const] : []),
  ];
  const row = (name: string, title: string, text: (numbers: Numbers) => string): FactRow => ({
    ...{ name, title },
    values: columns.map(([, numbers]) => text(numbers)),
  });
  const ratio = (value: number): string => (Number.isFinite(value) ? realMinus(value.toFixed(3)) : noNumber);
  return {
    heads: columns.map(([head]) => head),
    rows: [
      row('stars', 'With a true and an inferred value', ({ stars }) => String(stars)),
      row('scatter', 'Half the 16–84 % width of inferred − true, with its standard error', ({ scatter, stars }) =>
        withError(scatter, (ofScatter * scatter) / Math.sqrt(stars)),
      ),
      row('MAD', '1.4826 × the median distance from the median', ({ mad }) => roundTo(mad, 3)),
      row('rms', 'Root mean square of inferred − true, which outliers rule', ({ rms }) => roundTo(rms, 3)),
      row('bias', 'Median of inferred − true, with its standard error', ({ bias, scatter, stars }) =>
        withError(bias, (ofMedian * scatter) / Math.sqrt(stars)),
      ),
      row('mean', 'Mean of inferred − true', ({ mean }) => roundTo(mean, 3)),
      row('r', 'Pearson’s correlation', ({ correlation }) => ratio(correlation)),
      row('ρ', 'Spearman’s correlation, of the ranks', ({ spearman }) => ratio(spearman)),
      row('believed', 'Inferred values that the rule of 90 % does not exclude', rangeText),
      row('precision', '2 × scatter over that range', ({ relativePrecision }) =>
        relativePrecision === undefined || relativePrecision === null
          ? noNumber
          : `${(100 * relativePrecision).toFixed(1)} %`,
      ),
    ],
  };
}

function rangeText({ lower, upper, scatter }: Numbers): string {
  if (lower === undefined || upper === undefined || lower === null || upper === null) return noNumber;
  const digit = scatter > 0 ? Math.max(0, Math.ceil(0.5 - Math.log10(scatter))) : 2;
  return `${realMinus(lower.toFixed(digit))} … ${realMinus(upper.toFixed(digit))}`;
}

/** What the shaded ranges are, in a sentence; "" where there are none. */
export function boundsSentence({ label, unit, lower, upper, lowerExcluded, upperExcluded }: ValidatedLabel): string {
  if (lower === null || upper === null) return '';
  const word = labelWord(label);
  const digits = Math.abs(upper - lower) > 20 ? 0 : 2;
  const number = (value: number): string => withUnit(realMinus(value.toFixed(digits)), unit);
  const why = (excluded: boolean): string => (excluded ? 'the rule of 90 % excludes it' : 'no star was inferred there');
  const same = lowerExcluded === upperExcluded;
  const reason = same ? `beyond, ${why(lowerExcluded)}` : `below, ${why(lowerExcluded)}; above, ${why(upperExcluded)}`;
  return `${word} can be taken at its word from ${number(lower)} to ${number(upper)}; ${reason}.`;
}

/** Are the errors honest? */
export function honesty(label: ValidatedLabel): string {
  const { stars, width, widthError, median, beyond3, extra } = pullFacts(label);
  const word = labelWord(label.label);
  if (stars < 10) return `Too few stars have an error of ${word} to judge it.`;
  const wide = `${width.toFixed(2)} ± ${widthError.toFixed(2)}`;
  const facts = `pulls are ${wide} wide where honest errors give 1, and centred on ${realMinus(median.toFixed(2))}`;
  const tails = `${beyond3} of ${stars} stars are more than 3σ off, where ${(0.0027 * stars).toFixed(1)} are expected`;
  // The width of a unit normal itself is only known so well, and a tenth of an error matters to nobody.
  if (Math.abs(width - 1) <= Math.max(0.1, 2 * widthError))
    return `The formal errors of ${word} are honest: ${facts}; ${tails}.`;
  if (width < 1) return `The formal errors of ${word} are larger than they need be: ${facts}; ${tails}.`;
  const more = withUnit(roundTo(extra, 2), label.unit);
  return `The formal errors of ${word} are too small: ${facts}. With ${more} added in quadrature the width is 1; ${tails}. Some of that is error of the reference.`;
}

/** How this run and the other differ, star by star; "" without another. */
export function differenceSentence({ run, other, label }: Scene): string {
  if (!other) return '';
  const word = labelWord(label.label);
  const apart = differenceOf(run, other, label.label);
  if (!apart) return `No spectrum has ${word} in both runs.`;
  const scatter = withUnit(roundTo(apart.scatter, 2), label.unit);
  const median = withUnit(roundTo(apart.median, 2), label.unit);
  return `${apart.stars} spectra are in both runs: ${word} differs by ${scatter} (median ${median}), half of them by less than ${roundTo(apart.inErrors, 2)} of an error.`;
}

/** One star in a line, for the readout. */
export function starLine({ run, label }: Scene, n: number): string {
  const word = labelWord(label.label);
  const pull = pulls(label)[n]!;
  return [
    run.stars[n]!,
    `${word} ${withError(label.inferred[n]!, label.error[n]!)}`,
    `true ${roundTo(label.truth[n]!, 4)}`,
    ...(Number.isFinite(pull) ? [`${realMinus(pull.toFixed(1))}σ`] : []),
    `S/N ${run.snr[n]!.toFixed(0)}`,
  ].join('   ');
}

export interface StarFact {
  readonly name: string;
  readonly value: string;
}

export function starFacts({ run, label }: Scene, n: number): StarFact[] {
  const [delta, pull] = [residuals(label)[n]!, pulls(label)[n]!];
  const problem = run.problems[n]!;
  const designated = run.labels.filter(({ extrapolated }) => extrapolated[n] === 1).map(({ label: name }) => labelWord(name)); // prettier-ignore
  return [
    { name: 'inferred', value: withUnit(withError(label.inferred[n]!, label.error[n]!), label.unit) },
    { name: 'true', value: withUnit(roundTo(label.truth[n]!, 4), label.unit) },
    { name: 'Δ', value: withUnit(roundTo(delta, 3), label.unit) },
    { name: 'Δ/σ', value: Number.isFinite(pull) ? realMinus(pull.toFixed(2)) : noNumber },
    { name: 'S/N', value: roundTo(run.snr[n]!, 3) },
    { name: 'χ² a pixel', value: roundTo(run.chi2[n]! / run.nPixels[n]!, 3) },
    ...(run.folds === 'leave-one-out' ? [] : [{ name: 'fold', value: String(run.fold[n]) }]),
    ...(run.converged[n] === 1 ? [] : [{ name: 'fit', value: 'not converged' }]),
    ...(designated.length === 0 ? [] : [{ name: 'beyond training', value: designated.join(', ') }]),
    ...(problem === '' ? [] : [{ name: 'problem', value: problem }]),
  ];
}

/** What the plot shows, as a table for people who do not see it: the head first. */
export function summary(scene: Scene): string[][] {
  const { run, label, state } = scene;
  const { view } = state;
  if (view === 'precision') {
    return [
      ['label', 'relative precision (%)', 'scatter', 'from', 'to'],
      ...run.labels.map((one) => [
        labelWord(one.label),
        one.relativePrecision === null ? noNumber : (100 * one.relativePrecision).toFixed(1),
        withUnit(roundTo(one.scatter, 3), one.unit),
        one.lower === null ? noNumber : roundTo(one.lower, 4),
        one.upper === null ? noNumber : roundTo(one.upper, 4),
      ]),
    ];
  }
  if (view === 'pulls') {
    const { edges, density } = pullHistogram(pulls(label));
    return [
      ['pull', 'share of the stars (%)'],
      ...density.flatMap((_, k) =>
        k % 4 === 0
          ? [[`${realMinus(String(edges[k]))} to ${realMinus(String(edges[k + 4]))}`, (25 * density.slice(k, k + 4).reduce((a, b) => a + b, 0)).toFixed(1)]] // prettier-ignore
          : [],
      ),
    ];
  }
  const column = view === 'recovery' ? null : againstOf(columnsOf(run, label), state.against);
  const [x, y] = [column?.values ?? label.truth, column ? residuals(label) : label.inferred];
  const trend = trendOf(x, y);
  const head = [column?.title ?? 'true', column ? 'median of inferred − true' : 'median inferred', '16 %', '84 %'];
  if (trend === null) return [head, [noNumber, roundTo(quantileOf(finite(y), 0.5), 4), noNumber, noNumber]];
  return [
    head,
    ...Array.from(trend.x, (at, k) => [at, trend.median[k]!, trend.low[k]!, trend.high[k]!].map((v) => roundTo(v, 4))),
  ];
}
