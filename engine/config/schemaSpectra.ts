/** The keys of `cannon.yaml` that say what the spectra are and how they are made ready: part of `schema.ts`. */
import { galahWindowsInAir } from '../spectra/elementWindows';
import type { KeySpec } from './shape';

export const survey = {
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
} as const satisfies KeySpec;

export const spectra = {
  summary: 'Which files are spectra: a glob or a list of them, relative to this file or absolute.',
  detail:
    '`*` stands for any name, `?` for any letter, `**` for any folders, `{a,b}` for a or b, `{01..12}` for numbers, `[0-9]` for one of these letters, `!(a|b)` for any name but these. Files compressed with gzip are known by their bytes.',
  required: true,
  shape: { kind: 'list', of: { kind: 'text' }, lone: true },
  example: 'spectra/**/*.fits.gz',
} as const satisfies KeySpec;

export const grid = {
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

export const continuum = {
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

export const windows = {
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
