/**
 * Lines without a name: the weak metal lines that no short list holds but that blend with every window, and the molecular
 * bands as the crowds of lines that they are. Drawn from a fixed seed: the stars of every sample have the same lines.
 */
import type { Element } from './elements';
import type { AtomicLines } from './lines';
import type { Random } from './random';

export interface MolecularBand {
  readonly molecule: 'CH' | 'CN' | 'C2' | 'MgH';
  /** Air wavelength and solar equivalent width in mÅ, in turn. */
  readonly lines: readonly number[];
}

/** CH's G band, CN at 3883, 4215 and in the red, the Swan bands of C₂, and MgH beside the Mg b lines. */
export function molecularBands(random: Random): MolecularBand[] {
  const crowd = (from: number, to: number, count: number, width: number) =>
    Array.from({ length: count }, () => [random.uniform(from, to), width * random.uniform(0.5, 1.5)]).flat();
  return [
    { molecule: 'CH', lines: [...crowd(4280, 4315, 80, 90), ...crowd(4315, 4400, 60, 35)] },
    {
      molecule: 'CN',
      lines: [
        ...crowd(3850, 3884, 60, 65),
        ...crowd(4150, 4217, 60, 22),
        ...crowd(7880, 8200, 90, 9),
        ...crowd(8280, 8400, 30, 8),
      ],
    },
    { molecule: 'C2', lines: [...crowd(5085, 5166, 40, 9), ...crowd(4665, 4738, 30, 6)] },
    { molecule: 'MgH', lines: crowd(5000, 5212, 90, 16) },
  ];
}

type Kind = readonly [element: Element, stage: 'neutral' | 'ionized', share: number, from: number, to: number];

/** Whose weak lines they are: shares, and the range of their excitation in eV. */
const kinds: readonly Kind[] = [
  ['Fe', 'neutral', 0.42, 0.8, 4.8],
  ['Fe', 'ionized', 0.05, 2.5, 4],
  ['Ti', 'neutral', 0.1, 0, 2.5],
  ['Ti', 'ionized', 0.05, 0.5, 2.5],
  ['Cr', 'neutral', 0.08, 0.9, 4],
  ['Cr', 'ionized', 0.02, 3.5, 4.2],
  ['Ni', 'neutral', 0.09, 1.6, 4.3],
  ['V', 'neutral', 0.05, 0, 2.3],
  ['Co', 'neutral', 0.04, 0.4, 3.7],
  ['Mn', 'neutral', 0.03, 2.1, 4],
  ['Ca', 'neutral', 0.03, 1.9, 4.6],
  ['Si', 'neutral', 0.03, 4.9, 6],
  ['Ce', 'ionized', 0.004, 0.2, 1.5],
  ['Nd', 'ionized', 0.006, 0, 1.5],
];

/** Denser and stronger to the blue: at LAMOST's resolution a blanket rather than single features. */
export function weakLines(random: Random, count: number): AtomicLines[] {
  return Array.from({ length: count }, () => {
    const wavelength = 3690 + 5400 * random.uniform() ** 2.2;
    const width = 6 + 50 * (-Math.log(1 - random.uniform())) ** 1.7 * (5000 / wavelength) ** 1.7;
    const [element, stage, , from, to] = kindAt(random.uniform());
    const isRare = element === 'Ce' || element === 'Nd';
    return {
      element,
      stage,
      excitation: random.uniform(from, to),
      lines: [wavelength, Math.min(width, 500) * (isRare ? 0.2 : 1)],
    };
  });
}

function kindAt(share: number): Kind {
  let left = share;
  for (const kind of kinds) {
    left -= kind[2];
    if (left < 0) return kind;
  }
  return kinds[0]!;
}
