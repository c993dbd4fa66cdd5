/**
 * The elements of the mock stars. A composition holds [X/H] in dex, also for iron; lithium is counted from the Sun's
 * A(Li) = 1.05, as any other. First ionization energies in eV (NIST).
 */

export const ionizationEnergies = {
  ...{ Li: 5.39, C: 11.26, N: 14.53, O: 13.62, Na: 5.14, Mg: 7.65, Al: 5.99, Si: 8.15, S: 10.36, K: 4.34, Ca: 6.11 },
  ...{ Sc: 6.56, Ti: 6.83, V: 6.75, Cr: 6.77, Mn: 7.43, Fe: 7.9, Co: 7.88, Ni: 7.64, Cu: 7.73, Zn: 9.39 },
  ...{ Sr: 5.69, Y: 6.22, Zr: 6.63, Ba: 5.21, La: 5.58, Ce: 5.54, Nd: 5.53, Eu: 5.67 },
} as const;

export type Element = keyof typeof ionizationEnergies;

export const elements = Object.keys(ionizationEnergies) as readonly Element[];

/** [X/H], dex. */
export type Composition = Readonly<Record<Element, number>>;

export const SOLAR_LITHIUM = 1.05;

/** [X/Fe], dex. */
export function relativeToIron(composition: Composition, element: Element): number {
  return composition[element] - composition.Fe;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The mean of [Mg/Fe], [Si/Fe], [Ca/Fe] and [Ti/Fe]. */
export function alphaOf(composition: Composition): number {
  return mean((['Mg', 'Si', 'Ca', 'Ti'] as const).map((element) => relativeToIron(composition, element)));
}

/** The mean of [Ba/Fe] and [Y/Fe]: the s-process. */
export function slowProcessOf(composition: Composition): number {
  return mean((['Ba', 'Y'] as const).map((element) => relativeToIron(composition, element)));
}
