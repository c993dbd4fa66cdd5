/** Windows of elements against the paper's table, the conversion from air, and the pixels that lie in them. */
import { describe, expect, it } from 'vitest';
import { galahWindows, galahWindowsInAir, pixelsIn } from '../../engine/spectra/elementWindows';
import { gridWavelengths } from '../../engine/spectra/grid';

describe('the windows of GALAH', () => {
  it('are 109 of 21 elements, each a rising pair that overlaps none of its element', () => {
    const all = Object.values(galahWindowsInAir).flat();
    expect([Object.keys(galahWindowsInAir).length, all.length]).toEqual([21, 109]);
    for (const windows of Object.values(galahWindowsInAir)) {
      windows.forEach(([from, to], k) => {
        expect(to).toBeGreaterThan(from);
        if (k > 0) expect(from).toBeGreaterThanOrEqual(windows[k - 1]![1]);
      });
    }
  });

  it('hold their lines in vacuum: Li I at 6709.61 Å, and the O I triplet', () => {
    const windowsOf = (name: string) => galahWindows().find((set) => set.name === name)!.windows;
    const [[from, to]] = windowsOf('Li') as [[number, number]];
    expect(from < 6709.61 && 6709.61 < to).toBe(true);
    // Air 7771.94, 7774.17, 7775.39 Å (NIST).
    [7774.08, 7776.31, 7777.53].forEach((line, k) => {
      const [start, end] = windowsOf('O')[k]!;
      expect(start < line && line < end).toBe(true);
    });
  });
});

describe('the pixels of windows', () => {
  const wave = Float64Array.from({ length: 10 }, (_, p) => 5000 + p);

  it('are those with their centres inside, each once', () => {
    expect(pixelsIn(wave, [[5001.5, 5004], [5003, 5005.1]])).toEqual([2, 3, 4, 5]); // prettier-ignore
  });

  it('are the nearest one where a window is narrower than a pixel, and none outside the grid', () => {
    expect(pixelsIn(wave, [[5001.1, 5001.3], [5006.6, 5006.8]])).toEqual([1, 7]); // prettier-ignore
    expect(pixelsIn(wave, [[4000, 4001], [5009.2, 5009.4], [6000, 6001]])).toEqual([]); // prettier-ignore
  });

  it('are there for every element of GALAH on a LAMOST grid', () => {
    const grid = gridWavelengths({ from: 3900, to: 8750, step: 1e-4 });
    for (const { windows } of galahWindows()) expect(pixelsIn(grid, windows).length).toBeGreaterThan(0);
  });
});
