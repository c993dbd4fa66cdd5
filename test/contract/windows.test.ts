/** What differs on Windows and can be told elsewhere: paths with drives and backward strokes, words for its shell, line ends. */
import { readdirSync, readFileSync } from 'node:fs';
import type * as paths from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { forShell } from '../../scripts/processes.mjs';
import { outsidePaths } from '../../client/jobs/outsidePaths';
import { inOrder } from '../../client/surveyChoice';
import { isConfigPath, targetOf } from '../../client/target';
import { lineAndColumn, parseConfig } from '../../engine/config/parse';

// Every module that is loaded here takes paths as on Windows.
vi.mock('node:path', async (original) => {
  const { win32 } = await original<typeof paths>();
  return { ...win32, default: win32 };
});

const path = String.raw`C:\Users\Ada\survey\cannon.yaml`;
const text = (spectra: string) =>
  `survey: lamost-lrs\nspectra: ${spectra}\nreference: { file: labels.csv, match: { spectrum.OBSID: obsid } }\nlabels: { teff: { column: teff } }\n`;

describe('paths of Windows', () => {
  it('are those of the survey’s folder', () => {
    expect(parseConfig(text('a/*.fits'), path).config).toMatchObject({ folder: String.raw`C:\Users\Ada\survey` });
    expect(isConfigPath(path)).toBe(true);
    expect(targetOf([path])).toEqual({ config: path, path: null });
  });

  it.each([
    ['below the folder', String.raw`'spectra\**\*.fits'`, []],
    ['in the same folder, in other letters', String.raw`'c:\users\ADA\survey\*.fits'`, []],
    ['on another drive', 'D:/lamost/*.fits', [String.raw`D:\lamost`]],
    ['above, by backward strokes', String.raw`'..\..\Eve\*.fits'`, [String.raw`C:\Users\Eve`]],
    ['on another machine', String.raw`'\\server\share\*.fits'`, ['\\\\server\\share\\']],
  ])('%s are told from those outside', (_, spectra, expected) => {
    expect(outsidePaths(parseConfig(text(spectra), path).config!, [])).toEqual(expected);
  });

  it('keep the survey that was used last in front', () => {
    expect(inOrder([String.raw`C:\b\cannon.yaml`, path], path)[0]).toBe(path);
  });
});

describe('line ends of Windows', () => {
  it('change nothing in a description but the places of its mistakes, which stay on their lines', () => {
    const withMistake = `${text('a/*.fits')}wavelenght: 3\n`;
    const onWindows = withMistake.replaceAll('\n', '\r\n');
    expect(parseConfig(onWindows, path).config).toEqual(parseConfig(withMistake, path).config);
    const places = (of: string) =>
      parseConfig(of, path).problems.map(({ code, range }) => ({ code, ...lineAndColumn(of, range!.start) }));
    expect(places(onWindows)).toEqual(places(withMistake));
    expect(places(withMistake).length).toBeGreaterThan(0);
  });
});

describe('scripts of the clone', () => {
  it('quote for cmd.exe what is more than one plain word', () => {
    expect(forShell('--new-window')).toBe('--new-window');
    expect(forShell(String.raw`C:\Program Files\x & y\code.cmd`)).toBe(String.raw`"C:\Program Files\x & y\code.cmd"`);
    expect(forShell('a"b')).toBe('"a""b"');
    expect(forShell('')).toBe('""');
  });

  it('take no path from a URL as it is: neither a drive nor a space survives that', () => {
    const names = readdirSync('scripts').filter((name) => name.endsWith('.mjs'));
    expect(names.length).toBeGreaterThan(20);
    for (const name of names)
      expect(readFileSync(`scripts/${name}`, 'utf8'), name).not.toContain('import.meta.url).pathname');
  });

  it('are kept with the line ends that they were written with', () => {
    expect(readFileSync('.editorconfig', 'utf8')).toMatch(/end_of_line *= *lf/);
  });
});
