import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configsNear, inOrder, nearestConfig } from '../../client/surveyChoice';
import { lineOfStar } from '../../client/starWord';
import { targetOf } from '../../client/target';
import { pack, type Packed, unpack } from '../../engine/packing';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cannon-choice-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function touch(...parts: string[]): string {
  const path = join(root, ...parts);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
  return path;
}

describe('which survey a file belongs to', () => {
  it('is the cannon.yaml nearest above it', () => {
    const outer = touch('cannon.yaml');
    const inner = touch('dr10', 'cannon.yml');
    expect(nearestConfig(touch('dr10', 'spectra', 'plan', 'a.fits'))).toBe(inner);
    expect(nearestConfig(touch('other', 'a.fits'))).toBe(outer);
  });

  it('is none where there is no cannon.yaml above', () => {
    expect(nearestConfig(touch('a.fits'))).toBeNull();
  });

  it('is sought in a folder and one level below it, and no further', async () => {
    const here = touch('cannon.yaml');
    const below = touch('dr10', 'cannon.yaml');
    touch('dr10', 'deep', 'cannon.yaml');
    touch('node_modules', 'cannon.yaml');
    expect((await configsNear([root, join(root, 'missing')])).sort()).toEqual([here, below].sort());
  });

  it('offers each survey once, the one used last first', () => {
    expect(inOrder(['/b', '/a', '/b', '/c'], '/c')).toEqual(['/c', '/a', '/b']);
    expect(inOrder(['/b', '/a'], '/gone')).toEqual(['/a', '/b']);
  });
});

describe('what a command is called on', () => {
  it('takes Uris of the editor, pairs of paths, plain paths and file addresses', () => {
    const uri = (fsPath: string) => ({ scheme: 'file', path: fsPath, fsPath });
    expect(targetOf([uri('/s/cannon.yaml'), { groupId: 0 }])).toEqual({ config: '/s/cannon.yaml', path: null });
    expect(targetOf([uri('/s/a.fits.gz')])).toEqual({ config: null, path: '/s/a.fits.gz' });
    expect(targetOf([{ config: '/s/cannon.yaml', path: '/s/a.fits' }])).toEqual({
      config: '/s/cannon.yaml',
      path: '/s/a.fits',
    });
    expect(targetOf([{ config: '/s/cannon.yaml' }])).toEqual({ config: '/s/cannon.yaml', path: null });
    expect(targetOf(['file:///s/my%20survey/cannon.yaml'])).toEqual({ config: '/s/my survey/cannon.yaml', path: null });
  });

  it('takes nothing from nothing', () => {
    for (const args of [[], [undefined], [null], [7], [{}], ['']]) {
      expect(targetOf(args)).toEqual({ config: null, path: null });
    }
  });
});

describe('the line of a table that names a star', () => {
  const text = 'obsid,teff,name\r\n11605073,5000,a\r\n1605073,4800,"G 1605073"\r\n7,1605074,b.c\r\n';
  it('is that with a cell of exactly this name, quoted or not', () => {
    expect(lineOfStar(text, '1605073')).toBe(2);
    expect(lineOfStar(text, 'G 1605073')).toBe(2);
    expect(lineOfStar(text, 'b.c')).toBe(3);
    expect(lineOfStar('a\tb\n1\t2', '2')).toBe(1);
  });

  it('is none where none does', () => {
    for (const star of ['605073', 'bxc', 'G', '(']) expect(lineOfStar(text, star)).toBeNull();
  });
});

describe('answers from the server', () => {
  it('come back as they were packed, through JSON', () => {
    const answer = { none: null, text: 'a', n: [1.5, NaN, Infinity, -Infinity], flux: Float32Array.of(1.25, NaN) };
    const wire = JSON.parse(JSON.stringify(pack(answer))) as Packed<typeof answer>;
    expect(unpack<typeof answer>(wire)).toEqual(answer);
  });

  it('bring their arrays back bit for bit, wherever they stand', () => {
    const wave = Float64Array.of(3900.125, NaN, -0);
    const base64 = Buffer.from(wave.buffer).toString('base64');
    interface Answer {
      title: string;
      none: null;
      list: { wave: Float64Array; mask: Uint8Array }[];
    }
    const packed: Packed<Answer> = {
      title: 'a star',
      none: null,
      list: [{ wave: { array: 'Float64Array', base64 }, mask: { array: 'Uint8Array', base64: 'AQAB' } }],
    };
    const answer = unpack<Answer>(packed);
    expect(answer).toEqual({ title: 'a star', none: null, list: [{ wave, mask: Uint8Array.of(1, 0, 1) }] });
    expect(answer.list[0]!.wave.byteLength).toBe(24);
  });
});
