/** What `training` in a survey description may say, and where its mistakes are marked. */
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../engine/config/parse';
import { termsOf, termsOfWord } from '../../engine/config/termWords';
import { quadraticTerms, termName } from '../../engine/cannon/vectorizer';
import { codesAt, soundConfig, unmark } from './configMarkers';

const path = '/survey/cannon.yaml';
const windows = 'windows: { Mg: { vacuum: [[5168, 5185]] }, Balmer: { vacuum: [[4850, 4875], [6550, 6580]] } }';
const training = (inside: string, more = windows) => `${soundConfig}${more}\ntraining: { ${inside} }\n`;
const names = ['teff', 'logg', 'fe_h'];
const words = (list: readonly string[]) => termsOf(list, names).map((term) => termName(term, names));

describe('terms', () => {
  it('are linear, quadratic, or those of a list, with the constant, in the order of the vectorizer', () => {
    expect(words(['linear'])).toEqual(['1', 'teff', 'logg', 'fe_h']);
    expect(termsOf(['quadratic'], names)).toEqual(quadraticTerms(3));
    expect(words(['fe_h', 'logg * teff', 'teff^2', 'teff*teff', '1'])).toEqual(['1', 'fe_h', 'teff^2', 'teff*logg']);
    expect(words(['linear', 'fe_h ^ 2'])).toEqual(['1', 'teff', 'logg', 'fe_h', 'fe_h^2']);
  });

  it('of labels that a model does not have are left out of it', () => {
    expect(termsOf(['teff', 'teff*logg', 'fe_h'], ['fe_h', 'teff'])).toEqual([[], [0], [1]]);
  });

  it.each([
    ['teff^3', { reason: 'its powers go from 1 to 2' }],
    ['teff*logg*fe_h', { reason: 'it has more than two factors' }],
    ['teff^2*logg', { reason: 'it has more than two factors' }],
    ['teff*', { reason: 'it is no label, product or square of labels' }],
    ['teff + logg', { reason: 'it is no label, product or square of labels' }],
    ['tef', { unknown: 'tef' }],
  ])('that are none say why: %s', (word, problem) => {
    expect(termsOfWord(word, names)).toEqual(problem);
  });
});

describe('a sound description of training', () => {
  it('keeps everything that is given', () => {
    const text = training(
      `terms: [linear, teff^2], masks: { fe_h: { only: Mg, margin: 2 }, teff: { not: [Balmer] } }, missingLabels: per-pixel,
  labelErrors: inflate, l1: auto, l1Search: { from: 10, to: 1000, steps: 3, per: pixel }, thetaCovariance: full`,
    );
    const { config, problems } = parseConfig(text, path);
    expect(problems).toEqual([]);
    expect(config!.training).toMatchObject({
      terms: ['linear', 'teff^2'],
      masks: [
        { label: 'fe_h', only: ['Mg'], not: [], margin: 2 },
        { label: 'teff', only: null, not: ['Balmer'], margin: 0 },
      ],
      missingLabels: 'per-pixel',
      labelErrors: 'inflate',
      l1: 'auto',
      l1Search: { from: 10, to: 1000, steps: 3, per: 'pixel' },
      thetaCovariance: 'full',
    });
    expect(parseConfig(training('masks: own-windows, terms: linear'), path)).toMatchObject({
      problems: [],
      config: { training: { masks: 'own-windows', terms: ['linear'] } },
    });
  });
});

describe('a mistake is marked at its place:', () => {
  it.each([
    ['a term of what is no label', training('terms: [linear, «loggg^2»]'), ['CAN028']],
    ['a term of third degree', training('terms: [linear, «teff^3»]'), ['CAN028']],
    ['a word that is no term', training('terms: «cubic»'), ['CAN028']],
    ['a term listed twice', training('terms: [linear, teff*logg, «logg*teff»]'), ['CAN021']],
    ['terms without one of the labels', training('terms: «[teff, logg]»'), ['CAN029']],
    ['a mask for what is no label', training('masks: { «feh»: { only: [Mg] } }'), ['CAN030']],
    ['a mask that names an unknown window', training('masks: { fe_h: { only: [Mg, «Balmr»] } }'), ['CAN031']],
    ['a mask that forbids in an unknown window', training('masks: { fe_h: { not: «Fe» } }'), ['CAN031']],
    ['a mask without windows in the file', training('masks: { fe_h: { only: [«Mg»] } }', ''), ['CAN031']],
    ['a mask that names none', training('masks: { «fe_h»: { margin: 2 } }'), ['CAN020']],
    ['own windows without windows', training('«masks»: own-windows', ''), ['CAN020']],
    ['missing labels per pixel without masks', training('«missingLabels»: per-pixel'), ['CAN020']],
    ['a search that is not used', training('«l1Search»: { steps: 3 }'), ['CAN020']],
    ['a search that goes nowhere', training('l1: auto, «l1Search»: { from: 10, to: 10 }'), ['CAN032']],
    ['a negative penalty', training('l1: «-1»'), ['CAN010']],
    ['a way with errors that is none', training('labelErrors: «weight»'), ['CAN008']],
  ])('%s', (_, marked, codes) => {
    const { text, ranges } = unmark(marked);
    const { problems } = parseConfig(text, path);
    expect(codesAt(problems)).toEqual(ranges.map((range, k) => ({ code: codes[k], range })));
  });

  it('with what was meant', () => {
    const hint = (text: string) => parseConfig(text, path).problems[0]!.hint;
    expect(hint(training('terms: [linear, loggg^2]'))).toMatch(/^Did you mean "logg\^2"\?/);
    expect(hint(training('masks: { fe_h: { only: [Balmr] } }'))).toMatch(
      /^Did you mean "Balmer"\? Windows are Mg and Balmer\./,
    );
  });
});
