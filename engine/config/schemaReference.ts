/** The keys of `cannon.yaml` that say which stars are trusted, and what is trained on them: part of `schema.ts`. */
import type { KeySpec } from './shape';

export const reference = {
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

export const quality = {
  summary: 'Conditions that a reference star must fulfil to be trained on, all of them.',
  detail:
    'Names are labels, columns of the reference table, or header cards as `spectrum.SNRG`. A star for which a value is missing does not pass.',
  shape: { kind: 'list', of: { kind: 'condition' }, lone: true },
  defaultText: 'no condition',
  example: '["snrg >= 30", "4500 < teff < 7000"]',
} as const satisfies KeySpec;

export const models = {
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
