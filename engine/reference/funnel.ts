/** How many stars each step of choosing the training set left: as a sentence. Its picture is drawn by `jobs/funnelPicture.ts`. Pure. */
import type { ElementThreshold } from './windowCut';

export interface FunnelStep {
  readonly step: string;
  readonly stars: number;
  /** The key of the config that decides, such as `quality/0`; `review` is the file of verdicts. Absent in files of older versions. */
  readonly key?: string;
  /** Of a cut on χ² in windows, element by element. */
  readonly thresholds?: readonly ElementThreshold[];
  /** The cut was not made: what it drops is known only where spectra are fitted. */
  readonly isPending?: true;
  /** A model's own stars, not what is left of the step before. */
  readonly model?: string;
}

/** "10 012 spectra → 5 320 spectrum.SNRZ > 30 → …". */
export function funnelInWords(steps: readonly FunnelStep[]): string {
  return steps.map(({ step, stars, isPending }) => `${isPending ? '≤ ' : ''}${stars} ${step}`).join(' → ');
}
