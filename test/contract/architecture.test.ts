/** ARCHITECTURE.md tells the truth: its map has every folder, what it names is there, and data flow as it says. */
import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesUnder, read, rooms, root, targetOf } from './sources';

const page = read('ARCHITECTURE.md');
const map = page.slice(page.indexOf('## Map'), page.indexOf('## Who may import whom'));
const sources = [...rooms, 'scripts'].flatMap((room) => filesUnder(room, /\.(m?ts|mjs|css)$/));

/** The files that a file imports more than types from. */
function calledBy(path: string): string[] {
  const statements = read(path).matchAll(/^(?:import|export)\s+(?!type\b)([^'";]*?)\s+from\s+'([^']+)'/gm);
  return [...statements].flatMap(([, names, specifier]) => {
    const items = /^\{([^}]*)\}$/
      .exec(names!)?.[1]
      ?.split(',')
      .map((item) => item.trim());
    const isErased = items?.every((item) => item === '' || item.startsWith('type ')) === true;
    return isErased ? [] : (targetOf(path, specifier!) ?? []);
  });
}

describe('ARCHITECTURE.md', () => {
  it('explains every folder in a line', () => {
    const folders = [...new Set(sources.map((path) => posix.dirname(path)))];
    const named = new Set([...map.matchAll(/^\| (.*?) \|/gm)].flatMap(([, cell]) => cell!.match(/[\w/]+/g) ?? []));
    expect(folders.filter((folder) => !named.has(folder) && !named.has(`${folder}/`))).toEqual([]);
  });

  it('names only folders and files that are there', () => {
    const rooted = /^(engine|server|client|webviews|test|scripts|docs|media)(\/[\w.-]+)*\/?$/;
    const named = [...page.matchAll(/`([^`\n]+)`/g)].map(([, text]) => text!).filter((text) => rooted.test(text));
    expect(named.length).toBeGreaterThan(60);
    expect(named.filter((path) => !existsSync(join(root, path)) && !existsSync(join(root, `${path}.ts`)))).toEqual([]);
  });

  it('has the order in which data flow: no code calls a folder further on', () => {
    const order = /Data flow one way: `([^`]+)`/.exec(page)![1]!.split(' → ');
    expect(order.length).toBeGreaterThan(5);
    const place = (path: string): number => order.indexOf(/^engine\/(\w+)\//.exec(path)?.[1] ?? '');
    const back = filesUnder('engine', /\.ts$/).flatMap((path) =>
      calledBy(path)
        .filter((target) => place(path) >= 0 && place(target) > place(path))
        .map((target) => `${path} calls ${target}`),
    );
    expect(back).toEqual([]);
  });
});
