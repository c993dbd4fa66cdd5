/** Numbers that later steps take for granted, each by itself: the index of air, ends of a grid, lines' widths, cards, checksums, pulls of repeats. */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { distanceError } from '../../engine/analysis/chemicalDistance';
import { bySnr, pairUp, snrEdges, summarize } from '../../engine/analysis/repeatPulls';
import { encodeChecksum, onesComplementSum } from '../../engine/fits/checksum';
import { parseCard } from '../../engine/fits/header';
import { airToVacuum, vacuumToAir } from '../../engine/spectra/airVacuum';
import { lineSpreadOf } from '../../engine/spectra/lineSpread';
import { toRestFrame } from '../../engine/spectra/resample';
import { normalDeviates } from './mockStars';

describe('wavelengths in air', () => {
  it('are those of the index of Ciddor (1996, eq. 1), another fit to other data, to 1e-8', () => {
    for (const vacuum of [3700, 5000, 6564, 9000, 16000]) {
      const s2 = (1e4 / vacuum) ** 2;
      const index = 1 + 5.792105e-2 / (238.0185 - s2) + 1.67917e-3 / (57.362 - s2);
      expect(Math.abs((vacuumToAir(vacuum) * index) / vacuum - 1)).toBeLessThan(1e-8);
      expect(Math.abs(airToVacuum(vacuum / index) / vacuum - 1)).toBeLessThan(1e-8);
    }
  });
});

describe('a spectrum on a grid', () => {
  const spectrum = {
    waveAngstrom: Float64Array.of(5000, 5001, 5003, 5006),
    flux: Float64Array.of(1.5, 2, 4, 1),
    ivar: Float64Array.of(15, 20, 40, 70),
    masked: new Uint8Array(4),
  };

  it('keeps its own pixels, the first and the last too, and has nothing beyond them', () => {
    const { flux, ivar, nUsable } = toRestFrame(
      spectrum,
      0,
      Float64Array.of(4999.9, 5000, 5001, 5002, 5003, 5006, 5006.1),
    );
    expect([...flux]).toEqual([0, 1.5, 2, 3, 4, 1, 0]);
    expect([...ivar]).toEqual([0, 15, 20, 30, 40, 70, 0]);
    expect(nUsable).toBe(5);
  });

  it('is moved by its redshift', () => {
    const { flux } = toRestFrame(spectrum, 0.25, Float64Array.of(4000, 5002 / 1.25, 4005));
    expect(flux[0]).toBeCloseTo(1.5, 12);
    expect(flux[1]).toBeCloseTo(3, 9);
    expect(flux[2]).toBe(0);
  });
});

it('a line that only the instrument broadens has a FWHM of λ / R', () => {
  // σ = FWHM / 2.354820045
  expect(lineSpreadOf('lamost-lrs')).toBeCloseTo(1 / 1800 / 2.354820045, 12);
  expect(lineSpreadOf('apogee')).toBeCloseTo(1 / 22_500 / 2.354820045, 12);
  expect(lineSpreadOf('table')).toBe(0);
});

describe('a FITS card', () => {
  it('has as its comment all that follows the slash, with or without a blank', () => {
    for (const [text, comment] of [
      ["NAME    = 'it''s' /note", 'note'],
      ["NAME    = 'a / b' / of two", 'of two'],
      ["NAME    = 'none'", ''],
      ['NUMBER  =                   12 /n', 'n'],
    ] as const)
      expect(parseCard(text.padEnd(80)).comment).toBe(comment);
  });
});

describe('the checksum of a unit', () => {
  it('is sixteen letters and digits that add up to the complement, whatever the sum', () => {
    const random = xoroshiro128plus(4);
    for (let k = 0; k < 2000; k++) {
      const sum = uniformInt(random, 0, 0xffffffff);
      const text = encodeChecksum(sum);
      expect(text).toMatch(/^[0-9A-Za-z]{16}$/);
      // The characters stand one byte further on in the card; each is '0' above its part of the complement.
      const bytes = Buffer.from(text.slice(1) + text[0]!, 'latin1').map((code) => code - 0x30);
      expect(onesComplementSum(bytes, sum)).toBe(0xffffffff);
    }
  });
});

describe('the error of a chemical distance', () => {
  it('is Σ d² e² under a root, over the distance; the largest error at none; unknown where an error is', () => {
    expect(distanceError([3, 4], [0.1, 0.2])).toBeCloseTo(Math.hypot(0.3, 0.8) / 5, 14);
    expect(distanceError([0, 0], [0.1, 0.2])).toBe(0.2);
    expect(distanceError([3, 4], [Infinity, 0.2])).toBeNaN();
    expect(distanceError([3, 4], [NaN, 0.2])).toBeNaN();
  });
});

