/** Verdicts: their words and keys, which element is meant, and what can be taken back. Pure. */
import type { ReviewEntry, StarVerdict } from '../../engine/index';
import type { BenchAction, Deed } from './protocol';

export interface VerdictChoice {
  readonly action: BenchAction;
  readonly verdict: StarVerdict | 'enriched';
  readonly icon: string;
  readonly text: string;
  readonly key: string;
  /** What follows from it. */
  readonly means: string;
}

const leftOut = 'the next training leaves the star out';

export const verdictChoices: readonly VerdictChoice[] = [
  {
    ...{ action: 'real', verdict: 'real', icon: 'pass', text: 'Real', key: 'R' },
    means: 'The star is as strange as it looks: it stays in the training and is marked in the catalog',
  },
  {
    ...{ action: 'badSpectrum', verdict: 'bad spectrum', icon: 'error', text: 'Bad spectrum', key: 'S' },
    means: `The spectrum is not to be trusted: ${leftOut}`,
  },
  {
    ...{ action: 'badLabel', verdict: 'bad label', icon: 'tag', text: 'Bad label', key: 'L' },
    means: `A label is wrong: ${leftOut}`,
  },
  {
    ...{ action: 'binary', verdict: 'binary', icon: 'split-horizontal', text: 'Binary', key: 'B' },
    means: `Two stars in one spectrum: ${leftOut}`,
  },
  {
    ...{ action: 'enriched', verdict: 'enriched', icon: 'arrow-up', text: 'Enriched in…', key: '+' },
    means: 'More of an element than the model expects; it stays in the training',
  },
  {
    ...{ action: 'ignore', verdict: 'ignore', icon: 'circle-slash', text: 'Ignore', key: 'I' },
    means: 'Nothing to be said about it; it stays in the training',
  },
  {
    ...{ action: 'exclude', verdict: 'exclude', icon: 'remove', text: 'Exclude', key: 'X' },
    means: `No judgement, but ${leftOut}`,
  },
];

/** Whether a star's verdict is the one of a button. */
export function isChosen({ verdict }: VerdictChoice, entry: ReviewEntry | null): boolean {
  if (entry === null) return false;
  return verdict === 'enriched' ? entry.verdict.startsWith('enriched in ') : entry.verdict === verdict;
}

/** "ba" or "Ba" becomes Ba; null for what is no symbol. */
export function elementOf(text: string): string | null {
  const symbol = text.trim();
  return /^[a-z]{1,2}$/i.test(symbol) ? symbol.charAt(0).toUpperCase() + symbol.slice(1).toLowerCase() : null;
}

/** Lines of an element, or of a group of elements, against those of the model. */
export interface LinePull {
  /** "Ba", or "s-process". */
  readonly name: string;
  /** What ends the names of its columns. */
  readonly column: string;
  /** In errors; negative where the star's lines are deeper. */
  readonly pull: number;
}

/** Of the catalog's groups, whose names are no symbols: `s` is no sulphur. */
const groups: Readonly<Record<string, string>> = { s: 's-process' };

/** @param values a star's columns, `pull_ba` among them; the deepest lines first */
export function linePulls(values: Readonly<Record<string, unknown>>): LinePull[] {
  return Object.entries(values)
    .flatMap(([key, pull]) => {
      const column = /^pull_([a-z]{1,2})$/i.exec(key)?.[1]?.toLowerCase();
      return column !== undefined && typeof pull === 'number' && Number.isFinite(pull)
        ? [{ name: groups[column] ?? elementOf(column)!, column, pull }]
        : [];
    })
    .sort((a, b) => a.pull - b.pull);
}

/** Elements to offer for a verdict, those whose lines are deepest against the model first. */
export function elementsOffered(values: Readonly<Record<string, unknown>>): { element: string; pull: number }[] {
  return linePulls(values)
    .filter(({ column }) => groups[column] === undefined)
    .map(({ name, pull }) => ({ element: name, pull }));
}

/** "6.1σ deeper", of an element's lines against those of the model. */
export function pullText(pull: number): string {
  return `${Math.abs(pull).toFixed(1)}σ ${pull < 0 ? 'deeper' : 'shallower'}`;
}

/** What was done and can be undone, and what was undone and can be done again. */
export interface History {
  readonly done: readonly Deed[];
  readonly undone: readonly Deed[];
}

const mostKept = 200;

/** Something new was done: what had been undone is gone. */
export function withDeed({ done }: History, deed: Deed): History {
  return { done: [...done, deed].slice(-mostKept), undone: [] };
}

/** The last deed was undone; `again` does it again. */
export function withUndone({ done, undone }: History, again: Deed): History {
  return { done: done.slice(0, -1), undone: [...undone, again] };
}

/** The last undone was done again; `back` undoes it. */
export function withRedone({ done, undone }: History, back: Deed): History {
  return { done: [...done, back], undone: undone.slice(0, -1) };
}

/** "1001605073: enriched in Ba". */
export function deedText({ changes }: Deed): string {
  return changes.map(({ star, entry }) => `${star}: ${entry === null ? 'no verdict' : entry.verdict}`).join(', ');
}
