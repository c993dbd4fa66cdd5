/**
 * The natural cubic spline through values at 0, 1, 2, …, and its derivative, all shifted by the same fraction of a step.
 *
 * With second derivatives M at the knots, between knots j and j + 1 at t:
 *   y = (1 − t) y_j + t y_{j+1} + ((1 − t)³ − (1 − t)) M_j / 6 + (t³ − t) M_{j+1} / 6.
 * Where t is one for all points this is a sum of four products a point. Source: de Boor, A Practical Guide to Splines, ch. IV.
 * Cost: some ten flops a point.
 */

/**
 * The values, and the slopes per step, at k − shift for k = 0, 1, …; NaN where that lies beyond the ends.
 * `from` may be one of the results only if nothing else is needed of it; it is not changed.
 */
export function shiftedSpline(
  from: Float64Array,
  shift: number,
  values: Float64Array,
  slopes: Float64Array | null,
): void {
  const n = from.length;
  const moments = secondDerivatives(from);
  const whole = Math.floor(-shift);
  const t = -shift - whole;
  const u = 1 - t;
  const [cubeU, cubeT] = [(u * u * u - u) / 6, (t * t * t - t) / 6];
  const [slopeU, slopeT] = [-(3 * u * u - 1) / 6, (3 * t * t - 1) / 6];
  for (let k = 0; k < n; k++) {
    const j = k + whole;
    // At the last knot itself there is no next, and none is needed.
    const next = t === 0 && j === n - 1 ? j : j + 1;
    if (j < 0 || next >= n) {
      values[k] = NaN;
      if (slopes !== null) slopes[k] = NaN;
      continue;
    }
    const [y0, y1, m0, m1] = [from[j]!, from[next]!, moments[j]!, moments[next]!];
    values[k] = u * y0 + t * y1 + cubeU * m0 + cubeT * m1;
    if (slopes !== null) slopes[k] = y1 - y0 + slopeU * m0 + slopeT * m1;
  }
}

/** M with M_{k−1} + 4 M_k + M_{k+1} = 6 (y_{k−1} − 2 y_k + y_{k+1}) and 0 at the ends. */
function secondDerivatives(y: Float64Array): Float64Array {
  const n = y.length;
  const [moments, ratios] = [new Float64Array(n), new Float64Array(n)];
  for (let k = 1; k < n - 1; k++) {
    const pivot = 4 - ratios[k - 1]!;
    ratios[k] = 1 / pivot;
    moments[k] = (6 * (y[k - 1]! - 2 * y[k]! + y[k + 1]!) - moments[k - 1]!) / pivot;
  }
  for (let k = n - 2; k > 0; k--) moments[k]! -= ratios[k]! * moments[k + 1]!;
  return moments;
}
