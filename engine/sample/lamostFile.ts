/**
 * A mock spectrum as a file of LAMOST DR10: a primary header that says NAXIS = 0 yet carries NAXIS1 and NAXIS2, as the real
 * ones do, and a table COADD of one row with six vectors.
 */
import { writeFits, type NewCard } from '../fits/writer';
import { N_PIXELS, pixelAngstrom, FIRST_LOG_WAVE, LOG_STEP } from './profile';
import type { Source } from './sources';
import type { Spectrum } from './spectrum';
import { LIGHT_KMS } from './starlight';
import { designation, fileName, subclass, type Target } from './targets';

/** The bytes, not yet compressed. */
export function lamostFile(target: Target, source: Source, spectrum: Spectrum): Uint8Array {
  const { observation } = spectrum;
  const vector = (name: string, values: Float32Array) => ({ name, values, perRow: N_PIXELS });
  return writeFits([
    { kind: 'empty', cards: primaryCards(target, source, spectrum) },
    {
      kind: 'table',
      name: 'COADD',
      columns: [
        vector('FLUX', observation.flux),
        vector('IVAR', observation.ivar),
        vector('WAVELENGTH', wavelengths),
        vector('ANDMASK', observation.andMask),
        vector('ORMASK', observation.orMask),
        vector('NORMALIZATION', observation.normalized),
      ],
    },
  ]);
}

const wavelengths = Float32Array.from(pixelAngstrom);

function primaryCards(target: Target, star: Source, { snr, measuredKms }: Spectrum): NewCard[] {
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
    number('N_EXTEN', 2, 'The amount of extension'),
    number('NORM', 1, '1 if there exists a normalized spectrum'),
    section('TELESCOPE PARAMETERS'),
    text('TELESCOP', 'LAMOST', 'Laid out like a file of this telescope'),
    section('OBSERVATION PARAMETERS'),
    number('LMJD', target.lmjd, 'Local Modified Julian Day'),
    text('PLANID', target.plate, 'Plan ID in use'),
    number('RA', star.raDeg, '[deg] Right ascension of object', 6),
    number('DEC', star.decDeg, '[deg] Declination of object', 6),
    text('DESIG', designation(star.raDeg, star.decDeg), 'Designation of the mock target'),
    number('FIBERID', target.fiber, 'Fiber ID of Object'),
    text('OBJTYPE', 'Star', 'Object type from input catalog'),
    text('FIB_TYPE', 'Obj', 'Fiber type of object'),
    number('FIB_MASK', 0, 'Bitmask of warning values, 0 means good'),
    text('RADECSYS', 'FK5', 'Equatorial coordinate system'),
    number('EQUINOX', 2000, 'Equinox in years'),
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
    text('ZFLAG', 'MOCK', 'Which method computes the redshift'),
    ...(['U', 'G', 'R', 'I', 'Z'] as const).map((band) =>
      number(`SNR${band}`, snr[band], `SNR of ${band.toLowerCase()} filter`, 2),
    ),
  ];
}
