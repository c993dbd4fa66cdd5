/**
 * The one description of `cannon.yaml`: from it come validation, hovers, `media/cannon.schema.json` and
 * `docs/configuration.md`. To add a key, describe it here, carry its value over in `parse.ts`, and run `npm run generate`.
 *
 * Wavelengths are vacuum Å in the rest frame.
 */
import type { KeySpec, ValueOf } from './shape';
import { galahWindowsInAir } from '../spectra/elementWindows';

/** The name of a label or of a model: it becomes the name of a column, or of a folder. */
export const namePattern = /^[A-Za-z][A-Za-z0-9_]{0,31}$/;

const grid = {
  summary: 'The common wavelength grid onto which every spectrum is resampled.',
  detail: 'Pixel p lies at 10^(log10(from) + p · step), up to and including `to`, in vacuum Å of the rest frame.',
  example: '{ from: 3900, to: 8750, step: 1e-4 }',
  shape: {
    kind: 'map',
    keys: {
      from: {
        summary: 'The wavelength of the first pixel.',
        unit: 'Å (vacuum, rest frame)',
        shape: { kind: 'number', min: 1000, max: 30000 },
        default: 3900,
        example: '3900',
      },
      to: {
        summary: 'The wavelength that no pixel exceeds.',
        unit: 'Å (vacuum, rest frame)',
        shape: { kind: 'number', min: 1000, max: 30000 },
        default: 8750,
        example: '8750',
      },
      step: {
        summary: 'The distance between pixels in log10 of the wavelength.',
        detail: 'LAMOST low-resolution spectra are sampled at 1e-4, which is 69 km/s a pixel.',
        unit: 'log10 λ',
        shape: { kind: 'number', above: 0, max: 0.1 },
        default: 1e-4,
        example: '1e-4',
      },
    },
  },
} as const satisfies KeySpec;

const continuum = {
  summary: 'How the continuum is found that each spectrum is divided by.',
  detail: 'It must depend on the star alone and not on the noise; a Gaussian mean weighted by inverse variance does.',
  example: '{ method: gaussian, sigma: 50, truncate: 150 }',
  shape: {
    kind: 'map',
    keys: {
      method: {
        summary: 'The way the continuum is found.',
        shape: {
          kind: 'choice',
          choices: {
            gaussian: 'the mean of the flux around each pixel, weighted by a Gaussian and by inverse variance',
            none: 'the spectra are normalized already; nothing is divided out',
          },
        },
        default: 'gaussian',
        example: 'gaussian',
      },
      sigma: {
        summary: 'The standard deviation of the Gaussian.',
        detail: 'Wide enough not to follow lines, narrow enough to follow the response of the instrument.',
        unit: 'Å',
        shape: { kind: 'number', above: 0, max: 5000 },
        default: 50,
        example: '50',
      },
      truncate: {
        summary: 'The distance at which the Gaussian is cut off, or `none`.',
        unit: 'Å',
        shape: { kind: 'number', above: 0, max: 30000, word: 'none' },
        defaultText: 'three times `sigma`',
        example: '150',
      },
    },
  },
} as const satisfies KeySpec;

const reference = {
  summary: 'The table of stars whose labels are trusted, from which models are trained.',
  detail: 'Needed for training and cross-validation; labelling with a trained model works without.',
  example: '{ file: labels.csv, match: { spectrum.OBSID: obsid } }',
  shape: {
    kind: 'map',
    keys: {
      file: {
        summary: 'The table file, relative to this file or absolute: CSV with a header line, or a FITS table.',
        shape: { kind: 'text' },
        required: true,
        example: 'labels.csv',
      },
      match: {
        summary:
          'How a row of the table finds its spectrum: by a header card, by the name of the file, or by position.',
        required: true,
        example: '{ spectrum.OBSID: obsid }',
        shape: {
          kind: 'map',
          oneOf: true,
          keys: {
            'spectrum.*': {
              summary:
                'The header card of that name must equal this column; numbers are compared exactly, as integers of any size.',
              shape: { kind: 'text' },
              example: 'obsid',
            },
            filename: {
              summary:
                'The name of the spectrum file, with or without its folders and extension, must equal this column.',
              shape: { kind: 'text' },
              example: 'file',
            },
            sky: {
              summary:
                'The nearest row within this angle is taken; the table needs columns `ra` and `dec` in degrees (ICRS).',
              unit: 'arcsec, arcmin or deg',
              shape: { kind: 'angle' },
              example: '1 arcsec',
            },
          },
        },
      },
    },
  },
} as const satisfies KeySpec;

const labels = {
  summary: 'The labels: the numbers that describe a star, by the names they have in models and catalogs.',
  detail: 'A name has letters, digits and underscores. The order is kept everywhere.',
  required: true,
  example: '{ teff: { column: teff, unit: K }, logg: { column: logg }, fe_h: { column: feh } }',
  shape: {
    kind: 'names',
    what: 'label',
    each: {
      summary: 'A label.',
      example: '{ column: teff, unit: K }',
      shape: {
        kind: 'map',
        keys: {
          column: {
            summary: 'The column of the reference table that holds this label.',
            shape: { kind: 'text' },
            defaultText: "the label's own name",
            example: 'teff',
          },
          unit: {
            summary: 'The unit of the label, shown wherever the label is.',
            shape: { kind: 'text' },
            defaultText: 'K for `teff`, km/s for `vmic`, dex for `logg` and abundances, else none',
            example: 'K',
          },
        },
      },
    },
  },
} as const satisfies KeySpec;

