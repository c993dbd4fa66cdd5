/** Catalogs over a real protocol stream, as the review bench asks for them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CatalogFacts, Selection, StarReasons } from '../../engine/index';
import { unpack } from '../../engine/packing';
import { reviewStars } from '../../engine/jobs/reviewFile';
import {
  CatalogChangedNotification,
  CatalogCountsRequest,
  CatalogOpenRequest,
  CatalogReasonsRequest,
  CatalogRowsRequest,
  CatalogSelectRequest,
  CatalogsRequest,
  CatalogStarsRequest,
} from '../../server/protocol';
import { TestClient, uriOf } from './testClient';

const folder = mkdtempSync(join(tmpdir(), 'cannon-catalogs-'));
const config = join(folder, 'cannon.yaml');
const catalog = join(folder, 'catalog.csv');
const of = { config, catalog };
const everything: Selection = {
  ...{ where: '', flags: 0, search: '', reviewed: 'all', sort: 'surprise', descending: true },
};
let client: TestClient;

beforeAll(() => {
  mkdirSync(join(folder, 'spectra'));
  writeFileSync(join(folder, 'spectra', 'b.fits'), '');
  writeFileSync(
    config,
    `survey: lamost-lrs
spectra: spectra/*.fits
labels: { teff: { column: teff, unit: K } }
searches:
  hot: teff > 5500
  odd: nothing > 1
`,
  );
  writeFileSync(
    catalog,
    `obsid,designation,spectrum,teff,flags,high_windows,surprise
101,J1,spectra/a.fits,5000.5,0,,1.5
102,J2,spectra/b.fits,6000.5,4,Ba Mg,9.5
103,J3,spectra/c.fits,,256,,3.5
`,
  );
});
beforeEach(async () => {
  client = await TestClient.inProcess();
});
afterEach(() => client.close());
afterAll(() => rmSync(folder, { recursive: true }));

describe('a catalog', () => {
  it('is opened with its columns, flags, and the saved searches of the survey', async () => {
    const { nRows, columns, flags, searches, surprise } = unpack<CatalogFacts>(
      await client.ask(CatalogOpenRequest, of),
    );
    expect([nRows, surprise]).toEqual([3, 'surprise']);
    expect(columns.find(({ name }) => name === 'teff')?.kind).toBe('number');
    expect(flags.find(({ name }) => name === 'binary')?.bit).toBe(8);
    expect(searches).toMatchObject([
      { name: 'hot', where: 'teff > 5500', problem: null },
      { name: 'odd', problem: { start: 0, end: 7 } },
    ]);
    expect(await client.ask(CatalogsRequest, { config })).toEqual({ catalogs: [] });
  });

  it('is searched, ordered, read, counted and binned', async () => {
    const selection = { ...everything, where: "has('binary') OR has('window_chi2')" };
    expect(await client.ask(CatalogSelectRequest, { ...of, selection })).toEqual({
      ...{ nSelected: 2, nRows: 3, problem: null },
    });
    const page = { ...of, selection, from: 0, count: 10, columns: ['obsid', 'teff', 'nothing'] };
    expect(await client.ask(CatalogRowsRequest, page)).toEqual({
      ...{
        nSelected: 2,
        rows: [1, 2],
        values: [
          [102, 103],
          [6000.5, null],
          [null, null],
        ],
        verdicts: [],
      },
    });
    const counts = await client.ask(CatalogCountsRequest, { ...of, selection });
    expect(counts.flags.filter(({ count }) => count > 0)).toEqual([
      { name: 'window_chi2', count: 1 },
      { name: 'binary', count: 1 },
    ]);
    const stars = { ...of, selection, stars: ['J3', '101', 'nobody'], columns: ['obsid'] };
    expect(await client.ask(CatalogStarsRequest, stars)).toEqual({
      stars: [{ row: 2, position: 1, values: [103] }, { row: 0, position: -1, values: [101] }, null],
    });
  });

  it('answers a condition that is still being typed with its mistake, at its place', async () => {
    const selection = { ...everything, where: 'tef > 5' };
    const { problem } = await client.ask(CatalogSelectRequest, { ...of, selection });
    expect(problem).toMatchObject({ start: 0, end: 3, fix: 'teff' });
    await expect(client.ask(CatalogCountsRequest, { ...of, selection })).rejects.toThrow('no column "tef"');
    await expect(
      client.ask(CatalogRowsRequest, { ...of, selection: everything, from: 0, count: 1e6, columns: [] }),
    ).rejects.toThrow('cannot be shown');
  });

  it('says of a star what was flagged and what people found, as soon as they have', async () => {
    const reasons = async () =>
      unpack<StarReasons>(await client.ask(CatalogReasonsRequest, { ...of, row: 1, nNearest: 0 }));
    const before = await reasons();
    expect(before).toMatchObject({ star: '102', path: join(folder, 'spectra', 'b.fits'), verdict: null });
    expect(before.reasons).toEqual([{ flag: 'window_chi2', text: expect.stringContaining('Ba') as string }]);
    await client.ask(CatalogOpenRequest, of);
    const told = new Promise((resolve) => client.connection.onNotification(CatalogChangedNotification.method, resolve));
    reviewStars(folder, [{ star: '102', entry: { verdict: 'enriched in Ba', note: 'two lines', by: '', date: '' } }]);
    const changes = [{ uri: uriOf(join(folder, 'review.yaml')), type: 1 }];
    await client.tell({ method: 'workspace/didChangeWatchedFiles' }, { changes });
    expect(await told).toEqual({ ...of, what: 'verdicts' });
    expect((await reasons()).verdict).toMatchObject({ verdict: 'enriched in Ba', note: 'two lines' });
    const reviewed: Selection = { ...everything, reviewed: 'yes' };
    expect((await client.ask(CatalogSelectRequest, { ...of, selection: reviewed })).nSelected).toBe(1);
  });
});
