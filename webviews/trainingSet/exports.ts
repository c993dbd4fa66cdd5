/** The reference stars as a table, and a program that draws the diagram again from the reference table itself. */
import type { Chart } from 'chart.js';
import type { StarColumn, TrainingSetView } from '../../engine/index';
import { type CsvColumn, csvOf, ExportDialog, inDocstring, pngOf, pythonText, svgOf } from '../export';
import { type Choice, fateOf, titleOf } from './model';

export function exportDialog(panel: {
  /** Throws a sentence while there is nothing to export. */
  readonly shown: () => { readonly set: TrainingSetView; readonly choice: Choice };
  readonly charts: () => readonly Chart[];
  readonly save: (suggestedName: string, content: string | Uint8Array) => Promise<string | null>;
  readonly failed: (error: unknown) => void;
}): ExportDialog {
  const title = (): string => {
    const { x, y } = panel.shown().choice;
    return `Reference stars: ${titleOf(y)} against ${titleOf(x)}`;
  };
  return new ExportDialog({
    name: () => `training-set-${panel.shown().choice.y.name}-${panel.shown().choice.x.name}`,
    exports: {
      png: () => pngOf(panel.charts()),
      svg: () => svgOf(panel.charts(), title()),
      csv: () => csvOf(csvColumns(panel.shown().set)),
      py: () => pythonOf(panel.shown().set, panel.shown().choice),
    },
    save: panel.save,
    failed: panel.failed,
  });
}

/** Single precision crosses to the page; its seven digits are all that is meant. */
const clean = (value: number): number => (Number.isFinite(value) ? Number(value.toPrecision(7)) : NaN);

function csvColumns(set: TrainingSetView): CsvColumn[] {
  const verdicts = new Map(set.verdicts.map((verdict) => [verdict.star, verdict]));
  const each = (of: (n: number) => string): string[] => set.stars.map((_, n) => of(n));
  return [
    { name: 'star', unit: '', values: set.stars },
    { name: 'spectrum', unit: '', values: set.paths },
    { name: 'reference_row', unit: '', values: set.rows },
    { name: 'model', unit: '', values: each((n) => set.models[set.model[n]!]?.name ?? '') },
    { name: 'fate', unit: '', values: each((n) => fateOf(set, n)) },
    ...set.columns.map(({ name, unit, values }) => ({ name, unit, values })),
    { name: 'verdict', unit: '', values: each((n) => verdicts.get(n)?.verdict ?? '') },
    { name: 'note', unit: '', values: each((n) => verdicts.get(n)?.note ?? '') },
  ];
}

/** A list of numbers in Python, a hundred columns wide. */
function list(values: Iterable<number>): string {
  const lines: string[] = [];
  let line = '   ';
  for (const value of values) {
    const text = Number.isFinite(value) ? String(value) : 'nan';
    if (line.length + text.length > 98) {
      lines.push(line);
      line = '   ';
    }
    line += ` ${text},`;
  }
  return `[\n${[...lines, line].join('\n')}\n]`;
}

function source({ column, values }: StarColumn, text: (value: string) => string): string {
  return column === null ? `np.array(${list(Float64Array.from(values, clean))})` : `column(${text(column)})[row]`;
}

/** As astropy names the formats that it cannot tell by the ending. */
function formatOf(path: string): string {
  if (/\.(tsv|tab)(\.gz)?$/i.test(path)) return ', format="ascii.tab"';
  return /\.(csv|txt|dat)(\.gz)?$/i.test(path) ? ', format="ascii.csv"' : '';
}

/**
 * A program that draws the same diagram with astropy and matplotlib: labels from the reference table, and from here which row
 * each star is, and which model it trains. What the table does not hold (means, formulas, S/N) is written out.
 */
export function pythonOf(set: TrainingSetView, { x, y, colour }: Choice): string {
  const text = pythonText;
  const byColour = typeof colour === 'string' ? null : colour;
  const falls = (column: StarColumn): boolean => column.kind === 'label' && /^(t_?eff|log_?g)$/i.test(column.name);
  return `"""The reference stars of ${inDocstring(set.config)}. Needs astropy, numpy and matplotlib."""
import matplotlib.pyplot as plt
import numpy as np
from astropy.table import Table

nan = np.nan
table = Table.read(${text(set.table.path)}${formatOf(set.table.path)})
models = [${set.models.map(({ name }) => text(name)).join(', ')}]
# Of each star: its row of the table, and the model that it trains (-1: a cut has dropped it).
row = np.array(${list(set.rows)}, dtype=int)
model = np.array(${list(Array.from(set.model, (m, n) => (set.droppedAt[n]! < 0 ? m : -1)))}, dtype=int)


def column(name):
    return np.ma.filled(np.ma.asarray(table[name]).astype(float), np.nan)


x = ${source(x, text)}
y = ${source(y, text)}
trains = model >= 0

figure, axes = plt.subplots(figsize=(7, 6))
axes.plot(x[~trains], y[~trains], ".", ms=2, color="0.8", zorder=0)
${
  byColour === null
    ? `for m, name in enumerate(models):
    axes.plot(x[model == m], y[model == m], ".", ms=4, label=f"{name} ({np.sum(model == m)})")
axes.legend()`
    : `colour = ${source(byColour, text)}
low, high = np.nanpercentile(colour[trains], [1, 99])
points = axes.scatter(x[trains], y[trains], c=colour[trains], s=6, vmin=low, vmax=high)
figure.colorbar(points, label=${text(titleOf(byColour))})`
}
axes.set_xlabel(${text(titleOf(x))})
axes.set_ylabel(${text(titleOf(y))})
${falls(x) ? 'axes.invert_xaxis()\n' : ''}${falls(y) ? 'axes.invert_yaxis()\n' : ''}figure.tight_layout()
figure.savefig("training-set.png", dpi=200)
`;
}
