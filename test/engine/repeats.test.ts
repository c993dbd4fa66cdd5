import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { CatalogColumn } from '../../engine/catalog/catalog';
import {
  averageRepeats,
  observationOf,
  type Observation,
  type ObservationPiece,
  type RepeatsSummary,
} from '../../engine/catalog/repeats';
import type { RepeatsSpec } from '../../engine/config/config';
import type { SpectrumIdentity } from '../../engine/spectra/spectrum';

const spec: RepeatsSpec = { card: null, radiusArcsec: 1, weight: 'z' };

const observation = (star: string, snr: number): Observation => ({ keys: [star], raDeg: null, decDeg: null, snr });

const texts = (name: string, values: string[]): CatalogColumn => ({ name, unit: '', ucd: '', values });
const numbers = (name: string, values: number[], unit = ''): CatalogColumn => ({
  ...{ name, unit, ucd: '', values: Float64Array.from(values) },
});

const folder = mkdtempSync(join(tmpdir(), 'cannon-repeats-'));
afterAll(() => rmSync(folder, { recursive: true }));

const places = { disagreement: 5, folder: join(folder, 'averages'), turn: () => Promise.resolve() };

async function averaged(
  pieces: readonly ObservationPiece[],
  { radiusArcsec }: RepeatsSpec,
): Promise<{ table: CatalogColumn[]; summary: RepeatsSummary; nPieces: number }> {
  const { table, summary, close } = await averageRepeats(() => pieces, { radiusArcsec, ...places });
  const found: CatalogColumn[][] = [];
  for await (const piece of table()) found.push(piece);
  close();
  expect(readdirSync(folder)).toEqual([]);
  const whole = found[0]!.map((column, k) => ({ ...column, values: found.flatMap((piece) => [...piece[k]!.values]) }));
  return { table: whole as CatalogColumn[], summary, nPieces: found.length };
}

const average = (labels: readonly CatalogColumn[], observations: readonly Observation[], how: RepeatsSpec) =>
  averaged([{ labels, observations }], how);

function valuesOf(columns: readonly CatalogColumn[], name: string): unknown[] {
  return [...(columns.find((column) => column.name === name)!.values as ArrayLike<unknown> & Iterable<unknown>)];
}

/** Standard normal numbers, the same in every run. */
function* normal(): Generator<number, never> {
  let state = 12345;
  const uniform = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
  for (;;) yield Math.sqrt(-2 * Math.log(uniform() || 0.5)) * Math.cos(2 * Math.PI * uniform());
}

