/**
 * An extension for benches that opens panels and says how long it took: the inspector, by its command, and a panel with nothing in it,
 * which is what VS Code itself takes. Both begin in the extension host; the clock is that of the machine for all of them.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Editor } from '../vscode/driver';

const root = join(import.meta.dirname, '..', '..');

/** Runs in the extension host. LOG is replaced by the path of the file that it writes, TARGET by that of the star to show. */
const code = `
const vscode = require('vscode');
const { readFileSync, writeFileSync } = require('node:fs');
const begin = () => writeFileSync(LOG, String(Date.now()));
let panel;
exports.activate = ({ subscriptions }) => {
  const on = (name, run) => subscriptions.push(vscode.commands.registerCommand(name, run));
  on('bench.empty', () => {
    begin();
    panel = vscode.window.createWebviewPanel('bench.empty', 'Empty', vscode.ViewColumn.Beside, { enableScripts: true });
    panel.webview.html = '<!DOCTYPE html><html><body><h1>Empty</h1><script>' +
      "requestAnimationFrame(() => requestAnimationFrame(() => performance.mark('painted')))" +
      '</scr' + 'ipt></body></html>';
  });
  on('bench.inspect', () => {
    begin();
    return vscode.commands.executeCommand('cannon.inspectStar', JSON.parse(readFileSync(TARGET, 'utf8')));
  });
};
`;

interface Star {
  readonly config: string;
  readonly path: string;
}

export interface PanelOpener {
  readonly vsix: string;
  /** Opens and closes each kind of panel once a star, in turn; milliseconds by what was waited for. */
  open(editor: Editor, stars: readonly Star[]): Promise<Record<string, number[]>>;
}

/** @param folder for the extension; it is made. */
export async function panelOpener(folder: string): Promise<PanelOpener> {
  const log = join(folder, 'begun');
  await mkdir(folder, { recursive: true });
  const command = (name: string, title: string) => ({ command: `bench.${name}`, title });
  const target = join(folder, 'target.json');
  const manifest = {
    ...{
      name: 'panel-opener',
      version: '1.0.0',
      publisher: 'bench',
      engines: { vscode: '^1.90.0' },
      main: 'main.js',
      files: ['main.js'],
    },
    activationEvents: ['onStartupFinished'],
    contributes: {
      commands: [command('empty', 'Bench: Open Empty Panel'), command('inspect', 'Bench: Open Inspector')],
    },
  };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await writeFile(
    join(folder, 'main.js'),
    code.replace('LOG', JSON.stringify(log)).replace('TARGET', JSON.stringify(target)),
  );
  const vsix = join(dirname(folder), 'opener.vsix');
  const vsce = join(root, 'node_modules', '@vscode', 'vsce', 'vsce');
  const flags = ['--no-dependencies', '--allow-missing-repository', '--skip-license', '--out', vsix];
  execFileSync(process.execPath, [vsce, 'package', ...flags], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  return { vsix, open: (editor, stars) => openInTurn(editor, { log, target }, stars) };
}

async function openInTurn(
  editor: Editor,
  { log, target }: { readonly log: string; readonly target: string },
  stars: readonly Star[],
): Promise<Record<string, number[]>> {
  const found: Record<string, number[]> = {};
  const note = (what: string, ms: number) => (found[what] ??= []).push(ms);
  for (const star of stars) {
    await writeFile(target, JSON.stringify(star));
    for (const [title, name, selector] of [
      ['Bench: Open Empty Panel', 'an empty panel', 'h1:text("Empty")'],
      ['Bench: Open Inspector', 'the inspector', '.stage[data-from]'],
    ] as const) {
      await rm(log, { force: true });
      await editor.runCommand(title);
      const frame = await editor.panel(selector);
      const marks = await editor.until('its marks', 20, async () => {
        const times = await frame.evaluate(() => {
          const all = performance.getEntries().map(({ name: entry, startTime }) => [entry, startTime] as const);
          const resources = performance
            .getEntriesByType('resource')
            .map(({ responseEnd }: PerformanceEntry & { responseEnd?: number }) => responseEnd ?? 0);
          return { origin: performance.timeOrigin, marks: Object.fromEntries(all), loaded: Math.max(0, ...resources) };
        });
        return 'painted' in times.marks && existsSync(log) ? times : null;
      });
      const begun = Number(await readFile(log, 'utf8'));
      const since = (time: number) => marks.origin + time - begun;
      note(`open ${name}: page begins`, since(0));
      if (marks.loaded > 0) note(`open ${name}: files are there`, since(marks.loaded));
      for (const mark of ['first-contentful-paint', 'script', 'built', 'data', 'drawn', 'painted'])
        if (marks.marks[mark] !== undefined) note(`open ${name}: ${mark}`, since(marks.marks[mark]));
      await editor.runCommand('View: Close Editor');
      await editor.seeGone(editor.page.locator('.tab.active', { hasText: /^(Empty|Star)/ }), 'the panel');
    }
  }
  return found;
}
