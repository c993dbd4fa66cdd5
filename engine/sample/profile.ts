/** The pixels of LAMOST's low resolution, and what a line looks like on them at R = 1800. */
import type { EquivalentWidth } from './curveOfGrowth';

/** log10 λ of the first pixel and the step: the grid of every LAMOST low-resolution spectrum. */
export const FIRST_LOG_WAVE = 3.5682;
export const LOG_STEP = 1e-4;
export const N_PIXELS = 3909;

/** Vacuum Å of every pixel, as observed. */
export const pixelAngstrom = Float64Array.from({ length: N_PIXELS }, (_, p) => 10 ** (FIRST_LOG_WAVE + LOG_STEP * p));

const RESOLUTION = 1800;
/** Standard deviation of the instrument's profile in pixels: constant, as both grow with λ. */
const PROFILE_PIXELS = 1 / (RESOLUTION * 2.3548 * Math.LN10 * LOG_STEP);

/** The Gaussian of unit area in steps of 1/128 pixel, out to five pixels: most lines need nothing else. */
const REACH = 5;
const STEPS = 128;
const gaussian = Float64Array.from(
  { length: 2 * (REACH + 1) * STEPS + 1 },
  (_, i) =>
    Math.exp(-0.5 * ((i / STEPS - REACH - 1) / PROFILE_PIXELS) ** 2) / (PROFILE_PIXELS * Math.sqrt(2 * Math.PI)),
);

/**
 * Adds a line at the pixel coordinate `center` to `depth`: a Gaussian for its core, and for the share of the wings a Lorentzian,
 * broad enough not to become deeper than black.
 */
export function addLine(depth: Float64Array, center: number, width: EquivalentWidth, angstromPerPixel: number): void {
  const total = Math.hypot(width.core, width.wings);
  if (total === 0) return;
  const area = total / angstromPerPixel;
  const lorentzArea = area * (width.wings / total) ** 2;
  addCore(depth, center, area - lorentzArea);
  if (lorentzArea < 0.003) addCore(depth, center, lorentzArea);
  else addWings(depth, center, area, lorentzArea);
}

function addCore(depth: Float64Array, center: number, area: number): void {
  const last = Math.min(depth.length - 1, Math.ceil(center + REACH));
  for (let p = Math.max(0, Math.floor(center - REACH)); p <= last; p++) {
    depth[p]! += area * gaussian[Math.round((p - center + REACH + 1) * STEPS)]!;
  }
}

function addWings(depth: Float64Array, center: number, area: number, lorentzArea: number): void {
  const half = Math.max(area / (Math.PI * 1.5), 0.5 * PROFILE_PIXELS);
  // The instrument smooths the core of the Lorentzian, too.
  const smoothed = half + 0.8 * PROFILE_PIXELS;
  const peak = (lorentzArea * smoothed) / Math.PI;
  const reach = Math.ceil(lorentzArea > 0.3 ? Math.min(25 * half, 700) : 20);
  const last = Math.min(depth.length - 1, Math.ceil(center + reach));
  for (let p = Math.max(0, Math.floor(center - reach)); p <= last; p++) {
    const distance = p - center;
    depth[p]! += peak / (distance * distance + smoothed * smoothed);
  }
}
