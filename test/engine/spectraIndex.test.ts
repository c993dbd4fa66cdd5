/** The index of a survey's spectra: what it holds, that it reads only what has changed, and what it survives. */
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../../engine/config/config';
import { loadConfig } from '../../engine/config/parse';
import { inProcessPool, type TaskPool } from '../../engine/jobs/pool';
import { findSpectra } from '../../engine/reference/spectraWalk';
import { readTable } from '../../engine/reference/table';
import { readIdentity } from '../../engine/spectra/read';
import type { ReadArgs } from '../../engine/spectraIndex/scan';
import type { SpectraTable } from '../../engine/spectraIndex/spectraTable';
import { selectStars, StarFacts } from '../../engine/spectraIndex/starQuery';
import { loadIndex, saveIndex } from '../../engine/spectraIndex/store';
import { TextColumn } from '../../engine/spectraIndex/textColumn';
import { indexKey, indexSpec, updateIndex, type UpdateContext } from '../../engine/spectraIndex/update';
import { changedSpectrum, writeManySpectra } from '../bench/manySpectra';

const nStars = 1300;
const root = mkdtempSync(join(tmpdir(), 'cannon-index-'));
let read: string[] = [];

/** Remembers which headers are asked for. */
const pool: TaskPool = {
  ...inProcessPool,
  run: (task, args) => {
    if (task === 'readHeaders') read.push(...(args as ReadArgs).paths);
    return inProcessPool.run(task, args);
  },
};

let config: Config;
let full: SpectraTable;

async function update(known: SpectraTable | null, touched: string[] | null = null, more: Partial<UpdateContext> = {}) {
  read = [];
  const context = { pool, signal: new AbortController().signal, onTable: () => undefined, ...more };
  return updateIndex(known, indexSpec(config), context, touched);
}

const paths = (table: SpectraTable) => Array.from({ length: table.nRows }, (_, row) => table.text('path').at(row));

beforeAll(async () => {
  config = (await loadConfig(await writeManySpectra(root, nStars))).config!;
  full = await update(null);
});
afterAll(() => rmSync(root, { recursive: true }));

describe('an index', () => {
  it('holds every file that the globs match, in their order, with what its header says', async () => {
    expect(paths(full)).toEqual(await findSpectra(config));
    expect(full.nRows).toBe(nStars);
    for (const row of [0, 499, 500, nStars - 1]) {
      const path = full.text('path').at(row);
      const identity = await readIdentity(resolve(config.folder, path), 'lamost-lrs');
      const { size, mtimeMs, ctimeMs } = statSync(resolve(config.folder, path));
      expect({
        star: full.text('star').at(row),
        obsid: full.text('obsid').at(row),
        designation: full.text('designation').at(row),
        subclass: full.text('subclass').at(row),
        raDeg: full.number('raDeg')[row],
        decDeg: full.number('decDeg')[row],
        redshift: full.number('redshift')[row],
        snrG: full.number('snrG')[row],
        snrZ: full.number('snrZ')[row],
        card: full.card(row, 'OBSID'),
      }).toEqual({
        star: identity.star,
        obsid: identity.obsid,
        designation: identity.designation,
        subclass: identity.subclass,
        raDeg: identity.raDeg,
        decDeg: identity.decDeg,
        redshift: identity.redshift,
        snrG: Math.fround(identity.snr.g!),
        snrZ: Math.fround(identity.snr.z!),
        card: Number(identity.obsid),
      });
      expect([full.number('sizeBytes')[row], full.number('stamp')[row]]).toEqual([size, mtimeMs + ctimeMs]);
      expect([full.text('format').at(row), full.text('problem').at(row), full.isRead(row)]).toEqual([
        'lamost-lrs',
        '',
        true,
      ]);
    }
    const plates = (await readdir(join(root, 'spectra'))).sort().map((name) => `spectra/${name}`);
    expect(full.folders.names).toEqual(plates);
    expect([full.folders.ofRow[499], full.folders.ofRow[500]]).toEqual([0, 1]);
  });

  it('finds a row by its path, and no row by another', () => {
    for (const row of [0, 7, nStars - 1]) expect(full.rowOf(full.text('path').at(row))).toBe(row);
    expect(full.rowOf('spectra/none.fits')).toBe(-1);
    expect(full.rowOf('')).toBe(-1);
  });

  it('takes less than 300 bytes a star', () => {
    const { texts, numbers } = full.data;
    const text = Object.values(texts).reduce((sum, { bytes, ends }) => sum + bytes.byteLength + ends.byteLength, 0);
    const number = Object.values(numbers).reduce((sum, values) => sum + values.byteLength, 0);
    expect((text + number) / nStars).toBeLessThan(300);
  });

  it('knows the names of all files before it has read any', async () => {
    const tables: SpectraTable[] = [];
    await update(null, null, { onTable: (table) => tables.push(table) });
    expect([tables[0]!.nRows, tables[0]!.unread.length]).toEqual([nStars, nStars]);
    expect(tables[0]!.text('star').at(0)).toBe('spec-58000-HD10000N_sp01-001');
    expect(tables.at(-1)!.unread).toEqual([]);
  });
});

