/**
 * What the telescope makes of starlight: dust, two arms with their throughput, air bands, night-sky lines, noise, dead pixels and
 * cosmic rays. Masks as in LAMOST: ANDMASK where a pixel is bad in every exposure (its ivar is 0), ORMASK where it is in one.
 */
import type { Random } from './random';
import { blackBody, FIRST_LOG_WAVE, LOG_STEP, N_PIXELS } from './starlight';
import type { Star } from './stars';

export interface Observation {
  readonly flux: Float32Array;
  readonly ivar: Float32Array;
  readonly andMask: Float32Array;
  readonly orMask: Float32Array;
  /** Flux over the smooth curve it was seen through, as the pipeline's own normalization. */
  readonly normalized: Float32Array;
  /** Median signal to noise a pixel in each band. */
  readonly snr: Readonly<Record<'U' | 'G' | 'R' | 'I' | 'Z', number>>;
}

/** Vacuum Å of every pixel, as observed. */
export const pixelAngstrom = Float64Array.from({ length: N_PIXELS }, (_, p) => 10 ** (FIRST_LOG_WAVE + LOG_STEP * p));

const bands = { U: [3700, 3950], G: [4000, 5400], R: [5600, 6900], I: [7000, 8200], Z: [8250, 9000] } as const;

/** Throughput of the blue and the red arm, about 1 at best. */
function throughput(wave: number): number {
  const arm = (center: number, width: number, power: number) =>
    Math.exp(-0.5 * Math.abs((wave - center) / width) ** power);
  return 0.95 * arm(4950, 780, 2.6) + 1.1 * arm(7300, 1200, 3.2) + 0.02;
}

/** What the correction for oxygen and water in the air leaves behind: it stays at its place while stars move. */
function airBands(wave: number, residual: number): number {
  const band = (from: number, to: number, depth: number) =>
    wave < from || wave > to ? 0 : depth * Math.sin((Math.PI * (wave - from)) / (to - from));
  return 1 - residual * (band(6868, 6935, 0.5) + band(7595, 7700, 1) + band(8130, 8350, 0.3));
}

/** Extra noise where the night sky shines. */
function skyNoise(wave: number): number {
  const line = (center: number, strength: number) => strength * Math.exp(-0.5 * ((wave - center) / 2.2) ** 2);
  const forest = wave > 7200 ? 0.35 * (1 + Math.sin(wave / 9)) ** 2 * Math.min(1, (wave - 7200) / 900) : 0;
  return 1 + line(5578.9, 8) + line(5891.6, 1.5) + line(6302.0, 2) + forest;
}

/** A spectrum of `star` whose light, continuum-normalized, is `normalizedFlux`. */
export function observe(star: Star, normalizedFlux: Float64Array, random: Random): Observation {
  const dust = random.uniform(0, 0.6);
  const airResidual = random.normal(0, 0.03);
  const tilt = [random.normal(0, 0.05), random.normal(0, 0.03)] as const;
  const level = star.snr * random.uniform(20, 60);
  const smooth = pixelAngstrom.map((wave) => {
    const x = (wave - 6000) / 2500;
    const calibration = Math.exp(tilt[0] * x + tilt[1] * Math.sin(4 * x));
    return level * blackBody(wave, star.teff) * Math.exp(-dust * ((5500 / wave) ** 1.3 - 1)) * calibration;
  });
  const signal = normalizedFlux.map((value, p) => value * smooth[p]! * airBands(pixelAngstrom[p]!, airResidual));
  // Counts are signal × throughput; a floor stands for read-out and sky. Scaled so that the g band has the star's S/N.
  const quality = signal.map((value, p) => {
    const counts = (value / level) * throughput(pixelAngstrom[p]!);
    return counts / Math.sqrt(counts + 0.04) / skyNoise(pixelAngstrom[p]!);
  });
  const scale = star.snr / medianIn(quality, bands.G);
  const sigma = signal.map((value, p) => value / (quality[p]! * scale));
  const observation = {
    flux: Float32Array.from(signal, (value, p) => random.normal(value, sigma[p])),
    ivar: Float32Array.from(sigma, (value) => 1 / (value * value)),
    andMask: new Float32Array(N_PIXELS),
    orMask: new Float32Array(N_PIXELS),
  };
  addDefects(observation, random);
  const signalToNoise = observation.flux.map((value, p) => value * Math.sqrt(observation.ivar[p]!));
  const band = (name: keyof typeof bands) => Math.max(0, medianIn(signalToNoise, bands[name]));
  return {
    ...observation,
    normalized: observation.flux.map((value, p) => value / smooth[p]!),
    snr: { U: band('U'), G: band('G'), R: band('R'), I: band('I'), Z: band('Z') },
  };
}

/** Dead columns, cosmic rays (bright, and known to be bad), pixels lost in one exposure, now and then a lost end. */
function addDefects(observation: Pick<Observation, 'flux' | 'ivar' | 'andMask' | 'orMask'>, random: Random): void {
  const { flux, ivar, andMask, orMask } = observation;
  const forEachIn = (first: number, count: number, change: (p: number) => void) => {
    for (let p = Math.max(0, first); p < Math.min(N_PIXELS, first + count); p++) change(p);
  };
  const kill = (p: number) => {
    ivar[p] = 0;
    andMask[p] = 1;
    orMask[p] = 1;
  };
  for (let n = random.integer(0, 3); n > 0; n--)
    forEachIn(random.integer(0, N_PIXELS - 1), random.integer(1, 6), (p) => {
      flux[p] = 0;
      kill(p);
    });
  for (let n = random.integer(2, 8); n > 0; n--) {
    const energy = random.uniform(1, 8);
    forEachIn(random.integer(0, N_PIXELS - 1), random.integer(1, 3), (p) => {
      flux[p]! *= 1 + energy;
      kill(p);
    });
  }
  for (let n = random.integer(0, 6); n > 0; n--) {
    forEachIn(random.integer(0, N_PIXELS - 1), random.integer(1, 4), (p) => {
      ivar[p]! *= 2 / 3;
      orMask[p] = 1;
    });
  }
  if (random.uniform() < 0.15) forEachIn(0, random.integer(5, 60), (p) => (ivar[p] = 0));
  if (random.uniform() < 0.15) forEachIn(N_PIXELS - random.integer(5, 60), 60, (p) => (ivar[p] = 0));
}

function medianIn(values: ArrayLike<number>, [from, to]: readonly [number, number]): number {
  const inside = Array.from(values).filter((_, p) => pixelAngstrom[p]! >= from && pixelAngstrom[p]! <= to);
  return inside.sort((a, b) => a - b)[inside.length >> 1]!;
}
