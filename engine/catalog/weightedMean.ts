/**
 * The mean over a star's observations, wherever there is one: x̄ = Σ wᵢxᵢ / Σ wᵢ with wᵢ their S/N (Wheeler et al. 2020, §5); of
 * independent observations its error is √(Σ wᵢ²σᵢ²) / Σ wᵢ, and covariances follow the same way. An observation without S/N
 * has no say beside one that has it; without any, all weigh the same. One observation alone keeps its own numbers, bit for bit.
 */

export class WeightedMean {
  readonly #bySnr = new Sums();
  readonly #alike = new Sums();

  /**
   * Values that are not known (NaN) are left out.
   * @param snr NaN or 0 for none
   * @param variance σ², or a covariance
   */
  add(snr: number, value: number, variance: number): void {
    if (!Number.isFinite(value)) return;
    if (snr > 0) this.#bySnr.add(snr, value, variance);
    this.#alike.add(1, value, variance);
  }

  /** NaN of nothing. */
  mean(): number {
    return this.#sums.mean();
  }

  error(): number {
    return Math.sqrt(this.#sums.variance());
  }

  covariance(): number {
    return this.#sums.variance();
  }

  get #sums(): Sums {
    return this.#bySnr.count > 0 ? this.#bySnr : this.#alike;
  }
}

/** Σ w, Σ w x, Σ w² σ². */
class Sums {
  count = 0;
  #weights = 0;
  #values = 0;
  #variances = 0;
  #only = NaN;
  #onlyVariance = NaN;

  add(weight: number, value: number, variance: number): void {
    if (this.count++ === 0) [this.#only, this.#onlyVariance] = [value, variance];
    this.#weights += weight;
    this.#values += weight * value;
    this.#variances += weight ** 2 * variance;
  }

  mean(): number {
    return this.count > 1 ? this.#values / this.#weights : this.#only;
  }

  variance(): number {
    return this.count > 1 ? this.#variances / this.#weights ** 2 : this.#onlyVariance;
  }
}
