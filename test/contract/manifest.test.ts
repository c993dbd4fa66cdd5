/** package.json and the code agree: commands, keybindings, menus, settings, and the files it names. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { linkedCommands } from '../../webviews/commandLinks';
import { filesUnder, read, root } from './sources';

interface Step {
  readonly id: string;
  readonly description: string;
  readonly media: {
    readonly markdown?: string;
    readonly image?: Readonly<Record<'light' | 'dark' | 'hc' | 'hcLight', string>>;
    readonly altText?: string;
  };
  readonly completionEvents: readonly string[];
}

interface Manifest {
  readonly name: string;
  readonly publisher: string;
  readonly main: string;
  readonly bin: Record<string, string>;
  readonly icon: string;
  readonly contributes: {
    readonly commands: readonly { command: string; title: string }[];
    readonly keybindings: readonly { command: string }[];
    readonly menus: Record<string, readonly { command: string }[]>;
    readonly configuration: { readonly properties: Record<string, { default?: unknown }> };
    readonly views: Record<string, readonly { id: string }[]>;
    readonly viewsWelcome: readonly { view: string; contents: string; when?: string }[];
    readonly walkthroughs: readonly { id: string; steps: readonly Step[] }[];
    readonly customEditors: readonly { viewType: string }[];
    readonly languages: readonly { id: string; configuration: string }[];
    readonly grammars: readonly { path: string }[];
  };
}
const manifest = JSON.parse(read('package.json')) as Manifest;
const { commands, keybindings, menus, configuration, customEditors, languages, grammars } = manifest.contributes;

/** The client's table of commands as its source has it: the client itself needs VS Code to load. */
function commandTable(): { command: string; title: string }[] {
  const found: { command: string; title: string }[] = [];
  const textOf = (name: ts.PropertyName) => (ts.isStringLiteral(name) || ts.isIdentifier(name) ? name.text : '');
  const visit = (node: ts.Node): void => {
    if (
      ts.isPropertyAssignment(node) &&
      textOf(node.name).startsWith('cannon.') &&
      ts.isObjectLiteralExpression(node.initializer)
    ) {
      const title = node.initializer.properties.find(
        (one) => ts.isPropertyAssignment(one) && textOf(one.name) === 'title',
      );
      const value =
        title && ts.isPropertyAssignment(title) && ts.isStringLiteral(title.initializer) ? title.initializer.text : '';
      found.push({ command: textOf(node.name), title: value });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('table.ts', read('client/commands/table.ts'), ts.ScriptTarget.Latest, true));
  return found;
}

describe('package.json', () => {
  it('contributes exactly the commands that the client registers, under the same titles', () => {
    const byName = (a: { command: string }, b: { command: string }) => a.command.localeCompare(b.command);
    const contributed = commands.map(({ command, title }) => ({ command, title }));
    expect(contributed.length).toBeGreaterThan(0);
    expect([...contributed].sort(byName)).toEqual(commandTable().sort(byName));
  });

  it('binds and lists only commands that exist', () => {
    const known = commands.map(({ command }) => command);
    for (const { command } of [...keybindings, ...Object.values(menus).flat()]) expect(known).toContain(command);
  });

  it('is what README says of it: its commands exist, and the page of all commands and settings is linked', () => {
    const page = read('README.md');
    const named = [...page.matchAll(/`Cannon: ([^`]+)`/g)].map(([, title]) => title!);
    expect(named.length).toBeGreaterThan(5);
    for (const title of named) expect(commands.map((one) => one.title)).toContain(title);
    expect(page).toContain('(docs/editor.md)');
  });

  it('has only settings that something reads', () => {
    const sources = (folder: string) => filesUnder(folder, /\.ts$/).map(read).join('\n');
    const [client, server] = [sources('client'), sources('server')];
    // The language client reads its own trace setting; the server asks the editor by the whole name.
    for (const key of Object.keys(configuration.properties).filter((one) => one !== 'cannon.trace.server')) {
      expect(client.includes(`'${key.replace('cannon.', '')}'`) || server.includes(`'${key}'`), key).toBe(true);
    }
  });

  it('serves cannon.yaml as a language of its own, so that no YAML extension says the same again', () => {
    const own = manifest.contributes.languages.find(({ id }) => id === 'cannon');
    expect(own).toMatchObject({ filenames: ['cannon.yaml', 'cannon.yml'] });
    const selectors = [...read('client/serverClient.ts').matchAll(/documentSelector: (.*),/g)].map(([, text]) => text);
    expect(selectors).toEqual(["[{ scheme: 'file', language: 'cannon' }]"]);
  });

  it('names custom editors that the client provides', () => {
    const client = filesUnder('client', /\.ts$/).map(read).join('\n');
    for (const { viewType } of customEditors) expect(client).toContain(`'${viewType}'`);
  });

  it('names files that are there', () => {
    const built = [manifest.main, ...Object.values(manifest.bin)];
    const kept = [manifest.icon, ...languages.map((one) => one.configuration), ...grammars.map(({ path }) => path)];
    for (const path of [...built, ...kept]) expect(existsSync(join(root, path)), path).toBe(true);
  });

  it('shows in every view without content a sentence and commands that exist', () => {
    const { views, viewsWelcome, walkthroughs } = manifest.contributes;
    for (const { id } of Object.values(views).flat()) {
      const welcomes = viewsWelcome.filter(({ view }) => view === id);
      expect(welcomes.length, id).toBeGreaterThan(0);
      // With one condition there is its opposite: a view is never bare.
      const conditions = welcomes.flatMap(({ when }) => when ?? []);
      for (const when of conditions) expect(conditions).toContain(when.startsWith('!') ? when.slice(1) : `!${when}`);
    }
    for (const { contents } of viewsWelcome) {
      // Neither views nor steps know Markdown beyond links.
      expect(contents).toMatch(/^[A-Z][^`]*\.[^`]*$/);
      expect(commandsLinked(contents).length, contents).toBeGreaterThan(0);
    }
    const opened = viewsWelcome.map(({ contents }) => /openWalkthrough\?%22(.+?)%22/.exec(contents)?.[1]).find(Boolean);
    expect(decodeURIComponent(opened!)).toBe(`${manifest.publisher}.${manifest.name}#${walkthroughs[0]!.id}`);
  });

  it('leads through the work in steps that can be completed, with words or pictures that ship', () => {
    const known = commands.map(({ command }) => command);
    const client = filesUnder('client', /\.ts$/).map(read).join('\n');
    for (const { id, description, media, completionEvents } of manifest.contributes.walkthroughs[0]!.steps) {
      expect(commandsLinked(description).length, id).toBeGreaterThan(0);
      expect(description).not.toContain('`');
      for (const path of [media.markdown, ...Object.values(media.image ?? {})].filter((one) => one !== undefined))
        expect(existsSync(join(root, path)), path).toBe(true);
      expect(Object.keys(media.image ?? { light: 1, dark: 1, hc: 1, hcLight: 1 }).sort()).toEqual(['dark', 'hc', 'hcLight', 'light']); // prettier-ignore
      expect(media.image === undefined || (media.altText ?? '') !== '', id).toBe(true);
      expect(completionEvents.length, id).toBeGreaterThan(0);
      for (const event of completionEvents) {
        const [, kind, what = ''] = /^(onCommand|onContext):(.+)$/.exec(event) ?? [];
        expect(kind, event).toBeDefined();
        if (kind === 'onCommand') expect(known).toContain(what);
        else if (what.startsWith('cannon.')) expect(client, event).toContain(`'${what}'`);
      }
    }
  });

  it('has the commands that panels lead to, under the titles by which hints name them', () => {
    const titles = new Map(commands.map(({ command, title }) => [command, title]));
    for (const [title, command] of Object.entries(linkedCommands)) expect(titles.get(command)).toBe(title);
  });

  it('knows the commands that hints of errors name', () => {
    const titles = commands.map(({ title }) => title);
    const sources = ['client', 'server', 'engine', 'webviews'].flatMap((room) => filesUnder(room, /\.ts$/)).map(read);
    const named = sources.flatMap((text) => [...text.matchAll(/“Cannon: ([\w .?-]+)”/g)].map(([, title]) => title!));
    expect(named.length).toBeGreaterThan(5);
    for (const title of named) expect(titles).toContain(title);
  });
});

/** Commands of ours that a text with links leads to; those of the editor count, but are not ours to know. */
function commandsLinked(text: string): string[] {
  const linked = [...text.matchAll(/\]\(command:([\w.]+)/g)].map(([, command]) => command!);
  const known = commands.map(({ command }) => command);
  const views = Object.values(manifest.contributes.views).flat().map(({ id }) => `${id}.focus`); // prettier-ignore
  for (const command of linked.filter((one) => one.startsWith('cannon.')))
    expect([...known, ...views]).toContain(command);
  return linked;
}
