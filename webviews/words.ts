/** How labels and terms are written for people: T with a subscript, [Fe/H] in brackets. Pure. */
import { labelWord } from '../engine/browser';

export type { LabelText } from '../engine/browser';
export { labelText, labelWithUnit, labelWord } from '../engine/browser';

/** A term of the vectorizer: "teff*logg" becomes "Teff · log g". */
export function termWord(term: string): string {
  const factor = (text: string): string => {
    const [name, power] = text.split('^');
    return labelWord(name!) + (power === '2' ? '²' : power === undefined ? '' : `^${power}`);
  };
  return term === '1' ? 'mean flux' : term.split('*').map(factor).join(' · ');
}
