import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimateBand, decimateLine, maskedSpans, nearestPixel, pixelsInView } from '../../webviews/chart/decimate';
import { clampRange, LinkedAxis, zoomRange } from '../../webviews/chart/linkedAxis';
import { robustRange } from '../../webviews/chart/robustRange';
import { summaryTable, maskedColumn, medianColumn } from '../../webviews/chart/summary';
import { axisExponent, formatTicks, niceTicks, roundTicks, superscript } from '../../webviews/chart/ticks';

const grid = (n: number, from = 4000, step = 1): Float64Array =>
  Float64Array.from({ length: n }, (_, p) => from + step * p);
const ofLength = (n: number, value: (p: number) => number): Float32Array =>
  Float32Array.from({ length: n }, (_, p) => value(p));

describe('ticks', () => {
  it('are four to six round numbers inside any range', () => {
    const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(finite, fc.double({ min: 1e-2, max: 1e6, noNaN: true }), (from, width) => {
        const ticks = niceTicks({ from, to: from + width });
        expect(ticks.length).toBeGreaterThanOrEqual(4);
        expect(ticks.length).toBeLessThanOrEqual(8);
        for (const tick of ticks) {
          expect(tick).toBeGreaterThanOrEqual(from - 1e-6 * width);
          expect(tick).toBeLessThanOrEqual(from + width * (1 + 1e-6));
        }
      }),
    );
  });

  it('of the ranges that spectra have are at most six', () => {
    for (const [from, to] of [
      [3700, 9100],
      [3900, 8750],
      [5160, 5195],
      [0, 1.1],
      [0.6, 1.05],
      [0, 13000],
      [-120, 4500],
    ] as const)
      // prettier-ignore
      expect(niceTicks({ from, to }).length, `${from}–${to}`).toBeLessThanOrEqual(6);
    expect(niceTicks({ from: 3700, to: 9100 })).toEqual([4000, 5000, 6000, 7000, 8000, 9000]);
  });

  it('are none for a range that is empty or not finite', () => {
    expect(niceTicks({ from: 1, to: 1 })).toEqual([]);
    expect(niceTicks({ from: 0, to: Infinity })).toEqual([]);
    expect(niceTicks({ from: NaN, to: 1 })).toEqual([]);
  });

  it('are written with real minus signs and just enough decimals', () => {
    expect(formatTicks([-0.5, -0.25, 0, 0.25])).toEqual(['−0.50', '−0.25', '0.00', '0.25']);
    expect(formatTicks([4000, 5000])).toEqual(['4000', '5000']);
    expect(roundTicks({ from: 1e-17, to: 4.1e-17 }, -17).map((tick) => tick.label)).toEqual(['1', '2', '3', '4']);
  });

  it('leave very large and very small powers of ten to the title', () => {
    expect([axisExponent({ from: 0, to: 99_000 }), axisExponent({ from: 0, to: 250_000 })]).toEqual([0, 5]);
    expect(axisExponent({ from: -3e-17, to: 2e-17 })).toBe(-17);
    expect(superscript(-17)).toBe('⁻¹⁷');
  });
});

