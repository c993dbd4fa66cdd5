/** The reasons for a star that is rich in barium, from the spectra of a mock survey on: its lines one by one, and the training stars nearest to it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Selection, StarReasons } from '../../engine/index';
import { unpack } from '../../engine/packing';
import { writeSample } from '../../engine/sample/sample';
import { CatalogReasonsRequest, CatalogsRequest, CatalogStarsRequest } from '../../server/protocol';
import { cannon } from '../jobs/command';
import { TestClient } from './testClient';

const root = mkdtempSync(join(tmpdir(), 'cannon-reasons-'));
const folder = join(root, 'survey');
const config = join(folder, 'cannon.yaml');
/** Planted: [Ba/Fe] raised by so many dex at S/N 89. */
const [star, raisedDex] = ['940002097', 1.214];
const everything: Selection = {
  ...{ where: '', flags: 0, search: '', reviewed: 'all', sort: null, descending: true },
};
const ofBarium = ({ reasons }: StarReasons): string => reasons.find(({ text }) => text.startsWith('Ba:'))!.text;
let client: TestClient;

beforeAll(async () => {
  const context = { signal: new AbortController().signal, report: () => undefined };
  await writeSample(folder, { stars: 160, seed: 11, snr: 90, oddities: 0.08 }, context);
  for (const command of ['train', 'infer', 'catalog']) {
    const { exitCode, stderr } = await cannon([command, '--config', config]);
    expect(exitCode, stderr).toBe(0);
  }
}, 240_000);
beforeEach(async () => {
  client = await TestClient.inProcess();
});
afterEach(() => client.close());
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('the reasons of a star that is rich in barium', () => {
  it('come from its row at once, and from its lines and its nearest training stars when those have been read', async () => {
    const truth = readFileSync(join(folder, 'truth.csv'), 'utf8');
    expect(truth).toMatch(new RegExp(`^${star},.*,barium-rich,${raisedDex},`, 'm'));
    const [catalog] = (await client.ask(CatalogsRequest, { config })).catalogs;
    const of = { config, catalog: catalog! };
    const asked = { ...of, selection: everything, stars: [star], columns: [] };
    const { row } = (await client.ask(CatalogStarsRequest, asked)).stars[0]!;
    const reasons = async (nNearest: number) =>
      unpack<StarReasons>(await client.ask(CatalogReasonsRequest, { ...of, row, nNearest }));

    const quick = await reasons(0);
    expect(quick).toMatchObject({ star, nearest: null });
    expect(quick.summary).toMatch(/likely (Ba|s-process)-enhanced/);
    expect(ofBarium(quick)).toMatch(/^Ba: lines deeper than the model by [\d.]+σ; not extrapolating$/);

    const whole = await reasons(6);
    expect(whole.summary).toBe(quick.summary);
    expect(ofBarium(whole)).toMatch(
      /^Ba: (all|[34] of) 5 windows deeper than the model by ([\d.]+σ(, | and )?)+; five nearest training stars fit; not extrapolating$/,
    );
    const sizes = [...ofBarium(whole).matchAll(/([\d.]+)σ/g)].map(([, sigma]) => Number(sigma));
    expect(Math.max(...sizes)).toBeGreaterThan(4);
    expect(whole.nearest!.stars).toHaveLength(6);
    expect(whole.nearest!.stars.map((near) => near.star)).not.toContain(star);
  });
});
