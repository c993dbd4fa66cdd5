/**
 * The kernels' contract, and which implementation serves: WebAssembly SIMD, or the plain twin in `plain.ts`.
 *
 * Both work on one block of memory and take byte offsets into it, multiples of 8; their layouts and costs are told in
 * `wasm/`. They sum in the same order but for the logarithms of `logLikelihood`, so they agree to rounding.
 * `CANNON_KERNELS=plain` in the environment forces the twin.
 */
import { randomUUID } from 'node:crypto';
import { plainKernels } from './plain';
import { wasmBase64 } from './wasmModule';

export interface Kernels {
  /** C (+)= A B over k in [from, to): A in panels of 4 rows, B in panels of 4 columns, C row-major. */
  gemm(
    nRows: number,
    nColumns: number,
    nInner: number,
    a: number,
    b: number,
    c: number,
    from: number,
    to: number,
    accumulate: 0 | 1,
  ): void;
  /** weight = (variance + v)^−power, weighted = weight · flux, in panels of 4 columns. */
  weigh(
    nColumns: number,
    nStars: number,
    power: 1 | 2,
    variance: number,
    flux: number,
    v: number,
    weight: number,
    weighted: number,
  ): void;
  /** out = weight² · residual. */
  multiplyWeightSquared(count: number, weight: number, residual: number, out: number): void;
  /** out = a · b. */
  multiply(count: number, a: number, b: number, out: number): void;
  /** sum += part; `count` is even, as for the other element-wise kernels. */
  add(count: number, part: number, sum: number): void;
  /** out = flux − X θ, or X θ alone. */
  applyDesign(
    nColumns: number,
    nStars: number,
    nTerms: number,
    design: number,
    theta: number,
    flux: number,
    out: number,
    subtract: 0 | 1,
  ): void;
  /** 2 dL/dv, its derivative, Σ w and Σ w² of 4 columns: 16 doubles. */
  scatterSums(
    nStars: number,
    variance: number,
    residual: number,
    slope: number,
    v: number,
    v0: number,
    rest: number,
    out: number,
  ): void;
  /** Twice the log-likelihood of 4 columns, 4 doubles. */
  logLikelihood(nStars: number, variance: number, residual: number, v: number, out: number): void;
  /** 4 packed matrices out of the product Z W. */
  unfold(nElements: number, nColumns: number, column: number, index: number, moments: number, matrix: number): void;
  /** 4 packed matrices out of moments − part. */
  subtractUnfolded(
    nElements: number,
    nColumns: number,
    column: number,
    index: number,
    moments: number,
    part: number,
    matrix: number,
  ): void;
  /** In place; writes the smallest relative pivot of each of 4 lanes. */
  choleskyFactor(n: number, matrix: number, smallest: number): void;
  choleskySolve(n: number, factor: number, b: number): void;
  /** 4 packed inverses from 4 packed factors. */
  invertFactor(n: number, factor: number, inverse: number): void;
  /** Condition of 4 packed matrices, by their inverses: 4 doubles. `room` holds 3 vectors [n][4]. */
  conditionOfPanel(n: number, matrix: number, inverse: number, room: number, out: number): void;
  /** y = S x. */
  symmetricMultiply(n: number, matrix: number, x: number, y: number): void;
  /** Polynomial coefficients of (θ_p · η)², in panels of 4 monomials. */
  squareModel(
    fromPixel: number,
    toPixel: number,
    nPixels: number,
    nTerms: number,
    nMonomials: number,
    theta: number,
    index: number,
    sums: number,
    out: number,
  ): void;
  /** One star's weights and residuals into a lane of its panel. */
  weighStar(
    nPixels: number,
    lane: number,
    flux: number,
    ivar: number,
    v: number,
    base: number,
    weight: number,
    residual: number,
  ): void;
  /** weighted = weight · residual of 4 stars; Σ weight residual², its largest summand, number and sum of weights: 16 doubles. */
  panelSums(nPixels: number, weight: number, residual: number, weighted: number, out: number): void;
  /** weight · residual² of a star's pixels, and those above a limit; returns how many have a weight. */
  squaresOfStar(
    nPixels: number,
    lane: number,
    weight: number,
    residual: number,
    limit: number,
    squares: number,
    far: number,
  ): number;
  /** How many values have scale · max(1, factor · value) < cut. */
  countLower(count: number, values: number, scale: number, factor: number, cut: number): number;
  /** The model of 4 stars, in place of their residuals about the pivot. */
  modelOfPanel(nPixels: number, base: number, atPivot: number, atLabels: number): void;
  /** Sums with the model shifted by 4 shifts in a row, less itself: 32 doubles. */
  shiftSums(nPixels: number, shift: number, weight: number, weighted: number, model: number, out: number): void;
  /** Weighted slopes of the model by pixels, in place of weighted residuals, and two sums with them: 8 doubles. */
  slopeOfPanel(nPixels: number, weight: number, weighted: number, model: number, out: number): void;
  /** Squares of residuals about their running mean, summed over every 8 pixels. */
  roughness(
    nPixels: number,
    reach: number,
    most: number,
    weight: number,
    residual: number,
    z: number,
    out: number,
  ): void;
  /** Monomials at a point, each from an earlier one and a label. */
  evaluateMonomials(count: number, parents: number, labels: number, point: number, values: number): void;
  /** products[e] = coefficients[index[e]] · factors[e]. */
  multiplyGathered(count: number, coefficients: number, index: number, factors: number, products: number): void;
  /** out[s] = Σ products[e] · values[index[e]] over the entries of sum s. */
  sumProducts(nSums: number, starts: number, products: number, index: number, values: number, out: number): void;
  /** A polynomial at four points: 4 doubles. */
  evaluateAtFour(
    count: number,
    parents: number,
    labels: number,
    points: number,
    values: number,
    coefficients: number,
    sums: number,
  ): void;
  /** Sums over the windows of pixels [from, to), which all touch `anchor`, by a kernel that is a sum of few products. */
  windowSums(
    nPixels: number,
    nPanels: number,
    low: number,
    anchor: number,
    from: number,
    to: number,
    first: number,
    end: number,
    basis: number,
    x: number,
    partial: number,
    out: number,
  ): void;
}

