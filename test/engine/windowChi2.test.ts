/**
 * χ² in windows measured in spectra: high-resolution mock spectra in GALAH's form whose Mg line, at its place in *air*, follows the
 * labels; some stars have another line than their labels say. Only the windows of Mg may find them, and no star may fit itself.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../engine/config/parse';
import { writeFits } from '../../engine/fits/writer';
import type { JobEvent } from '../../engine/jobs/events';
import { inProcessPool } from '../../engine/jobs/pool';
import { measureChi2, segmentsAround } from '../../engine/jobs/windowChi2';
import { randomFrom } from '../../engine/kernels/random';
import { selectTrainingSet } from '../../engine/reference/trainingSet';
import { galahWindows, windowsInVacuum } from '../../engine/spectra/elementWindows';
import type { SpectrumIdentity } from '../../engine/spectra/spectrum';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';

const nStars = 90;
const planted = [7, 30, 31, 62, 80];
const folder = mkdtempSync(join(tmpdir(), 'cannon-windows-'));
const random = randomFrom(11);
const uniform = () => uniformFloat64(random);
const gauss = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
const stars = Array.from({ length: nStars }, (_, n) => ({
  id: String(170_000_000_000_000 + n),
  teff: 4500 + 2000 * uniform(),
  mg: -0.3 + 0.6 * uniform(),
  isPlanted: planted.includes(n),
}));

/** The blue arm: a line of Mg and one of Mn in air Å, both of strengths that are quadratic in the labels. */
function blueArm({ teff, mg, isPlanted }: (typeof stars)[number]): Uint8Array {
  const [first, step, nPixels] = [4718, 0.046, 1800];
  const t = (teff - 5500) / 1000;
  const lines = [
    { at: 4730.06, depth: (0.3 + 0.3 * mg - 0.1 * t + 0.05 * t * mg) * (isPlanted ? 1.6 : 1) },
    { at: 4761.5, depth: 0.25 - 0.08 * t },
  ];
  const flux = Float32Array.from({ length: nPixels }, (_, p) => {
    const wave = first + step * p;
    const absorbed = lines.reduce((sum, { at, depth }) => sum + depth * Math.exp(-0.5 * ((wave - at) / 0.09) ** 2), 0);
    return 1000 * (1 + 0.0005 * (wave - 4750)) * (1 - absorbed) * (1 + 0.01 * gauss());
  });
  const cards = [
    { keyword: 'INSTRUME', value: 'HERMES' },
    { keyword: 'CRVAL1', value: first },
    { keyword: 'CDELT1', value: step },
    { keyword: 'RVCOM', value: 0 },
    { keyword: 'RVCOM_OK', value: 1 },
  ];
  return writeFits([
    { kind: 'image', axes: [nPixels], values: flux, cards },
    { kind: 'image', name: 'relative_error', axes: [nPixels], values: new Float32Array(nPixels).fill(0.01) },
  ]);
}

beforeAll(() => {
  mkdirSync(join(folder, 'galah'));
  // The last star has no high-resolution spectrum.
  stars.slice(0, -1).forEach((star) => writeFileSync(join(folder, 'galah', `${star.id}1.fits`), blueArm(star)));
  const rows = stars.map(({ id, teff, mg }, n) => `${n},${id},${teff},${mg}`);
  writeFileSync(join(folder, 'labels.csv'), ['obsid,sobject_id,teff,mg_fe', ...rows].join('\n'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function select(cut: string) {
  const text = `survey: lamost-lrs
spectra: "*.fits"
reference: { file: labels.csv, match: { spectrum.OBSID: obsid } }
labels: { teff: {}, mg_fe: {} }
quality:
  - windowChi2: ${cut}
`;
  const { config, problems } = parseConfig(text, join(folder, 'cannon.yaml'));
  expect(problems).toEqual([]);
  const identities = stars.map(
    (_, n) =>
      ({ path: `s${n}`, star: `s${n}`, obsid: String(n), cards: { OBSID: n }, snr: {} }) as unknown as SpectrumIdentity,
  );
  const events: JobEvent[] = [];
  const context = { signal: new AbortController().signal, report: (event: JobEvent) => void events.push(event) };
  const measure = measureChi2(
    { config: config!, pool: inProcessPool },
    identities.map(({ path }) => path),
    context,
  );
  return { set: await selectTrainingSet(config!, identities, { measure }), events };
}

const hires = 'spectra: galah/*1.fits, match: { spectrum.SOBJECT_ID: sobject_id }';

describe('χ² in windows of high-resolution spectra', () => {
  it('finds stars whose lines are not those of their labels, in the element that it is', async () => {
    const { set } = await select(`{ percentile: 92, ${hires} }`);
    // The labels name one element; without others it alone judges.
    const [mg] = set.funnel[2]!.thresholds!;
    expect(set.funnel[2]!.thresholds).toHaveLength(1);
    expect(mg).toMatchObject({ element: 'Mg', stars: nStars - 1, above: 8 });
    const kept = new Set(set.models[0]!.stars.map(({ row }) => row));
    expect(planted.filter((n) => kept.has(n))).toEqual([]);
    // No spectrum, no χ²: the star stays, and that is told.
    expect(kept.has(nStars - 1)).toBe(true);
    expect(set.notes.map(({ sentence }) => sentence)).toContain('1 of 90 stars have no χ² in any element: they stay');
  });

  it('finds nothing odd in the windows of another element, where χ² is that of noise', async () => {
    const { set } = await select(`{ percentile: 50, elements: [Mn], ${hires} }`);
    const [mn] = set.funnel[2]!.thresholds!;
    // χ² is a mean over pixels. Interpolated noise has the variance (1 − f)² + f², 2/3 on average; ivar is interpolated as it is.
    expect(mn!.threshold).toBeGreaterThan(0.55);
    expect(mn!.threshold).toBeLessThan(0.85);
    const kept = new Set(set.models[0]!.stars.map(({ row }) => row));
    expect(planted.filter((n) => kept.has(n)).length).toBeGreaterThan(0);
  });

  it('says which elements the spectra do not reach', async () => {
    const { set, events } = await select(`{ percentile: 92, elements: [Mg, K], ${hires} }`);
    // The grid around the window of K exists, but no star has a pixel there.
    expect(set.funnel[2]!.thresholds!.map(({ element, stars: n }) => [element, n])).toEqual([
      ['Mg', nStars - 1],
      ['K', 0],
    ]);
    expect(events.some(({ kind }) => kind === 'failed')).toBe(false);
  });

  it('has a sentence for a glob or a match that finds nothing', async () => {
    await expect(select('{ spectra: nowhere/*.fits }')).rejects.toThrow(/No file matches nowhere/);
    await expect(select('{ spectra: galah/*1.fits, match: { spectrum.SOBJECT_ID: obsid } }')).rejects.toThrow(
      /None of 89 high-resolution spectra belongs to a reference star/,
    );
  });
});

describe('stretches around windows', () => {
  it('hold every window of Table 2, in vacuum, and are apart', () => {
    const segments = segmentsAround(galahWindows(), 5e-6);
    segments.slice(1).forEach((segment, k) => expect(segment.from).toBeGreaterThan(segments[k]!.to));
    // Mg, Table 2: 4729.90–4730.22 Å in air, which is 4731.222–4731.542 Å in vacuum.
    const [[from, to]] = windowsInVacuum([[4729.9, 4730.22]]) as [[number, number]];
    expect(from).toBeCloseTo(4731.222, 2);
    expect(segments.some((one) => one.from < from && one.to > to)).toBe(true);
  });
});
