/** The house: no file beyond what one can hold in mind, no folder without a subject, no test that nobody runs. */
import { describe, expect, it } from 'vitest';
import { filesUnder, importsOf, read, rooms } from './sources';

const mostLines = 400;

/** The layers of `vitest.config.ts`, each a folder of tests. */
const layers = [...read('vitest.config.ts').matchAll(/layer\('(\w+)'/g)].map(([, name]) => name!);

describe('source files', () => {
  it(`have at most ${mostLines} lines`, () => {
    const files = [...rooms, 'scripts'].flatMap((room) => filesUnder(room, /\.(ts|mjs|css)$/));
    const long = files.filter((path) => read(path).split('\n').length - 1 > mostLines);
    expect(long).toEqual([]);
  });

  it('do not lie in folders without a subject', () => {
    const files = rooms.flatMap((room) => filesUnder(room, /\.ts$/));
    expect(files.filter((path) => /\/(shared|utils?|helpers?|common)\//.test(path))).toEqual([]);
  });

  it('say at their head what they are', () => {
    const files = rooms.filter((room) => room !== 'test').flatMap((room) => filesUnder(room, /\.ts$/));
    expect(files.filter((path) => !/^(#!.*\n)?\/\*\*/.test(read(path)))).toEqual([]);
  });
});

describe('style sheets of panels', () => {
  it('colour what people write into and press in one place', () => {
    const own = ['webviews/fields.css', 'webviews/panel.css'];
    const others = filesUnder('webviews', /\.css$/).filter((path) => !own.includes(path));
    const colours = /--vscode-(input-(background|border)|inputOption-active|button-secondary)/;
    expect(others.filter((path) => colours.test(read(path)))).toEqual([]);
    expect(own.every((path) => colours.test(read(path)))).toBe(true);
  });
});

describe('tests', () => {
  it('are each run by one layer', () => {
    expect(read('vitest.config.ts')).toContain('`test/${name}/**/*.test.ts`');
    expect(layers.length).toBeGreaterThan(0);
    const strays = filesUnder('test', /\.test\.ts$/).filter((path) => !layers.includes(path.split('/')[1]!));
    expect(strays).toEqual([]);
  });

  it('are named so that they are found', () => {
    const writesTests = (path: string) =>
      importsOf(path).some(({ specifier }) => specifier === 'vitest') && /^\s*(it|test)(\.\w+)*\(/m.test(read(path));
    const others = filesUnder('test', /\.[cm]?ts$/).filter((path) => !path.endsWith('.test.ts'));
    expect(others.filter(writesTests)).toEqual([]);
    expect(filesUnder('test', /\.spec\./)).toEqual([]);
  });

  it('are never left out, but for a condition with its reason, and never run alone', () => {
    const files = filesUnder('test', /\.test\.ts$/).filter((path) => path !== 'test/contract/house.test.ts');
    expect(files.filter((path) => /\b(it|test|describe)\.(only|skip|todo|fails)\b/.test(read(path)))).toEqual([]);
  });
});
