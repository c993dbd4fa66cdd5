/**
 * A polynomial in the labels given by one coefficient for each monomial, with its exact gradient and Hessian.
 *
 * Every derivative of a monomial is a factor times a monomial that divides it. Those divisors are added to the list, all
 * are evaluated once at a point, each by one multiplication, and derivatives are then sums over tables made beforehand
 * with the coefficients in them. Cost for 1001 monomials of degree ≤ 4 in 10 labels: 6490 multiplications for a set of
 * coefficients, 1001 for a point, and as many multiply-adds for the value, 2860 for a gradient, 3630 for a Hessian.
 */
import type { Term } from '../cannon/vectorizer';

/** Sparse sums: for each output, entries of (coefficient, factor, monomial); `products` = coefficient × factor. */
interface Table {
  readonly starts: Int32Array;
  readonly coefficients: Int32Array;
  readonly factors: Float64Array;
  readonly values: Int32Array;
  readonly products: Float64Array;
}

export class Polynomial {
  #coefficients: Float64Array;
  /** How each value comes from an earlier one and a label; the constant first. */
  readonly #parents: Int32Array;
  readonly #labels: Int32Array;
  readonly #valueOf: Int32Array;
  readonly #values: Float64Array;
  readonly #gradient: Table;
  readonly #hessian: Table;

  /** @param monomials sorted lists of label indices. */
  constructor(monomials: readonly Term[], nLabels: number) {
    this.#coefficients = new Float64Array(monomials.length);
    const closure = withDivisors(monomials);
    const numberOf = new Map(closure.map((monomial, k) => [monomial.join(), k]));
    this.#values = new Float64Array(closure.length).fill(1);
    this.#parents = Int32Array.from(closure, (monomial) => numberOf.get(monomial.slice(0, -1).join())!);
    this.#labels = Int32Array.from(closure, (monomial) => monomial.at(-1) ?? -1);
    this.#valueOf = Int32Array.from(monomials, (monomial) => numberOf.get(monomial.join())!);
    this.#gradient = tableOf(
      monomials,
      numberOf,
      Array.from({ length: nLabels }, (_, i) => [i]),
    );
    const pairs = Array.from({ length: nLabels }, (_, i) => Array.from({ length: i + 1 }, (_, j) => [i, j])).flat();
    this.#hessian = tableOf(monomials, numberOf, pairs);
  }

  /** One coefficient a monomial; it is kept, not copied. */
  setCoefficients(coefficients: Float64Array): void {
    this.#coefficients = coefficients;
    for (const table of [this.#gradient, this.#hessian]) {
      for (let e = 0; e < table.products.length; e++) {
        table.products[e] = coefficients[table.coefficients[e]!]! * table.factors[e]!;
      }
    }
  }

  /** Evaluates all monomials at a point; what follows refers to it. */
  moveTo(labels: ArrayLike<number>): void {
    const [values, parents, factors] = [this.#values, this.#parents, this.#labels];
    for (let k = 1; k < values.length; k++) values[k] = values[parents[k]!]! * labels[factors[k]!]!;
  }

  value(): number {
    const [coefficients, values, valueOf] = [this.#coefficients, this.#values, this.#valueOf];
    let sum = 0;
    for (let m = 0; m < valueOf.length; m++) sum += coefficients[m]! * values[valueOf[m]!]!;
    return sum;
  }

  /** nLabels numbers. */
  gradient(out: Float64Array): void {
    sumTable(this.#gradient, this.#values, out);
  }

  /** Lower triangle by rows: element (i, j ≤ i) at i (i + 1) / 2 + j. */
  hessian(out: Float64Array): void {
    sumTable(this.#hessian, this.#values, out);
  }
}

function sumTable({ starts, products, values }: Table, z: Float64Array, out: Float64Array): void {
  for (let k = 0; k + 1 < starts.length; k++) {
    const end = starts[k + 1]!;
    let sum = 0;
    for (let e = starts[k]!; e < end; e++) sum += products[e]! * z[values[e]!]!;
    out[k] = sum;
  }
}

/** All monomials that divide one of `monomials`, by rising degree: a parent stands before its products. */
function withDivisors(monomials: readonly Term[]): Term[] {
  const found = new Map<string, Term>([['', []]]);
  const add = (monomial: Term) => {
    if (found.has(monomial.join())) return;
    found.set(monomial.join(), monomial);
    monomial.forEach((_, k) => add(without(monomial, k)));
  };
  monomials.forEach(add);
  return [...found.values()].sort((a, b) => a.length - b.length);
}

/** The derivative of every monomial by each list of labels in `by`. */
function tableOf(monomials: readonly Term[], numberOf: Map<string, number>, by: readonly Term[]): Table {
  const starts = [0];
  const [coefficients, factors, values]: [number[], number[], number[]] = [[], [], []];
  for (const labels of by) {
    monomials.forEach((monomial, m) => {
      let factor = 1;
      let rest: Term = monomial;
      for (const label of labels) {
        factor *= rest.filter((other) => other === label).length;
        if (factor === 0) return;
        rest = without(rest, rest.indexOf(label));
      }
      coefficients.push(m);
      factors.push(factor);
      values.push(numberOf.get(rest.join())!);
    });
    starts.push(coefficients.length);
  }
  return {
    starts: Int32Array.from(starts),
    coefficients: Int32Array.from(coefficients),
    factors: Float64Array.from(factors),
    values: Int32Array.from(values),
    products: new Float64Array(values.length),
  };
}

function without(monomial: Term, k: number): Term {
  return monomial.filter((_, index) => index !== k);
}
