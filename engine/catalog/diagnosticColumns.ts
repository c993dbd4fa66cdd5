/**
 * What the residuals of a fit tell of oddities, as columns of the table of labels (`engine/cannon/diagnostics.ts`).
 *
 * snr, snrz, bad_fraction; pull_<element> for the elements whose windows the survey names and for lithium, barium and strontium;
 * emission, emission_line; binary_delta_chi2, binary_velocity, binary_share; rv_residual, e_rv_residual, rv_delta_chi2;
 * bad_stretch, bad_stretch_at. Empty (NaN) for a star without labels. docs/flags.md says what each means.
 */
import type { StarDiagnostics } from '../cannon/diagnostics';
import { diagnosedElements } from '../cannon/diagnosedLines';
import type { NamedWindows } from '../spectra/elementWindows';
import type { CatalogColumn, CatalogRow } from './catalog';

/** Name, unit, UCD, significant digits in CSV. */
const columns = {
  snr: ['snr', '', 'stat.snr', 5],
  badFraction: ['bad_fraction', '', 'arith.factor', 4],
  emission: ['emission', '', 'stat.fit.residual', 5],
  binaryDeltaChi2: ['binary_delta_chi2', '', 'stat.fit.chi2', 6],
  binaryVelocity: ['binary_velocity', 'km/s', 'spect.dopplerVeloc.opt', 5],
  binaryShare: ['binary_share', '', 'arith.factor', 4],
  rvResidual: ['rv_residual', 'km/s', 'spect.dopplerVeloc.opt', 6],
  rvError: ['e_rv_residual', 'km/s', 'stat.error;spect.dopplerVeloc.opt', 4],
  rvDeltaChi2: ['rv_delta_chi2', '', 'stat.fit.chi2', 6],
  badStretch: ['bad_stretch', '', 'stat.fit.residual', 5],
  badStretchAt: ['bad_stretch_at', 'Angstrom', 'em.wl', 6],
} as const satisfies Partial<Record<keyof StarDiagnostics, readonly [string, string, string, number]>>;

export function diagnosticColumns(rows: readonly CatalogRow[], windows: readonly NamedWindows[]): CatalogColumn[] {
  const numbers = (
    [name, unit, ucd, digits]: readonly [string, string, string, number],
    of: (row: CatalogRow) => number | null | undefined,
  ): CatalogColumn => ({ name, unit, ucd, digits, values: Float64Array.from(rows, (row) => of(row) ?? NaN) });
  const own = (key: keyof typeof columns) => numbers(columns[key], ({ fit }) => fit?.diagnostics?.[key]);
  return [
    own('snr'),
    numbers(['snrz', '', 'stat.snr', 6], ({ identity }) => identity?.snr.z),
    own('badFraction'),
    ...diagnosedElements(windows).map(({ name }, k) =>
      numbers([`pull_${name}`, '', 'stat.fit.residual', 5], ({ fit }) => fit?.diagnostics?.pulls[k]),
    ),
    own('emission'),
    {
      ...{ name: 'emission_line', unit: '', ucd: 'meta.note' },
      values: rows.map(({ fit }) => fit?.diagnostics?.emissionLine ?? ''),
    },
    ...(['binaryDeltaChi2', 'binaryVelocity', 'binaryShare'] as const).map(own),
    ...(['rvResidual', 'rvError', 'rvDeltaChi2'] as const).map(own),
    ...(['badStretch', 'badStretchAt'] as const).map(own),
  ];
}
