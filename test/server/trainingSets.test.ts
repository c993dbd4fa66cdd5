/** The training set over a real protocol stream: as the open text selects it, told anew after each edit and each verdict. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { unpack } from '../../engine/packing';
import { reviewStars } from '../../engine/jobs/reviewFile';
import type { NearestStars, TrainingSetView } from '../../engine/jobs/trainingSetView';
import { NearestStarsRequest, TrainingSetChangedNotification, TrainingSetRequest } from '../../server/protocol';
import { surveyTests } from './surveyTests';
import { type TestClient, uriOf } from './testClient';

const nStars = 40;
const survey = surveyTests({ stars: nStars, seed: 7 });
let folder: string;
let path: string;
let client: TestClient;

beforeEach(() => {
  ({ folder, path, client } = survey);
  writeFileSync(path, text());
});

const text = (cut = 'teff > 0') => `survey: lamost-lrs
spectra: spectra/**/*.fits.gz
reference: { file: truth.csv, match: { spectrum.OBSID: obsid } }
labels: { teff: { column: teff, unit: K }, logg: { column: logg }, fe_h: { column: feh } }
quality:
  - ${cut}
models:
  giants: { where: "logg < 3.5" }
  dwarfs: { where: otherwise }
`;
const ask = async (columns: readonly string[] = []): Promise<TrainingSetView> =>
  unpack<TrainingSetView>(await client.ask(TrainingSetRequest, { config: path, columns }));
/** The next time that the server says that a training set may have changed. */
const nextChange = (): Promise<unknown> =>
  new Promise((resolve) => void client.connection.onNotification(TrainingSetChangedNotification.method, resolve));
const reviewChanged = (): Promise<void> =>
  client.tell(
    { method: 'workspace/didChangeWatchedFiles' },
    { changes: [{ uri: uriOf(join(folder, 'review.yaml')), type: 2 }] },
  );
/** The column of the table, by OBSID. */
function truth(name: string): Map<string, number> {
  const [head, ...rows] = readFileSync(join(folder, 'truth.csv'), 'utf8')
    .trim()
    .split('\n')
    .map((row) => row.split(','));
  const [id, at] = [head!.indexOf('obsid'), head!.indexOf(name)];
  return new Map(rows.map((row) => [row[id]!, Number(row[at])]));
}

describe('the training set', () => {
  it('has the labels, the model and the fate of each reference star', async () => {
    const teff = truth('teff');
    const middle = [...teff.values()].sort((a, b) => a - b)[20]!;
    writeFileSync(path, text(`teff >= ${middle}`));
    const { stars, columns, steps, droppedAt, model, models, rows, paths } = await ask();
    expect(stars).toHaveLength(nStars);
    expect(columns.slice(0, 3).map(({ name, unit, kind, column }) => [name, unit, kind, column])).toEqual([
      ['teff', 'K', 'label', 'teff'],
      ['logg', 'dex', 'label', 'logg'],
      ['fe_h', 'dex', 'label', 'feh'],
    ]);
    const logg = truth('logg');
    stars.forEach((star, n) => {
      expect(columns[0]!.values[n]).toBe(Math.fround(teff.get(star)!));
      const isWarm = teff.get(star)! >= middle;
      expect(steps[droppedAt[n]!]?.key ?? 'trains').toBe(isWarm ? 'trains' : 'quality/0');
      expect(model[n]).toBe(isWarm ? (logg.get(star)! < 3.5 ? 0 : 1) : -1);
      expect([...teff.keys()][rows[n]!]).toBe(star);
      expect(paths[n]).toMatch(/^spectra\//);
    });
    expect(models.map(({ name }) => name)).toEqual(['giants', 'dwarfs']);
    expect(steps.map(({ key }) => key)).toEqual([
      ...['spectra', 'reference/match', 'quality/0', 'models/giants', 'models/dwarfs'],
    ]);
  });

  it('is that of the text in the editor, and is told of when that changes', async () => {
    await client.open(path, text());
    expect((await ask()).steps[2]!.stars).toBe(nStars);
    const told = nextChange();
    await client.change(path, text('teff > 5000'));
    expect(await told).toEqual({ config: path });
    const nWarm = [...truth('teff').values()].filter((value) => value > 5000).length;
    expect((await ask()).steps[2]).toMatchObject({ step: 'teff > 5000', stars: nWarm });
  });

  it('says what is wrong with the text instead of showing the stars of an older one', async () => {
    await client.open(path, text());
    await ask();
    await client.change(path, text('tef > 5000'));
    await expect(ask()).rejects.toThrow(/"tef"/);
  });

  it('leaves out the stars excluded in review.yaml, and hears of new verdicts', async () => {
    const { stars } = await ask();
    const told = nextChange();
    const entry = { verdict: 'exclude', note: 'blend', by: 'ada', date: '2026-11-20' } as const;
    reviewStars(folder, [{ star: stars[3]!, entry }]);
    await reviewChanged();
    await told;
    const { steps, verdicts, droppedAt } = await ask();
    expect(steps[2]).toMatchObject({ key: 'review', stars: nStars - 1 });
    expect(droppedAt[3]).toBe(2);
    expect(verdicts).toEqual([{ star: 3, ...entry }]);
  });

  it('tells of a broken review.yaml at the reference, and of stars that are not there', async () => {
    writeFileSync(join(folder, 'review.yaml'), '7: { verdict: real }\n');
    await client.open(path, text());
    const found = await client.diagnostics(path, (all) => all.some(({ code }) => code === 'CAN171'));
    expect(found.find(({ code }) => code === 'CAN171')!.message).toMatch(/verdicts on 1 star that no spectrum.*: 7/);
    writeFileSync(join(folder, 'review.yaml'), '7: { verdict: rael }\n');
    await reviewChanged();
    const broken = await client.diagnostics(path, (all) => all.some(({ code }) => code === 'CAN170'));
    expect(broken.find(({ code }) => code === 'CAN170')!.message).toMatch(/line 1, star 7: "rael" is no verdict/);
    await expect(ask()).rejects.toThrow(/"rael" is no verdict/);
  });
});

describe('the nearest training stars', () => {
  it('are those of the model with these labels, the nearest first, as a plain search finds them', async () => {
    const { stars, columns, model } = await ask();
    const n = model.indexOf(1);
    const labels = Object.fromEntries(columns.slice(0, 3).map(({ name, values }) => [name, values[n]!]));
    const dwarfs = [...stars.keys()].filter((k) => model[k] === 1);
    const scale = columns.slice(0, 3).map(({ values }) => {
      const own = dwarfs.map((k) => values[k]!);
      const mean = own.reduce((a, b) => a + b) / own.length;
      return Math.sqrt(own.reduce((sum, x) => sum + (x - mean) ** 2, 0) / own.length);
    });
    const expected = dwarfs
      .map((k) => ({
        star: stars[k]!,
        distance: Math.hypot(...scale.map((s, i) => (columns[i]!.values[k]! - columns[i]!.values[n]!) / s)),
      }))
      .sort((a, b) => a.distance - b.distance)
      .slice(0, 5);
    const found = unpack<NearestStars>(
      await client.ask(NearestStarsRequest, { config: path, path: null, labels, model: 'dwarfs', count: 5 }),
    );
    expect(found.stars.map(({ star }) => star)).toEqual(expected.map(({ star }) => star));
    found.stars.forEach(({ distance }, k) => expect(distance).toBeCloseTo(expected[k]!.distance, 4));
    const others = unpack<NearestStars>(
      await client.ask(NearestStarsRequest, {
        ...{ config: path, labels, model: 'dwarfs', count: 5 },
        path: found.stars[0]!.path,
      }),
    );
    expect(others.stars.map(({ star }) => star)).not.toContain(stars[n]);
  });

  it('are of no model that there is not', async () => {
    const asked = { config: path, path: null, labels: { teff: 5000 }, model: 'subgiants', count: 5 };
    await expect(client.ask(NearestStarsRequest, asked)).rejects.toThrow(/no model "subgiants"/);
  });
});
