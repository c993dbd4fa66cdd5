/**
 * The one description of `cannon.yaml`: from it come validation, hovers, `media/cannon.schema.json` and
 * `docs/configuration.md`. To add a key, describe it in one of the files below, carry its value over in `parse.ts`, and run `npm run generate`.
 *
 * Wavelengths are vacuum Å in the rest frame.
 */
import { catalog, flags, searches } from './schemaCatalog';
import { crossValidation, inference, repeats } from './schemaFit';
import { quality } from './schemaQuality';
import { labels, models, reference } from './schemaReference';
import { continuum, grid, spectra, survey, windows } from './schemaSpectra';
import { training } from './schemaTraining';
import type { KeySpec, ValueOf } from './shape';

/** The name of a label or of a model: it becomes the name of a column, or of a folder. */
export const namePattern = /^[A-Za-z][A-Za-z0-9_]{0,31}$/;

/** The whole file. */
export const schema = {
  kind: 'map',
  keys: {
    survey,
    spectra,
    reference,
    grid,
    continuum,
    labels,
    quality,
    models,
    windows,
    training,
    crossValidation,
    inference,
    repeats,
    catalog,
    flags,
    searches,
  },
} as const satisfies KeySpec['shape'];

/** What the whole file becomes before cross-checks: every key may be absent or have been refused. */
export type RawConfig = ValueOf<typeof schema>;
