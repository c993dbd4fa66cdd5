import { describe, expect, it } from 'vitest';
import { groupRepeats, starOf } from '../../engine/reference/starGroups';
import { repeatsOf } from '../../engine/spectraIndex/repeatsOf';
import { SpectraTable } from '../../engine/spectraIndex/spectraTable';
import type { SpectrumIdentity } from '../../engine/spectra/spectrum';

const noSnr = { u: null, g: null, r: null, i: null, z: null };
const arcsec = 1 / 3600;

interface Star {
  readonly designation?: string;
  readonly at?: readonly [ra: number, dec: number];
  readonly id?: string;
}

const identityOf = ({ designation, at, id }: Star, n: number): SpectrumIdentity => ({
  ...{ path: `${n}.fits`, survey: 'table', star: String(n), obsid: null, subclass: '', redshift: null, snr: noSnr },
  designation: designation ?? null,
  raDeg: at?.[0] ?? null,
  decDeg: at?.[1] ?? null,
  cards: id === undefined ? {} : { GAIA_ID: id },
});

const tableOf = (stars: readonly Star[]): SpectraTable =>
  SpectraTable.of(
    stars.map((star, n) => ({
      ...{ path: `${n}.fits`, stamp: 1, sizeBytes: 1, problem: '' },
      identity: identityOf(star, n),
    })),
    ['GAIA_ID'],
  );

const byPlace = { card: null, radiusArcsec: 1, weight: 'g' } as const;

describe('the other observations of a star', () => {
  it('share its designation or its place, over 0h and at the pole, through a chain', () => {
    const stars: Star[] = [
      { designation: 'J1', at: [10, 5] },
      { designation: 'J1' },
      { designation: 'J2', at: [10, 5 + 0.8 * arcsec] },
      { designation: 'J3', at: [10, 5 + 1.6 * arcsec] },
      { designation: 'J12', at: [11, 5] },
      { at: [359.99999, -30] },
      { at: [0.00001, -30] },
      { at: [20, 89.99999] },
      { at: [200, 89.99999] },
      {},
    ];
    const table = tableOf(stars);
    expect(repeatsOf(table, 0, byPlace)).toEqual([1, 2, 3]);
    expect(repeatsOf(table, 3, byPlace)).toEqual([0, 1, 2]);
    expect(repeatsOf(table, 4, byPlace)).toEqual([]);
    expect(repeatsOf(table, 5, byPlace)).toEqual([6]);
    expect(repeatsOf(table, 7, byPlace)).toEqual([8]);
    expect(repeatsOf(table, 9, byPlace)).toEqual([]);
  });

  it('have its id, where a card tells stars apart, wherever they are', () => {
    const table = tableOf([
      { id: '0042', at: [10, 5] },
      { id: '42', at: [50, 5] },
      { id: '43', at: [10, 5] },
      { at: [10, 5], designation: 'J1' },
      { designation: 'J1' },
    ]);
    const byCard = { ...byPlace, card: 'GAIA_ID' };
    expect(repeatsOf(table, 0, byCard)).toEqual([1]);
    expect(repeatsOf(table, 2, byCard)).toEqual([]);
    expect(repeatsOf(table, 3, byCard)).toEqual([4]);
  });

  it('are the groups that the whole survey falls into', () => {
    // A crowded field: 0.7 arcsec apart on average, so that there are chains.
    const stars = Array.from({ length: 300 }, (_, n): Star => ({
      at: [10 + ((n * 0.618) % 1) * 12 * arcsec, 5 + ((n * 0.7548) % 1) * 12 * arcsec],
      ...(n % 7 === 0 ? { designation: `J${n % 35}` } : {}),
    }));
    const radiusArcsec = 0.4;
    const groups = groupRepeats(
      stars.map((star, n) => starOf(identityOf(star, n), byPlace)),
      radiusArcsec,
    );
    const table = tableOf(stars);
    for (let n = 0; n < stars.length; n++) {
      const others = [...groups.keys()].filter((other) => other !== n && groups[other] === groups[n]);
      expect(repeatsOf(table, n, { ...byPlace, radiusArcsec })).toEqual(others);
    }
    expect(new Set(groups).size).toBeGreaterThan(20);
  });
});
