/**
 * The lines that are looked at in every star: elements that make stars odd on their own, and lines that come in emission.
 *
 * Air Å as line lists give them (NIST; Moore et al. 1966 for the Sun). Lithium: the doublet at 6707.76 and 6707.91. Barium
 * and strontium: the resonance and other strong lines of the ions, those by which barium stars are found at low resolution
 * (Norfolk et al. 2019, MNRAS 490, 2219). Emission: Balmer lines of accreting and Be stars, cores of Ca H and K
 * and of the calcium triplet in active ones, [O III] and [N II] of nebulae. Pure.
 */
import { airToVacuum } from '../spectra/airVacuum';
import type { NamedWindows } from '../spectra/elementWindows';
import { lineAt } from './lineTemplates';

const elementLinesInAir: Readonly<Record<string, readonly number[]>> = {
  Li: [6707.84],
  Ba: [4554.03, 4934.08, 5853.67, 6141.71, 6496.9],
  Sr: [4077.71, 4215.52],
  s: [4554.03, 4934.08, 5853.67, 6141.71, 6496.9, 4077.71, 4215.52],
};

const emissionLinesInAir: readonly (readonly [name: string, wave: number])[] = [
  ['H alpha', 6562.8],
  ['H beta', 4861.33],
  ['H gamma', 4340.46],
  ['H delta', 4101.74],
  ['Ca K', 3933.66],
  ['Ca H', 3968.47],
  ['Ca II 8498', 8498.02],
  ['Ca II 8542', 8542.09],
  ['Ca II 8662', 8662.14],
  ['[O III] 5007', 5006.84],
  ['[N II] 6583', 6583.45],
];

/** Lithium, barium, strontium, and the two together as products of the s-process: their strong lines. Vacuum Å. */
const elementLines: readonly NamedWindows[] = Object.entries(elementLinesInAir).map(([name, lines]) => ({
  name,
  windows: lines.map((wave) => lineAt(airToVacuum(wave))),
}));

/** Vacuum Å. */
/** Named in ASCII, for FITS has no other letters. */
export const emissionLines = emissionLinesInAir.map(([name, wave]) => ({ name, wave: airToVacuum(wave) }));

/** As people write it: Hα. */
export function emissionLineInWords(name: string): string {
  return name.replace(/^H (alpha|beta|gamma|delta)$/, (_, letter: string) => `H${'αβγδ'['abgd'.indexOf(letter[0]!)]!}`);
}

const waves = new Map(
  emissionLines.flatMap(({ name, wave }) => [name, emissionLineInWords(name)].map((one) => [one, wave] as const)),
);

/** Å in vacuum of a line by its name, also as tables of earlier versions have it; NaN where it is not known. */
export function waveOfEmissionLine(name: string): number {
  return waves.get(name) ?? NaN;
}

/**
 * The sets of windows whose residual is measured: those of the survey, with the strong lines of lithium, barium and strontium
 * beside or in addition to them, and `s` for the two of the s-process together. Names are compared without regard to case.
 */
export function diagnosedElements(windows: readonly NamedWindows[]): NamedWindows[] {
  const isSame = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  const own = windows.map((named) => {
    const strong = elementLines.find(({ name }) => isSame(name, named.name));
    return strong === undefined ? named : { ...named, windows: joined(named.windows, strong.windows) };
  });
  return [...own, ...elementLines.filter(({ name }) => !windows.some((named) => isSame(named.name, name)))];
}

/** Lines that lie in no window of the others. */
function joined(windows: NamedWindows['windows'], lines: NamedWindows['windows']): NamedWindows['windows'] {
  const isNew = ([from]: (typeof lines)[number]) => !windows.some((other) => other[0] <= from && from < other[1]);
  return [...windows, ...lines.filter(isNew)];
}
