/** The Python program of the panel of the training set draws its diagram from the reference table, as the panel has it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { pythonOf } from '../../webviews/trainingSet/exports';
import { choiceOf, restoreState } from '../../webviews/trainingSet/model';
import { mockSet } from './mockSet';
import { pngSize, runProgram, withoutPrograms } from './programs';

const folder = mkdtempSync(join(tmpdir(), 'cannon-set-program-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The set with its table on the disk: forty rows more than stars, before and behind them. */
function onDisk(ending: string, separator: string) {
  const set = mockSet(300);
  const path = join(folder, `labels.${ending}`);
  const columns = set.columns.filter(({ column }) => column !== null);
  const rows = Array.from({ length: set.table.nRows }, (_, row) => {
    const n = row - 20;
    return columns.map(({ values }) => (n >= 0 && n < 300 ? values[n] : 1)).join(separator);
  });
  writeFileSync(path, [columns.map(({ column }) => column).join(separator), ...rows, ''].join('\n'));
  return { ...set, table: { ...set.table, path } };
}

describe.skipIf(withoutPrograms)('the program from the panel of the training set (skipped: no astropy)', () => {
  it.each([
    ['coloured by a column of the table', 'csv', ',', null],
    ['coloured by a label that the table does not hold', 'csv', ',', 'ba_fe'],
    ['by model, from a table with tabs', 'tsv', '\t', 'model'],
  ])('draws the diagram %s', async (_, ending, separator, colour) => {
    const set = onDisk(ending, separator);
    const choice = choiceOf(set, { ...restoreState(null), colour });
    const asked = 'print(f"{np.sum(trains)} {np.nanmean(x[trains]):.6g} {np.nanmean(y[trains]):.6g}")\n';
    const { files, said } = await runProgram(pythonOf(set, choice) + asked);
    const own = [...set.droppedAt.keys()].filter((n) => set.droppedAt[n]! < 0);
    const mean = (values: Float32Array): number => own.reduce((sum, n) => sum + values[n]!, 0) / own.length;
    const [n, x, y] = said.split(' ').map(Number);
    expect(n).toBe(own.length);
    expect(x).toBeCloseTo(mean(choice.x.values), 1);
    expect(y).toBeCloseTo(mean(choice.y.values), 4);
    const [width, height] = pngSize(files.get('training-set.png')!);
    expect(width * height).toBeGreaterThan(500_000);
  });
});
