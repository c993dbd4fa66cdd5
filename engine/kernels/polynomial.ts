/**
 * A polynomial in the labels given by one coefficient for each monomial, with its exact gradient and Hessian.
 *
 * The Hessian is summed in parts H_k homogeneous of degree k in the labels ℓ. Along the ray from 0 to ℓ part k grows as t^k,
 * so that two integrations give the rest: gradient = g₀ + Σ H_k ℓ / (k + 1), value = c₀ + g₀ · ℓ + Σ ℓ · H_k ℓ / ((k + 1)(k + 2)),
 * with the coefficients c₀ of the constant and g₀ of the labels. Monomials two degrees lower than the polynomial's are
 * all that is needed: 66 for 1001 monomials of degree ≤ 4 in 10 labels, and 3630 multiply-adds for everything. Where only
 * values are asked for, four points are evaluated together, 2 · 1001 multiply-adds each.
 */
import type { Term } from '../cannon/vectorizer';
import { Layout } from './arena';
import { bufferOf, createKernelMemory, kernelsFor, type KernelKind, type Kernels } from './kernels';

/** Sparse sums: for each output, entries of (coefficient, factor, monomial). */
interface Table {
  /** Degrees from 0 on; part k has one sum a pair of labels. */
  readonly nParts: number;
  readonly starts: readonly number[];
  readonly coefficients: readonly number[];
  readonly factors: readonly number[];
  readonly values: readonly number[];
}

/** Byte offsets of what lies in kernel memory. */
interface Places {
  /** How each monomial comes from an earlier one and a label; the constant first. */
  readonly parents: number;
  readonly labels: number;
  readonly coefficients: number;
  readonly points: number;
  readonly values: number;
  readonly sums: number;
  /** Of the Hessian's table; `products` = coefficient × factor. */
  readonly starts: number;
  readonly indices: number;
  readonly factors: number;
  readonly remainders: number;
  readonly products: number;
}

/** Points that `valuesAt` takes at once. */
export const pointsAtOnce = 4;

export class Polynomial {
  readonly #nLabels: number;
  readonly #nPairs: number;
  readonly #nParts: number;
  readonly #nEntries: number;
  /** All monomials with their divisors, by rising degree, and how many of them the Hessian needs. */
  readonly #count: number;
  readonly #nLow: number;
  readonly #kernels: Kernels;
  readonly #f: Float64Array;
  readonly #at: Places;
  /** The place of each monomial, and of each label, among all; −1 for a label that is none. */
  readonly #order: Int32Array;
  readonly #linear: Int32Array;
  readonly #point: Float64Array;
  readonly #gradient: Float64Array;
  readonly #hessian: Float64Array;
  #value = 0;

