/** The keys of `cannon.yaml` that say how models are tested and applied: part of `schema.ts`. */
import type { KeySpec } from './shape';

export const crossValidation = {
  summary: 'How models are tested on stars they were not trained on.',
  example: '{ folds: 12, seed: 1 }',
  shape: {
    kind: 'map',
    keys: {
      folds: {
        summary: 'How many parts the stars are dealt into; each part is labelled by a model trained on the others.',
        detail:
          'With `leave-one-out` every star is labelled by a model of all others: θ without it is exact at the s of all stars. docs/validation.md has more.',
        shape: { kind: 'number', min: 2, max: 1000, integer: true, word: 'leave-one-out' },
        default: 12,
        example: '12',
      },
      seed: {
        summary: 'The seed of the shuffle that deals them; the same seed gives the same parts.',
        shape: { kind: 'number', min: 0, max: 2147483647, integer: true },
        default: 1,
        example: '1',
      },
      groups: {
        summary: 'A column of the reference table; stars with the same value in it stay in one part.',
        detail:
          'Spectra of one star always stay together: those of one reference row, of one designation, or within the angle of `repeats`. A column adds to that, say the cluster or the wide binary that stars belong to.',
        shape: { kind: 'text' },
        defaultText: 'none',
        example: 'cluster',
      },
    },
  },
} as const satisfies KeySpec;

export const inference = {
  summary: 'How labels are inferred.',
  example: '{ prior: { logg: { mean: 4.4, sigma: 0.3 } } }',
  shape: {
    kind: 'map',
    keys: {
      velocity: {
        summary:
          'The largest radial velocity, in km/s either way, that is looked for and fitted along with the labels.',
        detail:
          'What is left after the spectrum’s own redshift is taken out. The catalog then has the columns `rv` and `e_rv`, and errors of labels include what the velocity leaves open. A fit takes one trial for each pixel of shift, so keep it small. With 0 there is none. Cross-validation goes without it.',
        shape: { kind: 'number', min: 0, max: 3000 },
        default: 0,
        example: '50',
      },
      diagnostics: {
        summary: 'Whether the residuals of each star are looked at for what the model does not know.',
        detail:
          'Lines of elements, emission, a second star, a wrong redshift, bad pixels: the catalog’s flags of them, and `surprise`, rest on these columns. Without them labels take about half the time.',
        shape: {
          kind: 'choice',
          choices: { all: 'for every star', none: 'not at all; flags of residuals are never set' },
        },
        default: 'all',
        example: 'none',
      },
      prior: {
        summary: 'What is known of labels beforehand: a Gaussian on each label that is named.',
        detail: 'It takes part in labels, errors and samples, not in `chi2`. Cross-validation goes without it.',
        defaultText: 'none',
        example: '{ logg: { mean: 4.4, sigma: 0.3 } }',
        shape: {
          kind: 'names',
          what: 'label',
          each: {
            summary: 'The prior on a label, in its unit.',
            example: '{ mean: 4.4, sigma: 0.3 }',
            shape: {
              kind: 'map',
              keys: {
                mean: {
                  summary: 'The most probable value.',
                  required: true,
                  shape: { kind: 'number' },
                  example: '4.4',
                },
                sigma: {
                  summary: 'The standard deviation.',
                  required: true,
                  shape: { kind: 'number', above: 0 },
                  example: '0.3',
                },
              },
            },
          },
        },
      },
    },
  },
} as const satisfies KeySpec;

export const repeats = {
  summary: 'Which spectra are observations of one star, and how `cannon infer --average` puts them together.',
  detail:
    'The average of a label is weighted by S/N, its error is that of independent observations. How observations of one star differ tells whether the errors are right.',
  example: '{ card: GAIA_SOURCE_ID, weight: z }',
  shape: {
    kind: 'map',
    keys: {
      card: {
        summary: 'The header card that has the same value in all observations of a star.',
        shape: { kind: 'text' },
        defaultText: 'the designation, or a position within the angle below',
        example: 'GAIA_SOURCE_ID',
      },
      within: {
        summary: 'Spectra closer than this are of one star, where the card does not say.',
        unit: 'arcsec, arcmin or deg',
        shape: { kind: 'angle' },
        defaultText: '1 arcsec',
        example: '2 arcsec',
      },
      weight: {
        summary: 'The band whose S/N weights the average; where a survey gives one S/N for all bands, that one counts.',
        shape: {
          kind: 'choice',
          choices: { u: 'u', g: 'g', r: 'r', i: 'i', z: 'z, as in Wheeler et al. 2020' },
        },
        default: 'z',
        example: 'z',
      },
    },
  },
} as const satisfies KeySpec;
