import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { realMinus, roundLike, roundTo, roundToError, withError } from '../../engine/catalog/rounding';

describe('rounding to the error', () => {
  it('keeps two digits of the error and as many decimals of the value', () => {
    expect(withError(5771.3, 42.1)).toBe('5771 ± 42');
    expect(withError(4.0712, 0.083)).toBe('4.071 ± 0.083');
    expect(withError(-0.4131, 0.112)).toBe('−0.41 ± 0.11');
    expect(withError(5771.3, 1234)).toBe('5800 ± 1200');
    expect(withError(1.5e-17, 2.4e-18)).toBe('0.0000000000000000150 ± 0.0000000000000000024');
  });

  it('counts the digits after rounding: 9.96 is 10', () => {
    expect(withError(100, 9.96)).toBe('100 ± 10');
    expect(withError(0.1234, 0.0996)).toBe('0.12 ± 0.10');
  });

  it('never shows the sign of a zero', () => {
    expect(withError(-0.001, 0.5)).toBe('0.00 ± 0.50');
    expect(realMinus('-0.0')).toBe('0.0');
    expect(realMinus('-1e-7')).toBe('−1e−7');
  });

  it('leaves the error away when there is none', () => {
    for (const error of [NaN, Infinity, 0, -1])
      expect(roundToError(5771.32, error)).toEqual({ value: '5771', error: '–' });
    expect(withError(NaN, 1)).toBe('–');
    expect(roundLike(5590.4, NaN)).toBe('5590');
  });

  it('gives a reference as many decimals as the value beside it', () => {
    expect(roundLike(5590.4, 42)).toBe('5590');
    expect(roundLike(-0.3, 0.0412)).toBe('−0.300');
  });

  it('is off by less than a twentieth of the error', () => {
    const size = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), size, (value, error) => {
        const text = roundToError(value, error);
        expect(Math.abs(Number(text.value.replace('−', '-')) - value)).toBeLessThanOrEqual(0.0501 * error);
        expect(Math.abs(Number(text.error) - error)).toBeLessThanOrEqual(0.0501 * error);
      }),
    );
  });

  it('writes significant digits without needless powers of ten', () => {
    expect([1234.567, 0.012345, 0, -3.5, 2e7, 1.5e-6].map((value) => roundTo(value, 3))).toEqual(['1235', '0.0123', '0', '−3.50', '2.00e7', '1.50e−6']); // prettier-ignore
  });
});
