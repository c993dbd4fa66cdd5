/** The keys of `cannon.yaml` that say what a catalog is made of, and when a star in it is flagged: part of `schema.ts`. */
import type { KeySpec } from './shape';

export const catalog = {
  summary: 'What `cannon catalog` is told about the survey.',
  example: '{ giants: giants, sourceId: GAIA_ID }',
  shape: {
    kind: 'map',
    keys: {
      giants: {
        summary: 'The model whose stars have `giantmodel` true.',
        shape: { kind: 'text' },
        default: 'giants',
        example: 'giants',
      },
      sourceId: {
        summary: 'The header card with the star’s Gaia source_id, which `cannon infer` then keeps for the catalog.',
        shape: { kind: 'text' },
        defaultText: 'none; `source_id` is then null',
        example: 'GAIA_ID',
      },
    },
  },
} as const satisfies KeySpec;

export const flags = {
  summary: 'From where on a star of the catalog is flagged.',
  detail: 'docs/catalog.md lists the flags; what each default means for real stars stands there too.',
  example: '{ percentile: 99, snr: 20 }',
  shape: {
    kind: 'map',
    keys: {
      percentile: {
        summary:
          'The percentile of χ² a pixel of the model’s own cross-validated stars, above which a star has the flag `chi2`; for `window_chi2`, that of the element that stands out most.',
        detail:
          'So that about one in a hundred of the stars that the model was tested on would be flagged by each. For a model without a cross-validation it is the percentile of the stars in the table itself.',
        shape: { kind: 'number', min: 50, max: 100 },
        default: 99,
        example: '99.9',
      },
      chi2: {
        summary: 'A fixed limit of χ² a pixel, for all models, in place of the percentile.',
        shape: { kind: 'number', above: 0 },
        defaultText: 'the percentile',
        example: '1.5',
      },
      windowChi2: {
        summary: 'The same for χ² a pixel in the windows of an element.',
        shape: { kind: 'number', above: 0 },
        defaultText: 'the percentile',
        example: '3',
      },
      largeError: {
        summary: 'The part of the range in which a label is believed from which on its error is large.',
        detail:
          'An error of a fifth of that range is as large as the spread of the training stars: the label says hardly more than that the star is one of their kind. From a tenth on labels of mock stars are no better than a guess; docs/flags.md has the figures.',
        shape: { kind: 'number', above: 0 },
        default: 0.2,
        example: '0.1',
      },
      snr: {
        summary: 'The S/N a pixel below which it is low.',
        detail: 'Down to 5 the errors of mock stars are as honest as at high S/N, and large where they have to be.',
        shape: { kind: 'number', min: 0 },
        default: 5,
        example: '30',
      },
      badPixels: {
        summary: 'The part of unusable pixels above which there are many.',
        detail:
          'Where more than three in ten are gone here and there, the continuum suffers, and errors become too small by more than a quarter.',
        shape: { kind: 'number', min: 0, max: 1 },
        default: 0.3,
        example: '0.1',
      },
      rival: {
        summary: 'By how much χ² may be higher at another minimum that is nearly as good.',
        detail: 'Up to 50 the labels of the other minimum are the truer ones in one of three mock stars.',
        shape: { kind: 'number', above: 0 },
        default: 50,
        example: '9',
      },
      binary: {
        summary: 'By how much χ² has to fall with a second star before one is suspected.',
        detail:
          'docs/flags.md says what this and the other limits of residuals find in a mock survey, and where they come from.',
        shape: { kind: 'number', above: 0 },
        default: 100,
        example: '200',
      },
      emission: {
        summary: 'From how many of its errors on emission is flagged.',
        shape: { kind: 'number', above: 0 },
        default: 6,
        example: '8',
      },
      pull: {
        summary: 'By how many of their errors the lines of an element have to differ from the model.',
        shape: { kind: 'number', above: 0 },
        default: 5,
        example: '3.5',
      },
      badStretch: {
        summary: 'How much worse than the rest a stretch of the spectrum has to fit, in units of the spread expected.',
        shape: { kind: 'number', above: 0 },
        default: 40,
        example: '60',
      },
      velocity: {
        summary: 'From how many of its errors on a residual velocity is flagged.',
        shape: { kind: 'number', above: 0 },
        default: 5,
        example: '8',
      },
      velocityKms: {
        summary: 'The least residual velocity that is flagged, in km/s either way.',
        shape: { kind: 'number', min: 0 },
        default: 30,
        example: '50',
      },
      disagreement: {
        summary: 'From how many of their errors on two observations of a star disagree in a label.',
        detail:
          'Errors count as large as the differences of all stars that were observed more than once show them to be, where there are 40 of them or more.',
        shape: { kind: 'number', above: 0 },
        default: 5,
        example: '4',
      },
    },
  },
} as const satisfies KeySpec;

export const searches = {
  summary: 'Searches over the catalog that the review bench offers, by the names that you give them.',
  detail:
    "Each is an SQL condition as after `WHERE`, for example `has('window_chi2', 'Ba') AND snr > 50`. `docs/catalog-queries.md` has the language. They train nothing and flag nothing.",
  defaultText: 'none',
  example: "{ barium stars: \"has('window_chi2', 'Ba') AND snr > 50\" }",
  shape: {
    kind: 'names',
    what: 'search',
    each: {
      summary: 'An SQL condition over the columns of the catalog.',
      example: '"chi2 > 5000 AND NOT has(\'low_snr\')"',
      shape: { kind: 'text' },
    },
  },
} as const satisfies KeySpec;
