/** The keys of `cannon.yaml` that say how models are trained, tested and applied: part of `schema.ts`. */
import type { KeySpec } from './shape';

export const training = {
  summary: 'How models are trained.',
  example: '{ modes: 10 }',
  shape: {
    kind: 'map',
    keys: {
      modes: {
        summary:
          'At most so many patterns in which the model’s error moves many pixels together; those above noise are kept.',
        detail:
          'With 0 the errors of the pixels are independent, as in the paper. docs/real-stars.md measures the difference.',
        shape: { kind: 'number', min: 0, max: 20, integer: true },
        default: 10,
        example: '10',
      },
      scatterEstimator: {
        summary: 'How the scatter of each pixel is estimated.',
        shape: {
          kind: 'choice',
          choices: {
            ml: 'by maximum likelihood, as in the paper; too small by a fraction of about terms ÷ (2 · stars)',
            reml: 'by restricted maximum likelihood, which corrects for what the coefficients have taken up',
          },
        },
        default: 'ml',
        example: 'reml',
      },
      ridge: {
        summary: 'Draws the coefficients towards 0: λ of the penalty λ Σ θ² that is added to χ².',
        detail:
          'The constant coefficient goes free; the others belong to labels in units of their standard deviation. With 0 there is no penalty.',
        shape: { kind: 'number', min: 0, max: 1e12 },
        default: 0,
        example: '100',
      },
    },
  },
} as const satisfies KeySpec;

export const crossValidation = {
  summary: 'How models are tested on stars they were not trained on.',
  example: '{ folds: 12, seed: 1 }',
  shape: {
    kind: 'map',
    keys: {
      folds: {
        summary: 'How many parts the stars are dealt into; each part is labelled by a model trained on the others.',
        shape: { kind: 'number', min: 2, max: 1000, integer: true },
        default: 12,
        example: '12',
      },
      seed: {
        summary: 'The seed of the shuffle that deals them; the same seed gives the same parts.',
        shape: { kind: 'number', min: 0, max: 2147483647, integer: true },
        default: 1,
        example: '1',
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
