/**
 * From the arrays of a file to those of a `Spectrum`: vacuum Å in rising order, inverse variance 0 without information, and masked
 * what must not be used. Arms are joined here, too.
 */
import { airToVacuum } from './airVacuum';
import type { PixelRoom } from './pixelRoom';
import { spectrumError } from './problems';
import type { Spectrum } from './spectrum';

export type Pixels = Pick<Spectrum, 'waveAngstrom' | 'flux' | 'ivar' | 'masked' | 'fluxUnit' | 'maskBits'>;

export interface RawPixels {
  /** Å. */
  readonly wave: Float64Array;
  readonly isAir: boolean;
  readonly flux: Float64Array;
  readonly ivar: Float64Array;
  /** Mask bits a pixel; null where the file has none. */
  readonly bits: ArrayLike<number> | null;
  /** Bits that forbid a pixel. */
  readonly forbidding: number;
  readonly fluxUnit: string;
}

/** A step this many times its neighbour is a gap, over which nothing must be interpolated. */
const GAP_FACTOR = 8;

/**
 * Takes the arrays over: ivar is changed in place. A pixel is masked by ivar that is not above 0 and finite, by flux that is not above 0 and finite, by a forbidding bit, and where a
 * gap begins. Throws `UserError` when lengths differ or the wavelengths do not rise.
 * @param room where the mask may lie; its bits are then not told
 */
export function finishPixels(raw: RawPixels, name: string, room?: PixelRoom): Pixels {
  requireSameLength(raw, name);
  const rising = raw.wave[0]! > raw.wave[raw.wave.length - 1]! ? reversed(raw) : raw;
  const waveAngstrom = rising.isAir ? rising.wave.map(airToVacuum) : rising.wave;
  requireRising(waveAngstrom, name);
  const { flux, bits, forbidding, fluxUnit } = rising;
  const ivar = rising.ivar;
  const masked = room === undefined ? new Uint8Array(flux.length) : room.takeMask(flux.length);
  for (let p = 0; p < flux.length; p++) {
    const weight = ivar[p]!;
    const value = flux[p]!;
    masked[p] = 0;
    if (!(weight > 0 && weight < Infinity)) ivar[p] = 0;
    else if (value > 0 && value < Infinity) continue;
    masked[p] = 1;
  }
  const maskBits = bits === null || room !== undefined ? null : Int32Array.from(bits);
  if (bits !== null) for (let p = 0; p < masked.length; p++) if ((bits[p]! & forbidding) !== 0) masked[p] = 1;
  maskBeforeGaps(waveAngstrom, masked);
  return { waveAngstrom, flux, ivar, masked, fluxUnit, ...(maskBits !== null && { maskBits }) };
}

/** Arms one after the other, by wavelength; where two overlap, the bluer one ends where the redder begins. */
export function joinArms(arms: readonly Pixels[]): Pixels {
  const sorted = [...arms].sort((a, b) => a.waveAngstrom[0]! - b.waveAngstrom[0]!);
  const parts = sorted.map((arm, i) => {
    const next = sorted[i + 1]?.waveAngstrom[0] ?? Infinity;
    const end = arm.waveAngstrom.findIndex((wave) => wave >= next);
    return end < 0 ? arm : sliced(arm, end);
  });
  if (parts.length === 1) return parts[0]!;
  const join = (pick: (arm: Pixels) => ArrayLike<number>) => parts.flatMap((arm) => Array.from(pick(arm)));
  const masked = Uint8Array.from(join((arm) => arm.masked));
  // Nothing must be interpolated from the end of one arm to the beginning of the next.
  for (let i = 0, end = 0; i < parts.length - 1; i++) {
    end += parts[i]!.masked.length;
    if (end > 0) masked[end - 1] = 1;
  }
  return {
    waveAngstrom: Float64Array.from(join((arm) => arm.waveAngstrom)),
    flux: Float64Array.from(join((arm) => arm.flux)),
    ivar: Float64Array.from(join((arm) => arm.ivar)),
    masked,
    fluxUnit: parts[0]!.fluxUnit,
    ...(parts.every((arm) => arm.maskBits !== undefined) && {
      maskBits: Int32Array.from(join((arm) => arm.maskBits!)),
    }),
  };
}

/**
 * 10^v of a column of log10 λ. float32 keeps 7 digits, which is 0.1 km/s; where all values are multiples of 1e-6 within that
 * rounding, as on the grids of SDSS and LAMOST, the exact ones are restored.
 */
export function fromLogLambda(logLambda: Float64Array): Float64Array {
  const exact = logLambda.map((value) => Math.round(value * 1e6) / 1e6);
  const isRounded = exact.every((value, p) => Math.abs(value - logLambda[p]!) < 3e-7);
  return (isRounded ? exact : logLambda).map((value) => 10 ** value);
}

export function fromErrors(errors: Float64Array, worst = Infinity): Float64Array {
  return errors.map((error) => (error > 0 && error < worst ? 1 / (error * error) : 0));
}

function sliced(arm: Pixels, end: number): Pixels {
  return {
    waveAngstrom: arm.waveAngstrom.slice(0, end),
    flux: arm.flux.slice(0, end),
    ivar: arm.ivar.slice(0, end),
    masked: arm.masked.slice(0, end),
    fluxUnit: arm.fluxUnit,
    ...(arm.maskBits !== undefined && { maskBits: arm.maskBits.slice(0, end) }),
  };
}

function reversed(raw: RawPixels): RawPixels {
  const bits = raw.bits === null ? null : Array.from(raw.bits).reverse();
  const back = (values: Float64Array) => values.slice().reverse();
  return { ...raw, wave: back(raw.wave), flux: back(raw.flux), ivar: back(raw.ivar), bits };
}

function requireSameLength({ wave, flux, ivar, bits }: RawPixels, name: string): void {
  const lengths = { wavelengths: wave.length, errors: ivar.length, 'mask bits': bits?.length ?? flux.length };
  if (flux.length < 2) throw spectrumError('malformed', `${name} has a spectrum of ${flux.length} pixels.`);
  for (const [what, length] of Object.entries(lengths))
    if (length !== flux.length)
      throw spectrumError('malformed', `${name} has ${flux.length} pixels of flux but ${length} ${what}.`);
}

function requireRising(waveAngstrom: Float64Array, name: string): void {
  for (let p = 0, previous = 0; p < waveAngstrom.length; p++) {
    const wave = waveAngstrom[p]!;
    if (!(wave > previous && wave < Infinity))
      throw spectrumError('malformed', `${name}: the wavelengths do not rise at pixel ${p + 1}.`);
    previous = wave;
  }
}

function maskBeforeGaps(wave: Float64Array, masked: Uint8Array): void {
  let before = Infinity;
  let step = wave[1]! - wave[0]!;
  for (let p = 0; p + 1 < wave.length; p++) {
    const after = p + 2 < wave.length ? wave[p + 2]! - wave[p + 1]! : Infinity;
    const neighbour = before < after ? before : after;
    if (neighbour < Infinity && step > GAP_FACTOR * neighbour) masked[p] = 1;
    before = step;
    step = after;
  }
}
