/**
 * How probable a χ² is: Q(n/2, χ²/2), the regularized upper incomplete gamma function.
 *
 * By the series for P where χ² < n + 2 and by the continued fraction for Q elsewhere, which converge fastest there; ln Γ by
 * Lanczos' approximation. Relative error below 1e-10 wherever Q > 1e-300. Source: Abramowitz & Stegun 6.5.29, 6.5.31. Pure.
 */

/** The probability that n independent unit normals have squares that add up to `chi2` or more; NaN without any. */
export function chiSquareSurvival(chi2: number, n: number): number {
  if (!(n > 0) || Number.isNaN(chi2)) return NaN;
  if (chi2 <= 0) return 1;
  const [a, x] = [n / 2, chi2 / 2];
  if (x === Infinity) return 0;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  return x < a + 1 ? Math.max(0, 1 - front * lowerSeries(a, x)) : front * upperFraction(a, x);
}

/** Σ x^k / (a (a + 1) … (a + k)). */
function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let k = 1; k < 10_000 && term > sum * 1e-16; k++) sum += term *= x / (a + k);
  return sum;
}

/** 1 / (x + 1 − a − 1 (1 − a) / (x + 3 − a − …)), by Lentz's method. */
function upperFraction(a: number, x: number): number {
  const tiny = 1e-300;
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let fraction = d;
  for (let k = 1; k < 10_000; k++) {
    const step = -k * (k - a);
    b += 2;
    d = step * d + b;
    if (Math.abs(d) < tiny) d = tiny;
    c = b + step / c;
    if (Math.abs(c) < tiny) c = tiny;
    d = 1 / d;
    const change = d * c;
    fraction *= change;
    if (Math.abs(change - 1) < 1e-15) break;
  }
  return fraction;
}

/** Lanczos' coefficients for g = 7. */
const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const z = x - 1;
  const t = z + 7.5;
  const sum = lanczos.slice(1).reduce((total, coefficient, k) => total + coefficient / (z + k + 1), lanczos[0]!);
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}
