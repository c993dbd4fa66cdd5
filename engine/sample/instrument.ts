/**
 * What the telescope makes of starlight: dust, a response known to some per cent, a seam between the arms, air bands, night-sky lines and noise.
 * The noise along the spectrum is that of LAMOST: `relativeSignal` was measured on its DR10. Errors are what they say: flux
 * differs from truth by a normal deviate of 1/√ivar, but for defects (`defects.ts`).
 */
import { FIRST_LOG_WAVE, LOG_STEP, N_PIXELS, pixelAngstrom } from './profile';
import type { Random } from './random';

export interface Observation {
  readonly flux: Float32Array;
  readonly ivar: Float32Array;
  readonly andMask: Float32Array;
  readonly orMask: Float32Array;
  /** Flux over the smooth curve it was seen through, as the pipeline's own normalization. */
  readonly normalized: Float32Array;
}

const bands = { U: [3700, 3950], G: [4000, 5400], R: [5600, 6900], I: [7000, 8200], Z: [8250, 9000] } as const;
export type Band = keyof typeof bands;
export type SignalToNoise = Readonly<Record<Band, number>>;

/**
 * Median signal to noise a pixel of F and G stars over that in the g band, every hundred pixels, as it is in 200 spectra of LAMOST
 * DR10: poor in the blue, best in the middle of the red arm, a notch between the arms.
 */
const relativeSignal = [
  ...[0.18, 0.26, 0.35, 0.54, 0.61, 0.69, 0.7, 0.76, 0.83, 0.98, 1.09, 1.17, 1.2, 1.2, 1.17, 1.18, 1.16, 1.14, 1.07],
  ...[1.05, 1.05, 1.39, 1.5, 1.61, 1.74, 1.9, 1.95, 1.97, 2.01, 1.95, 1.95, 1.82, 1.75, 1.72, 1.62, 1.35, 1.3, 1.26],
  ...[1.06, 0.9],
];
/** The stars that it was measured on. */
const MEASURED_TEFF = 5900;

const relativeProfile = Float64Array.from({ length: N_PIXELS }, (_, p) => {
  const node = Math.min(relativeSignal.length - 2, Math.max(0, Math.floor((p - 50) / 100)));
  const part = Math.min(1, Math.max(0, (p - 50) / 100 - node));
  return relativeSignal[node]! * (1 - part) + relativeSignal[node + 1]! * part;
});

/** Less signal to noise where the night sky shines. */
const skyLoss = pixelAngstrom.map((wave) => {
  const line = (center: number, strength: number) => strength * Math.exp(-0.5 * ((wave - center) / 2.2) ** 2);
  const forest = wave > 7200 ? 0.1 * (1 + Math.sin(wave / 9)) ** 2 * Math.min(1, (wave - 7200) / 900) : 0;
  return 1 / (1 + line(5578.9, 8) + line(5891.6, 1.5) + line(6302, 2) + forest);
});
const signalProfile = relativeProfile.map((value, p) => value * skyLoss[p]!);

/** Oxygen and water in the air: what their correction leaves behind stays at its place while stars move. */
const airBands = pixelAngstrom.map((wave) => {
  const band = (from: number, to: number, depth: number) =>
    wave < from || wave > to ? 0 : depth * Math.sin((Math.PI * (wave - from)) / (to - from));
  return band(6868, 6935, 0.5) + band(7595, 7700, 1) + band(8130, 8350, 0.3);
});

/** Planck's law in wavelength, relative to its value at 5500 Å. */
function blackBody(waveAngstrom: number, teff: number): number {
  const x = (wave: number) => 1.438777e8 / (wave * teff);
  return ((5500 / waveAngstrom) ** 5 * Math.expm1(x(5500))) / Math.expm1(x(waveAngstrom));
}

