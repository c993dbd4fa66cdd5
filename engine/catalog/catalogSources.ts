/**
 * What a catalog needs of an observation and the table of labels has not otherwise: source_id and star_id, by the header cards that
 * the config names (`catalog.sourceId`, `repeats.card`); the S/N of the band that weights repeats, unless it is `snrz`; and, where they
 * were asked for, the covariances cov_<a>_<b> of labels.
 */
import type { CatalogSpec, RepeatsSpec } from '../config/config';
import { matchKey } from '../reference/match';
import type { SpectrumIdentity } from '../spectra/spectrum';
import { type CatalogColumn, type CatalogRow, noId } from './catalog';
import { covarianceColumns } from './schema';

export interface SourcesOf {
  readonly repeats: RepeatsSpec;
  readonly catalog: CatalogSpec;
  readonly covariance: boolean;
}

/** Header cards to read. */
export function cardsOf({ repeats, catalog }: Pick<SourcesOf, 'repeats' | 'catalog'>): string[] {
  return [repeats.card, catalog.sourceId].flatMap((card) => card ?? []);
}

/** @param labels of all models, each once. */
export function sourceColumns(
  rows: readonly CatalogRow[],
  labels: readonly { readonly name: string; readonly unit: string }[],
  { repeats, catalog, covariance }: SourcesOf,
): CatalogColumn[] {
  const columns: CatalogColumn[] = [];
  if (catalog.sourceId !== null) {
    const values = BigInt64Array.from(rows, ({ identity }) => exactId(keyOf(identity, catalog.sourceId!)));
    columns.push({ name: 'source_id', unit: '', ucd: 'meta.id;meta.main', values });
  }
  if (repeats.card !== null) {
    const values = rows.map(({ identity }) => keyOf(identity, repeats.card!) ?? '');
    columns.push({ name: 'star_id', unit: '', ucd: 'meta.id', values });
  }
  if (repeats.weight !== 'z') {
    const snr = ({ identity }: CatalogRow) => identity?.snr[repeats.weight] ?? identity?.snr.all ?? NaN;
    const values = Float64Array.from(rows, snr);
    columns.push({ name: `snr${repeats.weight}`, unit: '', ucd: 'stat.snr', digits: 6, values });
  }
  if (!covariance) return columns;
  return [
    ...columns,
    ...covarianceColumns(labels).map(({ name, unit, ucd, of: [a, b] }): CatalogColumn => {
      const values = Float64Array.from(rows, (row) => covarianceIn(row, a, b));
      return { name, unit, ucd, values };
    }),
  ];
}

function keyOf(identity: SpectrumIdentity | null, card: string): string | null {
  return identity === null ? null : matchKey(identity.cards[card] ?? null);
}

/** `noId` for what is no whole number of 64 bits. */
export function exactId(text: string | null): bigint {
  return text !== null && /^-?\d{1,18}$/.test(text) ? BigInt(text) : text === null ? noId : longId(text);
}

function longId(text: string): bigint {
  if (!/^-?\d{19}$/.test(text)) return noId;
  const id = BigInt(text);
  return BigInt.asIntN(64, id) === id ? id : noId;
}

function covarianceIn({ model, fit }: CatalogRow, a: string, b: string): number {
  const [i, j] = [a, b].map((name) => model?.labels.findIndex((label) => label.name === name) ?? -1) as [
    number,
    number,
  ];
  return i < 0 || j < 0 ? NaN : (fit?.covariance[i * model!.labels.length + j] ?? NaN);
}
