/**
 * What goes wrong in a spectrograph: dead columns, cosmic rays, pixels lost in one exposure, a lost end. Masks as in LAMOST:
 * ANDMASK where a pixel is bad in every exposure (its ivar is 0), ORMASK where it is bad in one; about as often as in DR10.
 * One cosmic ray in five is missed and carries no mark.
 */
import type { Observation } from './instrument';
import type { Oddity } from './oddities';
import { N_PIXELS } from './profile';
import type { Random } from './random';

type Pixels = Pick<Observation, 'flux' | 'ivar' | 'andMask' | 'orMask'>;

function forEachIn(first: number, count: number, change: (p: number) => void): void {
  for (let p = Math.max(0, first); p < Math.min(N_PIXELS, first + count); p++) change(p);
}

/** Changes the observation in place. */
export function addDefects(observation: Pixels, oddity: Oddity, random: Random): void {
  const { flux, ivar, andMask, orMask } = observation;
  const lose = (p: number) => {
    ivar[p] = 0;
    andMask[p] = 1;
    orMask[p] = 1;
  };
  for (let n = random.integer(0, 1); n > 0; n--) {
    forEachIn(random.integer(0, N_PIXELS - 1), random.integer(1, 5), (p) => {
      flux[p] = 0;
      lose(p);
    });
  }
  for (let n = random.integer(0, 4); n > 0; n--) {
    const energy = random.uniform(0.5, 6);
    const isMissed = random.uniform() < 0.2;
    forEachIn(random.integer(0, N_PIXELS - 1), isMissed ? 1 : random.integer(1, 3), (p) => {
      flux[p]! *= 1 + (isMissed ? 0.3 : 1) * energy;
      if (!isMissed) lose(p);
    });
  }
  for (let n = random.integer(0, 14); n > 0; n--) {
    forEachIn(random.integer(0, N_PIXELS - 1), random.integer(1, 5), (p) => {
      ivar[p]! *= 2 / 3;
      orMask[p] = 1;
    });
  }
  if (random.uniform() < 0.3) forEachIn(0, random.integer(5, 60), (p) => (ivar[p] = 0));
  if (random.uniform() < 0.3) forEachIn(N_PIXELS - random.integer(5, 60), 60, (p) => (ivar[p] = 0));
  if (oddity.kind === 'bad-pixels') addUnmarked(observation, oddity);
}

/** A stretch that scattered light or a failed sky has taken away or added to in ripples, with errors as if nothing were wrong. */
function addUnmarked({ flux }: Pixels, { first, count, factor }: Extract<Oddity, { kind: 'bad-pixels' }>): void {
  forEachIn(first, count, (p) => (flux[p]! *= 1 + factor * Math.sin((9 * Math.PI * (p - first)) / count)));
}
