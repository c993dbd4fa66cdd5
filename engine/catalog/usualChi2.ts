/**
 * χ² a pixel that is usual in a table of labels: what limits rest on where no cross-validation tells one.
 *
 * A fixed figure does not do. χ² / n of a model that describes a star perfectly lies between 0.5 and 1, by how its pixels were resampled and by
 * what part of the error is the model's own; and it rises with S/N, the more labels a model has for its training stars, as the errors of
 * θ are in no star's χ². The stars that trained tell too little, for they fit better than any other. So the table itself is taken, a
 * high percentile of each model's rows, exact and in memory that does not grow.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { LabelsTable } from './labelsTable';
import { ManyNumbers } from './manyNumbers';

/** Percentiles; null of too few stars. */
export interface UsualChi2 {
  readonly chi2: number | null;
  readonly windows: ReadonlyMap<string, number | null>;
}

export interface UsualOptions {
  readonly elements: readonly string[];
  /** The part of the rows that lies below a limit: of χ², and of that of a single element. */
  readonly part: number;
  readonly partOfWindow: number;
  /** Fewer rows have no percentile. */
  readonly least: number;
  /** For files where memory does not do; made, and removed, here. */
  readonly folder: string;
  /** Lets others in: awaited now and then. */
  readonly turn: () => Promise<void>;
  readonly onRows: (rows: number) => void;
}

/** By the name of the model. The table has columns `model`, `chi2` and `n_pixels`. */
export async function usualChi2(table: LabelsTable, options: UsualOptions): Promise<ReadonlyMap<string, UsualChi2>> {
  const { elements, part, partOfWindow, least, folder } = options;
  const known = new Set(table.columns.map(({ name }) => name));
  const windows = elements.filter((name) => known.has(`chi2_${name}`) && known.has(`n_pixels_${name}`));
  const endings = ['', ...windows.map((name) => `_${name}`)];
  const byModel = new Map<string, ManyNumbers[]>();
  mkdirSync(folder, { recursive: true });
  try {
    for await (const piece of table.pieces()) {
      const models = piece.texts('model');
      const columns = endings.map((of) => [piece.numbers(`chi2${of}`), piece.numbers(`n_pixels${of}`)] as const);
      for (let row = 0; row < piece.nRows; row++) {
        const own =
          byModel.get(models[row]!) ?? endings.map((of) => new ManyNumbers(join(folder, `${byModel.size}${of}.part`)));
        byModel.set(models[row]!, own);
        columns.forEach(([chi2, nPixels], k) => {
          const perPixel = chi2[row]! / nPixels[row]!;
          if (Number.isFinite(perPixel)) own[k]!.add(perPixel);
        });
      }
      options.onRows(piece.nRows);
      await options.turn();
    }
    const percentile = (numbers: ManyNumbers, at: number) =>
      numbers.count < least ? null : numbers.quantiles([at])[0]!;
    return new Map(
      [...byModel].map(([model, [all, ...own]]) => {
        const ofWindows = own.map((numbers, k) => [windows[k]!, percentile(numbers, partOfWindow)] as const);
        return [model, { chi2: percentile(all!, part), windows: new Map(ofWindows) }];
      }),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
