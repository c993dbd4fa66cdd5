/** Cards of stars over the protocol: which words name a star, what its card shows, and what a word costs that names none. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { SpectraTable } from '../../engine/spectraIndex/spectraTable';
import { findStar } from '../../server/findStar';
import {
  FindStarRequest,
  IndexChangedNotification,
  IndexedSurveysNotification,
  PlatesRequest,
  type StarCardAnswer,
  StarCardRequest,
  StarsRequest,
} from '../../server/protocol';
import type { Indexes } from '../../server/spectraIndex/indexes';
import { sparkline } from '../../server/sparkline';
import { surveyTests } from './surveyTests';
import type { TestClient } from './testClient';

const survey = surveyTests();
let folder: string;
let config: string;
let spectrum: string;
let obsid: string;
let client: TestClient;

beforeEach(async () => {
  ({ folder, path: config, client } = survey);
  await indexed(config);
  ({ star: obsid, path: spectrum } = (await listed(config))[0]!);
});

const listed = async (survey: string) => {
  const where = { filter: { text: '', where: '' }, sort: { by: 'path', descending: false }, plate: null };
  return (await client.ask(StarsRequest, { config: survey, ...where, from: 0, count: 100 })).stars;
};

/** Lets the server know a survey, and waits until it has read the headers. */
async function indexed(survey: string): Promise<void> {
  const changed = { tell: () => {} };
  client.connection.onNotification(IndexChangedNotification.method, () => changed.tell());
  await client.connection.sendNotification(IndexedSurveysNotification.method, { configs: [survey] });
  for (;;) {
    const next = new Promise<void>((resolve) => (changed.tell = resolve));
    const { state } = await client.ask(PlatesRequest, { config: survey, filter: { text: '', where: '' } });
    if (state.nUnread === 0) return;
    await next;
  }
}

const find = (word: string, file: string | null = join(folder, 'notes', 'a.py')) =>
  client.ask(FindStarRequest, { word, file });
const card = (word: string) => client.ask(StarCardRequest, { word, file: join(folder, 'a.md') });

/** The picture in a card. */
function pictureOf({ body }: StarCardAnswer): string {
  const [, base64] = /!\[.*\]\(data:image\/svg\+xml;base64,([\w+/=]+)\)/.exec(body)!;
  return Buffer.from(base64!, 'base64').toString('utf8');
}

describe('the star that a word means', () => {
  it('is found by its id and by its file, in all ways to write that', async () => {
    const expected = { path: spectrum, config };
    expect(await find(obsid)).toEqual(expected);
    expect(await find(spectrum)).toEqual(expected);
    expect(await find(basename(spectrum))).toEqual(expected);
    expect(await find(`../spectra/${basename(dirname(spectrum))}/${basename(spectrum)}`)).toEqual(expected);
    expect(await find(`spectra/${basename(dirname(spectrum))}/${basename(spectrum)}`, null)).toEqual(expected);
    expect(await find(new URL(`file://${spectrum}`).href)).toEqual(expected);
  });

  it('is none for other words and numbers', async () => {
    for (const word of ['teff', '12345', obsid.slice(0, -1), `${obsid}0`, 'nowhere.fits', 'x', ''])
      expect(await find(word), word).toBeNull();
  });

  it('may be a spectrum of no survey', async () => {
    const alone = join(dirname(survey.sample), 'alone.fits.gz');
    cpSync(spectrum, alone);
    expect(await find(alone)).toEqual({ path: alone, config: null });
  });

  it('is the one of the survey nearest to the text', async () => {
    const other = mkdtempSync(join(dirname(survey.sample), 'other-'));
    cpSync(survey.sample, other, { recursive: true });
    await indexed(join(other, 'cannon.yaml'));
    expect((await find(obsid, join(other, 'a.py')))!.config).toBe(join(other, 'cannon.yaml'));
    expect((await find(obsid, join(folder, 'a.py')))!.config).toBe(config);
  });

  it('is told within 5 ms among 100,000, also when there is none', () => {
    const rows = Array.from({ length: 100_000 }, (_, n) => ({
      ...{ path: `spectra/B${Math.floor(n / 500)}/spec-${n}.fits.gz`, stamp: 1, sizeBytes: 1, problem: '' },
      identity: {
        ...{
          path: '',
          survey: 'lamost-lrs' as const,
          star: String(100_000_000 + 7 * n),
          obsid: String(100_000_000 + 7 * n),
        },
        ...{ designation: `J${String(n).padStart(6, '0')}.00+000000.0`, subclass: 'G2', raDeg: 1, decDeg: 1 },
        ...{ redshift: 0, snr: { u: 1, g: 1, r: 1, i: 1, z: 1 }, cards: {} },
      },
    }));
    const stars = SpectraTable.of(rows, []);
    const known = { config: { path: '/s/cannon.yaml', folder: '/s' }, stars };
    const indexes = { known: () => [known] } as unknown as Indexes;
    const words = ['100000001', 'J999999.00+000000.0', '2024', '800000001', 'teff'];
    const look = () => words.map((word) => findStar({ word, file: '/s/a.py' }, indexes));
    // The first question makes the table of ids.
    expect(look()).toEqual(words.map(() => null));
    const times = words.map((word) => {
      const start = performance.now();
      findStar({ word, file: '/s/a.py' }, indexes);
      return performance.now() - start;
    });
    expect(Math.max(...times)).toBeLessThan(5);
    expect(findStar({ word: String(100_000_000 + 7 * 88_856), file: null }, indexes)?.path).toContain('spec-88856');
    expect(findStar({ word: 'J088856.00+000000.0', file: null }, indexes)?.path).toContain('spec-88856');
  });
});

