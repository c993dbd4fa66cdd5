/** Limits that come from the table whose catalog is made: percentiles of its χ², and how wide the differences of repeats are in it. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DifferenceWidths } from '../../engine/catalog/differences';
import { openLabels } from '../../engine/catalog/labelsTable';
import { fixedWindowChi2, leavesOpen, limitsOf, partsBelow } from '../../engine/catalog/limits';
import type { ObservationRecord } from '../../engine/catalog/observationRecord';
import { usualChi2 } from '../../engine/catalog/usualChi2';
import { parseConfig } from '../../engine/config/parse';
import { normal, randomFrom } from '../../engine/kernels/random';

const folder = mkdtempSync(join(tmpdir(), 'cannon-usual-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { flags: thresholds } = parseConfig(
  'survey: lamost-lrs\nspectra: "*.fits"\nlabels: { teff: {} }\n',
  '/cannon.yaml',
).config!;
const shape = { labels: [{ name: 'teff', unit: 'K' }], elements: ['Fe', 'Ba'] };

/** 101 rows of `giants` with χ² a pixel from 1.00 to 2.00 and five of `dwarfs`, the windows of Fe twice as high; one without labels. */
async function usual() {
  const path = join(folder, 'labels.csv');
  const row = (model: string, chi2: number) => `a.fits,${model},${1000 * chi2},1000,${20 * chi2},10`;
  const giants = Array.from({ length: 101 }, (_, k) => row('giants', 1 + ((k * 37) % 101) / 100));
  const dwarfs = Array.from({ length: 5 }, (_, k) => row('dwarfs', 7 + k));
  const lines = ['spectrum,model,chi2,n_pixels,chi2_Fe,n_pixels_Fe', ...giants, ...dwarfs, 'b.fits,giants,,0,,0'];
  writeFileSync(path, `${lines.join('\n')}\n`);
  let seen = 0;
  const scratch = join(folder, 'scratch');
  const found = await usualChi2(await openLabels(path), {
    ...{ elements: shape.elements, least: 40, folder: scratch, ...partsBelow(99, 2) },
    ...{ turn: () => Promise.resolve(), onRows: (rows) => void (seen += rows) },
  });
  return { found, seen, isTidy: !existsSync(scratch) };
}

describe('what is usual in a table', () => {
  it('is a percentile of each model’s rows, of all pixels and of windows, and nothing where there are few', async () => {
    const { found, seen, isTidy } = await usual();
    expect(found.get('giants')!.chi2).toBeCloseTo(1.99, 12);
    // Two elements share the one in a hundred.
    expect(found.get('giants')!.windows.get('Fe')).toBeCloseTo(2 * 1.995, 12);
    expect(found.get('giants')!.windows.has('Ba')).toBe(false);
    expect(found.get('dwarfs')).toEqual({ chi2: null, windows: new Map([['Fe', null]]) });
    expect([seen, isTidy]).toEqual([107, true]);
  });

  it('makes the limits that a cross-validation does not, and gives way to one and to the config', async () => {
    const giants = (await usual()).found.get('giants')!;
    const own = limitsOf({ model: null, validation: null, usual: giants }, shape, thresholds);
    expect(own.chi2).toBeCloseTo(1.99, 12);
    expect([...own.windowChi2]).toEqual([expect.closeTo(3.99, 12), fixedWindowChi2]);
    const chi2PerPixel = new Float64Array(60).fill(1.2);
    const validation = { model: 'giants', labels: [], chi2PerPixel, windows: new Map() } as never;
    const tested = limitsOf({ model: null, validation, usual: giants }, shape, thresholds);
    expect(tested.chi2).toBeCloseTo(1.2, 12);
    expect(tested.windowChi2[0]).toBeCloseTo(3.99, 12);
    const told = limitsOf({ model: null, validation, usual: giants }, shape, { ...thresholds, chi2: 3, windowChi2: 5 });
    expect([told.chi2, ...told.windowChi2]).toEqual([3, 5, 5]);
  });

  it('is looked for only where a cross-validation leaves it open', () => {
    const many = new Float64Array(60).fill(1);
    const of = (windows: [string, Float64Array][]) =>
      ({ model: 'm', labels: [], chi2PerPixel: many, windows: new Map(windows) }) as never;
    expect(leavesOpen(null, [])).toBe(true);
    expect(leavesOpen(of([]), [])).toBe(false);
    expect(leavesOpen(of([['Fe', many]]), ['Fe', 'Ba'])).toBe(true);
    expect(
      leavesOpen(
        of([
          ['Fe', many],
          ['Ba', many],
        ]),
        ['Fe', 'Ba'],
      ),
    ).toBe(false);
  });
});

describe('the differences of a star’s observations', () => {
  const observation = (teff: number, error: number) =>
    ({ number: (name: string) => (name === 'teff' ? teff : error) }) as ObservationRecord;
  /** Pairs whose errors are stated too small by `factor`. */
  const widthOf = (factor: number, nStars: number) => {
    const random = randomFrom(7);
    const widths = new DifferenceWidths(folder, ['teff']);
    for (let k = 0; k < nStars; k++) widths.add([0, 1].map(() => observation(5000 + factor * 30 * normal(random), 30)));
    const [width] = widths.widths();
    widths.close();
    return width!;
  };

  it('are as wide as their errors are too small, and never less wide than their errors', () => {
    expect(widthOf(1.7, 4000) / 1.7).toBeGreaterThan(0.93);
    expect(widthOf(1.7, 4000) / 1.7).toBeLessThan(1.07);
    expect(widthOf(0.5, 4000)).toBe(1);
  });

  it('count as their errors say where few stars were observed more than once', () => {
    expect(widthOf(3, 39)).toBe(1);
    expect(widthOf(3, 40)).toBeGreaterThan(2);
  });
});
