/**
 * The pseudo-continuum by Gaussian smoothing (Ho et al. 2017, ApJ 836, 5, eq. 1):
 * c(λ) = Σ_j F_j w_j ivar_j / Σ_j w_j ivar_j, with w_j = exp(−½ ((λ_j − λ)/σ)²) and |λ_j − λ| ≤ truncate.
 *
 * It is linear in the flux, so it does not depend on the noise as medians and quantiles do. Within the window the Gaussian is
 * a sum of cosines to 1e-11 (`cosineSeries.ts`), whose products all windows share (`kernels/wasm/windowSums.ts`): many times
 * less work than a sum over each window. Where the weights found are less than 1 % of the window's ivar, as between far-off
 * pixels without truncation, the window is summed one by one, so that no continuum is off by more than 1e-9 of itself.
 * Without truncation windows end at 9 σ, where a weight is 3e-18 of the pixel's own: beyond the precision of the sum.
 */
import { Layout } from '../kernels/arena';
import { bufferOf, createKernelMemory, kernelsFor, type KernelKind, type KernelMemory } from '../kernels/kernels';
import { cosineSeries } from './cosineSeries';

const WINDOW_SIGMAS = 9;
/** So many spectra go through at a time: their pixels stay in the cache beside the tables that they share. */
const BATCH = 16;
/** A WebAssembly memory reserves gigabytes of addresses: too much for each of many short grids. */
const SHORT_GRID = 1000;
const TRUSTED_SHARE = 0.01;

/** Targets [from, to), whose windows all touch pixel `anchor` and begin at `low` or later. */
interface WindowGroup {
  readonly low: number;
  readonly anchor: number;
  readonly from: number;
  readonly to: number;
}

export class GaussianContinuum {
  private readonly nPixels: number;
  /** Window of pixel p: pixels first[p] up to but not including end[p]. */
  private readonly first: Int32Array;
  private readonly end: Int32Array;
  private readonly groups: readonly WindowGroup[];
  private readonly nPanels: number;
  private readonly memory: KernelMemory;
  /** Scratch: ivar of all pixels before p, and the last continuum. */
  private readonly ivarBefore: Float64Array;
  private readonly continuum: Float64Array;
  /** Places in kernel memory: `x` and `out` hold two numbers a pixel of each spectrum. */
  private readonly at: Readonly<Record<'first' | 'end' | 'basis' | 'partial' | 'x' | 'out', number>>;

  /** `waveAngstrom` rises; `sigma` and `truncate` in Å. */
  constructor(
    private readonly waveAngstrom: Float64Array,
    private readonly sigma: number,
    truncate: number,
    kind?: KernelKind,
  ) {
    const nPixels = (this.nPixels = waveAngstrom.length);
    const reach = Math.min(truncate, WINDOW_SIGMAS * sigma);
    this.ivarBefore = new Float64Array(nPixels + 1);
    this.continuum = new Float64Array(nPixels);
    const windows = windowsOf(waveAngstrom, reach);
    this.groups = groupsOf(windows.first, windows.end);
    const widest = this.groups.reduce((most, { low, anchor }) => Math.max(most, anchor - low), 0);
    const span = nPixels === 0 ? 0 : waveAngstrom[nPixels - 1]! - waveAngstrom[0]!;
    const { step, amplitudes } = cosineSeries(Math.min(reach, span) / sigma);
    this.nPanels = amplitudes.length / 2;
    const layout = new Layout();
    this.at = {
      first: layout.take(4 * nPixels),
      end: layout.take(4 * nPixels),
      basis: layout.doubles(4 * this.nPanels * nPixels),
      partial: layout.doubles(8 * (widest + 1)),
      x: layout.doubles(2 * nPixels * BATCH),
      out: layout.doubles(2 * nPixels * BATCH),
    };
    this.memory = createKernelMemory(layout.bytes, kind ?? (nPixels < SHORT_GRID ? 'plain' : undefined));
    const buffer = bufferOf(this.memory);
    this.first = new Int32Array(buffer, this.at.first, nPixels);
    this.end = new Int32Array(buffer, this.at.end, nPixels);
    this.first.set(windows.first);
    this.end.set(windows.end);
    this.tabulate(new Float64Array(buffer, this.at.basis), amplitudes, step / sigma);
  }

  /** Cosines and sines of two frequencies a panel; with roots of the amplitudes, as targets and pixels use the same table. */
  private tabulate(basis: Float64Array, amplitudes: readonly number[], stepAngstrom: number): void {
    const { nPixels, waveAngstrom } = this;
    const middle = waveAngstrom[nPixels >> 1]!;
    amplitudes.forEach((amplitude, k) => {
      const root = Math.sqrt(amplitude);
      const panel = 4 * (k >> 1) * nPixels + 2 * (k & 1);
      for (let p = 0; p < nPixels; p++) {
        const phase = (k + 0.5) * stepAngstrom * (waveAngstrom[p]! - middle);
        basis[panel + 4 * p] = root * Math.cos(phase);
        basis[panel + 4 * p + 1] = root * Math.sin(phase);
      }
    });
  }