const models = {
  summary: 'The models to train, each on some of the stars and some of the labels.',
  detail: 'Without this key there is one model, named `main`, over all stars and all labels.',
  example: '{ giants: { where: "logg < 3.8", labels: [teff, logg, fe_h] }, dwarfs: { where: otherwise } }',
  shape: {
    kind: 'names',
    what: 'model',
    each: {
      summary: 'A model; its name is the name of its folder in a run.',
      example: '{ where: "logg < 3.8", labels: [teff, logg, fe_h] }',
      shape: {
        kind: 'map',
        keys: {
          where: {
            summary:
              'Which reference stars the model is trained on: a condition, or `otherwise` for those that no earlier model took.',
            shape: { kind: 'condition', word: 'otherwise' },
            defaultText: 'all stars',
            example: '"logg < if(teff < 5200, 4.18, -6e-4 * teff + 7.3)"',
          },
          labels: {
            summary: 'Which labels the model has.',
            shape: { kind: 'list', of: { kind: 'text' } },
            defaultText: 'all labels',
            example: '[teff, logg, fe_h]',
          },
        },
      },
    },
  },
} as const satisfies KeySpec;

const inference = {
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

const windows = {
  summary: 'Windows of wavelength around the lines of each element, or `galah` for those of GALAH.',
  detail:
    'The χ² of a fit in them stands in columns of its own, `chi2_<name>` and `n_pixels_<name>`. A window without the centre of a pixel takes the pixel that it lies in. GALAH’s windows are Table 2 of Wheeler et al. 2020, in air; they are converted.',
  defaultText: 'none',
  example: 'galah',
  shape: {
    kind: 'names',
    what: 'window',
    word: 'galah',
    known: Object.keys(galahWindowsInAir),
    each: {
      summary: 'The windows of an element, in air or in vacuum.',
      example: '{ air: [[4729.90, 4730.22]] }',
      shape: {
        kind: 'map',
        oneOf: true,
        keys: {
          air: {
            summary: 'Pairs of wavelengths in air, from and to.',
            unit: 'Å (air, rest frame)',
            shape: { kind: 'list', of: { kind: 'list', of: { kind: 'number', above: 0 } } },
            example: '[[4729.90, 4730.22], [5710.86, 5711.30]]',
          },
          vacuum: {
            summary: 'Pairs of wavelengths in vacuum, from and to.',
            unit: 'Å (vacuum, rest frame)',
            shape: { kind: 'list', of: { kind: 'list', of: { kind: 'number', above: 0 } } },
            example: '[[5168.7, 5170.5]]',
          },
        },
      },
    },
  },
} as const satisfies KeySpec;

/** The whole file. */
export const schema = {
  kind: 'map',
  keys: {
    survey: {
      summary:
        'The format of the spectra: it says how wavelengths, errors, masks and the star itself are read from a file.',
      detail: 'What each format reads, and how, stands in docs/spectra.md.',
      required: true,
      shape: {
        kind: 'choice',
        choices: {
          'lamost-lrs': 'LAMOST low-resolution spectra of every data release',
          'lamost-mrs': 'LAMOST medium-resolution spectra (`med-*.fits`), both arms joined',
          sdss: 'SDSS, SEGUE and BOSS spectra (`spec-*.fits`)',
          apogee: 'APOGEE spectra in the rest frame (`aspcapStar-*.fits`, `apStar-*.fits`)',
          galah: 'GALAH spectra of HERMES, the arms beside each other joined',
          table: 'any FITS or CSV table with columns of wavelength, flux and error',
        },
        planned: ['desi', 'gaia-rvs', 'weave', '4most'],
      },
      example: 'lamost-lrs',
    },
    spectra: {
      summary: 'Which files are spectra: a glob or a list of them, relative to this file or absolute.',
      detail: '`*` stands for any name, `**` for any folders. Files compressed with gzip are known by their bytes.',
      required: true,
      shape: { kind: 'list', of: { kind: 'text' }, lone: true },
      example: 'spectra/**/*.fits.gz',
    },
    reference,
    grid,
    continuum,
    labels,
    quality: {
      summary: 'Conditions that a reference star must fulfil to be trained on, all of them.',
      detail:
        'Names are labels, columns of the reference table, or header cards as `spectrum.SNRG`. A star for which a value is missing does not pass.',
      shape: { kind: 'list', of: { kind: 'condition' }, lone: true },
      defaultText: 'no condition',
      example: '["snrg >= 30", "4500 < teff < 7000"]',
    },
    models,
    windows,
    training: {
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
    },
    crossValidation: {
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
    },
    inference,
  },
} as const satisfies KeySpec['shape'];

/** What the whole file becomes before cross-checks: every key may be absent or have been refused. */
export type RawConfig = ValueOf<typeof schema>;
