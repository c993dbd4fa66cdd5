/**
 * Numbers as they are printed for people: rounded to their error, with real minus signs.
 *
 * The error keeps two significant digits and the value as many decimals as the error: 5771 ± 42, 0.113 ± 0.026,
 * 5800 ± 1200. Two digits always, not one or two by the leading digit, so that a column of errors lines up.
 * Pure: panels use it too.
 */

const significantDigits = 2;
/** What stands where there is no number. */
export const noNumber = '–';

/** The power of ten of the last digit worth printing of a number with this `error`; null when the error says nothing. */
function lastDigit(error: number): number | null {
  if (!Number.isFinite(error) || error <= 0) return null;
  // toExponential rounds first, so that 9.96 counts as 10 and not as a number with one digit before the point.
  const exponent = Number(error.toExponential(significantDigits - 1).split('e')[1]);
  return exponent - significantDigits + 1;
}

/** `value` with `decimals` digits after the point, or with that many zeros before it when `decimals` is negative. */
function fixed(value: number, decimals: number): string {
  if (decimals >= 0) return realMinus(value.toFixed(Math.min(decimals, 20)));
  const unit = 10 ** -decimals;
  return realMinus((Math.round(value / unit) * unit).toFixed(0));
}

/** Text of a number with U+2212 for its sign, and none before a zero. */
export function realMinus(text: string): string {
  const negative = text.startsWith('-') && /[1-9]/.test(text.split('e')[0] ?? '');
  return (negative ? '−' : '') + text.replace(/^-/, '').replace('e-', 'e−');
}

/** Value and error as text. Without a usable error the value keeps four significant digits and the error is "–". */
export function roundToError(value: number, error: number): { value: string; error: string } {
  if (!Number.isFinite(value)) return { value: noNumber, error: noNumber };
  const digit = lastDigit(error);
  if (digit === null) return { value: roundTo(value, 4), error: noNumber };
  return { value: fixed(value, -digit), error: fixed(error, -digit) };
}

/** "5771 ± 42", or the value alone where it has no error. */
export function withError(value: number, error: number): string {
  const text = roundToError(value, error);
  return text.error === noNumber ? text.value : `${text.value} ± ${text.error}`;
}

/** `other` with as many decimals as a value with this `error` is printed with, to be compared with it by eye. */
export function roundLike(other: number, error: number): string {
  if (!Number.isFinite(other)) return noNumber;
  const digit = lastDigit(error);
  return digit === null ? roundTo(other, 4) : fixed(other, -digit);
}

/** `value` with `digits` significant digits, never in powers of ten between 1e-4 and 1e6. */
export function roundTo(value: number, digits: number): string {
  if (!Number.isFinite(value)) return noNumber;
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e6) return realMinus(value.toExponential(digits - 1).replace('e+', 'e'));
  const exponent = Number(size.toExponential(digits - 1).split('e')[1]);
  return fixed(value, Math.max(0, digits - 1 - exponent));
}