describe('an update', () => {
  const folder = () => join(root, 'spectra', 'HD10001N');
  afterEach(async () => {
    rmSync(join(root, 'spectra', 'HD10003N'), { recursive: true, force: true });
    rmSync(join(root, 'spectra', 'A.fits.gz'), { force: true });
    full = await update(full);
  });

  it('reads nothing when nothing has changed, and is the same index', async () => {
    expect(await update(full)).toBe(full);
    expect(read).toEqual([]);
  });

  it('reads a changed file alone, whether the change is told or found', async () => {
    for (const [star, told] of [
      [7, true],
      [613, false],
    ] as const) {
      const { path, obsid, bytes } = changedSpectrum(star, nStars);
      writeFileSync(join(root, path), bytes);
      const next = await update(full, told ? [path] : null);
      expect(read).toEqual([path]);
      expect(next.text('star').at(next.rowOf(path))).toBe(obsid);
      expect(paths(next)).toEqual(paths(full));
      full = next;
    }
  });

  it('reads a file again whose time alone has changed, and none that was touched without a change', async () => {
    const path = full.text('path').at(40);
    utimesSync(join(root, path), new Date(), new Date('2026-01-01'));
    await update(full, [path, full.text('path').at(41)]);
    expect(read).toEqual([path]);
  });

  it('reads a file again that was changed and has its old time and size', async () => {
    const path = full.text('path').at(50);
    const [file, bytes] = [join(root, path), readFileSync(join(root, path))];
    for (const told of [true, false]) {
      const { atime, mtime } = statSync(file);
      writeFileSync(file, Buffer.alloc(bytes.length));
      utimesSync(file, atime, mtime);
      const changed = await update(full, told ? [path] : null);
      expect(read).toEqual([path]);
      expect(changed.text('problem').at(changed.rowOf(path))).not.toBe('');
      writeFileSync(file, bytes);
      full = await update(changed);
    }
  });

  it('reads new files alone, whether they are told or found', async () => {
    const bytes = readFileSync(join(root, full.text('path').at(0)));
    mkdirSync(join(root, 'spectra', 'HD10003N'));
    writeFileSync(join(root, 'spectra', 'HD10003N', 'new.fits.gz'), bytes);
    full = await update(full, ['spectra/HD10003N/new.fits.gz']);
    expect(read).toEqual(['spectra/HD10003N/new.fits.gz']);
    writeFileSync(join(root, 'spectra', 'A.fits.gz'), bytes);
    full = await update(full);
    expect(read).toEqual(['spectra/A.fits.gz']);
    expect(paths(full)).toEqual(await findSpectra(config));
    expect(full.text('star').at(full.rowOf('spectra/A.fits.gz'))).toBe(
      full.text('star').at(full.rowOf(paths(full)[1]!)),
    );
  });

  it('does not take in files that are told but not matched', async () => {
    writeFileSync(join(root, 'spectra', 'notes.txt'), '');
    expect(await update(full, ['spectra/notes.txt'])).toBe(full);
    expect(read).toEqual([]);
  });

  it('forgets files that have gone, whether they are told or found', async () => {
    const [first, second] = (await readdir(folder())).sort().map((name) => `spectra/HD10001N/${name}`);
    rmSync(join(root, first!));
    full = await update(full, [first!]);
    expect(full.rowOf(first!)).toBe(-1);
    rmSync(join(root, second!));
    full = await update(full);
    expect(paths(full)).toEqual(await findSpectra(config));
    expect(read).toEqual([]);
  });

  it('keeps a file that cannot be read, with the reason, and reads it again only when it changes', async () => {
    const path = 'spectra/A.fits.gz';
    writeFileSync(join(root, path), 'not a spectrum');
    full = await update(full);
    const row = full.rowOf(path);
    expect(full.text('problem').at(row)).toBe('A.fits.gz is not a FITS file: it does not begin with "SIMPLE  =".');
    expect([full.text('star').at(row), full.text('format').at(row), full.isRead(row)]).toEqual(['A', '', true]);
    await update(full);
    expect(read).toEqual([]);
  });

  it('that is cancelled hands on what it has read, and the next one reads the rest', async () => {
    const abort = new AbortController();
    let last: SpectraTable | null = null;
    const onProgress = (nRead: number) => nRead >= 256 && abort.abort(new Error('enough'));
    const cancelled = update(null, null, { signal: abort.signal, onProgress, onTable: (table) => (last = table) });
    await expect(cancelled).rejects.toThrow('enough');
    const nRead = last!.nRows - last!.unread.length;
    expect(nRead).toBeGreaterThanOrEqual(256);
    expect(nRead).toBeLessThan(last!.nRows);
    const rest = await update(last);
    expect(read).toHaveLength(full.nRows - nRead);
    expect(rest.data).toEqual(full.data);
  });

  it('waits for permission before each batch of files', async () => {
    let asked = 0;
    const permission = () => Promise.resolve(void asked++);
    await update(null, null, { permission });
    expect(asked).toBe(Math.ceil(full.nRows / 128));
  });

  it('fails with the fault of a thread, not with an index full of holes', async () => {
    const broken: TaskPool = {
      ...inProcessPool,
      run: (task, args) =>
        task === 'readHeaders' ? Promise.reject(new Error('a thread died')) : inProcessPool.run(task, args),
    };
    await expect(update(null, null, { pool: broken })).rejects.toThrow('a thread died');
  });
});

