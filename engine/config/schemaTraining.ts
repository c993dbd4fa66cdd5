/** The keys of `cannon.yaml` that say how models are trained: part of `schema.ts`. What they do is told in `cannon/`. */
import type { KeySpec } from './shape';

const masks = {
  summary:
    'Where in the spectrum labels may have a say: a map from labels to windows, or `own-windows` for the windows of each label’s element.',
  detail:
    'Terms with a label that is not allowed at a pixel are left out there: their θ is 0 and the others are fitted without them. Windows are those of `windows`. With `own-windows` a label such as `mg_fe` or `ba_h` is allowed in the windows named `Mg` or `Ba` only, and labels without such windows are allowed everywhere: the window experiment of Wheeler et al. 2020, §4.2.',
  defaultText: 'none: every label is allowed everywhere',
  example: '{ mg_fe: { only: [Mg], margin: 2 } }',
  shape: {
    kind: 'names',
    what: 'label',
    word: 'own-windows',
    each: {
      summary: 'Where this label is allowed.',
      example: '{ only: [Mg], margin: 2 }',
      shape: {
        kind: 'map',
        keys: {
          only: {
            summary: 'Windows outside which the label is not allowed.',
            shape: { kind: 'list', of: { kind: 'text' }, lone: true },
            defaultText: 'the whole spectrum',
            example: '[Mg]',
          },
          not: {
            summary: 'Windows in which the label is not allowed, even where `only` names them.',
            shape: { kind: 'list', of: { kind: 'text' }, lone: true },
            defaultText: 'none',
            example: '[Balmer]',
          },
          margin: {
            summary:
              'By how much these windows are widened on both sides, for lines as wide as the instrument makes them.',
            unit: 'Å',
            shape: { kind: 'number', min: 0, max: 1000 },
            default: 0,
            example: '2',
          },
        },
      },
    },
  },
} as const satisfies KeySpec;

const l1Search = {
  summary: 'The penalties that `l1: auto` tries, and how it chooses.',
  detail:
    'One star in ten is held out, as in Casey et al. 2016. Models with each penalty, in equal steps of log λ, are trained on the others; the one under which the fluxes of the held-out stars are most probable is taken, and trained on all stars.',
  example: '{ from: 1, to: 1e5, steps: 11 }',
  shape: {
    kind: 'map',
    keys: {
      from: {
        summary: 'The smallest penalty.',
        shape: { kind: 'number', above: 0, max: 1e12 },
        default: 1,
        example: '1',
      },
      to: {
        summary: 'The largest penalty.',
        shape: { kind: 'number', above: 0, max: 1e12 },
        default: 1e5,
        example: '1e5',
      },
      steps: {
        summary: 'How many penalties are tried.',
        shape: { kind: 'number', min: 2, max: 100, integer: true },
        default: 11,
        example: '11',
      },
      per: {
        summary: 'What a penalty is chosen for.',
        shape: {
          kind: 'choice',
          choices: {
            model: 'one penalty for all pixels of a model, as in Casey et al. 2016',
            pixel: 'a penalty for each pixel: adapts to it, but follows the noise of the held-out stars',
          },
        },
        default: 'model',
        example: 'pixel',
      },
    },
  },
} as const satisfies KeySpec;

export const training = {
  summary: 'How models are trained.',
  example: '{ modes: 10 }',
  shape: {
    kind: 'map',
    keys: {
      terms: {
        summary: 'Which products of labels the flux depends on: `linear`, `quadratic`, or a list of terms.',
        detail:
          'A term is a label, a product of two (`teff*logg`), or a square (`teff^2`); `linear` and `quadratic` may stand in the list beside terms. The constant is always there. A model takes the terms whose labels it has, and each of its labels must stand in one.',
        shape: { kind: 'list', of: { kind: 'text' }, lone: true },
        default: 'quadratic',
        example: '[linear, teff^2, teff*logg]',
      },
      masks,
      missingLabels: {
        summary: 'What becomes of a reference star that lacks some of a model’s labels.',
        shape: {
          kind: 'choice',
          choices: {
            'leave-out': 'it is not trained on',
            'per-pixel':
              'it trains the pixels at which it has all labels that are allowed there, which `masks` say; `n_stars` in `model.fits` tells how many stars each pixel has',
          },
        },
        default: 'leave-out',
        example: 'per-pixel',
      },
      labelErrors: {
        summary: 'What the errors of labels (`error` of each label) do in training.',
        detail: 'docs/training.md derives both ways and measures what they do.',
        shape: {
          kind: 'choice',
          choices: {
            ignore: 'nothing: labels are taken as exact',
            inflate: 'the error of each star and pixel grows by what the errors of its labels do to the model’s flux',
            'down-weight': 'a star whose labels are worse than usual counts less, in all pixels alike',
          },
        },
        default: 'ignore',
        example: 'inflate',
      },
      l1: {
        summary:
          'Draws coefficients to exactly 0: λ of the penalty λ Σ |θ| that is added to χ², or `auto` to choose it by held-out stars.',
        detail:
          'The constant coefficient goes free; the others belong to labels in units of their standard deviation. With 0 there is no penalty. The λ that was used stands in `model.fits`. Source: Casey et al. 2016 (arXiv:1603.03040).',
        shape: { kind: 'number', min: 0, max: 1e12, word: 'auto' },
        default: 0,
        example: '1000',
      },
      l1Search,
      ridge: {
        summary: 'Draws the coefficients towards 0: λ of the penalty λ Σ θ² that is added to χ².',
        detail:
          'The constant coefficient goes free; the others belong to labels in units of their standard deviation. With 0 there is no penalty.',
        shape: { kind: 'number', min: 0, max: 1e12 },
        default: 0,
        example: '100',
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
      modes: {
        summary:
          'At most so many patterns in which the model’s error moves many pixels together; those above noise are kept.',
        detail:
          'With 0 the errors of the pixels are independent, as in the paper. docs/real-stars.md measures the difference.',
        shape: { kind: 'number', min: 0, max: 20, integer: true },
        default: 10,
        example: '10',
      },
      thetaCovariance: {
        summary: 'What `model.fits` tells of the errors of the coefficients.',
        shape: {
          kind: 'choice',
          choices: {
            diagonal: 'the standard error of each coefficient (THETA_ERR)',
            full: 'the whole covariance of each pixel as well (THETA_COV): a large file',
          },
        },
        default: 'diagonal',
        example: 'full',
      },
    },
  },
} as const satisfies KeySpec;
