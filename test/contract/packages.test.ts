/** The check of packages: what it finds wrong in one, so that its silence about those that are published means something. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readArchive } from '../../scripts/archive.mjs';
import { faultsOfLock } from '../../scripts/audit.mjs';
import { documentNames, standAlone, writeDocuments } from '../../scripts/documents.mjs';
import { machinesOf, onlyFor } from '../../scripts/nativeLibrary.mjs';
import { noticesText, shippedPackages } from '../../scripts/notices.mjs';
import { faultsOfCommandLine, faultsOfVsix } from '../../scripts/packageContents.mjs';
import { manifestOfExtension } from '../../scripts/vsix.mjs';
import { wasmBase64 } from '../../engine/kernels/wasmModule';
import { filesUnder, read, root } from './sources';

const folder = mkdtempSync(join(tmpdir(), 'cannon-packages-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'a.vsix');

/** A zip archive. Checksums are left out: nobody here reads them. */
function zip(files: ReadonlyMap<string, Buffer>): Buffer {
  const [parts, directory]: [Buffer[], Buffer[]] = [[], []];
  let at = 0;
  for (const [name, content] of files) {
    const [packed, label] = [deflateRawSync(content), Buffer.from(name)];
    const common = Buffer.alloc(26);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(label.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, label, packed]);
    const [place, version] = [Buffer.alloc(14), Buffer.alloc(2)];
    place.writeUInt32LE(at, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), version, common, place, label]));
    parts.push(local);
    at += local.length;
  }
  const [listing, end] = [Buffer.concat(directory), Buffer.alloc(22)];
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files.size, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, listing, end]);
}

/** The beginning of a native library: ELF for `machine`. */
function elf(machine: number): Buffer {
  const bytes = Buffer.alloc(64);
  bytes.writeUInt32BE(0x7f454c46);
  bytes.writeUInt16LE(machine, 18);
  return bytes;
}

const published = manifestOfExtension(JSON.parse(read('package.json')) as Record<string, unknown>);
const library = 'extension/dist/node_modules/@duckdb/node-bindings-linux-x64';
let notices: string;
let pages: readonly string[];
beforeAll(async () => {
  [notices, pages] = [await noticesText(), await documentNames()];
});

/** A package for linux-x64 with nothing wrong, but for `changes`; null takes a file away. */
async function faults(changes: Readonly<Record<string, string | Buffer | null>> = {}): Promise<string[]> {
  const views = filesUnder('webviews', /^view\.ts$/).map((path) => path.replace(/\.ts$/, ''));
  const media = [...new Set(read('package.json').match(/media\/[\w.-]+/g))];
  const files: Record<string, string | Buffer | null> = {
    'extension.vsixmanifest': '<Identity TargetPlatform="linux-x64"/>',
    'extension/package.json': JSON.stringify(published),
    'extension/THIRD_PARTY_NOTICES.txt': notices,
    ...Object.fromEntries(
      ['readme.md', 'changelog.md', 'LICENSE.txt', 'CITATION.cff', 'dist/client.cjs', ...media, ...pages].map(
        (name) => [`extension/${name}`, 'text'],
      ),
    ),
    ...Object.fromEntries(
      ['cannon.js', 'worker.js', 'server.cjs'].map((name) => [`extension/dist/${name}`, `const w = "${wasmBase64}";`]),
    ),
    'extension/dist/webviews/codicon.css': '',
    'extension/dist/webviews/codicon.ttf': '',
    ...Object.fromEntries(
      views.flatMap((view) => ['js', 'css'].map((ending) => [`extension/dist/${view}.${ending}`, ''])),
    ),
    [`${library}/duckdb.node`]: elf(62),
    [`${library}/libduckdb.so`]: elf(62),
    ...changes,
  };
  const present = Object.entries(files).flatMap(([name, content]) =>
    content === null ? [] : [[name, Buffer.from(content)] as const],
  );
  writeFileSync(file, zip(new Map(present)));
  return faultsOfVsix(file, 'linux-x64');
}

