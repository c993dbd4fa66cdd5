/** The index over the protocol: pages of stars, what becomes of changed files, what outlives a session, who makes it wait. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InlayHint, WorkspaceSymbol } from 'vscode-languageserver/node';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inProcessPool, plainReaders, type StarFilter, type TaskPool } from '../../engine/index';
import type { ReadArgs } from '../../engine/spectraIndex/scan';
import {
  IndexChangedNotification,
  IndexedSurveysNotification,
  PlatesRequest,
  RefreshIndexRequest,
  StarsRequest,
  type StarsParams,
  StepStarRequest,
  StopIndexRequest,
  UserIsTypingNotification,
} from '../../server/protocol';
import { FileReaders } from '../../server/fileReaders';
import { changedSpectrum, writeManySpectra } from '../bench/manySpectra';
import { TestClient, uriOf } from './testClient';

const nStars = 1100;
const root = mkdtempSync(join(tmpdir(), 'cannon-index-server-'));
const survey = join(root, 'survey');
const storage = join(root, 'storage');
const config = await writeManySpectra(survey, nStars);
const everything: StarFilter = { text: '', where: '' };

let client: TestClient;
let read: string[];
let readWhole: string[];
let batches: number;
/** Resolves each time the server says that it knows more. */
let changed: Set<() => void>;

/** Remembers which headers are asked for; `gate` makes the reading wait. */
let gate = Promise.resolve();
const pool: TaskPool = {
  ...inProcessPool,
  run: (task, args) => {
    if (task !== 'readHeaders') return inProcessPool.run(task, args);
    batches++;
    read.push(...(args as ReadArgs).paths);
    return gate.then(() => inProcessPool.run(task, args));
  },
};

async function open(): Promise<TestClient> {
  read = [];
  readWhole = [];
  batches = 0;
  const readers = new FileReaders({
    ...plainReaders,
    spectrum: (path, format) => {
      readWhole.push(path);
      return plainReaders.spectrum(path, format);
    },
  });
  client = await TestClient.inProcess(readers, { pool, storage });
  changed = new Set();
  client.connection.onNotification(IndexChangedNotification.method, () => [...changed].forEach((look) => look()));
  await client.tell(IndexedSurveysNotification, { configs: [config] });
  return client;
}
beforeEach(async () => {
  gate = Promise.resolve();
  rmSync(storage, { recursive: true, force: true });
  await open();
});
afterEach(() => client.close());
afterAll(() => rmSync(root, { recursive: true }));

const plates = (filter = everything) => client.ask(PlatesRequest, { config, filter });
const stars = (params: Partial<StarsParams> = {}) =>
  client.ask(StarsRequest, {
    config,
    filter: everything,
    sort: { by: 'path', descending: false },
    plate: null,
    from: 0,
    count: 500,
    ...params,
  });

/** Asks again with each change of the index until the answer is as wanted. */
async function until<T>(ask: () => Promise<T>, isWanted: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const next = new Promise<void>((resolve) => changed.add(resolve));
    const answer = await ask();
    if (isWanted(answer)) return answer;
    await next;
  }
}
const indexed = () =>
  until(
    () => plates(),
    ({ state }) => state.phase === 'idle' && state.nUnread === 0,
  );
const tellChanged = (path: string, type: 1 | 2 | 3) =>
  client.connection.sendNotification('workspace/didChangeWatchedFiles', {
    changes: [{ uri: uriOf(join(survey, path)), type }],
  });

describe('the check of a large survey', () => {
  const broken = join(survey, 'spectra/HD10001N/spec-58000-HD10001N_sp04-250.fits.gz');
  const [spectrum, text] = [readFileSync(broken), readFileSync(config, 'utf8')];
  afterEach(() => writeFileSync(broken, spectrum));

  it('takes from the index who the spectra are, and reads few of them whole', async () => {
    writeFileSync(broken, 'not FITS');
    const edited = `${text}quality: ["teff > 0"]\n`;
    await client.open(config, edited);
    const found = await client.diagnostics(config, (all) => all.some(({ code }) => code === 'CAN104'));
    expect(found.find(({ code }) => code === 'CAN104')!.message).toMatch(/^1 of 1100 spectra cannot be read/);
    expect(readWhole.length).toBe(200);
    const range = { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } };
    const hints = await client.at<InlayHint[]>('inlayHint', config, edited, edited, 0, { range });
    expect(JSON.stringify(hints.map(({ label }) => label))).toContain('1099');
  });

  it('counts no stars while a condition names a card that the index does not keep', async () => {
    await client.open(config, `${text}quality: ["spectrum.SNRG > 0"]\n`);
    const found = await client.diagnostics(config, (all) => all.some(({ code }) => code === 'CAN112'));
    expect(found.filter(({ severity }) => severity === 1)).toEqual([]);
  });
});

