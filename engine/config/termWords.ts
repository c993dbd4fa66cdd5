/**
 * Terms of a model as a person writes them: `linear`, `quadratic`, `teff`, `teff*logg`, `teff^2`, `1`. Spaces do not
 * count, nor does the order of factors. Pure.
 */
import { linearTerms, quadraticTerms, type Term } from '../cannon/vectorizer';

/** Why a text is no term: names that are no labels, or what is wrong with it otherwise. */
export type TermProblem = { readonly unknown: string } | { readonly reason: string };

/** model.fits has two columns for the factors of a term, and χ² of a star is a quartic in its labels. */
const highestDegree = 2;

/** The terms that one text stands for, for these labels; the constant is always one of them, so `1` adds none. */
export function termsOfWord(word: string, labels: readonly string[]): readonly Term[] | TermProblem {
  if (word === 'linear') return linearTerms(labels.length);
  if (word === 'quadratic') return quadraticTerms(labels.length);
  if (word.trim() === '1') return [[]];
  const term: number[] = [];
  for (const factor of word.split('*')) {
    const match = /^\s*([A-Za-z]\w*)\s*(?:\^\s*(\d+)\s*)?$/.exec(factor);
    if (!match) return { reason: 'it is no label, product or square of labels' };
    const label = labels.indexOf(match[1]!);
    if (label < 0) return { unknown: match[1]! };
    const power = match[2] === undefined ? 1 : Number(match[2]);
    if (power < 1 || power > highestDegree) return { reason: `its powers go from 1 to ${highestDegree}` };
    for (let k = 0; k < power; k++) term.push(label);
  }
  if (term.length > highestDegree) return { reason: 'it has more than two factors' };
  return [term.sort((a, b) => a - b)];
}

/**
 * The terms of a model with these labels, in the order of `quadraticTerms`: those words whose labels it all has, and the
 * constant. Words that are no terms of any kind are left out; the check of the config tells of them.
 */
export function termsOf(words: readonly string[], labels: readonly string[]): Term[] {
  const wanted = new Set(['']);
  for (const word of words) {
    const terms = termsOfWord(word, labels);
    if (Array.isArray(terms)) for (const term of terms as readonly Term[]) wanted.add(term.join());
  }
  return quadraticTerms(labels.length).filter((term) => wanted.has(term.join()));
}