describe('the stored index', () => {
  const file = join(root, 'storage', 'a.idx');
  const key = () => indexKey(indexSpec(config));
  beforeEach(() => saveIndex(file, key(), full));

  it('comes back as it was, and nothing is read', async () => {
    const loaded = await loadIndex(file, key());
    expect(loaded!.data).toEqual(full.data);
    expect(await update(loaded)).toBe(loaded);
    expect(read).toEqual([]);
    expect(await readdir(join(root, 'storage'))).toEqual(['a.idx']);
  });

  it('is as good as none when it is about something else', async () => {
    const { folder, spectra, survey } = indexSpec(config);
    expect(await loadIndex(file, indexKey({ folder, spectra, survey, cards: ['OBSID', 'LMJD'] }))).toBeNull();
  });

  it('is as good as none when it is missing, empty, cut short or damaged anywhere', async () => {
    expect(await loadIndex(join(root, 'none.idx'), key())).toBeNull();
    const sound = await readFile(file);
    for (const at of [0, 9, 100, sound.length >> 1, sound.length - 1]) {
      const damaged = Buffer.from(sound);
      damaged[at]! ^= 1;
      writeFileSync(file, damaged);
      expect(await loadIndex(file, key()), `byte ${at}`).toBeNull();
    }
    for (const length of [0, 8, 40, sound.length - 1]) {
      writeFileSync(file, sound);
      truncateSync(file, length);
      expect(await loadIndex(file, key()), `${length} bytes`).toBeNull();
    }
    writeFileSync(file, sound);
    appendFileSync(file, 'x');
    expect(await loadIndex(file, key())).toBeNull();
  });
});

