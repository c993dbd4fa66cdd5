/**
 * How wide a line is that the instrument alone broadens: σ of its Gaussian profile in ln λ, from the resolving power
 * R = λ / FWHM that each survey states. A format that holds spectra of any instrument says nothing, and 0 stands for it. Pure.
 */
import type { SurveyFormat } from '../config/config';

const resolvingPower: Readonly<Record<SurveyFormat, number>> = {
  'lamost-lrs': 1800,
  'lamost-mrs': 7500,
  sdss: 2000,
  apogee: 22_500,
  galah: 28_000,
  table: Infinity,
};

const fwhmOfSigma = 2 * Math.sqrt(2 * Math.LN2);

/** σ in ln λ; 0 where the resolving power is not known. */
export function lineSpreadOf(survey: SurveyFormat): number {
  return 1 / (resolvingPower[survey] * fwhmOfSigma);
}
