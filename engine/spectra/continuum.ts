/**
 * The pseudo-continuum by Gaussian smoothing (Ho et al. 2017, ApJ 836, 5, eq. 1):
 * c(λ) = Σ_j F_j w_j ivar_j / Σ_j w_j ivar_j, with w_j = exp(−½ ((λ_j − λ)/σ)²) and |λ_j − λ| ≤ truncate.
 *
 * It is linear in the flux, so it does not depend on the noise as medians and quantiles do. The weights depend on the grid
 * alone and are tabulated once, window after window. Without truncation they end at 9 σ, where a weight is 3e-18
 * of the pixel's own: beyond the precision of the sum.
 */
const WINDOW_SIGMAS = 9;

export class GaussianContinuum {
  /** Window of pixel p: pixels `first[p]` … with the weights `weights[start[p] … start[p + 1])`. */
  private readonly first: Int32Array;
  private readonly start: Int32Array;
  private readonly weights: Float64Array;

  /** `waveAngstrom` rises; `sigma` and `truncate` in Å. */
  constructor(waveAngstrom: Float64Array, sigma: number, truncate: number) {
    const nPixels = waveAngstrom.length;
    const reach = Math.min(truncate, WINDOW_SIGMAS * sigma);
    this.first = new Int32Array(nPixels);
    this.start = new Int32Array(nPixels + 1);
    for (let p = 0, low = 0, high = 0; p < nPixels; p++) {
      while (waveAngstrom[p]! - waveAngstrom[low]! > reach) low++;
      while (high < nPixels && waveAngstrom[high]! - waveAngstrom[p]! <= reach) high++;
      this.first[p] = low;
      this.start[p + 1] = this.start[p]! + high - low;
    }
    this.weights = new Float64Array(this.start[nPixels]!);
    for (let p = 0; p < nPixels; p++) {
      for (let k = this.start[p]!, j = this.first[p]!; k < this.start[p + 1]!; k++, j++) {
        this.weights[k] = Math.exp(-0.5 * ((waveAngstrom[j]! - waveAngstrom[p]!) / sigma) ** 2);
      }
    }
  }

  /** The continuum under `flux`; 0 where no pixel of the window carries weight. `flux` must be finite where ivar is 0, too. */
  fit(flux: Float64Array, ivar: Float64Array): Float64Array {
    const { first, start, weights } = this;
    const weightedFlux = flux.map((value, p) => value * ivar[p]!);
    const continuum = new Float64Array(flux.length);
    for (let p = 0; p < continuum.length; p++) {
      const end = start[p + 1]!;
      let sumFlux = 0;
      let sumWeight = 0;
      for (let k = start[p]!, j = first[p]!; k < end; k++, j++) {
        sumFlux += weights[k]! * weightedFlux[j]!;
        sumWeight += weights[k]! * ivar[j]!;
      }
      continuum[p] = sumWeight > 0 ? sumFlux / sumWeight : 0;
    }
    return continuum;
  }
}