describe('a choice of stars', () => {
  let facts: StarFacts;
  beforeAll(async () => {
    facts = new StarFacts(full, config, await readTable(join(root, 'labels.csv')));
  });
  const select = (filter: { text?: string; where?: string }, by = 'path', descending = false) => [
    ...selectStars(facts, { text: '', where: '', ...filter }, { by, descending }),
  ];
  const all = () => [...Array(facts.stars.nRows).keys()];

  it('is everything in order of the paths, unless something is asked for', () => {
    expect(select({})).toEqual(all());
    expect(select({}, 'path', true)).toEqual(all().reverse());
  });

  it('holds each word somewhere, in capitals or small letters', () => {
    const texts = ['star', 'designation', 'subclass', 'path'] as const;
    const has = (row: number, word: string) =>
      texts.some((name) => facts.stars.text(name).at(row).toLowerCase().includes(word));
    for (const words of [['9000004'], ['hd10002n', 'g7'], ['MOCK'], ['sp01-00', 'k'], ['nothing such']]) {
      const expected = all().filter((row) => words.every((word) => has(row, word.toLowerCase())));
      expect(select({ text: words.join(' ') }), words.join()).toEqual(words[0] === 'nothing such' ? [] : expected);
    }
  });

  it('puts ids that begin with the text first where that is asked for', () => {
    const rows = select({ text: '90000' }, 'match');
    const begins = rows.map((row) => facts.stars.text('star').at(row).startsWith('90000'));
    expect(begins).toEqual([...begins].sort((a, b) => Number(b) - Number(a)));
    expect(begins[0]).toBe(true);
  });

  it('keeps to conditions on S/N, labels, positions and header cards', () => {
    const { stars } = facts;
    const table = readFileSync(join(root, 'labels.csv'), 'utf8').trim().split('\n').slice(1);
    const teff = new Map(table.map((line) => [line.split(',')[0]!, Number(line.split(',')[1])]));
    const snr = all().filter((row) => stars.number('snrG')[row]! > 120);
    expect(snr.length).toBeGreaterThan(10);
    expect(select({ where: 'snr > 120' })).toEqual(snr);
    const cool = all().filter((row) => teff.get(stars.text('star').at(row))! < 4500);
    expect(cool.length).toBeGreaterThan(10);
    expect(select({ where: 'teff < 4500' })).toEqual(cool);
    expect(select({ where: 'teff < 4500 and snrg > 120' })).toEqual(cool.filter((row) => snr.includes(row)));
    expect(select({ where: 'dec > 60' })).toEqual(all().filter((row) => stars.number('decDeg')[row]! > 60));
    expect(select({ where: 'spectrum.OBSID == 900000003' })).toEqual([3]);
  });

  it('comes in order of S/N or a label, those without one last', () => {
    const { stars } = facts;
    const rows = select({}, 'snr', true);
    const values = rows.map((row) => stars.snr(row));
    expect(values).toEqual([...values].sort((a, b) => b - a));
    const last = select({}, 'teff').at(-1)!;
    // Stars 7 and 613 have got other ids, which the table does not have.
    expect(select({}, 'teff', true).at(-1)).toBe(last);
    expect(Number(stars.text('star').at(last))).toBeGreaterThan(1_900_000_000);
    const ids = select({}, 'star').map((row) => Number(stars.text('star').at(row)));
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
  });

  it('says what is wrong with a condition or an order', () => {
    expect(() => select({ where: 'tef > 1' })).toThrow(/There is no "tef"/);
    expect(() => select({ where: 'spectrum.LMJD > 1' })).toThrow(/There is no "spectrum.LMJD"/);
    expect(() => select({ where: 'teff >' })).toThrow();
    expect(() => select({}, 'colour')).toThrow(/There is no "colour"/);
  });
});

describe('a column of text', () => {
  it('gives back what went in, also in pieces', () => {
    const texts = ['', 'a', 'Ångström', '星', '', 'with\0nul', 'z'];
    const column = TextColumn.of(texts);
    expect(texts.map((_, row) => column.at(row))).toEqual(['', 'a', 'Ångström', '星', '', 'with nul', 'z']);
    const pieces = [
      { column, from: 5, to: 7 },
      { column, from: 0, to: 0 },
      { column, from: 1, to: 4 },
    ];
    const joined = TextColumn.concat(pieces);
    expect(Array.from({ length: joined.length }, (_, row) => joined.at(row))).toEqual([
      'with nul',
      'z',
      'a',
      'Ångström',
      '星',
    ]);
  });

  it('finds no text across two rows', () => {
    const column = TextColumn.of(['ab', 'cd', 'xABy', '', 'ab']);
    const rows = (needle: string) => {
      const found: [number, boolean][] = [];
      column.eachContaining(needle, (row, isAtStart) => found.push([row, isAtStart]));
      return found;
    };
    expect(rows('ab')).toEqual([
      [0, true],
      [2, false],
      [4, true],
    ]);
    expect(rows('bc')).toEqual([]);
    expect(rows('')).toHaveLength(5);
  });
});