/** A smooth function on all pixels, calculated at every 32nd. */
function smoothCurve(valueAt: (waveAngstrom: number) => number): Float64Array {
  const every = 32;
  const curve = new Float64Array(N_PIXELS);
  let right = valueAt(pixelAngstrom[0]!);
  for (let first = 0; first < N_PIXELS; first += every) {
    const left = right;
    right = valueAt(10 ** (FIRST_LOG_WAVE + LOG_STEP * (first + every)));
    const last = Math.min(every, N_PIXELS - first);
    for (let k = 0; k < last; k++) curve[first + k] = left + ((right - left) * k) / every;
  }
  return curve;
}

/** The light of a star of some temperature behind dust. */
function dustyLight(teff: number, dust: number): Float64Array {
  return smoothCurve((wave) => blackBody(wave, teff) * Math.exp(-dust * ((5500 / wave) ** 1.3 - 1)));
}

const usualLight = dustyLight(MEASURED_TEFF, 0.25);

/** Which star is seen, and how well: `snr` is the median signal to noise a pixel in the g band. */
export interface Exposure {
  readonly teff: number;
  readonly snr: number;
}

/** A spectrum whose light, continuum-normalized, is `normalizedFlux`. */
export function observe({ teff, snr }: Exposure, normalizedFlux: Float64Array, random: Random): Observation {
  const dust = random.uniform(0, 0.5);
  const airResidual = random.normal(0, 0.02);
  const tilt = [random.normal(0, 0.12), random.normal(0, 0.02)] as const;
  const joint = random.normal(0, 0.03);
  const level = snr * random.uniform(20, 60);
  const light = dustyLight(teff, dust);
  const response = smoothCurve((wave) => {
    const x = (wave - 6000) / 2500;
    const seam = joint * Math.exp(-0.5 * ((wave - 5900) / 45) ** 2);
    return level * Math.exp(tilt[0] * x + tilt[1] * Math.sin(4 * x) + seam);
  });
  const signal = new Float64Array(N_PIXELS);
  const signalToNoise = new Float64Array(N_PIXELS);
  for (let p = 0; p < N_PIXELS; p++) {
    const seen = Math.max(0, normalizedFlux[p]!) * (1 - airResidual * airBands[p]!);
    signal[p] = seen * light[p]! * response[p]!;
    // Noise of the photons, and a floor for read-out and sky that counts in dark lines and in the blue of red stars.
    const photons = (seen * light[p]!) / usualLight[p]!;
    signalToNoise[p] = (signalProfile[p]! * photons) / Math.sqrt(0.92 * photons + 0.08);
  }
  const scale = snr / medianIn(signalToNoise, 'G');
  const flux = new Float32Array(N_PIXELS);
  const ivar = new Float32Array(N_PIXELS);
  const normalized = new Float32Array(N_PIXELS);
  for (let p = 0; p < N_PIXELS; p++) {
    const smooth = light[p]! * response[p]!;
    const sigma = signalToNoise[p]! > 0 ? signal[p]! / (signalToNoise[p]! * scale) : smooth;
    flux[p] = random.normal(signal[p], sigma);
    ivar[p] = 1 / (sigma * sigma);
    normalized[p] = flux[p]! / smooth;
  }
  return { flux, ivar, normalized, andMask: new Float32Array(N_PIXELS), orMask: new Float32Array(N_PIXELS) };
}

/** Median signal to noise a pixel in each band, as in the header of a LAMOST file. */
export function signalToNoiseOf({ flux, ivar }: Pick<Observation, 'flux' | 'ivar'>): SignalToNoise {
  const values = new Float64Array(flux.length);
  for (let p = 0; p < values.length; p++) values[p] = flux[p]! * Math.sqrt(ivar[p]!);
  const band = (name: Band) => Math.max(0, medianIn(values, name));
  return { U: band('U'), G: band('G'), R: band('R'), I: band('I'), Z: band('Z') };
}

const firstFrom = (wave: number) => Math.max(0, Math.ceil((Math.log10(wave) - FIRST_LOG_WAVE) / LOG_STEP));

function medianIn(values: Float64Array, name: Band): number {
  const [from, to] = bands[name];
  const inside = values.slice(firstFrom(from), firstFrom(to)).sort();
  return inside[inside.length >> 1]!;
}
