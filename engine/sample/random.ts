/** Random numbers of a sample: reproducible from a seed, and independent from star to star and from purpose to purpose. */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** What a sequence is for. Each object of a survey has one of each, so that a change to noise leaves the stars as they are. */
const purposes = ['star', 'observation', 'reference', 'defects', 'system', 'plate', 'cluster', 'lines'] as const;

export class Random {
  private readonly generator;
  /** Box and Muller's method gives normal deviates in pairs. */
  private spare: number | null = null;

  /** The sequence of object `n` for a purpose, so that star n does not depend on how many stars there are. */
  constructor(seed: number, purpose: (typeof purposes)[number], n: number) {
    const stream = n * purposes.length + purposes.indexOf(purpose);
    this.generator = xoroshiro128plus((seed ^ Math.imul(stream + 1, 0x9e3779b1)) | 0);
    // The first numbers of the generator show the pattern of the seeds.
    for (let i = 0; i < 12; i++) this.generator.next();
  }

  uniform(low = 0, high = 1): number {
    return low + (high - low) * uniformFloat64(this.generator);
  }

  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return Math.floor(this.uniform(low, high + 1));
  }

  normal(mean = 0, sigma = 1): number {
    return mean + sigma * this.deviate();
  }

  /** One of the values, all with the same chance. */
  pick<T>(values: readonly [T, ...T[]]): T {
    return values[this.integer(0, values.length - 1)] ?? values[0];
  }

  private deviate(): number {
    if (this.spare !== null) {
      const value = this.spare;
      this.spare = null;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
}
