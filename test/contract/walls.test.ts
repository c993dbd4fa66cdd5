/** The walls of docs/security.md that can be seen in the sources: no shell, no network, no evaluation, no markup from texts. */
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { filesUnder, importsOf, read } from './sources';

const product = ['engine', 'server', 'client', 'webviews'].flatMap((room) => filesUnder(room, /\.ts$/));
interface Found<T> {
  readonly path: string;
  readonly node: T;
}

/** What the tests look at, of all files in one walk. */
const seen = {
  calls: [] as Found<ts.CallExpression | ts.NewExpression>[],
  accesses: [] as Found<ts.PropertyAccessExpression>[],
  properties: [] as Found<ts.PropertyAssignment>[],
  patterns: [] as Found<ts.RegularExpressionLiteral>[],
};

for (const path of product) {
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) seen.calls.push({ path, node });
    else if (ts.isPropertyAccessExpression(node)) seen.accesses.push({ path, node });
    else if (ts.isPropertyAssignment(node)) seen.properties.push({ path, node });
    else if (ts.isRegularExpressionLiteral(node)) seen.patterns.push({ path, node });
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest, true));
}

const imports = new Map(product.map((path) => [path, importsOf(path).filter(({ isTypeOnly }) => !isTypeOnly)]));
const importers = (pattern: RegExp) =>
  product.filter((path) => imports.get(path)!.some(({ specifier }) => pattern.test(specifier)));

/** Where functions of these names are called, or properties of these names used. */
function usesOf(wanted: ReadonlySet<string>): string[] {
  const calls = seen.calls.filter(({ node }) => ts.isIdentifier(node.expression) && wanted.has(node.expression.text));
  const accesses = seen.accesses.filter(({ node }) => wanted.has(node.name.text));
  return [
    ...calls.map(({ path, node }) => `${path}: ${node.expression.getText()}(`),
    ...accesses.map(({ path, node }) => `${path}: .${node.name.text}`),
  ];
}

describe('processes', () => {
  const users = importers(/^(node:)?child_process$/);

  it('are started in few places, with lists of arguments and never through a shell', () => {
    expect([...users].sort()).toEqual([
      ...[
        'client/jobs/process.ts',
        'client/jobs/submission.ts',
        'client/runs/pages.ts',
        'engine/jobs/slurmCommands.ts',
      ],
    ]);
    for (const path of users) {
      const names = /import \{([^}]*)\} from 'node:child_process'/
        .exec(read(path))![1]!
        .split(',')
        .map((one) => one.trim());
      expect(['spawn', 'execFile'], path).toEqual(expect.arrayContaining(names));
    }
    const shells = seen.properties.filter(({ node }) => node.name.getText() === 'shell');
    expect(shells.map(({ path }) => path)).toEqual([]);
  });

  it('are node itself, Slurm and taskkill: no text of a file or a setting names one', () => {
    const starts = seen.calls.filter(
      ({ path, node }) => users.includes(path) && /^(spawn|execFile|run)$/.test(node.expression.getText()),
    );
    const programs = starts.map(({ path, node }) => `${path}: ${node.arguments![0]!.getText()}`);
    expect(programs.sort()).toEqual([
      "client/jobs/process.ts: 'taskkill'",
      'client/jobs/process.ts: process.execPath',
      'client/jobs/submission.ts: process.execPath',
      'client/runs/pages.ts: process.execPath',
      'engine/jobs/slurmCommands.ts: program',
    ]);
    const said = [...read('engine/jobs/slurmCommands.ts').matchAll(/\bsay\(([^,)]+),/g)].map(([, program]) => program!);
    for (const program of said)
      expect(program).toMatch(/^('(sbatch|squeue|sacct|scancel|sinfo|scontrol)'|program: string)$/);
    expect(said.length).toBeGreaterThan(2);
  });
});