describe('the check of a VSIX', () => {
  it('has nothing to say where nothing is wrong', async () => {
    expect(await faults()).toEqual([]);
  });

  it.each([
    ['a bundle that is missing', { 'extension/dist/worker.js': null }, /^dist\/worker\.js is missing/],
    [
      'a panel that is missing',
      { 'extension/dist/webviews/inspector/view.css': null },
      /inspector\/view\.css is missing/,
    ],
    ['a map', { 'extension/dist/cannon.js.map': '{}' }, /^dist\/cannon\.js\.map does not belong/],
    ['a source', { 'extension/engine/index.ts': '' }, /^engine\/index\.ts does not belong/],
    ['a spectrum', { 'extension/sample/a.fits.gz': '' }, /^sample\/a\.fits\.gz does not belong/],
    ['a test', { 'extension/test/data.ts': '' }, /^test\/data\.ts does not belong/],
    [
      'another platform’s library',
      { [`${library.replace('x64', 'arm64')}/duckdb.node`]: elf(183) },
      /arm64\/duckdb\.node is of another platform/,
    ],
    [
      'a library for another processor',
      { [`${library}/libduckdb.so`]: elf(183) },
      /libduckdb\.so is made for linux-arm64, not for linux-x64 alone/,
    ],
    ['DuckDB left out', { [`${library}/libduckdb.so`]: null }, /^DuckDB itself is missing/],
    ['kernels left out', { 'extension/dist/worker.js': '' }, /^worker\.js is without its kernels/],
    [
      'kernels cut off',
      { 'extension/dist/cannon.js': `"${wasmBase64.slice(0, 4000)}"` },
      /kernels in cannon\.js do not compile/,
    ],
    [
      'a platform that is not told',
      { 'extension.vsixmanifest': '<Identity/>' },
      /is for every platform, not for linux-x64/,
    ],
    [
      'a picture that nobody sees',
      { 'extension/readme.md': '![A star](docs/images/star.png)' },
      /^readme\.md leads to docs\/images\/star\.png/,
    ],
    [
      'a link into the clone',
      { 'extension/changelog.md': 'As [told](docs/runs.md "Runs").' },
      /^changelog\.md leads to docs\/runs\.md/,
    ],
    ['a page of the documentation left out', { 'extension/docs/flags.md': null }, /^docs\/flags\.md is missing/],
    [
      'a page that leads out of the package',
      { 'extension/docs/flags.md': '[a](runs.md#b), [c](../ARCHITECTURE.md), `[d]`, ![e](images/inspector-light.png)' },
      /^docs\/flags\.md leads to (\.\.\/ARCHITECTURE\.md|images\/inspector-light\.png)/,
    ],
    [
      'a folder of the machine that made it',
      { 'extension/dist/client.cjs': `const here = "${root}/client/app.ts";` },
      /^dist\/client\.cjs names .*, a folder of the machine that made the package/,
    ],
    [
      'an extension that starts with every window',
      { 'extension/package.json': JSON.stringify({ ...published, activationEvents: ['*'] }) },
      /^package\.json does not say when it is started/,
    ],
    [
      'an extension that may be sent to where no files are',
      { 'extension/package.json': JSON.stringify({ ...published, extensionKind: ['ui', 'workspace'] }) },
      /^package\.json does not say that it runs where the files are/,
    ],
    [
      'the package.json of the clone',
      { 'extension/package.json': read('package.json') },
      /tells how the extension is built/,
    ],
    [
      'more bytes than the budget',
      { 'extension/dist/client.cjs': noise(3.2e6) },
      /^What is ours .* 3\.\d MB, more than 3\.0 MB/,
    ],
  ] as const)('finds %s', async (_, changes, sentence) => {
    const found = await faults(changes);
    expect(found).toContainEqual(expect.stringMatching(sentence));
  });

  it('finds a dependency whose licence is left out', async () => {
    const [first] = await shippedPackages();
    const found = await faults({ 'extension/THIRD_PARTY_NOTICES.txt': notices.replace(`\n${first!.name} `, '\n') });
    expect(found).toEqual([`The licence of ${first!.name} is missing.`]);
  });

  it('says so of a file that is no archive, or half of one', async () => {
    await faults();
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.subarray(0, bytes.length / 2));
    await expect(readArchive(file)).rejects.toThrow('no zip archive');
  });

  it('tells the machine of a library by its header', () => {
    expect([62, 183, 3].flatMap((machine) => machinesOf(elf(machine)))).toEqual([
      'linux-x64',
      'linux-arm64',
      'another Linux',
    ]);
    const mach = Buffer.alloc(64);
    mach.writeUInt32LE(0xfeedfacf);
    mach.writeUInt32LE(0x0100000c, 4);
    expect(machinesOf(mach)).toEqual(['darwin-arm64']);
    const both = Buffer.alloc(64);
    [0xcafebabe, 2, 0x01000007].forEach((word, k) => both.writeUInt32BE(word, 4 * k));
    both.writeUInt32BE(0x0100000c, 28);
    expect(machinesOf(both)).toEqual(['darwin-x64', 'darwin-arm64']);
    expect(onlyFor('linux-x64', mach)).toBe(mach);
    const pe = Buffer.alloc(200);
    pe.write('MZ');
    pe.writeUInt32LE(128, 60);
    pe.writeUInt16LE(0x8664, 132);
    expect(machinesOf(pe)).toEqual(['win32-x64']);
    expect(machinesOf(Buffer.alloc(0))).toEqual(['nothing']);
  });
});

