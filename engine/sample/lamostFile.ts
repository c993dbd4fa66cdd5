/**
 * A mock spectrum as a file of LAMOST DR10: a primary header that says NAXIS = 0 yet carries NAXIS1 and NAXIS2, as the real
 * ones do, and a table COADD of one row with six vectors.
 */
import { gzipSync } from 'node:zlib';
import { writeFits, type NewCard } from '../fits/writer';
import { pixelAngstrom, type Observation } from './observe';
import type { Random } from './random';
import { FIRST_LOG_WAVE, LIGHT_KMS, LOG_STEP, N_PIXELS } from './starlight';
import type { Star } from './stars';

/** Where a star sat: plate, spectrograph and fibre name the file and make the id. */
export interface Target {
  readonly obsid: number;
  readonly plate: string;
  readonly lmjd: number;
  readonly spectrograph: number;
  readonly fiber: number;
}

export function fileName({ lmjd, plate, spectrograph, fiber }: Target): string {
  return `spec-${lmjd}-${plate}_sp${String(spectrograph).padStart(2, '0')}-${String(fiber).padStart(3, '0')}.fits.gz`;
}

/** The gzipped bytes. The header's redshift carries a measurement error of 3 km/s. */
export function lamostFile(target: Target, star: Star, observation: Observation, random: Random): Uint8Array {
  const vector = (name: string, values: Float32Array) => ({ name, values, perRow: N_PIXELS });
  const bytes = writeFits([
    { kind: 'empty', cards: primaryCards(target, star, observation, star.velocityKms + random.normal(0, 3)) },
    {
      kind: 'table',
      name: 'COADD',
      columns: [
        vector('FLUX', observation.flux),
        vector('IVAR', observation.ivar),
        vector('WAVELENGTH', Float32Array.from(pixelAngstrom)),
        vector('ANDMASK', observation.andMask),
        vector('ORMASK', observation.orMask),
        vector('NORMALIZATION', observation.normalized),
      ],
    },
  ]);
  return gzipSync(bytes, { level: 4 });
}

function primaryCards(target: Target, star: Star, { snr }: Observation, measuredKms: number): NewCard[] {
  const text = (keyword: string, value: string, comment: string) => ({ keyword, value, comment });
  const number = (keyword: string, value: number, comment: string, digits = 8) => ({
    keyword,
    value: Number(value.toFixed(digits)),
    comment,
  });
  const section = (title: string) => ({ keyword: 'COMMENT', comment: `--------${title}` });
  return [
    number('NAXIS1', N_PIXELS, ''),
    number('NAXIS2', 5, ''),
    section('FILE INFORMATION'),
    text('FILENAME', fileName(target).replace(/\.gz$/, ''), ''),
    number('OBSID', target.obsid, 'Unique number ID of this spectrum'),
    text('AUTHOR', 'cannon sample', 'A mock spectrum: no such star exists'),
    text('DATA_V', 'MOCK DR10', 'Laid out like this data release'),
    section('TELESCOPE PARAMETERS'),
    text('TELESCOP', 'LAMOST', 'Laid out like a file of this telescope'),
    section('OBSERVATION PARAMETERS'),
    number('LMJD', target.lmjd, 'Local Modified Julian Day'),
    text('PLANID', target.plate, 'Plan ID in use'),
    number('RA', star.raDeg, '[deg] Right ascension of object', 6),
    number('DEC', star.decDeg, '[deg] Declination of object', 6),
    text('DESIG', designation(star), 'Designation of the mock target'),
    number('FIBERID', target.fiber, 'Fiber ID of Object'),
    text('OBJTYPE', 'Star', 'Object type from input catalog'),
    section('SPECTROGRAPH PARAMETERS'),
    number('SPID', target.spectrograph, 'Spectrograph ID'),
    section('DATA REDUCTION PARAMETERS'),
    { keyword: 'HELIO', value: true, comment: 'Heliocentric correction' },
    { keyword: 'VACUUM', value: true, comment: 'Wavelengths are in vacuum' },
    text('WFITTYPE', 'LOG-LINEAR', 'Linear-log10 dispersion'),
    number('COEFF0', FIRST_LOG_WAVE, 'Central wavelength (log10) of first pixel'),
    number('COEFF1', LOG_STEP, 'Log10 dispersion per pixel'),
    number('CRVAL1', FIRST_LOG_WAVE, 'Central wavelength (log10) of first pixel'),
    number('CD1_1', LOG_STEP, 'Log10 dispersion per pixel'),
    number('CRPIX1', 1, 'Starting pixel (1-indexed)'),
    text('CTYPE1', 'LINEAR', ''),
    number('DC-FLAG', 1, 'Log-linear flag'),
    section('SPECTRA ANALYSIS RESULTS'),
    text('CLASS', 'STAR', 'Class of object'),
    text('SUBCLASS', subclass(star.teff), 'Subclass of object'),
    number('Z', measuredKms / LIGHT_KMS, 'Redshift of object'),
    number('Z_ERR', 3 / LIGHT_KMS, 'Redshift error of object'),
    ...(['U', 'G', 'R', 'I', 'Z'] as const).map((band) =>
      number(`SNR${band}`, snr[band], `SNR of ${band.toLowerCase()} filter`, 2),
    ),
  ];
}

/** "MOCK J0830.12+2130.1"-like: hours and degrees to the second, as survey designations are made. */
function designation({ raDeg, decDeg }: Star): string {
  const sexagesimal = (value: number, digits: number) => {
    const unit = 10 ** digits;
    const seconds = Math.floor(value * 3600 * unit);
    const parts = [Math.floor(seconds / (3600 * unit)), Math.floor(seconds / (60 * unit)) % 60];
    return (
      parts.map((part) => String(part).padStart(2, '0')).join('') +
      ((seconds % (60 * unit)) / unit).toFixed(digits).padStart(3 + digits, '0')
    );
  };
  return `MOCK J${sexagesimal(raDeg / 15, 2)}+${sexagesimal(decDeg, 1)}`;
}

/** Spectral class and tenth by temperature, roughly that of dwarfs. */
function subclass(teff: number): string {
  const limits = [7300, 5980, 5300, 3900] as const;
  const letter = limits.findIndex((limit, i) => teff < limit && teff >= (limits[i + 1] ?? 0));
  const tenth = Math.floor((10 * (limits[letter]! - teff)) / (limits[letter]! - (limits[letter + 1] ?? 2400)));
  return `${'FGKM'[letter]!}${Math.min(9, tenth)}`;
}
