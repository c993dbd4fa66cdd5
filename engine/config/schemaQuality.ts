/** The key of `cannon.yaml` that says which reference stars are good enough: part of `schema.ts`. */
import { matchShape } from './schemaReference';
import { survey } from './schemaSpectra';
import type { KeySpec } from './shape';

const windowChi2 = {
  summary:
    'Instead of a condition: drops the stars whose χ² in the windows of an element is above a percentile, for any element.',
  detail:
    'χ² comes from columns, from high-resolution spectra, or else from the survey’s own spectra; docs/reference-set.md says how. The percentile is over the stars that the cuts before have left. A star without χ² in an element is not judged by it.',
  example: '{ percentile: 85 }',
  shape: {
    kind: 'map',
    keys: {
      percentile: {
        summary: 'The percentile of χ² up to which stars are kept, in each element.',
        shape: { kind: 'number', above: 0, max: 100 },
        default: 85,
        example: '85',
      },
      elements: {
        summary: 'The elements, or windows, that judge.',
        shape: { kind: 'list', of: { kind: 'text' } },
        defaultText:
          'the elements that the labels are named after (`mg_fe`, `ba_h`), those of a mean included; all that have windows where none is',
        example: '[Mg, Si, Ca, Ti]',
      },
      columns: {
        summary: 'The columns of the reference table that hold χ²: one an element, or a pattern such as `chi2_*`.',
        shape: {
          kind: 'either',
          plain: { kind: 'text' },
          map: {
            kind: 'names',
            what: 'element',
            each: { summary: 'The column of this element.', shape: { kind: 'text' }, example: 'chi2_mg' },
          },
        },
        example: '{ Mg: chi2_mg, Ba: chi2_ba }',
      },
      spectra: {
        summary: 'High-resolution spectra of the reference stars, one glob or several.',
        shape: { kind: 'list', of: { kind: 'text' }, lone: true },
        example: 'galah/*1.fits',
      },
      survey: {
        summary: 'How those spectra are read.',
        shape: survey.shape,
        default: 'galah',
        example: 'galah',
      },
      match: {
        summary: 'How a row of the reference table finds its high-resolution spectrum.',
        shape: matchShape,
        defaultText: 'as `reference.match`',
        example: '{ spectrum.SOBJECT_ID: sobject_id }',
      },
    },
  },
} as const satisfies KeySpec;

export const quality = {
  summary: 'Conditions that a reference star must fulfil to be trained on, all of them, in this order.',
  detail:
    'Names are labels, columns of the reference table, or header cards as `spectrum.SNRG`. A star for which a value is missing does not pass.',
  shape: {
    kind: 'list',
    of: { kind: 'either', plain: { kind: 'condition' }, map: { kind: 'map', keys: { windowChi2 }, oneOf: true } },
    lone: true,
  },
  defaultText: 'no condition',
  example: '["snrg >= 30", "4500 < teff < 7000"]',
} as const satisfies KeySpec;
