/** A made-up model for panels: [Mg/Fe] acts in the Mg windows alone, [Ba/Fe] everywhere but there, Teff and [Fe/H] broadly. */
import type { ModelAnatomy } from '../../engine/index';
import { logGrid, normal, randomNumbers } from './mockData';

const labels = ['teff', 'fe_h', 'mg_fe', 'ba_fe'];
const terms: readonly (readonly number[])[] = [
  [], [0], [1], [2], [3], [0, 0], [0, 1], [0, 2], [0, 3], [1, 1], [1, 2], [1, 3], [2, 2], [2, 3], [3, 3],
]; // prettier-ignore
const names = terms.map((term) =>
  term.length === 0 ? '1' : term.length === 2 && term[0] === term[1] ? `${labels[term[0]!]}^2` : term.map((i) => labels[i]).join('*'),
); // prettier-ignore

export const mockWindows = [
  { name: 'Mg', windows: [[5168, 5176], [5182, 5187]] as const }, // prettier-ignore
  { name: 'Ba', windows: [[5855, 5858], [6498, 6502]] as const }, // prettier-ignore
  { name: 'Fe', windows: [[4921, 4925]] as const },
];

export function mockModel(seed = 1, path = '/survey/.cannon/runs/1/giants/model.fits'): ModelAnatomy {
  const random = randomNumbers(seed);
  const wave = logGrid(3900, 8750, 1e-4);
  const inWindow = (name: string, w: number): boolean =>
    mockWindows.find((window) => window.name === name)!.windows.some(([from, to]) => w >= from && w < to);
  const theta = new Float32Array(wave.length * terms.length);
  const thetaError = new Float32Array(theta.length).fill(0.0008);
  wave.forEach((w, p) => {
    const linear = [
      0.02 * Math.sin(w / 90) + 0.004 * normal(random),
      -0.03 * Math.abs(normal(random)) * (w < 5600 ? 1 : 0.4),
      inWindow('Mg', w) ? -0.04 : 0.0004 * normal(random),
      inWindow('Ba', w) ? 0 : 0.003 * normal(random),
    ];
    terms.forEach((term, t) => {
      const value =
        term.length === 0 ? 1 - 0.1 * random() : term.length === 1 ? linear[term[0]!]! : 0.001 * normal(random);
      theta[p * terms.length + t] = value;
    });
  });
  const scatter = Float32Array.from(wave, (w, p) => (p < 3 ? NaN : 0.006 + 0.02 * Math.exp(-(w - 3900) / 150)));
  const info = (name: string, unit: string, pivot: number, scale: number) => ({
    name,
    unit,
    pivot,
    scale,
    min: pivot - 2 * scale,
    max: pivot + 2 * scale,
  });
  return {
    name: 'giants',
    path,
    labels: [
      info('teff', 'K', 4900, 300),
      info('fe_h', 'dex', -0.2, 0.3),
      info('mg_fe', 'dex', 0.1, 0.12),
      info('ba_fe', 'dex', 0.1, 0.2),
    ],
    terms,
    termNames: names,
    waveAngstrom: wave,
    theta,
    thetaError,
    scatter,
    converged: Uint8Array.from(wave, (_, p) => (p === 100 ? 0 : 1)),
    nStars: new Float32Array(wave.length).fill(1722),
    windows: mockWindows,
    provenance: { SURVEY: 'lamost-lrs' },
  };
}
