/**
 * The functions of searches: those on this list and no others. None reads anything but its values, none makes a text longer
 * than its parts, and none fails: where a result does not exist (the root of a negative number) it is missing.
 */

export type ArgumentKind = 'number' | 'text' | 'condition';

export interface FilterFunction {
  readonly args: readonly ArgumentKind[];
  /** How many of `args` may be left out at the end. */
  readonly nOptional?: number;
  /** The last argument may be repeated. */
  readonly isOpen?: boolean;
  readonly result: 'number' | 'text' | 'boolean';
  readonly sql: (args: readonly string[]) => string;
  readonly usage: string;
  readonly about: string;
}

const plain = (name: string, about: string): FilterFunction => ({
  ...{ args: ['number'], result: 'number', usage: `${name}(x)`, about },
  sql: ([x]) => `${name}(${x})`,
});
/** For what DuckDB refuses outside some range. */
const within = (name: string, holds: (x: string) => string, about: string): FilterFunction => ({
  ...plain(name, about),
  sql: ([x]) => `(CASE WHEN ${holds(x!)} THEN ${name}(${x}) END)`,
});
const isPositive = (x: string) => `${x} > 0 AND isfinite(${x})`;
const isSine = (x: string) => `abs(${x}) <= 1`;
const isFinite = (x: string) => `isfinite(${x})`;
const ofText = (name: string, usage: string, about: string): FilterFunction => ({
  ...{ args: ['text'], result: 'text', usage, about },
  sql: ([x]) => `${name}(${x})`,
});
const asksText = (name: string, about: string): FilterFunction => ({
  ...{ args: ['text', 'text'], result: 'boolean', usage: `${name}(text, part)`, about },
  sql: ([x, part]) => `${name}(${x}, ${part})`,
});

export const filterFunctions: Readonly<Record<string, FilterFunction>> = {
  abs: plain('abs', 'without its sign'),
  sqrt: within('sqrt', (x) => `${x} >= 0`, 'square root'),
  exp: plain('exp', 'e to the power of x'),
  ln: within('ln', isPositive, 'natural logarithm'),
  log10: within('log10', isPositive, 'logarithm to base 10'),
  log2: within('log2', isPositive, 'logarithm to base 2'),
  floor: plain('floor', 'next whole number below'),
  ceil: plain('ceil', 'next whole number above'),
  sign: within('sign', isFinite, '−1, 0 or 1'),
  sin: within('sin', isFinite, 'sine of radians'),
  cos: within('cos', isFinite, 'cosine of radians'),
  tan: within('tan', isFinite, 'tangent of radians'),
  asin: within('asin', isSine, 'arc sine, in radians'),
  acos: within('acos', isSine, 'arc cosine, in radians'),
  atan: plain('atan', 'arc tangent, in radians'),
  radians: plain('radians', 'from degrees'),
  degrees: plain('degrees', 'from radians'),
  atan2: {
    ...{ args: ['number', 'number'], result: 'number', usage: 'atan2(y, x)', about: 'angle of a point, in radians' },
    sql: ([y, x]) => `atan2(${y}, ${x})`,
  },
  power: {
    ...{ args: ['number', 'number'], result: 'number', usage: 'power(x, y)', about: 'x to the power of y, also x ^ y' },
    sql: ([x, y]) => `pow(${x}, ${y})`,
  },
  round: {
    ...{ args: ['number', 'number'], nOptional: 1, result: 'number', usage: 'round(x, digits)' },
    about: 'rounded, to whole numbers without digits',
    sql: ([x, digits = '0']) => `round(${x}, CAST(greatest(-20, least(20, ${digits})) AS INTEGER))`,
  },
  least: {
    ...{ args: ['number'], isOpen: true, result: 'number', usage: 'least(a, b, …)', about: 'the smallest' },
    sql: (args) => `least(${args.join(', ')})`,
  },
  greatest: {
    ...{ args: ['number'], isOpen: true, result: 'number', usage: 'greatest(a, b, …)', about: 'the largest' },
    sql: (args) => `greatest(${args.join(', ')})`,
  },
  separation: {
    ...{ args: ['number', 'number', 'number', 'number'], result: 'number', usage: 'separation(ra, dec, ra0, dec0)' },
    about: 'angle between two places on the sky, all in degrees',
    sql: ([ra, dec, ra0, dec0]) => haversine(ra!, dec!, ra0!, dec0!),
  },
  lower: ofText('lower', 'lower(text)', 'in small letters'),
  upper: ofText('upper', 'upper(text)', 'in capitals'),
  trim: ofText('trim', 'trim(text)', 'without blanks at its ends'),
  length: { ...ofText('length', 'length(text)', 'number of characters'), result: 'number' },
  substr: {
    ...{ args: ['text', 'number', 'number'], nOptional: 1, result: 'text', usage: 'substr(text, from, count)' },
    about: 'a part; the first character is 1',
    sql: ([x, from, count]) =>
      `substr(${x}, TRY_CAST(${from} AS INTEGER)${count === undefined ? '' : `, TRY_CAST(${count} AS INTEGER)`})`,
  },
  contains: asksText('contains', 'whether a part stands in a text'),
  starts_with: asksText('starts_with', 'whether a text begins with a part'),
  ends_with: asksText('ends_with', 'whether a text ends with a part'),
};

/** Angle between two places, exact also for small ones: 2 asin √(sin²(Δδ/2) + cos δ cos δ₀ sin²(Δα/2)). */
function haversine(ra: string, dec: string, ra0: string, dec0: string): string {
  const sine = (a: string, b: string) => `pow(sin(radians(${a} - ${b}) / 2), 2)`;
  const square = `${sine(dec, dec0)} + cos(radians(${dec})) * cos(radians(${dec0})) * ${sine(ra, ra0)}`;
  const all = [ra, dec, ra0, dec0].map((x) => `isfinite(${x})`).join(' AND ');
  return `(CASE WHEN ${all} THEN 2 * degrees(asin(least(1, sqrt(${square})))) END)`;
}

/** What a column has over the whole catalog, whatever the search; `quantile` takes the share as well. */
export const filterStatistics: Readonly<Record<string, string>> = {
  mean: 'avg',
  median: 'median',
  stddev: 'stddev_samp',
  quantile: 'quantile_cont',
};

/** All calls that a search may have, for completion and documentation. */
export const filterCalls: readonly { readonly name: string; readonly usage: string; readonly about: string }[] = [
  { name: 'has', usage: "has('binary')", about: 'whether the star has a flag' },
  { name: 'has', usage: "has('window_chi2', 'Ba')", about: 'the same, of one element or label' },
  ...Object.entries(filterFunctions).map(([name, { usage, about }]) => ({ name, usage, about })),
  { name: 'coalesce', usage: 'coalesce(a, b, …)', about: 'the first that is not missing' },
  { name: 'if', usage: 'if(condition, a, b)', about: 'a where the condition holds, else b' },
  { name: 'isnan', usage: 'isnan(x)', about: 'whether a number is missing, as x IS NULL' },
  { name: 'mean', usage: 'mean(column)', about: 'over the whole catalog' },
  { name: 'median', usage: 'median(column)', about: 'over the whole catalog' },
  { name: 'stddev', usage: 'stddev(column)', about: 'over the whole catalog' },
  { name: 'quantile', usage: 'quantile(column, 0.99)', about: 'over the whole catalog; 0.5 is the median' },
];
