/** Lines that are looked at in every star: against wavenumbers in vacuum, which know nothing of the index of air. */
import { expect, it } from 'vitest';
import {
  diagnosedElements,
  emissionLines,
  emissionLineInWords,
  waveOfEmissionLine,
} from '../../engine/cannon/diagnosedLines';

/** Å of a transition from differences of energy levels in cm⁻¹ (NIST). */
const vacuum = (upper: number, lower = 0) => 1e8 / (upper - lower);

it.each([
  ['Li', [vacuum(14903.886)]],
  [
    'Ba',
    [
      vacuum(21952.404),
      vacuum(20261.561),
      vacuum(21952.404, 4873.852),
      vacuum(21952.404, 5674.807),
      vacuum(20261.561, 4873.852),
    ],
  ],
  ['Sr', [vacuum(24516.65), vacuum(23715.19)]],
])('lines of %s lie where its energy levels have them', (element, waves) => {
  const { windows } = diagnosedElements([]).find(({ name }) => name === element)!;
  expect(windows).toHaveLength(waves.length);
  windows.forEach(([from, to], k) => {
    expect(Math.abs((from + to) / 2 - waves[k]!)).toBeLessThan(0.05);
    expect(from < to).toBe(true);
  });
});

it('lines of the s-process are those of barium and strontium', () => {
  const windowsOf = (element: string) => diagnosedElements([]).find(({ name }) => name === element)!.windows;
  expect(windowsOf('s')).toEqual([...windowsOf('Ba'), ...windowsOf('Sr')]);
});

it('lines in emission lie where vacuum lists of spectroscopic surveys have them', () => {
  // SDSS, "Table of spectral lines used", vacuum Å.
  const listed = {
    ...{
      'H alpha': 6564.61,
      'H beta': 4862.68,
      'H gamma': 4341.68,
      'H delta': 4102.89,
      'Ca K': 3934.78,
      'Ca H': 3969.59,
    },
    ...{
      'Ca II 8498': 8500.36,
      'Ca II 8542': 8544.44,
      'Ca II 8662': 8664.52,
      '[O III] 5007': 5008.24,
      '[N II] 6583': 6585.27,
    },
  };
  expect(emissionLines.map(({ name }) => name)).toEqual(Object.keys(listed));
  for (const [name, wave] of Object.entries(listed)) {
    expect(Math.abs(waveOfEmissionLine(name) - wave)).toBeLessThan(0.1);
    expect(waveOfEmissionLine(emissionLineInWords(name))).toBe(waveOfEmissionLine(name));
  }
  expect(waveOfEmissionLine('Ly alpha')).toBeNaN();
});
