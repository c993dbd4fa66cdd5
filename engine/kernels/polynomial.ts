/**
 * A polynomial in the labels given by one coefficient for each monomial, with its exact gradient and Hessian.
 *
 * Every derivative of a monomial is a factor times a monomial that divides it. Those divisors are added to the list, all
 * are evaluated once at a point, each by one multiplication, and derivatives are then sums over tables made beforehand
 * with the coefficients in them. Cost for 1001 monomials of degree ≤ 4 in 10 labels: 6490 multiplications for a set of
 * coefficients, 1001 for a point, and as many multiply-adds for the value, 2860 for a gradient, 3630 for a Hessian.
 */
import type { Term } from '../cannon/vectorizer';
import { Layout } from './arena';
import { bufferOf, createKernelMemory, kernelsFor, type KernelKind, type Kernels } from './kernels';

/** Sparse sums: for each output, entries of (coefficient, factor, monomial). */
interface Table {
  readonly starts: readonly number[];
  readonly coefficients: readonly number[];
  readonly factors: readonly number[];
  readonly values: readonly number[];
}

/** Where a table lies; `products` = coefficient × factor. */
interface PlacedTable {
  readonly nSums: number;
  readonly nEntries: number;
  readonly starts: number;
  readonly coefficients: number;
  readonly factors: number;
  readonly values: number;
  readonly products: number;
}

export class Polynomial {
  readonly #nLabels: number;
  readonly #count: number;
  readonly #kernels: Kernels;
  readonly #f: Float64Array;
  /** How each value comes from an earlier one and a label; the constant first. */
  readonly #parents: number;
  readonly #labels: number;
  readonly #point: number;
  readonly #values: number;
  readonly #coefficients: number;
  readonly #out: number;
  /** Value, gradient and Hessian. */
  readonly #tables: readonly [PlacedTable, PlacedTable, PlacedTable];

  /** @param monomials sorted lists of label indices. */
  constructor(monomials: readonly Term[], nLabels: number, kind?: KernelKind) {
    const closure = withDivisors(monomials);
    const numberOf = new Map(closure.map((monomial, k) => [monomial.join(), k]));
    const singles = Array.from({ length: nLabels }, (_, i) => [i]);
    const pairs = singles.flatMap(([i]) => Array.from({ length: i! + 1 }, (_, j) => [j, i!]));
    const tables = [[[]], singles, pairs].map((by) => tableOf(monomials, numberOf, by));
    this.#nLabels = nLabels;
    this.#count = closure.length;

    const layout = new Layout();
    const integers = (count: number) => layout.take(4 * count);
    this.#parents = integers(closure.length);
    this.#labels = integers(closure.length);
    this.#point = layout.doubles(nLabels);
    this.#values = layout.doubles(closure.length);
    this.#coefficients = layout.doubles(monomials.length);
    this.#out = layout.doubles(pairs.length + 1);
    const placed = tables.map(({ starts, values }) => ({
      nSums: starts.length - 1,
      nEntries: values.length,
      starts: integers(starts.length),
      coefficients: integers(values.length),
      factors: layout.doubles(values.length),
      values: integers(values.length),
      products: layout.doubles(values.length),
    }));
    this.#tables = placed as [PlacedTable, PlacedTable, PlacedTable];
    const memory = createKernelMemory(layout.bytes, kind);
    this.#kernels = kernelsFor(memory);
    this.#f = new Float64Array(bufferOf(memory));
    const i32 = new Int32Array(bufferOf(memory));
    const parents = closure.map((monomial) => numberOf.get(monomial.slice(0, -1).join())!);
    i32.set(parents, this.#parents / 4);
    i32.set(
      closure.map((monomial) => monomial.at(-1) ?? 0),
      this.#labels / 4,
    );
    placed.forEach((place, k) => {
      const table = tables[k]!;
      i32.set(table.starts, place.starts / 4);
      i32.set(table.coefficients, place.coefficients / 4);
      i32.set(table.values, place.values / 4);
      this.#f.set(table.factors, place.factors / 8);
    });
  }

  /** One coefficient a monomial. */
  setCoefficients(coefficients: Float64Array): void {
    this.#f.set(coefficients, this.#coefficients / 8);
    for (const { nEntries, coefficients: index, factors, products } of this.#tables) {
      this.#kernels.multiplyGathered(nEntries, this.#coefficients, index, factors, products);
    }
  }

  /** Evaluates all monomials at a point; what follows refers to it. */
  moveTo(labels: ArrayLike<number>): void {
    this.#f.set(labels, this.#point / 8);
    this.#kernels.evaluateMonomials(this.#count, this.#parents, this.#labels, this.#point, this.#values);
  }

  value(): number {
    this.#sum(0);
    return this.#f[this.#out / 8]!;
  }

  /** nLabels numbers. */
  gradient(out: Float64Array): void {
    this.#sum(1);
    out.set(this.#f.subarray(this.#out / 8, this.#out / 8 + this.#nLabels));
  }

  /** Lower triangle by rows: element (i, j ≤ i) at i (i + 1) / 2 + j. */
  hessian(out: Float64Array): void {
    this.#sum(2);
    out.set(this.#f.subarray(this.#out / 8, this.#out / 8 + (this.#nLabels * (this.#nLabels + 1)) / 2));
  }

  #sum(order: 0 | 1 | 2): void {
    const { nSums, starts, products, values } = this.#tables[order];
    this.#kernels.sumProducts(nSums, starts, products, values, this.#values, this.#out);
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

/** The derivatives of every monomial by each of `by`, sorted lists of labels of one length. */
function tableOf(monomials: readonly Term[], numberOf: Map<string, number>, by: readonly Term[]): Table {
  const sumOf = new Map(by.map((labels, k) => [labels.join(), k]));
  const entries = by.map((): [coefficient: number, factor: number, value: number][] => []);
  monomials.forEach((monomial, m) => {
    for (const labels of new Set(sublists(monomial, by[0]!.length).map((list) => list.join()))) {
      let factor = 1;
      let rest = monomial;
      for (const label of labels === '' ? [] : labels.split(',').map(Number)) {
        factor *= rest.filter((other) => other === label).length;
        rest = without(rest, rest.indexOf(label));
      }
      entries[sumOf.get(labels)!]!.push([m, factor, numberOf.get(rest.join())!]);
    }
  });
  const starts = [0];
  for (const list of entries) starts.push(starts.at(-1)! + list.length);
  const column = (k: 0 | 1 | 2) => entries.flatMap((list) => list.map((entry) => entry[k]));
  return { starts, coefficients: column(0), factors: column(1), values: column(2) };
}

/** All sublists of a length, in the list's order. */
function sublists(list: Term, length: number): Term[] {
  if (length === 0) return [[]];
  return list.flatMap((first, k) => sublists(list.slice(k + 1), length - 1).map((rest) => [first, ...rest]));
}

function without(monomial: Term, k: number): Term {
  return monomial.filter((_, index) => index !== k);
}