  /** The continuum under `flux`; 0 where no pixel of the window carries weight. `flux` must be finite where ivar is 0, too. */
  fit(flux: Float64Array, ivar: Float64Array): Float64Array {
    const continuum = new Float64Array(flux.length);
    this.fitAll([{ flux, ivar }], (level) => continuum.set(level));
    return continuum;
  }

  /**
   * The same for many spectra, each of which then takes less time; none depends on the others. `use` may change the spectrum, and
   * must not keep the continuum: the next one takes its place.
   */
  fitAll(
    spectra: readonly { flux: Float64Array; ivar: Float64Array }[],
    use: (continuum: Float64Array, n: number) => void,
  ): void {
    for (let from = 0; from < spectra.length; from += BATCH) {
      const batch = spectra.slice(from, from + BATCH);
      batch.forEach(({ flux, ivar }, n) => {
        const x = this.pairs('x', n);
        for (let p = 0, i = 0; p < flux.length; p++) {
          x[i++] = flux[p]! * ivar[p]!;
          x[i++] = ivar[p]!;
        }
      });
      this.sumWindows(batch.length);
      batch.forEach((_, n) => use(this.ratios(n), from + n));
    }
  }

  private pairs(part: 'x' | 'out', n: number): Float64Array {
    return new Float64Array(bufferOf(this.memory), this.at[part] + 16 * this.nPixels * n, 2 * this.nPixels);
  }

  private sumWindows(nSpectra: number): void {
    const kernels = kernelsFor(this.memory);
    const { nPixels, nPanels, at } = this;
    for (const { low, anchor, from, to } of this.groups) {
      for (let n = 0; n < nSpectra; n++) {
        const shift = 16 * nPixels * n;
        kernels.windowSums(
          ...([nPixels, nPanels, low, anchor, from, to] as const),
          ...([at.first, at.end, at.basis, at.x + shift, at.partial, at.out + shift] as const),
        );
      }
    }
  }

  private ratios(n: number): Float64Array {
    const { nPixels, first, end } = this;
    const [x, sums] = [this.pairs('x', n), this.pairs('out', n)];
    const { ivarBefore, continuum } = this;
    for (let p = 0; p < nPixels; p++) ivarBefore[p + 1] = ivarBefore[p]! + x[2 * p + 1]!;
    const rounding = nPixels * Number.EPSILON * ivarBefore[nPixels]!;
    for (let p = 0; p < nPixels; p++) {
      const weight = sums[2 * p + 1]!;
      const ofWindow = ivarBefore[end[p]!]! - ivarBefore[first[p]!]! + rounding;
      if (weight >= TRUSTED_SHARE * ofWindow) continuum[p] = weight > 0 ? sums[2 * p]! / weight : 0;
      // Sums of nothing are exactly 0.
      else continuum[p] = weight === 0 && sums[2 * p] === 0 ? 0 : this.oneByOne(p, x);
    }
    return continuum;
  }

  private oneByOne(p: number, x: Float64Array): number {
    const { first, end, waveAngstrom, sigma } = this;
    let sumFlux = 0;
    let sumWeight = 0;
    for (let j = first[p]!; j < end[p]!; j++) {
      const weight = Math.exp(-0.5 * ((waveAngstrom[j]! - waveAngstrom[p]!) / sigma) ** 2);
      sumFlux += weight * x[2 * j]!;
      sumWeight += weight * x[2 * j + 1]!;
    }
    return sumWeight > 0 ? sumFlux / sumWeight : 0;
  }
}

/** The pixels within `reach` of each. */
function windowsOf(waveAngstrom: Float64Array, reach: number): Record<'first' | 'end', Int32Array> {
  const nPixels = waveAngstrom.length;
  const [first, end] = [new Int32Array(nPixels), new Int32Array(nPixels)];
  for (let p = 0, low = 0, high = 0; p < nPixels; p++) {
    while (waveAngstrom[p]! - waveAngstrom[low]! > reach) low++;
    while (high < nPixels && waveAngstrom[high]! - waveAngstrom[p]! <= reach) high++;
    first[p] = low;
    end[p] = high;
  }
  return { first, end };
}

/** Each group goes on until a window begins behind the end of the group's first one. */
function groupsOf(first: Int32Array, end: Int32Array): WindowGroup[] {
  const groups: WindowGroup[] = [];
  for (let from = 0, to = 0; from < first.length; from = to) {
    const anchor = end[from]!;
    while (to < first.length && first[to]! <= anchor) to++;
    groups.push({ low: first[from]!, anchor, from, to });
  }
  return groups;
}
