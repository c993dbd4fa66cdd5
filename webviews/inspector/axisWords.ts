/** The ways in which the inspector writes its wavelength axis. Pure. */
import type { AxisWords } from '../chart/plot';
import { lightSpeedKms } from '../lines';

export const axisKinds = ['rest', 'observed', 'velocity'] as const;
export type AxisKind = (typeof axisKinds)[number];

/** @param aboutAngstrom the line that velocities are counted from; @param redshift that of the star */
export function axisWordsOf(kind: AxisKind, redshift: number, aboutAngstrom: number): AxisWords | null {
  switch (kind) {
    case 'rest':
      return null;
    case 'observed':
      return {
        title: 'vacuum wavelength (Å, observed frame)',
        shown: (wave) => wave * (1 + redshift),
        wave: (shown) => shown / (1 + redshift),
      };
    case 'velocity':
      return {
        title: `velocity about ${aboutAngstrom.toFixed(2)} Å (km/s)`,
        shown: (wave) => lightSpeedKms * (wave / aboutAngstrom - 1),
        wave: (shown) => aboutAngstrom * (1 + shown / lightSpeedKms),
      };
  }
}