  /** @param monomials sorted lists of label indices. */
  constructor(monomials: readonly Term[], nLabels: number, kind?: KernelKind) {
    const all = withDivisors(monomials);
    const numberOf = new Map(all.map((monomial, k) => [monomial.join(), k]));
    const singles = Array.from({ length: nLabels }, (_, i) => [i]);
    const pairs = singles.flatMap(([i]) => Array.from({ length: i! + 1 }, (_, j) => [j, i!]));
    const table = hessianTable(monomials, numberOf, pairs);
    this.#nLabels = nLabels;
    this.#nPairs = pairs.length;
    this.#nParts = table.nParts;
    this.#nEntries = table.values.length;
    this.#count = all.length;
    this.#nLow = all.filter((monomial) => monomial.length < Math.max(1, table.nParts)).length;
    this.#order = Int32Array.from(monomials, (monomial) => numberOf.get(monomial.join())!);
    this.#linear = Int32Array.from(singles, (single) => numberOf.get(single.join()) ?? -1);
    this.#point = new Float64Array(nLabels);
    this.#gradient = new Float64Array(nLabels);
    this.#hessian = new Float64Array(pairs.length);

    const layout = new Layout();
    const integers = (count: number) => layout.take(4 * count);
    this.#at = {
      parents: integers(all.length),
      labels: integers(all.length),
      coefficients: layout.doubles(all.length),
      points: layout.doubles(pointsAtOnce * nLabels),
      values: layout.doubles(pointsAtOnce * all.length),
      sums: layout.doubles(Math.max(pointsAtOnce, table.nParts * pairs.length)),
      starts: integers(table.starts.length),
      indices: integers(this.#nEntries),
      factors: layout.doubles(this.#nEntries),
      remainders: integers(this.#nEntries),
      products: layout.doubles(this.#nEntries),
    };
    const memory = createKernelMemory(layout.bytes, kind);
    this.#kernels = kernelsFor(memory);
    this.#f = new Float64Array(bufferOf(memory));
    this.#fill(new Int32Array(bufferOf(memory)), all, numberOf, table);
  }

  #fill(i32: Int32Array, all: readonly Term[], numberOf: Map<string, number>, table: Table): void {
    const at = this.#at;
    const parents = all.map((monomial) => numberOf.get(monomial.slice(0, -1).join())!);
    i32.set(parents, at.parents / 4);
    i32.set(
      all.map((monomial) => monomial.at(-1) ?? 0),
      at.labels / 4,
    );
    i32.set(table.starts, at.starts / 4);
    i32.set(table.coefficients, at.indices / 4);
    i32.set(table.values, at.remainders / 4);
    this.#f.set(table.factors, at.factors / 8);
  }

  /** One coefficient a monomial. */
  setCoefficients(coefficients: Float64Array): void {
    const { coefficients: to, indices, factors, products } = this.#at;
    const order = this.#order;
    for (let k = 0; k < order.length; k++) this.#f[to / 8 + order[k]!] = coefficients[k]!;
    this.#kernels.multiplyGathered(this.#nEntries, to, indices, factors, products);
  }

  /** Goes to a point; value, gradient and Hessian refer to it. */
  moveTo(labels: ArrayLike<number>): void {
    const [f, at, point, gradient, hessian] = [this.#f, this.#at, this.#point, this.#gradient, this.#hessian];
    const [n, nPairs] = [this.#nLabels, this.#nPairs];
    const start = at.coefficients / 8;
    f.set(labels, at.points / 8);
    point.set(labels);
    this.#kernels.evaluateMonomials(this.#nLow, at.parents, at.labels, at.points, at.values);
    this.#kernels.sumProducts(this.#nParts * nPairs, at.starts, at.products, at.remainders, at.values, at.sums);
    let value = f[start]!;
    for (let i = 0; i < n; i++) {
      const slope = this.#linear[i]! < 0 ? 0 : f[start + this.#linear[i]!]!;
      gradient[i] = slope;
      value += slope * point[i]!;
    }
    hessian.fill(0);
    for (let part = 0, e = at.sums / 8; part < this.#nParts; part++) {
      const [once, twice] = [1 / (part + 1), 1 / ((part + 1) * (part + 2))];
      for (let i = 0, pair = 0; i < n; i++) {
        const x = point[i]!;
        let product = 0;
        for (let j = 0; j < i; j++, e++, pair++) {
          const element = f[e]!;
          hessian[pair]! += element;
          product += element * point[j]!;
          gradient[j]! += once * element * x;
        }
        const element = f[e++]!;
        hessian[pair++]! += element;
        gradient[i]! += once * (product + element * x);
        value += twice * x * (2 * product + element * x);
      }
    }
    this.#value = value;
  }

  value(): number {
    return this.#value;
  }

  /** nLabels numbers. */
  gradient(out: Float64Array): void {
    out.set(this.#gradient);
  }

  /** Lower triangle by rows: element (i, j ≤ i) at i (i + 1) / 2 + j. */
  hessian(out: Float64Array): void {
    out.set(this.#hessian);
  }

  /** The values at `pointsAtOnce` points, [nLabels][4]. What `moveTo` found stays as it is. */
  valuesAt(points: Float64Array, out: Float64Array): void {
    const { parents, labels, points: to, values, coefficients, sums } = this.#at;
    this.#f.set(points, to / 8);
    this.#kernels.evaluateAtFour(this.#count, parents, labels, to, values, coefficients, sums);
    for (let lane = 0; lane < pointsAtOnce; lane++) out[lane] = this.#f[sums / 8 + lane]!;
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

/** The second derivatives of every monomial by pairs of labels: for each pair a sum over remainders of degree 0, 1, … */
function hessianTable(monomials: readonly Term[], numberOf: Map<string, number>, pairs: readonly Term[]): Table {
  const nParts = Math.max(0, ...monomials.map((monomial) => monomial.length - 1));
  const sumOf = new Map(pairs.map((labels, k) => [labels.join(), k]));
  const entries = Array.from(
    { length: pairs.length * nParts },
    (): [coefficient: number, factor: number, value: number][] => [],
  );
  for (const monomial of monomials) {
    for (const pair of new Set(sublists(monomial, 2).map((list) => list.join()))) {
      let factor = 1;
      let rest = monomial;
      for (const label of pair.split(',').map(Number)) {
        factor *= rest.filter((other) => other === label).length;
        rest = without(rest, rest.indexOf(label));
      }
      const own = [numberOf.get(monomial.join())!, factor, numberOf.get(rest.join())!] as const;
      entries[rest.length * pairs.length + sumOf.get(pair)!]!.push([...own]);
    }
  }
  const starts = [0];
  for (const list of entries) starts.push(starts.at(-1)! + list.length);
  const column = (k: 0 | 1 | 2) => entries.flatMap((list) => list.map((entry) => entry[k]));
  return { nParts, starts, coefficients: column(0), factors: column(1), values: column(2) };
}

/** All sublists of a length, in the list's order. */
function sublists(list: Term, length: number): Term[] {
  if (length === 0) return [[]];
  return list.flatMap((first, k) => sublists(list.slice(k + 1), length - 1).map((rest) => [first, ...rest]));
}

function without(monomial: Term, k: number): Term {
  return monomial.filter((_, index) => index !== k);
}