describe('the linked axis', () => {
  const full = { from: 4000, to: 9000 };

  it('keeps the wavelength under the pointer in its place while zooming', () => {
    const view = zoomRange({ from: 4000, to: 8000 }, 2, 5000);
    expect(view).toEqual({ from: 4500, to: 6500 });
    expect((5000 - view.from) / (view.to - view.from)).toBeCloseTo((5000 - 4000) / 4000);
  });

  it('never leaves the full range nor gets narrower than allowed', () => {
    const number = fc.double({ min: -2e4, max: 2e4, noNaN: true });
    fc.assert(
      fc.property(number, number, (a, b) => {
        const view = clampRange({ from: Math.min(a, b), to: Math.max(a, b) }, full, 10);
        expect(view.from).toBeGreaterThanOrEqual(full.from);
        expect(view.to).toBeLessThanOrEqual(full.to + 1e-9);
        expect(view.to - view.from).toBeGreaterThanOrEqual(10 - 1e-9);
      }),
    );
  });

  it('pans against the end without changing its width', () => {
    const axis = new LinkedAxis();
    axis.setFull(full, 10);
    axis.set({ from: 8000, to: 8800 });
    axis.pan(0.5);
    expect(axis.view).toEqual({ from: 8200, to: 9000 });
  });

  it('keeps a zoomed view on the next star, and the whole range when everything was in view', () => {
    const axis = new LinkedAxis();
    axis.setFull(full, 10);
    axis.setFull({ from: 3900, to: 8800 }, 10);
    expect(axis.view).toEqual({ from: 3900, to: 8800 });
    axis.set({ from: 5160, to: 5200 });
    axis.setFull(full, 10);
    expect(axis.view).toEqual({ from: 5160, to: 5200 });
    axis.setFull({ from: 6000, to: 9000 }, 10);
    expect(axis.view).toEqual({ from: 6000, to: 9000 });
  });

  it('tells everyone who listens, and ignores ranges that are not numbers', () => {
    const axis = new LinkedAxis();
    let told = 0;
    axis.subscribe(() => told++);
    axis.setFull(full, 10);
    axis.zoom(NaN);
    expect(told).toBe(1);
    axis.zoom(2);
    expect(told).toBe(2);
    axis.reset();
    expect(axis.view).toEqual(full);
  });
});

describe('decimation', () => {
  const view = { from: 4000, to: 4999, nColumns: 50 };

  it('keeps the highest and the lowest pixel of the view, however narrow', () => {
    const n = 1000;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: n - 1 }), fc.integer({ min: 0, max: n - 1 }), (up, down) => {
        fc.pre(up !== down);
        const y = ofLength(n, (p) => (p === up ? 9 : p === down ? -9 : Math.sin(p)));
        const points = decimateLine(grid(n), y, null, view);
        expect(points.length).toBeLessThanOrEqual(2 * 51);
        expect(points).toContainEqual({ x: 4000 + up, y: 9 });
        expect(points).toContainEqual({ x: 4000 + down, y: -9 });
      }),
      { numRuns: 50 },
    );
  });

  it('keeps wavelengths in order', () => {
    const points = decimateLine(
      grid(1000),
      ofLength(1000, (p) => Math.cos(p * p)),
      null,
      view,
    );
    expect(points.map((point) => point.x)).toEqual(points.map((point) => point.x).sort((a, b) => a - b));
  });

  it('draws every pixel when there is room for them', () => {
    const points = decimateLine(
      grid(1000),
      ofLength(1000, (p) => p),
      null,
      { from: 4100, to: 4120, nColumns: 500 },
    );
    // With the neighbour before the view, so that the line reaches the frame; the last pixel lies on it.
    expect(points.map((point) => point.x)).toEqual(Array.from({ length: 22 }, (_, k) => 4099 + k));
  });

  it('never joins pixels across a masked one, dense or not', () => {
    for (const nColumns of [20, 5000]) {
      const use = new Uint8Array(1000).fill(1);
      use[500] = 0;
      const points = decimateLine(
        grid(1000),
        ofLength(1000, () => 1),
        use,
        { ...view, nColumns },
      );
      const gap = points.findIndex((point) => Number.isNaN(point.y));
      expect(points.slice(0, gap).every((point) => point.x < 4500)).toBe(true);
      expect(points.slice(gap + 1).every((point) => point.x > 4500)).toBe(true);
      expect(points.filter((point) => Number.isNaN(point.y))).toHaveLength(1);
    }
  });

  it('breaks at values that are not finite', () => {
    const points = decimateLine(
      grid(5),
      ofLength(5, (p) => (p === 2 ? NaN : p)),
      null,
      { from: 4000, to: 4004, nColumns: 100 },
    );
    expect(points.map((point) => point.y)).toEqual([0, 1, NaN, 3, 4]);
  });

  it('shows a lone pixel as a dash of its own width', () => {
    const use = Uint8Array.of(0, 0, 1, 0, 0);
    const points = decimateLine(
      grid(5),
      ofLength(5, () => 7),
      use,
      { from: 4000, to: 4004, nColumns: 100 },
    );
    expect(points).toEqual([{ x: 4001.5, y: 7 }, { x: 4002.5, y: 7 }]); // prettier-ignore
  });

  it('gives nothing for an empty spectrum or a view beside it', () => {
    expect(decimateLine(new Float64Array(0), [], null, view)).toEqual([]);
    expect(maskedSpans(new Float64Array(0), new Uint8Array(0), view)).toEqual([]);
    expect(nearestPixel(new Float64Array(0), 5000)).toBe(-1);
    expect(pixelsInView(grid(10), { from: 6000, to: 7000 })).toEqual([9, 10]);
  });

  it('gives a band the envelope of its pixels, one run for each stretch', () => {
    const use = new Uint8Array(1000).fill(1);
    use.fill(0, 300, 400);
    const y = ofLength(1000, (p) => Math.sin(p));
    const runs = decimateBand(grid(1000), y.map((v) => v - 0.1), y.map((v) => v + 0.1), use, view); // prettier-ignore
    expect(runs).toHaveLength(2);
    const all = runs.flat();
    expect(Math.min(...all.map((point) => point.lower))).toBeCloseTo(-1.1, 3);
    expect(Math.max(...all.map((point) => point.upper))).toBeCloseTo(1.1, 3);
    expect(all.every((point) => point.x < 4300 || point.x >= 4400)).toBe(true);
  });

  it('marks masked pixels from edge to edge, and merges what the screen cannot tell apart', () => {
    const masked = new Uint8Array(1000);
    masked.fill(1, 100, 110);
    masked[112] = 1;
    expect(maskedSpans(grid(1000), masked, { ...view, nColumns: 5000 })).toEqual([{ from: 4099.5, to: 4109.5 }, { from: 4111.5, to: 4112.5 }]); // prettier-ignore
    expect(maskedSpans(grid(1000), masked, view)).toEqual([{ from: 4099.5, to: 4112.5 }]);
  });

  it('finds the pixel nearest to a wavelength', () => {
    const x = Float64Array.of(1, 2, 4);
    expect([0, 1.4, 1.6, 2.9, 3.1, 9].map((wave) => nearestPixel(x, wave))).toEqual([0, 0, 1, 1, 2, 2]);
  });
});

