/** One spectrum from the star to the detector: its light, whatever is odd about it, the instrument, its noise and its defects. */
import { addDefects } from './defects';
import { observe, signalToNoiseOf, type Observation, type SignalToNoise } from './instrument';
import type { Oddity } from './oddities';
import { FIRST_LOG_WAVE, LOG_STEP } from './profile';
import { Random } from './random';
import type { Source, Visit } from './sources';
import { LIGHT_KMS, type Starlight } from './starlight';

export interface Spectrum {
  readonly observation: Observation;
  readonly snr: SignalToNoise;
  /** What the header says: measured to 3 km/s, unless it is one of the wrong ones. */
  readonly measuredKms: number;
}

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

/** Spectrum `n` of a survey. `snr` fixes its signal to noise in g; otherwise many are faint and few are bright. */
export function takeSpectrum(visit: Visit, n: number, seed: number, starlight: Starlight, snr?: number): Spectrum {
  const random = new Random(seed, 'observation', n);
  const { source, oddity } = visit;
  const drawn = 10 ** clamp(random.normal(1.72, 0.3), 1, 2.5);
  const velocityError = random.normal(0, 3);
  const observation = observe({ teff: source.teff, snr: snr ?? drawn }, lightOf(source, oddity, starlight), random);
  addDefects(observation, oddity, new Random(seed, 'defects', n));
  const offset = oddity.kind === 'wrong-z' ? oddity.offsetKms : 0;
  return { observation, snr: signalToNoiseOf(observation), measuredKms: source.velocityKms + velocityError + offset };
}

/** The normalized light of a source with its oddity. */
export function lightOf(source: Source, oddity: Oddity, starlight: Starlight): Float64Array {
  const light = starlight.normalizedFlux(source);
  if (oddity.kind === 'emission') addEmission(light, source.velocityKms, oddity.height);
  if (oddity.kind !== 'double-lined') return light;
  const { lightRatio, velocityKms } = oddity;
  // The fainter star of a pair is the cooler one, unless both are the same.
  const other = starlight.normalizedFlux({
    ...source,
    teff: Math.max(4000, source.teff * (0.82 + 0.18 * lightRatio)),
    logg: Math.min(4.7, source.logg + 0.15 * (1 - lightRatio)),
    velocityKms: source.velocityKms + velocityKms,
  });
  return light.map((value, p) => (value + lightRatio * other[p]!) / (1 + lightRatio));
}

/** Vacuum Å of Hα, Hβ, Hγ and Ca H and K, and their height relative to Hα. */
const emissionLines = [
  [6564.61, 1],
  [4862.69, 0.35],
  [4341.69, 0.18],
  [3969.59, 0.5],
  [3934.78, 0.5],
] as const;

function addEmission(light: Float64Array, velocityKms: number, height: number): void {
  const sigma = 2;
  for (const [wave, part] of emissionLines) {
    const center = (Math.log10(wave * (1 + velocityKms / LIGHT_KMS)) - FIRST_LOG_WAVE) / LOG_STEP;
    for (let p = Math.max(0, Math.floor(center - 12)); p <= Math.min(light.length - 1, center + 12); p++) {
      light[p]! += height * part * Math.exp(-0.5 * ((p - center) / sigma) ** 2);
    }
  }
}