describe('the product', () => {
  it('has no way to the network', () => {
    expect(importers(/^(node:)?(https?|http2|net|tls|dgram|dns)(\/|$)/)).toEqual([]);
    expect(usesOf(new Set(['XMLHttpRequest', 'WebSocket', 'EventSource', 'sendBeacon', 'importScripts']))).toEqual([]);
    expect(usesOf(new Set(['fetch'])).filter((use) => use.endsWith('('))).toEqual([]);
  });

  it('evaluates no text as a program', () => {
    const evaluated = usesOf(new Set(['eval', 'Function'])).filter((use) => use.endsWith('('));
    expect(evaluated).toEqual([]);
    // Garbage collection is asked for by a word of our own.
    expect(importers(/^(node:)?vm$/)).toEqual(['engine/jobs/tidy.ts']);
    const evaluating = seen.calls.filter(({ node }) => node.expression.getText() === 'runInNewContext');
    expect(evaluating.map(({ node }) => ts.isStringLiteral(node.arguments![0]!))).toEqual([true]);
  });

  it('makes no markup from texts: pages are built of elements', () => {
    const ways = new Set([
      'innerHTML',
      'outerHTML',
      'insertAdjacentHTML',
      'createContextualFragment',
      'srcdoc',
      'parseFromString',
    ]);
    expect(usesOf(ways)).toEqual([]);
  });

  it('gives every webview the one page with the policy', () => {
    const setters = product.filter((path) => /webview\.html\s*=/.test(read(path)));
    expect(setters).toEqual(['client/panels/panelPage.ts']);
    const makers = product.filter((path) => /createWebviewPanel\(|registerCustomEditorProvider\(/.test(read(path)));
    for (const path of makers) expect(path).toMatch(/^client\/panels\//);
    expect(filesUnder('webviews', /\.ts$/).filter((path) => /\bWebAssembly\b/.test(read(path)))).toEqual([]);
  });

  it('trusts Markdown that it makes with no more than one command, and never with HTML', () => {
    const trusting = product.flatMap((path) =>
      [...read(path).matchAll(/isTrusted = ([^;]+);/g)].map(([, value]) => value!),
    );
    const allowed = ['cannon.inspectStar', 'cannon.openDocumentation'];
    expect(new Set(trusting)).toEqual(new Set(allowed.map((command) => `{ enabledCommands: ['${command}'] }`)));
    expect(product.filter((path) => /supportHtml/.test(read(path)))).toEqual([]);
  });

  it('has no regular expression in which a repeated group repeats within: such ones can take for ever', () => {
    const found = seen.patterns.filter(({ node }) => repeatsWithin(node.text));
    const risky = found.map(({ path, node }) => `${path}: ${node.text}`);
    // A comma parts the rounds of this one, and neither side of it holds what the other does.
    expect(risky).toEqual([String.raw`engine/fits/fields.ts: /^\(\s*\d+(\s*,\s*\d+)*\s*\)$/`]);
    expect(['/(a+)+b/', '/(?:x|[a-z]*)*$/', '/((ab)*c*)+/'].filter(repeatsWithin)).toHaveLength(3);
    expect(['/(a|b)+c*/', '/[(+)]+/', '/\\(+(x)+/', '/(\\+a)+/', '/(,[^,]+)+/'].filter(repeatsWithin)).toEqual([]);
  });
});

describe('settings', () => {
  const { contributes, capabilities } = JSON.parse(read('package.json')) as {
    contributes: { configuration: { properties: Record<string, { scope: string }> } };
    capabilities: { untrustedWorkspaces: { supported: string; restrictedConfigurations: string[] } };
  };

  it('that reach processes belong to the machine, and those with text count in no workspace without trust', () => {
    const { properties } = contributes.configuration;
    for (const [name, { scope }] of Object.entries(properties))
      if (/^cannon\.(jobs|slurm)/.test(name)) expect([name, scope]).toEqual([name, 'machine-overridable']);
    expect(capabilities.untrustedWorkspaces.supported).toBe('limited');
    expect(capabilities.untrustedWorkspaces.restrictedConfigurations).toEqual(['cannon.slurm']);
  });

  it('name no program and no place of one', () => {
    const names = Object.keys(contributes.configuration.properties);
    expect(names.filter((name) => /path|exec|binary|command|program|node|python/i.test(name))).toEqual([]);
  });
});

/**
 * Whether a group that may repeat without end holds something that may, too, and neither begins nor ends with a letter that every
 * round must have: such a letter parts the rounds, so that there is one way to divide a text among them.
 */
function repeatsWithin(literal: string): boolean {
  const [anyLetter, oneLetter] = ['\uE000', '\uE001'];
  const text = literal
    .slice(1, literal.lastIndexOf('/'))
    .replace(/\\p\{\w+\}|\\\w/g, anyLetter)
    .replace(/\\./g, oneLetter)
    .replace(/\[(?:[^\]])*\]/g, anyLetter);
  const isLetter = (letter = '') => letter === oneLetter || !/[()|+*?{}.^$\uE000]/.test(letter);
  const open: { from: number; holdsRepeat: boolean }[] = [];
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '(') open.push({ from: at, holdsRepeat: false });
    const isRepeat = /^(?:[+*]|\{\d*,\})/.test(text.slice(at + 1));
    if (text[at] === ')') {
      const group = open.pop()!;
      const inside = text.slice(group.from + 1, at).replace(/^\?(?:[:=!]|<[=!]|<\w+>)/, '');
      const isParted =
        !inside.includes('|') &&
        ((isLetter(inside[0]) && !/^.[+*?{]/s.test(inside)) || (isLetter(inside.at(-1)) && inside.length > 1));
      if (isRepeat && group.holdsRepeat && !isParted) return true;
      if (isRepeat || group.holdsRepeat) open.forEach((outer) => (outer.holdsRepeat = true));
    } else if (isRepeat && text[at] !== '(') open.forEach((outer) => (outer.holdsRepeat = true));
  }
  return false;
}