describe('the vertical range', () => {
  it('shows nearly all pixels, without the one that a cosmic ray has hit', () => {
    const flux = ofLength(4000, (p) => (p === 77 ? 1e6 : 100 + Math.sin(p)));
    const { from, to } = robustRange(flux, () => true);
    expect(from).toBeLessThan(99.001);
    expect(to).toBeGreaterThan(101);
    expect(to).toBeLessThan(102);
  });

  it('has a height even when all pixels agree or there is none', () => {
    for (const flux of [ofLength(9, () => 5), ofLength(9, () => 0), ofLength(0, () => 0), ofLength(9, () => NaN)]) {
      const { from, to } = robustRange(flux, () => true);
      expect(to).toBeGreaterThan(from);
    }
  });
});

describe('the table behind a plot', () => {
  it('counts every pixel once, and takes medians without the masked ones', () => {
    const masked = new Uint8Array(1000);
    masked.fill(1, 0, 3);
    const flux = ofLength(1000, (p) => (masked[p] === 1 ? 1e9 : p));
    const good = (p: number): boolean => masked[p] === 0;
    const [head, ...rows] = summaryTable(
      grid(1000),
      [medianColumn('flux', flux, good, (v) => v.toFixed(0)), maskedColumn(masked)],
      4,
    );
    expect(head).toEqual(['wavelength (Å)', 'flux', 'masked pixels']);
    expect(rows[0]).toEqual(['4000–4250', '126', '3 of 250']);
    expect(rows.map((row) => Number(row[2]!.split(' of ')[1])).reduce((a, b) => a + b)).toBe(1000);
  });
});