describe('a library for both processors of a Mac', () => {
  it('is shipped as that of one', () => {
    const parts = [0x01000007, 0x0100000c].map((cpu, k) => {
      const part = Buffer.alloc(100 + k, k + 1);
      part.writeUInt32LE(0xfeedfacf);
      part.writeUInt32LE(cpu, 4);
      return part;
    });
    const head = Buffer.alloc(64);
    const offsets = [64, 64 + parts[0]!.length];
    [0xcafebabe, 2, 0x01000007, 3, offsets[0]!, 100, 14, 0x0100000c, 0, offsets[1]!, 101, 14].forEach((word, k) =>
      head.writeUInt32BE(word, 4 * k),
    );
    const both = Buffer.concat([head, ...parts]);
    expect(machinesOf(both)).toEqual(['darwin-x64', 'darwin-arm64']);
    expect(onlyFor('darwin-x64', both)).toEqual(parts[0]);
    expect(onlyFor('darwin-arm64', both)).toEqual(parts[1]);
  });
});

describe('the pages of packages', () => {
  const words = (text: string) => text.replace(/^!\[.*\n/gm, '').replace(/!?\[|\]\([^)]*\)/g, '').split(/\s+/).filter(Boolean); // prettier-ignore

  it('keep every word of the clone’s, without links and pictures that are not there', async () => {
    expect(
      standAlone('[a](b.md), [c](https://d.org), ![e](https://f.org/g.png), [h](#i)\n\n![j](k.png)\n\nl ![m](n.png)'),
    ).toBe('a, [c](https://d.org), ![e](https://f.org/g.png), [h](#i)\n\nl m');
    expect(standAlone('[a](b.md#c) [d](e.md)\n```\n[f](g)\n```\n', (target) => target === 'b.md#c')).toBe(
      '[a](b.md#c) d\n```\n[f](g)\n```\n',
    );
    const made = join(folder, 'pages');
    mkdirSync(made);
    await writeDocuments(made);
    expect(readFileSync(join(made, 'README.md'), 'utf8')).toMatch(/^# Cannon Spectra\n\nMeasure stars from spectra/);
    expect(readFileSync(join(made, 'docs/runs.md'), 'utf8')).toContain('](slurm.md)');
    for (const name of ['README.md', 'CHANGELOG.md', ...pages.filter((page) => page.endsWith('.md'))])
      expect(words(readFileSync(join(made, name), 'utf8')), name).toEqual(words(read(name)));
  });

  it('are all that the program names', () => {
    const sources = ['engine', 'server', 'client', 'webviews', 'media'].flatMap((top) => filesUnder(top, /\.(ts|json|md)$/)); // prettier-ignore
    const named = sources.flatMap((path) => read(path).match(/\bdocs\/[\w-]+\.md\b/g) ?? []);
    expect(named.length).toBeGreaterThan(10);
    expect(pages).toEqual(expect.arrayContaining([...new Set(named)]));
  });
});

describe('the check of the command line', () => {
  it('wants the program, its worker, its licences, and nothing else', async () => {
    const text = (name: string) => (name.endsWith('.txt') ? notices : `"${wasmBase64}"`);
    const names = ['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE', 'CITATION.cff', 'THIRD_PARTY_NOTICES.txt', ...pages, 'dist/cannon.js', 'dist/worker.js']; // prettier-ignore
    expect(await faultsOfCommandLine(names, text, 1e6)).toEqual([]);
    expect(await faultsOfCommandLine([...names.slice(0, -1), 'dist/worker.js.map'], text, 2e6)).toEqual([
      'dist/worker.js is missing.',
      'dist/worker.js.map does not belong there.',
      'The command line has 2.0 MB, more than 1.5 MB.',
    ]);
  });
});

describe('the notices', () => {
  it('give of every package that is shipped the terms that it carries', async () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    const packages = await shippedPackages();
    const names = packages.map(({ name }) => name);
    for (const name of Object.keys(dependencies)) expect(names).toContain(name);
    for (const { name, text } of packages) {
      expect(text, name).toMatch(/permission|licen[sc]e|MIT|ISC/i);
      expect(notices).toContain(text);
    }
  });
});

/** Bytes that do not compress, the same each time. */
function noise(n: number): Buffer {
  const bytes = Buffer.alloc(n);
  let state = 1;
  for (let k = 0; k < n; k++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[k] = state >>> 24;
  }
  return bytes;
}

describe('what is shipped of others', () => {
  const lock = JSON.parse(read('package-lock.json')) as Parameters<typeof faultsOfLock>[0];

  it('is under terms that ask nothing of the program, pinned by hashes, and runs nothing when it is installed', async () => {
    expect(faultsOfLock(lock, await shippedPackages())).toEqual([]);
  });

  it('is told of where it is not so', () => {
    const packages = { '': {}, 'node_modules/a': {}, 'node_modules/b': { integrity: 'x', hasInstallScript: true } };
    const shipped = ['GPL-3.0', '(MIT OR GPL-2.0)', 'MIT AND CC-BY-4.0'].map((licence, n) => ({
      ...{ name: `p${n}`, version: '1.0.0', licence },
    }));
    expect(faultsOfLock({ packages }, shipped)).toEqual([
      'p0 1.0.0 is shipped under GPL-3.0.',
      'p2 1.0.0 is shipped under MIT AND CC-BY-4.0.',
      'node_modules/a is not pinned by a hash.',
      'node_modules/b runs a script when it is installed.',
    ]);
  });
});
