/**
 * "Is my data ready for The Cannon?": one line, and reasons in order of weight, each with what to do. It says nothing that the
 * problems of a check do not say; it says which of them matter most. Pure.
 */
import type { Problem } from '../problems';
import type { SurveyFacts } from './surveyFacts';

export type Readiness = 'ready' | 'ready with reservations' | 'not ready';

export interface VerdictReason {
  readonly code: string;
  readonly severity: Problem['severity'];
  readonly message: string;
  /** What to do. */
  readonly hint: string;
}

export interface Verdict {
  readonly readiness: Readiness;
  /** In one line. */
  readonly sentence: string;
  /** The weightiest first; empty when everything is in order. */
  readonly reasons: readonly VerdictReason[];
}

/**
 * What a training suffers from most comes first: no data, labels that cannot be used, too few stars, spectra that are lost, and last
 * what only deserves a look. Codes that are not here stand after these, errors before warnings.
 */
const byWeight = [
  ...['CAN101', 'CAN105', 'CAN102', 'CAN103', 'CAN107', 'CAN110', 'CAN106', 'CAN142', 'CAN144'],
  ...['CAN140', 'CAN108', 'CAN114', 'CAN113', 'CAN117', 'CAN116', 'CAN119', 'CAN109', 'CAN145', 'CAN112', 'CAN104'],
  ...['CAN147', 'CAN120', 'CAN118', 'CAN146', 'CAN115', 'CAN111', 'CAN143'],
];

const severities = ['error', 'warning', 'information'] as const;

/** Of the kinds of information, those that bear on training. A cut that drops no star does not. */
const matters = new Set(['CAN118', 'CAN146', 'CAN115', 'CAN111', 'CAN143']);

export function verdictOf(problems: readonly Problem[], facts: SurveyFacts): Verdict {
  const weight = (code: string) => (byWeight.includes(code) ? byWeight.indexOf(code) : byWeight.length);
  const reasons = problems
    .filter(({ severity, code }) => severity !== 'information' || matters.has(code))
    .map(({ code, severity, message, hint }): VerdictReason => ({ code, severity, message, hint }))
    .sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity) || weight(a.code) - weight(b.code));
  const nothing = nothingToTrain(facts);
  if (nothing !== null && reasons.every(({ severity }) => severity !== 'error')) reasons.unshift(nothing);
  const nErrors = reasons.filter(({ severity }) => severity === 'error').length;
  const nDoubts = reasons.filter(({ severity }) => severity === 'warning').length;
  const readiness = nErrors > 0 ? 'not ready' : nDoubts > 0 ? 'ready with reservations' : 'ready';
  return { readiness, sentence: sentenceOf(readiness, nErrors, nDoubts, facts), reasons };
}

/** A survey may be described for labelling alone: that is no problem, but nothing to train on. */
function nothingToTrain({ table, nSpectra }: SurveyFacts): VerdictReason | null {
  if (table !== null || nSpectra === 0) return null;
  const hint = 'Add `reference` with a table of labels; labelling with a model that exists works without.';
  return { code: 'CAN006', severity: 'error', message: 'There is no reference table to train on', hint };
}

function sentenceOf(
  readiness: Readiness,
  nErrors: number,
  nDoubts: number,
  { selection, coverage }: SurveyFacts,
): string {
  const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`;
  if (readiness === 'not ready') return `Not ready: ${count(nErrors, 'problem')} to mend`;
  const models = (selection?.models ?? []).map(({ name, stars }, m) => {
    const terms = coverage?.[m]?.terms;
    return `${name} has ${count(stars, 'star')}${terms === undefined ? '' : `, ${(stars / terms).toFixed(1)} a term`}`;
  });
  const facts = models.length === 0 ? '' : `: ${models.join('; ')}`;
  return readiness === 'ready' ? `Ready${facts}` : `Ready with ${count(nDoubts, 'reservation')}${facts}`;
}
