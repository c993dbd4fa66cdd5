/** Catalogs, analyses, verdicts and what the server keeps, on a real disk that fills up: a small one in memory, which only root can mount. */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parquetOf } from '../../engine/catalogQuery/importTable';
import { reviewStars } from '../../engine/jobs/reviewFile';
import { SpectraTable } from '../../engine/spectraIndex/spectraTable';
import { loadIndex, saveIndex } from '../../engine/spectraIndex/store';
import { cannon } from './command';

const folder = mkdtempSync(join(tmpdir(), 'cannon-full-tables-'));
const disk = join(folder, 'disk');
const canMount = mounted();
const config = join(folder, 'survey', 'cannon.yaml');
const run = (name: string) => join(folder, 'runs', name);
const labels = join(run('infer'), 'labels.csv');

function mounted(): boolean {
  mkdirSync(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'cannon', disk], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const ballast = join(disk, 'ballast');

/** Fill the disk up to so many bytes. */
function leaveFree(bytes: number): void {
  writeFileSync(ballast, '');
  const { bavail, bsize } = statfsSync(disk);
  appendFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - bytes)));
}

const namesOnDisk = () => readdirSync(disk, { recursive: true }).filter((name) => name !== 'ballast');

describe.skipIf(!canMount)('on a disk that is full (skipped: not root)', () => {
  beforeAll(async () => {
    expect((await cannon(['sample', join(folder, 'survey'), '--stars', '60', '--seed', '5'])).exitCode).toBe(0);
    writeFileSync(config, readFileSync(config, 'utf8').replace(/step: 1e-4/, 'step: 1e-3'));
    expect((await cannon(['train', '--config', config, '--run', run('train')])).exitCode).toBe(0);
    const model = join(run('train'), 'main', 'model.fits');
    expect((await cannon(['infer', '--config', config, '--model', model, '--run', run('infer')])).exitCode).toBe(0);
  });
  afterAll(() => {
    execFileSync('umount', [disk]);
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    for (const name of readdirSync(disk)) rmSync(join(disk, name), { recursive: true });
  });

  it.each(['fits', 'parquet'])('a catalog as %s is whole or not there, and an older one stays', async (kind) => {
    const out = join(disk, `catalog.${kind}`);
    const make = (name: string) =>
      cannon(['catalog', '--config', config, '--labels', labels, '--out', out, '--run', run(name)]);
    leaveFree(8192);
    const failed = await make(`${kind}-full`);
    expect(failed.stderr).toContain('error CAN402 The disk is full');
    expect(failed.exitCode).toBe(1);
    expect(namesOnDisk()).toEqual([]);

    rmSync(ballast);
    const resumed = await cannon(['runs', 'resume', run(`${kind}-full`)]);
    expect(resumed.stderr).not.toMatch(/^error/m);
    expect(resumed.exitCode).toBe(0);
    const whole = readFileSync(out);

    leaveFree(8192);
    expect((await make(`${kind}-again`)).exitCode).toBe(1);
    expect(readFileSync(out).equals(whole)).toBe(true);
    expect(namesOnDisk()).toEqual([`catalog.${kind}`]);
  });

  it('an analysis says so, and leaves nothing half-written', async () => {
    const asked = [
      'analyse',
      'map',
      '--catalog',
      labels,
      '--x',
      'teff',
      '--y',
      'logg',
      '--min-count',
      '1',
      '--out',
      join(disk, 'map'),
    ];
    leaveFree(4096);
    const failed = await cannon(asked);
    expect(failed.stderr).toContain('The disk is full');
    expect(failed.exitCode).toBe(1);
    expect(namesOnDisk().filter((name) => String(name).includes('.part'))).toEqual([]);
    rmSync(ballast);
    expect((await cannon(asked)).exitCode).toBe(0);
  });

  it('a verdict is refused in words, those before it stay, and it can be given when there is room', () => {
    const entry = { verdict: 'real', note: 'x'.repeat(6000), by: 'me', date: '2026-11-20' } as const;
    reviewStars(disk, [{ star: '1', entry }]);
    const before = readFileSync(join(disk, 'review.yaml'), 'utf8');
    leaveFree(0);
    expect(() => reviewStars(disk, [{ star: '2', entry }])).toThrow(/review\.yaml cannot be written: the disk is full/);
    expect(readFileSync(join(disk, 'review.yaml'), 'utf8')).toBe(before);
    expect(namesOnDisk()).toEqual(['review.yaml']);
    rmSync(ballast);
    reviewStars(disk, [{ star: '2', entry }]);
    expect(readFileSync(join(disk, 'review.yaml'), 'utf8')).toContain('2: {');
  });

  it('the index of an earlier session stays as it was', async () => {
    const path = join(disk, 'spectra', 'a.idx');
    const many = (n: number) =>
      SpectraTable.unread(
        Array.from({ length: n }, (_, k) => `spectra/${k}.fits.gz`),
        [],
      );
    await saveIndex(path, 'key', many(10));
    leaveFree(8192);
    await expect(saveIndex(path, 'key', many(5000))).rejects.toThrow('ENOSPC');
    expect((await loadIndex(path, 'key'))?.nRows).toBe(10);
    expect(readdirSync(join(disk, 'spectra'))).toEqual(['a.idx']);
  });

  it('a catalog that is to be made ready says so, and leaves nothing', async () => {
    leaveFree(4096);
    await expect(parquetOf(labels, join(disk, 'catalogs'))).rejects.toThrow(/cannot be made ready/);
    expect(existsSync(join(disk, 'catalogs')) ? readdirSync(join(disk, 'catalogs')) : []).toEqual([]);
    rmSync(ballast);
    expect(existsSync(await parquetOf(labels, join(disk, 'catalogs')))).toBe(true);
  });
});
