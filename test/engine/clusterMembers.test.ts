/** Members of clusters: by a column, by ids, by places on the sky, among a handful of stars whose partners are known by construction. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { AnalysisTable } from '../../engine/analysis/analysisTable';
import { memberColumns, type Members, type MembersAsked } from '../../engine/analysis/clusterMembers';

const folder = mkdtempSync(join(tmpdir(), 'cannon-members-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, lines: readonly string[]) => {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
};

const arcsec = 1 / 3600;
// At a declination of 60° an angle is twice as many degrees of right ascension.
const places = [
  [10, 60],
  [10 + 2 * 1.5 * arcsec, 60],
  [10, 60 + 5 * arcsec],
  [359.99999, -20],
  [200, 5],
];
const catalog = file('stars.csv', [
  'id,snr,ra,dec,cluster,teff',
  ...places.map(
    ([ra, dec], row) =>
      `s${row === 4 ? 1 : row},${[50, 20, 30, 40, 90][row]!},${ra},${dec},${['A', 'B', '', 'a ', 'B'][row]},5000`,
  ),
]);

async function find(asked: Partial<MembersAsked>): Promise<Members> {
  const table = await AnalysisTable.open(catalog);
  const { catalog: names, find } = await memberColumns(table, { minProbability: 0.5, ...asked });
  await table.need([...names, 'snr']);
  return find();
}

describe('members by place', () => {
  const members = file('members.csv', [
    'ra,dec,pmemb',
    `10,${60 + 0.4 * arcsec},0.9`, // the first star, 0.4 away; the second is 1.55 away
    `${10 + 2 * 1.2 * arcsec},60,0.8`, // the second star is 0.3 away, the first 1.2
    `0.00001,-20,0.7`, // across the meridian, 0.07 away
    `200,5,0.4`, // too unlikely
    `10,${60 + 2.5 * arcsec},0.9`, // 2.5 from two stars
    `50,50,0.9`,
  ]);

  it('are the nearest stars within 2 arcsec, or within what is asked for', async () => {
    const { rows, how, name, warnings } = await find({ members });
    expect(rows).toEqual([0, 1, 3]);
    expect([name, how, warnings]).toEqual(['members', 'members.csv by position within 2″, pmemb ≥ 0.5', []]);
    expect((await find({ members, radiusArcsec: 0.35 })).rows).toEqual([1, 3]);
    expect((await find({ members, radiusArcsec: 3, minProbability: 0.3 })).rows).toEqual([0, 1, 3, 4]);
    expect((await find({ members, radiusArcsec: 0.05, minProbability: 0.3 })).rows).toEqual([4]);
  });

  it('are looked for by place on request, even where both tables have ids', async () => {
    const both = file('both.csv', ['id,ra,dec', 's2,200,5']);
    expect((await find({ members: both })).rows).toEqual([2]);
    expect((await find({ members: both, radiusArcsec: 1 })).rows).toEqual([4]);
  });

  it('are none where there is nobody, which is said with how they were looked for', async () => {
    const empty = file('far_away.csv', ['ra,dec', '77,7']);
    await expect(find({ members: empty })).rejects.toMatchObject({
      code: 'CAN443',
      message: 'No member of far away in far_away.csv is in stars.csv',
      hint: 'Members were looked for by position within 2″.',
    });
  });
});

describe('members by id', () => {
  it('take the row of highest S/N where an id stands in several, and say so', async () => {
    const { rows, how, warnings } = await find({ members: file('ids.csv', ['id', 's1', 's0', 's0', '', 'other']) });
    expect(rows).toEqual([0, 4]);
    expect(how).toBe('ids.csv by id');
    expect(warnings).toEqual([
      '1 id stands in more than one row of stars.csv (s1): the row of highest snr is taken. A catalog with one row a star is meant.',
    ]);
  });

  it('join by names that differ, and of one cluster of several', async () => {
    const members = file('named.csv', ['who,cluster', 's0,M 67', 's3,M 67', 's2,M 92']);
    const { rows, name, how } = await find({ members, id: 'id', memberId: 'who', cluster: 'm 67' });
    expect([rows, name, how]).toEqual([[0, 3], 'M 67', 'named.csv by who = id']);
    await expect(find({ members, id: 'id', memberId: 'who' })).rejects.toMatchObject({
      message: 'named.csv holds 2 clusters',
      hint: 'Choose one with --cluster: M 67 (2) and M 92 (1).',
    });
    await expect(find({ members, id: 'id', memberId: 'who', cluster: 'M 93' })).rejects.toMatchObject({
      message: 'Column "cluster" of named.csv has no cluster "M 93"',
      hint: 'Did you mean "M 92"? It has M 67 (2) and M 92 (1).',
    });
    await expect(find({ members, column: 'name' })).rejects.toMatchObject({ code: 'CAN440' });
    await expect(find({ members, probability: 'p' })).rejects.toMatchObject({ code: 'CAN440' });
  });
});

describe('members by a column of the catalog', () => {
  it('are all stars of that name', async () => {
    expect(await find({ cluster: 'b' })).toEqual({ rows: [1, 4], name: 'B', how: 'column cluster', warnings: [] });
    await expect(find({})).rejects.toMatchObject({ message: 'stars.csv holds 3 clusters' });
  });
});
