/**
 * The lines inside GALAH's windows (Table 2 of Wheeler et al. 2020), one in the middle of each, and what strength they have in
 * the Sun: round equivalent widths in mÅ in the order of the windows. Excitation of the lower level in eV. A window whose
 * element is ionized in the Sun's lines (Sc, Ba, La, Eu, Y, some Ti and Cr) belongs to the ion.
 */
import { galahWindowsInAir } from '../spectra/elementWindows';
import type { Element } from './elements';
import type { AtomicLines } from './lines';

interface WindowLines {
  /** One for all windows, or one each. */
  readonly excitation: number | readonly number[];
  readonly widths: readonly number[];
  /** Numbers of the windows whose line belongs to the ion; `true` for all. */
  readonly ions?: true | readonly number[];
}

const linesInWindows: Readonly<Partial<Record<Element, WindowLines>>> = {
  Al: { excitation: [3.14, 3.14, 4.02, 4.02], widths: [37, 22, 42, 56] },
  Ba: { excitation: 0.6, widths: [63, 98], ions: true },
  Ca: { excitation: [2.93, 2.93, 2.52, 2.52, 2.53], widths: [130, 25, 125, 85, 12] },
  Co: { excitation: [2.28, 3.63, 2.0], widths: [12, 16, 10] },
  Cr: {
    excitation: [3.55, 2.54, 2.54, 3.86, 3.45, 3.01, 3.32, 3.01, 3.01],
    widths: [16, 58, 32, 60, 27, 18, 45, 6, 9],
    ions: [3],
  },
  Cu: { excitation: 1.64, widths: [78] },
  Eu: { excitation: [1.23, 1.38], widths: [3, 6], ions: true },
  K: { excitation: 0, widths: [155] },
  La: { excitation: [0.77, 0.93, 0.24, 0.13], widths: [3, 4, 5, 4], ions: true },
  Li: { excitation: 0, widths: [1.8] },
  Mg: { excitation: 4.35, widths: [70, 105] },
  Mn: { excitation: [2.94, 2.95, 2.94, 2.3], widths: [60, 73, 65, 140] },
  Na: { excitation: [2.1, 2.1, 2.1], widths: [12, 102, 122] },
  Ni: { excitation: [1.68, 1.68, 1.93, 1.93, 1.95, 1.68, 1.95, 1.95], widths: [29, 23, 42, 17, 42, 93, 48, 92] },
  O: { excitation: 9.15, widths: [71, 62, 49] },
  Sc: {
    excitation: [1.45, 1.85, 1.51, 1.5, 1.45, 1.51, 1.44, 1.44, 1.43, 1.36],
    widths: [9, 4, 66, 31, 12, 37, 8, 5, 4, 36],
    ions: [2, 3, 5, 9],
  },
  Si: { excitation: [4.92, 4.93, 4.93, 4.93], widths: [40, 51, 39, 45] },
  Ti: {
    excitation: [
      1.24, 2.24, 2.26, 2.24, 2.24, 0.85, 2.33, 1.08, 0.82, 1.5, 1.13, 1.12, 1.09, 2.3, 2.3, 2.29, 2.24, 1.07, 1.05,
      2.49, 1.44,
    ],
    widths: [60, 42, 44, 90, 18, 15, 40, 70, 20, 43, 15, 45, 50, 12, 5, 16, 8, 48, 8, 4, 10],
    ions: [0, 3, 7, 11, 12],
  },
  V: {
    excitation: [1.93, 1.95, 1.89, 0.04, 0.04, 1.06, 1.08, 1.08, 1.05, 1.08, 1.08, 1.05, 1.06, 1.06, 1.08, 1.22],
    widths: [8, 6, 8, 8, 16, 8, 8, 20, 25, 7, 36, 11, 13, 12, 10, 10],
  },
  Y: { excitation: [0.99, 1.08, 1.94, 1.84], widths: [48, 58, 6, 5], ions: true },
  Zn: { excitation: [4.03, 4.08], widths: [67, 74] },
};

/** A line for every window of Table 2, air Å and solar mÅ. */
export function windowLines(): AtomicLines[] {
  return Object.entries(galahWindowsInAir).flatMap(([name, windows]) => {
    const element = name as Element;
    const known = linesInWindows[element];
    if (known === undefined) return [];
    return windows.map(([from, to], i) => ({
      element,
      stage: known.ions === true || known.ions?.includes(i) === true ? ('ionized' as const) : ('neutral' as const),
      excitation: typeof known.excitation === 'number' ? known.excitation : (known.excitation[i] ?? 0),
      lines: [(from + to) / 2, known.widths[i] ?? 0],
    }));
  });
}
