/** Pipes, devices and folders where files are expected: a sentence at once, and nobody waits. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLabels } from '../../engine/catalog/labelsTable';
import { openCatalogFile } from '../../engine/catalogQuery/catalogFile';
import { fileSource } from '../../engine/fits/byteSource';
import { sha256OfFile } from '../../engine/jobs/recipe';
import { reviewStars } from '../../engine/jobs/reviewFile';
import { headerCell } from '../../engine/reference/headerCell';
import { parseReview, readReview } from '../../engine/reference/review';
import { readTable } from '../../engine/reference/table';
import { describeFits, readIdentity, readSpectrumNow } from '../../engine/spectra/read';

const folder = mkdtempSync(join(tmpdir(), 'cannon-not-files-'));
const others = { pipe: join(folder, 'pipe'), device: join(folder, 'device'), folder: join(folder, 'folder') };

beforeAll(() => {
  execFileSync('mkfifo', [others.pipe]);
  symlinkSync('/dev/zero', others.device);
  mkdirSync(others.folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

const readings: Readonly<Record<string, (path: string) => unknown>> = {
  'a spectrum to look at': describeFits,
  'the header of a spectrum': (path) => readIdentity(path, 'lamost-lrs'),
  'a spectrum, in a thread': (path) => readSpectrumNow(path, 'lamost-lrs'),
  'parts of a FITS file': fileSource,
  'a reference table': readTable,
  'labels for a catalog': openLabels,
  'a catalog': (path) => openCatalogFile(path, folder),
  'an input to hash': sha256OfFile,
};

describe.skipIf(process.platform === 'win32')('what is no file', () => {
  it.each(Object.keys(readings))('is refused by its kind: %s', async (name) => {
    for (const [kind, path] of Object.entries(others)) {
      const reading = new Promise((resolve) => resolve(readings[name]!(path)));
      await expect(reading).rejects.toThrow(
        kind === 'folder' ? /is a folder/ : new RegExp(`is (a ${kind}|not a file)`),
      );
    }
  });

  it('has no line of names', async () => {
    for (const path of Object.values(others)) expect(await headerCell(path, 'teff')).toBeNull();
  });

  it('is refused in the place of review.yaml, which then cannot be changed either', async () => {
    symlinkSync(others.pipe, join(folder, 'review.yaml'));
    const { problems } = await readReview(folder);
    expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining('it is a pipe, not a file')]);
    expect(() => reviewStars(folder, [{ star: '1', entry: null }])).toThrow('it is a pipe, not a file');
  });
});

it('verdicts that are nested beyond all use are a problem, not a lack of stack', () => {
  const { problems } = parseReview(`1: ${'['.repeat(100_000)}`, join(folder, 'review.yaml'));
  expect(problems.map(({ code }) => code)).toEqual(['CAN170']);
});