describe('repeats of stars', () => {
  const random = () => xoroshiro128plus(9);

  it('have a width of their pulls with the error of quantiles of normal deviates, by drawing stars', () => {
    const normal = normalDeviates(12);
    const n = 400;
    const numbers = (of: (k: number) => number) => Float64Array.from({ length: n }, (_, k) => of(k));
    const pairs = {
      ...{ first: new Int32Array(n), second: new Int32Array(n), star: Int32Array.from({ length: n }, (_, k) => k) },
      ...{ difference: numbers(() => Math.SQRT2 * normal()), snr: numbers(() => NaN) },
      ...{ firstError: numbers(() => 1), secondError: numbers(() => 1) },
    };
    // Half the distance of the quantiles at 0.16 and 0.84: variance (p (1 − p) − p²) / (2 f² n), f the density at 0.16.
    const [p, f] = [0.16, 0.24331];
    const expected = Math.sqrt((p * (1 - p) - p * p) / (2 * f * f * n));
    const { pullWidth, pullWidthError } = summarize(pairs, random());
    expect(Math.abs(pullWidth - 0.99446) / expected).toBeLessThan(3);
    expect(pullWidthError / expected).toBeGreaterThan(0.7);
    expect(pullWidthError / expected).toBeLessThan(1.4);
    // Twice as many pairs of the same stars tell no more.
    const twice = Array.from({ length: 2 * n }, (_, k) => k % n);
    expect(summarize(pairs, random(), twice).pullWidthError / pullWidthError).toBeGreaterThan(0.8);
  });

  it('are pairs of successive observations that have a value and an error', () => {
    const pairs = pairUp({
      values: Float64Array.of(1, 9, 3, NaN, 7, 4, 5),
      errors: Float64Array.of(0.1, 0.2, 0.3, 0.1, 0, 0.4, 0.5),
      snr: Float64Array.of(30, 1, 40, 1, 1, 60, 1),
      starOfRow: Int32Array.of(2, 5, 2, 2, 2, 2, -1),
    });
    expect([...pairs.first]).toEqual([0, 2]);
    expect([...pairs.second]).toEqual([2, 5]);
    expect([...pairs.star]).toEqual([2, 2]);
    expect([...pairs.difference]).toEqual([2, 1]);
    expect([...pairs.secondError]).toEqual([0.3, 0.4]);
    expect(pairs.snr[0]).toBeCloseTo(Math.sqrt(2 / (1 / 900 + 1 / 1600)), 12);
  });

  /** Two observations a star, with errors that are told and a scatter that is true. */
  function observed(nStars: number, told: number, scatter: number) {
    const normal = normalDeviates(21);
    const size = 2 * nStars;
    return pairUp({
      values: Float64Array.from({ length: size }, () => scatter * normal()),
      errors: new Float64Array(size).fill(told),
      snr: Float64Array.from({ length: size }, (_, k) => 10 + (k >> 1)),
      starOfRow: Int32Array.from({ length: size }, (_, k) => k >> 1),
    });
  }

  it('need a floor that makes their pulls as wide as 1: √(scatter² − error²) of equal errors', () => {
    const found = summarize(observed(2000, 0.03, 0.05), random());
    expect(found.floor).toBeCloseTo(Math.sqrt(found.scatter ** 2 - 0.03 ** 2), 6);
    expect(Math.abs(found.floor - 0.04)).toBeLessThan(0.003);
    expect(found.pullWidth).toBeCloseTo(found.scatter / 0.03, 10);
    expect(found.medianError).toBeCloseTo(0.03, 12);
    // Of a Gaussian 5/3 as wide as its errors, 7.2 % lie beyond 3 of them.
    expect(Math.abs(found.beyond3 - 0.0719)).toBeLessThan(0.02);
    expect(summarize(observed(2000, 0.06, 0.05), random()).floor).toBe(0);
  });

  it('know that width to its scatter over samples of as many stars, by theory 1.17 / √n of it', () => {
    const { pullWidth, pullWidthError } = summarize(observed(2000, 0.05, 0.05), random());
    // Var of half the 16–84 % width: f(1 − 2f) / (2 n φ(z)²) at f = 0.16, z = 0.9945.
    const theory = Math.sqrt((0.16 * 0.68) / (2 * 2000)) / 0.24331;
    expect(pullWidthError / pullWidth / theory).toBeGreaterThan(0.8);
    expect(pullWidthError / pullWidth / theory).toBeLessThan(1.2);
  });

  it('are parted by S/N into parts of equally many pairs, the last one with its end', () => {
    const pairs = observed(100, 0.05, 0.05);
    const edges = snrEdges([pairs], 4);
    expect(edges).toEqual([10, 34.75, 59.5, 84.25, 109].map((edge) => expect.closeTo(edge, 9) as number));
    const parts = bySnr(pairs, edges, random());
    expect(parts.map((part) => part.pairs)).toEqual([25, 25, 25, 25]);
    expect(parts[0]!.medianSnr).toBeCloseTo(22, 9);
    expect(snrEdges([observed(49, 0.05, 0.05)], 4)).toEqual([]);
    expect(snrEdges([observed(50, 0.05, 0.05)], 4)).toHaveLength(3);
  });
});