describe('the stars of a survey', () => {
  it('are counted by plate and given in pages', async () => {
    const { state, plates: found, nMatching, labels } = await indexed();
    expect(state).toEqual({ phase: 'idle', nSpectra: nStars, nUnread: 0 });
    expect(found).toEqual([
      { name: 'spectra/HD10000N', nStars: 500, nMatching: 500 },
      { name: 'spectra/HD10001N', nStars: 500, nMatching: 500 },
      { name: 'spectra/HD10002N', nStars: 100, nMatching: 100 },
    ]);
    expect([nMatching, labels]).toEqual([nStars, ['teff', 'logg', 'feh']]);
    const page = await stars({ plate: 'spectra/HD10001N', from: 490, count: 20 });
    expect([page.nMatching, page.stars.length]).toEqual([500, 10]);
    expect(page.stars[9]).toMatchObject({ star: '900000999', problem: '' });
    expect(page.stars[9]!.path).toBe(join(survey, 'spectra/HD10001N/spec-58000-HD10001N_sp04-250.fits.gz'));
    expect(page.stars[9]!.detail).toMatch(/^[FGK]\d · S\/N \d+ · spectra\/HD10001N\/spec-/);
    expect((await stars({ plate: 'spectra/nowhere' })).stars).toEqual([]);
  });

  it('are read once, however much is asked about them', async () => {
    await indexed();
    await Promise.all([plates(), stars(), stars({ sort: { by: 'snr', descending: true } })]);
    expect(read).toHaveLength(nStars);
    expect(new Set(read).size).toBe(nStars);
  });

  it('can be searched, filtered and sorted, by labels too', async () => {
    await indexed();
    const found = await stars({ filter: { text: '900000007', where: '' }, sort: { by: 'match', descending: false } });
    expect(found.stars.map(({ star }) => star)).toEqual(['900000007']);
    const where = 'teff > 6500 and snr > 50';
    const hot = await stars({ filter: { text: '', where }, sort: { by: 'teff', descending: true } });
    const table = (await readFile(join(survey, 'labels.csv'), 'utf8')).trim().split('\n').slice(1);
    const teff = new Map(table.map((line) => [line.split(',')[0]!, Number(line.split(',')[1])]));
    const values = hot.stars.map(({ star }) => teff.get(star)!);
    expect(values.length).toBeGreaterThan(5);
    expect(values).toEqual([...values].sort((a, b) => b - a));
    expect(values.at(-1)).toBeGreaterThan(6500);
    expect(hot.stars.every(({ snr }) => snr! > 50)).toBe(true);
    const { nMatching, plates: byPlate } = await plates({ text: '', where });
    expect(nMatching).toBe(hot.nMatching);
    expect(byPlate.reduce((sum, plate) => sum + plate.nMatching, 0)).toBe(nMatching);
  });

  it('refuse a filter that means nothing, with a hint', async () => {
    const failure: unknown = await plates({ text: '', where: 'tef > 1' }).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      message: expect.stringContaining('There is no "tef"') as string,
      data: { code: 'CAN350', hint: expect.stringContaining('teff, logg, feh, snr') as string },
    });
  });

  it('have a next and a previous one, up to the ends', async () => {
    await indexed();
    const [first, second] = (await stars({ count: 2 })).stars;
    const step = (path: string, by: number) => client.ask(StepStarRequest, { config, path, by });
    const problem = { message: expect.stringContaining('No model has been trained') as string };
    const { star, path } = second!;
    expect(await step(first!.path, 1)).toMatchObject({ star, path, fit: null, problem });
    expect(await step(path, -1)).toMatchObject({ star: first!.star, path: first!.path });
    await expect(step(first!.path, -1)).rejects.toThrow('This is the first star of the survey');
    await expect(step(first!.path, nStars)).rejects.toThrow('This is the last star of the survey');
    await expect(step('/nowhere.fits', 1)).rejects.toThrow('This star is not in the survey any more');
  });

  it('are symbols of the workspace', async () => {
    await indexed();
    const ask = (query: string) => client.connection.sendRequest<WorkspaceSymbol[]>('workspace/symbol', { query });
    const [found, ...others] = await ask('900000613');
    expect(others).toEqual([]);
    expect(found!.name).toMatch(/^900000613 MOCK J/);
    expect(found!.location.uri).toBe((await stars({ from: 613, count: 1 })).stars.map(({ path }) => uriOf(path))[0]);
    expect(await ask('HD10002N')).toHaveLength(100);
    expect(await ask('9')).toEqual([]);
  });
});

