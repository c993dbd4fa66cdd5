/** All formats of spectra, by the name that `survey` has in cannon.yaml. */
import type { SurveyFormat } from '../config/config';
import type { FitsFile } from '../fits/fitsFile';
import { apogee } from './apogee';
import type { SpectrumFormat } from './format';
import { galah } from './galah';
import { lamostLrs } from './lamostLrs';
import { lamostMrs } from './lamostMrs';
import { sdss } from './sdss';
import { tableSpectrum } from './tableSpectrum';

/** In the order in which an unknown file is tried: the particular before the general. */
export const formats: Readonly<Record<SurveyFormat, SpectrumFormat>> = {
  'lamost-lrs': lamostLrs,
  'lamost-mrs': lamostMrs,
  apogee,
  galah,
  sdss,
  table: tableSpectrum,
};

export const surveyFormats = Object.keys(formats) as readonly SurveyFormat[];

export function isSurveyFormat(name: unknown): name is SurveyFormat {
  return typeof name === 'string' && Object.hasOwn(formats, name);
}

/** The format that a file's headers show, or null. */
export function recognizeFormat(file: FitsFile, path: string): SurveyFormat | null {
  return surveyFormats.find((survey) => formats[survey].recognizes(file, path)) ?? null;
}
