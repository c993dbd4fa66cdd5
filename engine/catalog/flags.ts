/**
 * What to know of a star before its labels are trusted, as columns of the catalog.
 *
 * `flags` sums up, in words with spaces between: not_converged; extrapolated (outside the training range); at_bound (at the
 * end of what is searched: a label a hundred standard deviations off, or `rv` at `inference.velocity`); rival (another
 * minimum of χ², whose labels and Δχ² stand in columns of their own). The columns beside it say which label it is.
 */
import type { LabelInfo } from '../cannon/model';
import type { CatalogColumn, CatalogRow } from './catalog';

/** @param labels of all models, each once. */
export function flagColumns(rows: readonly CatalogRow[], labels: readonly LabelInfo[]): CatalogColumn[] {
  const words = (name: string, description: string, of: (row: CatalogRow) => readonly string[]): CatalogColumn => ({
    ...{ name, unit: '', ucd: 'meta.code', description, values: rows.map((row) => of(row).join(' ')) },
  });
  const numbers = (name: string, unit: string, of: (row: CatalogRow) => number | undefined): CatalogColumn => ({
    ...{ name, unit, ucd: 'stat.fit.param', digits: 8, values: Float64Array.from(rows, (row) => of(row) ?? NaN) },
  });
  return [
    words('flags', 'not_converged, extrapolated, at_bound, rival, as far as they are so', flagsOf),
    {
      ...{ name: 'converged', unit: '', ucd: 'meta.code', description: 'the search ended in a minimum' },
      values: rows.map(({ fit }) => fit?.converged ?? false),
    },
    words('extrapolated', 'labels outside the range of the training stars', ({ model, fit }) =>
      namesWhere(model?.labels, fit?.extrapolated),
    ),
    words('at_bound', 'labels, or rv, at the end of what is searched', namesAtBound),
    {
      ...{ name: 'n_rivals', unit: '', ucd: 'meta.number' },
      values: Int32Array.from(rows, ({ fit }) => fit?.rivals.length ?? 0),
    },
    numbers('rival_delta_chi2', '', ({ fit }) => fit?.rivals[0]?.deltaChi2),
    ...labels.map(({ name, unit }) => ({
      description: 'label at the best other minimum',
      ...numbers(`rival_${name}`, unit, ({ model, fit }) => {
        const i = model?.labels.findIndex((label) => label.name === name) ?? -1;
        return i < 0 ? undefined : fit?.rivals[0]?.labels[i];
      }),
    })),
  ];
}

/** The velocity that was fitted along. */
export function velocityColumns(rows: readonly CatalogRow[]): CatalogColumn[] {
  const column = (name: string, ucd: string, of: (row: CatalogRow) => number | undefined): CatalogColumn => ({
    ...{ name, unit: 'km/s', ucd, digits: 6, values: Float64Array.from(rows, (row) => of(row) ?? NaN) },
  });
  return [
    column('rv', 'spect.dopplerVeloc.opt', ({ fit }) => fit?.velocity?.kms),
    column('e_rv', 'stat.error;spect.dopplerVeloc.opt', ({ fit }) => fit?.velocity?.error),
  ];
}

/** None for a star without labels: its `problem` says why. */
function flagsOf(row: CatalogRow): string[] {
  const { fit } = row;
  if (fit === null || fit.problem !== null) return [];
  return [
    ...(fit.converged ? [] : ['not_converged']),
    ...(fit.extrapolated.some(Boolean) ? ['extrapolated'] : []),
    ...(namesAtBound(row).length > 0 ? ['at_bound'] : []),
    ...(fit.rivals.length > 0 ? ['rival'] : []),
  ];
}

function namesAtBound({ model, fit }: CatalogRow): string[] {
  return [...namesWhere(model?.labels, fit?.atBound), ...(fit?.velocity?.atBound === true ? ['rv'] : [])];
}

function namesWhere(labels: readonly LabelInfo[] = [], flags: readonly boolean[] = []): string[] {
  return labels.filter((_, i) => flags[i]).map((label) => label.name);
}
