import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { glob } from 'tinyglobby';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Config } from '../../engine/index';
import { SpectraList } from '../../engine/jobs/spectraList';
import { walkSpectra } from '../../engine/reference/spectraWalk';

const root = mkdtempSync(join(tmpdir(), 'cannon-list-'));
const folder = join(root, 'survey');
const files = [
  ...[
    'a.fits',
    'b.fits.gz',
    'B.fits',
    'ä.fits',
    'a/1.fits',
    'a-b/1.fits',
    'a.d/1.fits',
    'a/x/2.fits',
    'a/x/y/3.fits.gz',
  ],
  ...[
    '.hidden/4.fits',
    'a/.5.fits',
    'odd[1].fits',
    'a/note.txt',
    'a b/6.fits',
    'new\nline.fits',
    'c/1.fits',
    'c/2.fit',
  ],
];

beforeAll(() => {
  for (const file of [...files.map((name) => join(folder, name)), join(root, 'beside', '7.fits')]) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '');
  }
  symlinkSync(join(root, 'beside'), join(folder, 'linked'));
  symlinkSync(join(folder, 'a.fits'), join(folder, 'c', 'link.fits'));
  symlinkSync(join(folder, 'nowhere'), join(folder, 'c', 'dangling.fits'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function walked(survey: Pick<Config, 'folder' | 'spectra'>): Promise<string[]> {
  const found: string[] = [];
  for await (const paths of walkSpectra(survey, new AbortController().signal)) found.push(...paths);
  return found;
}

it.each([
  [['*.fits']],
  [['**/*.fits']],
  [['**/*.fits', '**/*.fits.gz', 'a/*.fits']],
  [['a*/**/*.{fits,fits.gz}']],
  [['a/*/*.fits']],
  [['{a,c}/*.fits']],
  [['{a/x,c}/*.fits']],
  [['./a/**']],
  [['a/[0-9].fits']],
  [['../beside/*.fits']],
  [['.hidden/*.fits']],
  [['a/.*.fits']],
  [['odd[1].fits']],
  [['a b/6.fits', 'nowhere/*.fits']],
  [['c/?.fi+(t|ts)']],
  [[join(folder, 'a', '**', '*.fits')]],
])('walks %j to the same files as tinyglobby finds, in the order of their paths', async (spectra) => {
  const options = { cwd: folder, onlyFiles: true, expandDirectories: false };
  const escaped = spectra.map((each) => each.replace('odd[1]', 'odd\\[1\\]'));
  const found = escaped.map((each) => glob(each, { ...options, absolute: each.startsWith('/') }));
  expect(await walked({ folder, spectra })).toEqual([...new Set((await Promise.all(found)).flat())].sort());
});

it('does not go round in circles', async () => {
  const circle = join(root, 'circle');
  mkdirSync(join(circle, 'in'), { recursive: true });
  writeFileSync(join(circle, 'in', '1.fits'), '');
  symlinkSync(circle, join(circle, 'in', 'again'));
  expect(await walked({ folder: circle, spectra: ['**/*.fits'] })).toEqual(['in/1.fits']);
});

const configOf = (at: string, spectra: string[]) => ({ folder: at, spectra }) as unknown as Config;
const quiet = { signal: new AbortController().signal, report: () => {} };

it('keeps the list as it was, in chunks that depend on nothing but their number', async () => {
  const many = join(root, 'many');
  mkdirSync(join(many, 'spectra'), { recursive: true });
  const names = Array.from({ length: 1500 }, (_, n) => `spectra/${String(n).padStart(4, '0')}.fits`);
  for (const name of names) writeFileSync(join(many, name), '');
  const kept = join(root, 'kept');
  const list = await SpectraList.open(kept, configOf(many, ['spectra/*.fits']), quiet);
  writeFileSync(join(many, 'spectra', '0000a.fits'), '');
  const again = await SpectraList.open(kept, configOf(many, ['spectra/*.fits']), quiet);
  expect([list.count, list.perChunk, list.nChunks]).toEqual([1500, 32, 47]);
  for (const each of [list, again]) {
    const chunks = Array.from({ length: each.nChunks }, (_, number) => each.chunk(number));
    expect(chunks.flatMap(({ paths }) => paths)).toEqual(names);
    expect(chunks.map(({ from }) => from)).toEqual(chunks.map((_, number) => 32 * number));
  }
});

it('keeps names with any letters', async () => {
  const list = await SpectraList.open(join(root, 'odd'), configOf(folder, ['*.fits']), quiet);
  expect(list.chunk(0).paths).toEqual(['B.fits', 'a.fits', 'new\nline.fits', 'odd[1].fits', 'ä.fits']);
});

it('says when nothing matches', async () => {
  const open = SpectraList.open(join(root, 'none'), configOf(folder, ['*.nothing']), quiet);
  await expect(open).rejects.toThrow(`No file matches *.nothing in ${folder}`);
});

it('lets others in while it lists, and ends when it is to', async () => {
  const controller = new AbortController();
  const wide = join(root, 'wide');
  for (let n = 0; n < 50; n++) {
    mkdirSync(join(wide, String(n)), { recursive: true });
    writeFileSync(join(wide, String(n), 'a.fits'), '');
  }
  const survey = configOf(wide, ['*/*.fits']);
  const listing = SpectraList.open(join(root, 'stopped'), survey, { ...quiet, signal: controller.signal });
  setImmediate(() => controller.abort(new Error('Enough')));
  await expect(listing).rejects.toThrow('Enough');
  expect(readdirSync(join(root, 'stopped'))).toEqual([]);
  expect((await SpectraList.open(join(root, 'stopped'), survey, quiet)).count).toBe(50);
});