describe('observations of one star', async () => {
  const columns = [
    texts('spectrum', ['a1', 'b1', 'a2', 'c1']),
    numbers('teff', [5000, 6000, 5300, NaN], 'K'),
    numbers('e_teff', [30, 50, 60, NaN], 'K'),
    texts('extrapolated', ['', '', 'teff', '']),
  ];
  const observations = [observation('A', 20), observation('B', NaN), observation('A', 10), observation('C', 30)];
  const { table, summary } = await average(columns, observations, spec);

  it('are averaged by their S/N, with the error of that average', () => {
    expect(valuesOf(table, 'spectrum')).toEqual(['a1', 'b1', 'c1']);
    expect(valuesOf(table, 'n_observations')).toEqual([2, 1, 1]);
    // (20 · 5000 + 10 · 5300) / 30, and √((20 · 30)² + (10 · 60)²) / 30.
    expect(valuesOf(table, 'teff')).toEqual([5100, 6000, NaN]);
    expect(valuesOf(table, 'e_teff')[0]).toBeCloseTo(Math.sqrt(600 ** 2 + 600 ** 2) / 30, 12);
    expect(valuesOf(table, 'e_teff')[1]).toBe(50);
    expect(valuesOf(table, 'snr')[0]).toBeCloseTo(Math.sqrt(500), 12);
  });

  it('flag their star when any of them is flagged', () => {
    expect(valuesOf(table, 'extrapolated')).toEqual(['teff', '', '']);
  });

  it('are compared with each other, in units of their errors', () => {
    expect(summary).toMatchObject({ stars: 3, repeated: 1, observations: 2 });
    expect(summary.labels).toEqual([
      expect.objectContaining({ label: 'teff', unit: 'K', pairs: 1, medianPull: 300 / Math.hypot(30, 60) }),
    ]);
  });

  it('pull apart by 1 where the errors are right, and by 2 where they are half of what they should be', async () => {
    const nStars = 4000;
    const noise = normal();
    const truth = Array.from({ length: nStars }, () => 5000 + 300 * noise.next().value);
    const seen = truth.flatMap((teff) => [teff + 40 * noise.next().value, teff + 40 * noise.next().value]);
    const stars = seen.map((_, n) => observation(String(n >> 1), 30));
    const pullWidth = async (error: number) => {
      const table = [
        numbers('teff', seen, 'K'),
        numbers(
          'e_teff',
          seen.map(() => error),
          'K',
        ),
      ];
      return (await average(table, stars, spec)).summary.labels[0]!;
    };
    // The 16-84 % width of 4000 pulls is known to about 1.7 %.
    expect(Math.abs((await pullWidth(40)).pullWidth - 1)).toBeLessThan(0.05);
    expect(Math.abs((await pullWidth(20)).pullWidth - 2)).toBeLessThan(0.1);
    expect(Math.abs((await pullWidth(20)).scatter - 40)).toBeLessThan(2);
  });

  it('weigh the same where none has S/N, and nothing beside one that has', async () => {
    const table = [numbers('teff', [5000, 5200, 4000, 4400]), numbers('e_teff', [10, 10, 10, 10])];
    const stars = [observation('A', NaN), observation('A', NaN), observation('B', 5), observation('B', NaN)];
    expect(valuesOf((await average(table, stars, spec)).table, 'teff')).toEqual([5100, 4000]);
  });

  it("count where their labels are of the star's model, and disagree where they are not, or are far apart", async () => {
    const table = [
      texts('spectrum', ['a1', 'a2', 'a3', 'a4', 'b1', 'b2']),
      texts('model', ['giants', 'dwarfs', 'giants', '', 'giants', 'giants']),
      numbers('teff', [5000, 6000, 5006, NaN, 5000, 5100]),
      numbers('e_teff', [10, 10, 10, NaN, 10, 10]),
      texts('flags', ['', 'rival', '', 'not_converged', '', '']),
    ];
    const observations = [20, 10, 10, 90].map((snr) => observation('A', snr));
    const found = await average(table, [...observations, observation('B', 20), observation('B', 20)], spec);
    expect(valuesOf(found.table, 'spectrum')).toEqual(['a1', 'b1']);
    expect(valuesOf(found.table, 'teff')).toEqual([5002, 5050]);
    // One model after another for A; 100 K of 14 for B.
    expect(valuesOf(found.table, 'flags')).toEqual(['rival observations_disagree', 'observations_disagree']);
    expect(valuesOf(found.table, 'n_observations')).toEqual([4, 2]);
  });

  it('may lie in any piece of a survey, and stars come in the order of their first', async () => {
    const piece = (names: string[], values: number[], stars: string[]): ObservationPiece => ({
      labels: [
        texts('spectrum', names),
        numbers('teff', values),
        numbers(
          'e_teff',
          values.map(() => 10),
        ),
      ],
      observations: stars.map((star) => observation(star, 20)),
    });
    const pieces = [piece(['b1', 'a1'], [1, 2], ['B', 'A']), piece(['a2'], [4], ['A']), piece(['b2'], [5], ['B'])];
    const { table, summary } = await averaged(pieces, spec);
    expect(valuesOf(table, 'spectrum')).toEqual(['b1', 'a1']);
    expect(valuesOf(table, 'teff')).toEqual([3, 3]);
    expect(summary).toMatchObject({ stars: 2, repeated: 2, observations: 4 });
  });

  it('make a table in pieces of a thousand stars', async () => {
    const nStars = 2500;
    const names = Array.from({ length: 2 * nStars }, (_, n) => `${n} ü`);
    const labels = [
      texts('spectrum', names),
      numbers('x', names.map(Number.parseFloat)),
      numbers(
        'e_x',
        names.map(() => 1),
      ),
    ];
    const observations = names.map((_, n) => observation(String(n % nStars), 10));
    const { table, nPieces } = await average(labels, observations, spec);
    expect(nPieces).toBe(3);
    expect(valuesOf(table, 'x')).toEqual(Array.from({ length: nStars }, (_, n) => n + nStars / 2));
    expect(valuesOf(table, 'spectrum')).toEqual(names.slice(0, nStars));
  });
});

describe('which star a spectrum is of', () => {
  const identity = (position: [number, number] | null, cards: SpectrumIdentity['cards'] = {}): SpectrumIdentity => ({
    ...{ path: 'x.fits', survey: 'lamost-lrs', star: 'x', obsid: null, designation: null, subclass: '' },
    ...{ raDeg: position?.[0] ?? null, decDeg: position?.[1] ?? null, redshift: 0, cards },
    snr: { u: 1, g: 2, r: 3, i: 4, z: 5 },
  });
  const groupsOf = async (identities: SpectrumIdentity[], how: RepeatsSpec) => {
    const observations = identities.map((one) => observationOf(one, how));
    const table = [
      texts(
        'spectrum',
        identities.map((_, n) => String(n)),
      ),
      numbers(
        't',
        identities.map(() => 1),
      ),
    ];
    return valuesOf((await average(table, observations, how)).table, 'n_observations');
  };

  it('is told by position, also across 0h and at the pole', async () => {
    const apart = 0.5 / 3600;
    const stars = [
      identity([359.99995, 20]),
      identity([0.00005, 20]),
      identity([10, 89.99999]),
      identity([190, 89.99999]),
      identity([50, -30]),
      identity([50, -30 + 6 * apart]),
      identity(null),
    ];
    expect(await groupsOf(stars, spec)).toEqual([2, 2, 1, 1, 1]);
  });

  it('is told by a card where one is named, and then by nothing else', async () => {
    const stars = [
      identity([50, -30], { GAIA: 4295806720000000123n }),
      identity([50, -30], { GAIA: 4295806720000000124n }),
      identity([170, 10], { GAIA: '4295806720000000123' }),
    ];
    expect(await groupsOf(stars, { ...spec, card: 'GAIA' })).toEqual([2, 1]);
    expect(observationOf(stars[0]!, { ...spec, weight: 'g' }).snr).toBe(2);
  });
});
