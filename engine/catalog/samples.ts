/**
 * Samples of the stars' posteriors as FITS, beside the table of labels.
 *
 * SAMPLES has a row a sample: `row` (of the star in the table of labels, from 1) and the labels, NaN for those that the
 * star's model does not have. SAMPLER has a row a star: `row`, `acceptance` and `effective_size` (`cannon/posterior.ts`).
 */
import { extname } from 'node:path';
import type { Model } from '../cannon/model';
import type { NewColumn } from '../fits/writer';
import type { CatalogRow } from './catalog';

export interface SampleColumns {
  readonly samples: readonly NewColumn[];
  readonly sampler: readonly NewColumn[];
}

/** "labels.csv" → "labels.samples.fits". */
export function samplesPath(labelsPath: string): string {
  return `${labelsPath.slice(0, labelsPath.length - extname(labelsPath).length)}.samples.fits`;
}

/** The rows of both tables for some stars, of which the first has row `firstRow` (from 0) of the table of labels. */
export function sampleColumns(rows: readonly CatalogRow[], models: readonly Model[], firstRow: number): SampleColumns {
  const stars = rows.flatMap(({ model, fit }, k) =>
    model !== null && fit?.posterior ? [{ row: firstRow + k + 1, model, posterior: fit.posterior }] : [],
  );
  const perStar = stars.map(({ model, posterior }) => posterior.samples.length / model.labels.length);
  const total = perStar.reduce((sum, count) => sum + count, 0);
  const rowOfSample = new Int32Array(total);
  const labels = new Map(models.flatMap((model) => model.labels.map(({ name, unit }) => [name, unit] as const)));
  const columns = [...labels].map(([name, unit]) => ({
    ...{ name, comment: 'drawn from the posterior', values: new Float64Array(total).fill(NaN) },
    ...(unit !== '' && { unit }),
  }));
  let at = 0;
  stars.forEach(({ row, model, posterior: { samples } }, k) => {
    rowOfSample.fill(row, at, at + perStar[k]!);
    for (const { name, values } of columns) {
      const i = model.labels.findIndex((label) => label.name === name);
      if (i < 0) continue;
      for (let s = 0; s < perStar[k]!; s++) values[at + s] = samples[s * model.labels.length + i]!;
    }
    at += perStar[k]!;
  });
  const sampler = [
    {
      name: 'row',
      comment: 'of the star in the table of labels, from 1',
      values: Int32Array.from(stars, ({ row }) => row),
    },
    {
      name: 'acceptance',
      comment: 'share of proposals taken',
      values: Float64Array.from(stars, ({ posterior }) => posterior.acceptance),
    },
    {
      name: 'effective_size',
      comment: 'independent samples that tell the mean of the worst label as well',
      values: Float64Array.from(stars, ({ posterior }) => posterior.effectiveSize),
    },
  ];
  return {
    samples: [{ name: 'row', comment: 'of the star in the table of labels, from 1', values: rowOfSample }, ...columns],
    sampler,
  };
}
