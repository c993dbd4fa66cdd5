/** The keys of `cannon.yaml` that say which stars are trusted, and what is trained on them: part of `schema.ts`. */
import { conditionPresets, modelsPreset } from './presets';
import type { KeySpec, Shape } from './shape';

/** How a row of a table finds its spectrum. */
export const matchShape = {
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
      summary: 'The name of the spectrum file, with or without its folders and extension, must equal this column.',
      shape: { kind: 'text' },
      example: 'file',
    },
    sky: {
      summary: 'The nearest row within this angle is taken. The table needs positions in degrees (ICRS).',
      unit: 'arcsec, arcmin or deg',
      shape: { kind: 'angle' },
      example: '1 arcsec',
    },
    ra: {
      summary: 'The column with right ascensions, in degrees.',
      goesWith: 'sky',
      shape: { kind: 'text' },
      defaultText:
        'the column that the file marks by its UCD, else one of a usual name (`ra`, `RAJ2000`, `RA_ICRS`, …)',
      example: 'RAJ2000',
    },
    dec: {
      summary: 'The column with declinations, in degrees.',
      goesWith: 'sky',
      shape: { kind: 'text' },
      defaultText: 'as for `ra`',
      example: 'DEJ2000',
    },
    brightest: {
      summary:
        'A column of magnitudes: of several rows within the angle, the brightest is taken instead of the nearest.',
      goesWith: 'sky',
      shape: { kind: 'text' },
      defaultText: 'the nearest row',
      example: 'phot_g_mean_mag',
    },
  },
} as const satisfies Shape;

export const reference = {
  summary: 'The table of stars whose labels are trusted, from which models are trained.',
  detail: 'Needed for training and cross-validation; labelling with a trained model works without.',
  example: '{ file: labels.csv, match: { spectrum.OBSID: obsid } }',
  shape: {
    kind: 'map',
    keys: {
      file: {
        summary:
          'The table file, relative to this file or absolute: CSV with a line of names, FITS, VOTable or Parquet.',
        shape: { kind: 'text' },
        required: true,
        example: 'labels.csv',
      },
      match: {
        summary:
          'How a row of the table finds its spectrum: by a header card, by the name of the file, or by position.',
        required: true,
        example: '{ spectrum.OBSID: obsid }',
        shape: matchShape,
      },
    },
  },
} as const satisfies KeySpec;

export const labels = {
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
          error: {
            summary: 'The column that holds the error of this label, in its unit.',
            detail: 'Errors serve means weighted by them, and training that heeds them.',
            shape: { kind: 'text' },
            defaultText:
              'a column named by custom: `e_NAME`, `NAME_err`, `err_NAME`, `NAME_error` or `sigma_NAME`, in upper or lower case; a label made of others has theirs, propagated',
            example: 'e_teff',
          },
          mean: {
            summary:
              'Instead of `column`: the label is the mean of these labels or columns, over those that a star has.',
            shape: { kind: 'list', of: { kind: 'text' } },
            example: '[mg_fe, si_fe, ca_fe, ti_fe]',
          },
          weights: {
            summary: 'How the values of `mean` are weighted.',
            shape: {
              kind: 'choice',
              choices: {
                errors: 'by 1 ÷ error²; a value without an error above 0 does not count',
                equal: 'all alike',
              },
            },
            default: 'equal',
            example: 'errors',
          },
          errors: {
            summary: 'The columns of the errors of `mean`, in its order.',
            shape: { kind: 'list', of: { kind: 'text' } },
            defaultText: 'the error of each label, or the column named by custom',
            example: '[e_mg_fe, e_si_fe, e_ca_fe, e_ti_fe]',
          },
          atLeast: {
            summary: 'Of how many values `mean` must be at least; a star with fewer has no such label.',
            shape: { kind: 'number', min: 1, max: 100, integer: true },
            default: 1,
            example: '2',
          },
          expression: {
            summary: 'Instead of `column`: the label is this formula of other labels and of columns.',
            detail:
              'A name is that of another label, else of a column; the label’s own name is the column of that name. Labels may stand in any order, but not in a circle.',
            shape: { kind: 'formula' },
            example: '"mg_h - fe_h"',
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

export const models = {
  summary: 'The models to train, each on some of the stars and some of the labels.',
  detail:
    'Without this key there is one model, named `main`, over all stars and all labels. The word `wheeler2020` stands for the two models of that paper, giants and dwarfs by its Equation 1, each with its labels. A star goes to the first model whose condition holds.',
  example: '{ giants: { where: "logg < 3.8", labels: [teff, logg, fe_h] }, dwarfs: { where: otherwise } }',
  shape: {
    kind: 'names',
    what: 'model',
    word: modelsPreset,
    each: {
      summary: 'A model; its name is the name of its folder in a run.',
      example: '{ where: "logg < 3.8", labels: [teff, logg, fe_h] }',
      shape: {
        kind: 'map',
        keys: {
          where: {
            summary:
              'Which reference stars the model is trained on: a condition, or `otherwise` for those of which no earlier condition holds. Where a condition is not known of a star, `otherwise` does not take it either.',
            shape: { kind: 'condition', word: 'otherwise', presets: conditionPresets },
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