describe('a card', () => {
  it('shows who the star is, its spectrum and its reference labels', async () => {
    const answer = (await card(obsid))!;
    expect(answer).toMatchObject({ path: spectrum, config });
    expect(answer.head).toMatch(new RegExp(`^\\*\\*${obsid} · .*S/N \\d+.* km/s$`));
    const [header, ...rows] = readFileSync(join(folder, 'labels.csv'), 'utf8').trim().split('\n');
    const names = header!.split(',');
    const row = rows.map((line) => line.split(',')).find((cells) => cells[names.indexOf('obsid')] === obsid);
    const teff = Number(row![names.indexOf('teff')]).toFixed(0);
    expect(answer.body).toContain(`| teff \\(K\\) | ${teff} |`);
    const svg = pictureOf(answer);
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" width="360"/);
    expect(svg).toMatch(/>3\d{3} Å<.*>9\d{3} Å</);
    expect(svg.match(/[ML]\d+ [\d.]+/g)!.length).toBeGreaterThan(500);
    expect(answer.head + answer.body).not.toContain('command:');
    expect(answer.body.length).toBeLessThan(40_000);
  });

  it('says what is wrong with a file in place of a picture', async () => {
    writeFileSync(spectrum, 'not a spectrum');
    expect((await card(spectrum))!.head).toMatch(/FITS/);
  });

  it('is null for a word that names no star', async () => {
    expect(await card('42')).toBeNull();
  });

  it('holds no markup of its file', async () => {
    const files = readdirSync(dirname(spectrum));
    const evil = join(dirname(spectrum), '[x](command:evil) ![y](z).fits.gz');
    writeFileSync(evil, 'no FITS');
    expect(files.length).toBeGreaterThan(0);
    const { head, body } = (await client.ask(StarCardRequest, { word: evil, file: null }))!;
    expect(head).toContain('command');
    expect(head + body).not.toMatch(/[^\\]\]\(|^\]\(/);
  });
});

describe('the picture of a spectrum', () => {
  const wave = Float64Array.from({ length: 4000 }, (_, p) => 4000 + p);
  const flat = (change: (flux: Float32Array, masked: Uint8Array) => void) => {
    const [flux, masked] = [new Float32Array(4000).fill(10), new Uint8Array(4000)];
    for (let p = 0; p < 4000; p++) flux[p]! += p % 2;
    change(flux, masked);
    return sparkline({ waveAngstrom: wave, flux, masked, error: new Float32Array(4000) });
  };
  const points = (svg: string) =>
    [...svg.matchAll(/([ML])(\d+) ([\d.]+)/g)].map(([, pen, x, y]) => ({ pen, x: Number(x), y: Number(y) }));

  it('keeps a line of a few columns at its depth', () => {
    const svg = flat((flux) => flux.fill(2, 2000, 2040))!;
    const deep = points(svg).filter(({ y }) => y > 60);
    expect(new Set(deep.map(({ x }) => x))).toEqual(new Set([180, 181, 182, 183]));
  });

  it('leaves masked pixels out as a gap, and does not bow to a cosmic ray', () => {
    const svg = flat((flux, masked) => {
      masked.fill(1, 1000, 2000);
      flux[3000] = 1e6;
    })!;
    const columns = new Set(points(svg).map(({ x }) => x));
    expect([...columns].filter((x) => x > 90 && x < 180)).toEqual([]);
    expect(points(svg).filter(({ pen }) => pen === 'M')).toHaveLength(2);
    // The noise of one unit still fills the picture.
    const ys = points(svg).map(({ y }) => y);
    expect(Math.max(...ys) - Math.min(...ys)).toBeGreaterThan(50);
  });

  it('is none where nothing can be drawn', () => {
    expect(flat((_, masked) => masked.fill(1))).toBeNull();
  });
});