describe('while it is being read', () => {
  let release: () => void;
  beforeEach(async () => {
    await client.close();
    rmSync(storage, { recursive: true, force: true });
    gate = new Promise((resolve) => (release = resolve));
    await open();
  });
  afterEach(() => release());

  it('the survey has its files already, by name, and the ids later', async () => {
    const { stars: found, nMatching } = await stars({ count: 1 });
    expect([nMatching, found[0]!.star]).toEqual([nStars, 'spec-58000-HD10000N_sp01-001']);
    expect((await plates()).state).toEqual({ phase: 'updating', nSpectra: nStars, nUnread: nStars });
    release();
    await indexed();
    expect((await stars({ count: 1 })).stars[0]!.star).toBe('900000000');
  });

  it('it can be stopped, keeps what it has, and goes on when told', async () => {
    await stars({ count: 1 });
    await client.ask(StopIndexRequest, { config });
    release();
    const { state } = await until(
      () => plates(),
      (answer) => answer.state.nUnread < nStars,
    );
    expect(state.phase).toBe('stopped');
    expect(state.nUnread).toBeGreaterThan(0);
    const before = read.length;
    expect(before).toBe(nStars - state.nUnread);
    await client.ask(RefreshIndexRequest, { config });
    await indexed();
    expect(read.length - before).toBe(state.nUnread);
  });

  it('it waits while somebody types', async () => {
    await stars({ count: 1 });
    await client.tell(UserIsTypingNotification, null);
    const typed = Date.now();
    const before = batches;
    release();
    await indexed();
    expect(batches).toBeGreaterThan(before);
    expect(Date.now() - typed).toBeGreaterThanOrEqual(990);
  });
});

describe('changes', () => {
  beforeEach(async () => {
    await indexed();
    read = [];
  });

  it('of a file are noticed when the editor tells of them, and only that file is read', async () => {
    const { path, obsid, bytes } = changedSpectrum(41, nStars);
    const at = async () => (await stars({ from: 41, count: 1 })).stars[0]!;
    const before = (await at()).star;
    writeFileSync(join(survey, path), bytes);
    await tellChanged(path, 2);
    await until(at, ({ star }) => star === obsid);
    expect(before).not.toBe(obsid);
    expect(read).toEqual([path]);
  });

  it('of the files that there are show in the counts', async () => {
    const path = 'spectra/HD10000N/zzz.fits.gz';
    const count = async () => (await plates()).plates[0]!.nStars;
    writeFileSync(join(survey, path), changedSpectrum(3, nStars).bytes);
    await tellChanged(path, 1);
    await until(count, (n) => n === 501);
    rmSync(join(survey, path));
    await tellChanged(path, 3);
    await until(count, (n) => n === 500);
    expect(read).toEqual([path]);
  });

  it('that nobody told of are found by looking again', async () => {
    const path = 'spectra/HD10002N/quiet.fits.gz';
    writeFileSync(join(survey, path), changedSpectrum(4, nStars).bytes);
    await client.ask(RefreshIndexRequest, { config });
    await until(
      () => plates(),
      (answer) => answer.plates[2]!.nStars === 101,
    );
    rmSync(join(survey, path));
    await client.ask(RefreshIndexRequest, { config });
    await until(
      () => plates(),
      (answer) => answer.plates[2]!.nStars === 100,
    );
  });

  it('of the description count from when it is saved', async () => {
    const text = await readFile(config, 'utf8');
    writeFileSync(config, text.replace('spectra/**/', 'spectra/HD10002N/'));
    await client.connection.sendNotification('workspace/didChangeWatchedFiles', {
      changes: [{ uri: uriOf(config), type: 2 }],
    });
    await until(
      () => plates(),
      ({ state }) => state.nSpectra === 100,
    );
    writeFileSync(config, text);
    expect((await plates()).state.nSpectra).toBe(nStars);
  });
});

describe('between sessions', () => {
  it('what was read is kept, in one file, and not read again', async () => {
    await indexed();
    await client.close();
    expect(readdirSync(join(storage, 'spectra'))).toEqual([expect.stringMatching(/^[0-9a-f]{16}\.idx$/)]);
    await open();
    await indexed();
    expect(read).toEqual([]);
    expect((await stars({ count: 1 })).stars[0]!.star).toBe('900000000');
  });

  it('a damaged file costs another reading, nothing else', async () => {
    await indexed();
    await client.close();
    const [name] = readdirSync(join(storage, 'spectra'));
    writeFileSync(join(storage, 'spectra', name!), 'CANNONIX and then nothing');
    await open();
    await indexed();
    expect(read).toHaveLength(nStars);
    expect(client.logged).toEqual([]);
  });

  it('nothing is kept when the editor gives no place for it', async () => {
    await client.close();
    rmSync(storage, { recursive: true, force: true });
    client = await TestClient.inProcess(undefined, { pool });
    changed = new Set();
    client.connection.onNotification(IndexChangedNotification.method, () => [...changed].forEach((look) => look()));
    await indexed();
    expect(existsSync(storage)).toBe(false);
  });
});
