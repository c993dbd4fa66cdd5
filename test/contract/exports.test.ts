/**
 * Nothing is exported that nobody imports: what one file alone uses is its own, and what nobody uses is not there. Types may be exported
 * beside the functions whose words they are.
 */
import { describe, expect, it } from 'vitest';
import { filesUnder, read, rooms, targetOf } from './sources';

/** Exports that something outside the sources asks for, with what that is. */
const asked: Readonly<Record<string, string>> = {
  'client/extension#activate': 'VS Code',
};

const list = /^(?:export|import)\s+(?:type\s+)?(?:\w+\s*,\s*)?\{([^}]*)\}\s*(?:from\s*['"]([^'"]+)['"])?/gm;
const whole = /^(?:export|import)\s+(?:type\s+)?\*(?:\s+as\s+\w+)?\s+from\s*['"]([^'"]+)['"]/gm;
const dynamic = /\bimport\(\s*['"`]([^'"`]+)['"`]\s*\)(?:\.(\w+))?/g;
const declared =
  /^export\s+(?:declare\s+)?(?:async\s+|abstract\s+)*(?:(function\*?|const|let|class)|interface|type)\s+(?:(\w+)|\[([^\]]*)\])/gm;

interface Exported {
  readonly name: string;
  readonly isValue: boolean;
  /** As another file has it. */
  readonly isPassedOn: boolean;
}

const names = (text: string): string[] =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
const own = (item: string): string => item.replace(/^type\s+/, '').split(/\s+as\s+/)[0]!;
const outer = (item: string): string =>
  item
    .replace(/^type\s+/, '')
    .split(/\s+as\s+/)
    .at(-1)!;

/** Without comments, in which examples of imports may stand. */
const code = (text: string): string => text.replace(/\/\*[^]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');

function exportsOf(text: string): Exported[] {
  const found: Exported[] = [];
  for (const [, value, name, several] of text.matchAll(declared))
    for (const one of name === undefined ? names(several!) : [name])
      found.push({ name: one, isValue: value !== undefined, isPassedOn: false });
  for (const [statement, items, from] of text.matchAll(list)) {
    if (!statement.startsWith('export')) continue;
    for (const item of names(items!)) {
      const isType = /^export\s+type\b/.test(statement) || item.startsWith('type ');
      found.push({ name: outer(item), isValue: !isType, isPassedOn: from !== undefined });
    }
  }
  return found;
}

/** "file#name" for each name that a file takes from another, "file#*" for all. */
function usesOf(path: string, text: string): string[] {
  const found: string[] = [];
  const use = (specifier: string, name: string) => {
    const target = targetOf(path, specifier);
    if (target !== null) found.push(`${target.replace(/\.(ts|js|mjs)$/, '')}#${name}`);
  };
  for (const [, items, from] of text.matchAll(list))
    if (from !== undefined) for (const item of names(items!)) use(from, own(item));
  for (const [, from] of text.matchAll(whole)) use(from!, '*');
  for (const [, from, name] of text.matchAll(dynamic)) use(from!, name === undefined || name === 'then' ? '*' : name);
  return found;
}

/** What `texts`, files by their paths, export and nobody takes. */
function unused(texts: ReadonlyMap<string, string>): string[] {
  const uses = new Set([...texts].flatMap(([path, text]) => usesOf(path, text)));
  return [...texts].flatMap(([path, text]) => {
    const file = path.replace(/\.ts$/, '');
    if (path.startsWith('test/') || uses.has(`${file}#*`)) return [];
    return exportsOf(text)
      .filter(({ name }) => !uses.has(`${file}#${name}`) && asked[`${file}#${name}`] === undefined)
      .filter(({ name, isValue, isPassedOn }) => isValue || isPassedOn || !isNamedAgain(text, name))
      .map(({ name }) => `${path}: ${name}`);
  });
}

function isNamedAgain(text: string, name: string): boolean {
  return (text.match(new RegExp(`\\b${name}\\b`, 'g')) ?? []).length > 1;
}

describe('what is exported', () => {
  it('is imported somewhere', () => {
    // The kernels are a language of their own, whose exports are those of the module.
    const files = rooms
      .flatMap((room) => filesUnder(room, /\.ts$/))
      .filter((path) => !path.startsWith('engine/kernels/wasm/'));
    expect(unused(new Map(files.map((path) => [path, code(read(path))])))).toEqual([]);
  });

  it('is found however it is written', () => {
    const texts = new Map([
      ['engine/a.ts', 'export function one() {}\nexport const [two, three] = [1, 2];\nexport interface Four {}\n'],
      ['engine/b.ts', "export { one as five, type Four } from './a';\nimport type { six } from './c';\n"],
      ['engine/c.ts', 'export async function six() {}\nexport interface Seven {}\nconst x: Seven = {};\n'],
      ['test/d.ts', "const { three } = await import('../engine/a').three;\nexport const eight = 8;\n"],
    ]);
    expect(unused(texts)).toEqual(['engine/a.ts: two', 'engine/b.ts: five', 'engine/b.ts: Four']);
  });
});
