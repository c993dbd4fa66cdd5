/**
 * Cannon: Open Documentation. The pages that came with the extension, in VS Code's own preview of Markdown: nothing is fetched. Without
 * an argument a list is shown, the table of contents first; typing narrows it by title and by the name that messages give a page.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CancellationError, commands, Uri, window } from 'vscode';
import { UserError } from '../../engine/index';
import type { App } from '../app';

const contents = 'README.md';

/** @param args the name of a page within docs, such as flags.md, or nothing */
export async function openDocumentation({ context }: App, args: readonly unknown[]): Promise<void> {
  const folder = context.asAbsolutePath('docs');
  const pages = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.md'));
  if (pages.length === 0)
    throw new UserError(`The documentation is missing from ${folder}`, 'Install the extension again.');
  const name = pages.find((page) => page === args[0]) ?? (await choosePage(folder, pages));
  await commands.executeCommand('markdown.showPreview', Uri.file(join(folder, name)));
}

async function choosePage(folder: string, pages: readonly string[]): Promise<string> {
  const items = await Promise.all(
    pages.map(async (name) => ({ name, label: await titleOf(join(folder, name)), description: `docs/${name}` })),
  );
  const place = ({ name, label }: { name: string; label: string }): string => (name === contents ? '' : label);
  items.sort((a, b) => place(a).localeCompare(place(b)));
  const chosen = await window.showQuickPick(items, {
    title: 'Cannon: Open Documentation',
    placeHolder: 'Which page?',
    matchOnDescription: true,
  });
  if (chosen === undefined) throw new CancellationError();
  return chosen.name;
}

/** The first heading of a page. */
async function titleOf(path: string): Promise<string> {
  return /^# (.+)$/m.exec(await readFile(path, 'utf8'))?.[1]?.replaceAll('`', '') ?? '';
}
