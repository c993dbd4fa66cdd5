/** Who may import whom: the table of ARCHITECTURE.md, held over every import of every file, types included. */
import { describe, expect, it } from 'vitest';
import { filesUnder, importsOf, read, type Import, type Room, rooms, targetOf } from './sources';

type Rule = (target: string, isTypeOnly: boolean) => boolean;

/** Files of the project that each room may import, beside its own. */
const mayImport: Record<Room, Rule> = {
  engine: () => false,
  server: (target) => target === 'engine/index',
  client: (target) =>
    ['engine/index', 'server/protocol', 'webviews/rpc', 'webviews/page', 'webviews/commandLinks'].includes(target) ||
    /^webviews\/\w+\/protocol$/.test(target),
  webviews: (target, isTypeOnly) => target === 'engine/browser' || (target === 'engine/index' && isTypeOnly),
  test: () => true,
};

/** Packages that belong to one world only; any other dependency is a library that engine chose. */
const packages: Record<Exclude<Room, 'engine' | 'test'>, RegExp> = {
  server: /^vscode-languageserver(-textdocument|-protocol)?(\/node)?$/,
  client: /^vscode$|^vscode-languageclient(\/node)?$/,
  webviews: /^chart\.js(\/.*)?$|^chartjs-plugin-[a-z]+$|^@vscode-elements\/elements(\/.*)?$|^@vscode\/codicons(\/.*)?$/,
};
const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };

function packageAllowed(room: Room, specifier: string): boolean {
  if (room === 'test') return true;
  if (specifier.startsWith('node:')) return room !== 'webviews';
  if (room !== 'engine') return packages[room].test(specifier);
  const isForeign = Object.values(packages).some((pattern) => pattern.test(specifier));
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  return !isForeign && name in dependencies;
}

/** What is wrong with one import, or null. */
function complaint(path: string, { specifier, isTypeOnly }: Import): string | null {
  const room = path.split('/')[0] as Room;
  const target = targetOf(path, specifier);
  if (target === null) return packageAllowed(room, specifier) ? null : `${path} may not import ${specifier}`;
  if (/\.[cm]?[jt]s$/.test(target) && room !== 'test') return `${path} names the extension of ${specifier}`;
  const isOwn = target.startsWith(`${room}/`);
  return isOwn || mayImport[room](target, isTypeOnly)
    ? null
    : `${path} may not import ${target}${isTypeOnly ? ' (types)' : ''}`;
}

const complaints = (path: string, text?: string) =>
  importsOf(path, text)
    .map((one) => complaint(path, one))
    .filter((one) => one !== null);

describe('the import rule', () => {
  it.each(rooms)('holds in %s', (room) => {
    const files = filesUnder(room, /\.ts$/);
    expect(files.length).toBeGreaterThan(0);
    expect(files.flatMap((path) => complaints(path))).toEqual([]);
  });

  it('finds every way to break it', () => {
    const broken: [path: string, text: string][] = [
      ['engine/fits/a.ts', "import { window } from 'vscode';"],
      ['engine/fits/a.ts', "import type { Hover } from 'vscode-languageserver';"],
      ['engine/a.ts', "export * from '../server/protocol';"],
      ['engine/a.ts', "import { readFile } from 'fs';"],
      ['engine/a.ts', "import { build } from 'esbuild';"],
      ['engine/a.ts', "import { b } from './b.js';"],
      ['server/a.ts', "import type { Config } from '../engine/config/config';"],
      ['server/a.ts', "type A = import('../client/app').App;"],
      ['server/a.ts', "const chart = await import('chart.js');"],
      ['client/a.ts', "import { pack } from '../server/pack';"],
      ['client/panels/a.ts', "import { draw } from '../../webviews/spectrum/view';"],
      ['webviews/a.ts', "import { loadConfig } from '../engine/index';"],
      ['webviews/a.ts', "import { type Config, loadConfig } from '../engine/index';"],
      ['webviews/a.ts', "import 'node:fs';"],
      ['webviews/a.ts', "const vscode = require('vscode');"],
      ['server/a.ts', "import { it } from '../test/data';"],
    ];
    for (const [path, text] of broken) expect(complaints(path, text), text).toHaveLength(1);
  });

  it('lets through what the table allows', () => {
    const sound: [path: string, text: string][] = [
      [
        'engine/jobs/a.ts',
        "import { b } from '../fits/b'; import { parse } from 'csv-parse/sync'; import 'node:fs/promises';",
      ],
      ['server/a.ts', "import { parseConfig } from '../engine/index'; import { x } from 'vscode-languageserver/node';"],
      [
        'client/panels/a.ts',
        "import type { B } from '../../webviews/spectrum/protocol'; import * as vscode from 'vscode';",
      ],
      [
        'webviews/spectrum/a.ts',
        "import { type Config } from '../../engine/index'; import { v } from '../../engine/browser';",
      ],
    ];
    for (const [path, text] of sound) expect(complaints(path, text), text).toEqual([]);
  });

  it('keeps everything below engine/browser.ts free of Node', () => {
    const known = new Set(filesUnder('engine', /\.ts$/));
    const seen = new Set<string>();
    const visit = (path: string): void => {
      if (seen.has(path)) return;
      seen.add(path);
      for (const { specifier, isTypeOnly } of importsOf(path)) {
        if (isTypeOnly) continue;
        expect(specifier, path).not.toMatch(/^node:/);
        const target = targetOf(path, specifier);
        if (target !== null) {
          expect(known, `${path} imports ${specifier}`).toContain(`${target}.ts`);
          visit(`${target}.ts`);
        }
      }
    };
    visit('engine/browser.ts');
    expect(seen.size).toBeGreaterThan(1);
  });
});
