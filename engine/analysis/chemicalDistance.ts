/**
 * Chemical distance of two stars, √(Σᵢ (Δ[Xᵢ/Fe] / σᵢ)²) (Wheeler et al. 2020, Eq. 6), with its error from those of the labels.
 *
 * σᵢ is one of: the label's scatter in cross-validation, as published (of two models' stars the root mean square of both); the formal
 * errors of both stars in quadrature, so that stars of one composition have distances of χ with as many degrees of freedom as there are
 * labels; or given numbers. With sᵢ² = e₁ᵢ² + e₂ᵢ² the error is √(Σ (Δᵢ/σᵢ)² (sᵢ/σᵢ)²) / d, and that of a
 * distance of 0 is that of its largest term.
 */

export type DistanceScale = 'cv' | 'errors' | 'given';

/** One label of all stars of a catalog; arrays have a value a row, NaN where there is none. */
export interface DistanceLabel {
  readonly name: string;
  readonly values: Float64Array;
  readonly errors: Float64Array | null;
  /** Of each star for `cv`; null for the other scales. */
  readonly cv: Float64Array | null;
  readonly given: number;
}

export class ChemicalDistance {
  constructor(
    readonly labels: readonly DistanceLabel[],
    readonly scale: DistanceScale,
  ) {}

  /** Whether the star has all that its distances need. */
  isUsable(row: number): boolean {
    return this.labels.every(({ values, errors, cv }) => {
      if (!Number.isFinite(values[row]!)) return false;
      if (this.scale === 'errors') return errors !== null && errors[row]! > 0 && Number.isFinite(errors[row]!);
      return this.scale === 'given' || (cv !== null && cv[row]! > 0 && Number.isFinite(cv[row]!));
    });
  }

  /** Δᵢ / σᵢ of star a from star b. */
  scaled(a: number, b: number, i: number): number {
    const { values } = this.labels[i]!;
    return (values[a]! - values[b]!) / this.sigma(a, b, i);
  }

  private sigma(a: number, b: number, i: number): number {
    const { errors, cv, given } = this.labels[i]!;
    if (this.scale === 'given') return given;
    if (this.scale === 'errors') return Math.hypot(errors![a]!, errors![b]!);
    return Math.sqrt((cv![a]! ** 2 + cv![b]! ** 2) / 2);
  }

  /** sᵢ / σᵢ: the error of a scaled difference; NaN where a star has no error. */
  scaledError(a: number, b: number, i: number): number {
    const { errors } = this.labels[i]!;
    return errors === null ? NaN : Math.hypot(errors[a]!, errors[b]!) / this.sigma(a, b, i);
  }

  /** The scaled differences of many pairs, label by label: `labels × pairs`. */
  scaledDifferences(pairs: readonly (readonly [number, number])[]): Float64Array[] {
    return this.labels.map((_, i) => Float64Array.from(pairs, ([a, b]) => this.scaled(a, b, i)));
  }
}

/** Distances from scaled differences, with all labels but `without`. */
export function distancesOf(scaled: readonly Float64Array[], without = -1): Float64Array {
  return new Float64Array(scaled[0]!.length).map((_, n) => {
    let sum = 0;
    for (let i = 0; i < scaled.length; i++) if (i !== without) sum += scaled[i]![n]! ** 2;
    return Math.sqrt(sum);
  });
}

/** The error of one distance from its scaled differences and their errors; NaN where any error is not known. */
export function distanceError(scaled: readonly number[], errors: readonly number[]): number {
  const distance = Math.hypot(...scaled);
  if (errors.some((error) => !Number.isFinite(error))) return NaN;
  return distance > 0
    ? Math.sqrt(scaled.reduce((sum, d, i) => sum + (d * errors[i]!) ** 2, 0)) / distance
    : Math.max(...errors);
}