export type KernelKind = 'simd' | 'plain';

/** What the kernels work on. It can be posted to worker threads, which then share it. */
export interface KernelMemory {
  readonly kind: KernelKind;
  /** The same in all threads that share it. */
  readonly id: string;
  /** Of a WebAssembly memory for `simd`; a buffer of its own for `plain`. */
  readonly memory: WebAssembly.Memory | SharedArrayBuffer | ArrayBuffer;
}

let compiled: WebAssembly.Module | null | undefined;

/** The compiled module, or null where there is no WebAssembly with SIMD and threads. */
function wasmModule(): WebAssembly.Module | null {
  if (compiled === undefined) {
    try {
      compiled = new WebAssembly.Module(Buffer.from(wasmBase64, 'base64'));
    } catch {
      compiled = null;
    }
  }
  return compiled;
}

/** What this machine can do and the environment allows. */
export function defaultKernelKind(): KernelKind {
  const forced = process.env['CANNON_KERNELS'] === 'plain';
  return !forced && typeof SharedArrayBuffer === 'function' && wasmModule() !== null ? 'simd' : 'plain';
}

const pageBytes = 65536;
/** The first page is not for callers: flags of slots, and from 1024 on the tables that the compiled module keeps. */
export const reservedBytes = pageBytes;
/** A WebAssembly memory has 32-bit addresses. */
export const maxMemoryBytes = 65536 * pageBytes;

/** @throws RangeError when `bytes` cannot be had. */
export function createKernelMemory(bytes: number, kind: KernelKind = defaultKernelKind()): KernelMemory {
  const id = randomUUID();
  if (kind === 'plain') {
    const Buffer = typeof SharedArrayBuffer === 'function' ? SharedArrayBuffer : ArrayBuffer;
    return { kind, id, memory: new Buffer(bytes) };
  }
  const pages = Math.ceil(bytes / pageBytes);
  return { kind, id, memory: new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }) };
}

export function bufferOf({ memory }: KernelMemory): ArrayBufferLike {
  return memory instanceof WebAssembly.Memory ? memory.buffer : memory;
}

/**
 * Instances of the last memories that this thread worked on, the last used at the end: thousands of tasks share one. An
 * instance keeps its memory, so there are no more than two: training has its plan and that of the residuals, and what
 * works on a memory of its own holds its kernels itself. Memories never grow, so views of them stay valid, and an
 * offset beyond the end is a trap. Making an instance for every task once ended a process of Node 20 by a signal;
 * nothing in these files reaches beyond its memory, and one instance a memory leaves the engine little to do.
 */
const instances = new Map<string, Kernels>();
const maxInstances = 2;

/** The kernels at work on `memory`. Cheap: the module is compiled once a thread, an instance made once a memory. */
export function kernelsFor({ kind, id, memory }: KernelMemory): Kernels {
  if (!(memory instanceof WebAssembly.Memory)) return plainKernels(memory);
  const module = wasmModule();
  if (kind !== 'simd' || module === null) return plainKernels(memory.buffer);
  const known = instances.get(id);
  if (known !== undefined) {
    instances.delete(id);
    instances.set(id, known);
    return known;
  }
  const abort = () => {
    throw new Error('A kernel was aborted');
  };
  const kernels = new WebAssembly.Instance(module, { env: { memory, abort } }).exports as unknown as Kernels;
  instances.set(id, kernels);
  for (const oldest of instances.keys()) if (instances.size > maxInstances) instances.delete(oldest);
  return kernels;
}
