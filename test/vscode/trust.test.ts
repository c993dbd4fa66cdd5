/** A folder whose authors are not trusted: the extension starts no process in it. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Editor } from './driver';
import { extensionProcesses, openSurvey, type SurveyWindow } from './window';

describe('an untrusted workspace', () => {
  let window: SurveyWindow;
  let editor: Editor;
  let earlier: Set<number>;
  /** Those of this window. */
  const processes = async () => (await extensionProcesses()).filter(({ pid }) => !earlier.has(pid));

  beforeAll(async () => {
    earlier = new Set((await extensionProcesses()).map(({ pid }) => pid));
    window = await openSurvey({ trust: false });
    editor = window.editor;
    await editor.see(editor.statusBarItem('Restricted Mode'), 'restricted mode');
  });
  afterAll(() => window?.close());

  it('opens a spectrum with a sentence about trust in place of the plot', async () => {
    const files = await readdir(join(window.folder, 'spectra'), { recursive: true });
    await editor.openFile(files.filter((name) => name.endsWith('.fits.gz')).sort()[0]!);
    const frame = await editor.panel('[role=alert]:has-text("trust")');
    expect(await frame.getByRole('alert').innerText()).toContain('not trusted');
    await editor.screenshot('untrusted');
  });

  it('starts no process, neither by itself nor by a command', async () => {
    await editor.openFile('cannon.yaml');
    await editor.runCommand('Cannon: Train');
    const refusal = await editor.notified('not trusted', 'a word about trust');
    await editor.see(refusal.getByRole('button', { name: 'Manage Workspace Trust' }), 'a way to trust the folder');
    expect(await processes()).toEqual([]);
    await editor.dismiss(refusal);
  });

  it('shows the documentation that came with the extension, in which links lead on, and asks no other machine', async () => {
    const asked = new Set<string>();
    editor.page.on('request', (request) => asked.add(new URL(request.url()).hostname));
    await editor.runCommand('Cannon: Open Documentation');
    await editor.pick('Documentation');
    const contents = await editor.panel('h1:has-text("Documentation")');
    await editor.screenshot('documentation');
    await editor.click(contents.getByRole('link', { name: 'Flags of residuals' }), 'a link of the table of contents');
    const page = await editor.panel('h1:has-text("Flags of residuals")');
    expect(await page.locator('body').innerText()).toContain('χ²');
    // Files of an extension have addresses below the last one, which a worker inside the window answers.
    const near = /^(|127\.0\.0\.1|vscode-remote[^.]+\.vscode-resource\.vscode-cdn\.net)$/;
    expect([...asked].filter((host) => !near.test(host))).toEqual([]);
    expect(await processes()).toEqual([]);
  });

  it('starts the language server once the folder is trusted', async () => {
    await editor.runCommand('Workspaces: Manage Workspace Trust');
    await editor.click(editor.page.getByRole('button', { name: 'Trust', exact: true }), 'a button that trusts');
    await editor.openFile('cannon.yaml');
    // VS Code leaves a link to a command out unless the command may be run.
    const links = await editor.until('a hover with a link to the page that it names', 60, async () => {
      const hover = await editor.rest('survey');
      const found = await hover.locator('a[data-href^="command:cannon.openDocumentation?"]').allInnerTexts();
      return found.length > 0 ? found : null;
    });
    expect(links).toEqual(['docs/spectra.md']);
    expect((await processes()).map(({ command }) => command)).toEqual([expect.stringContaining('server.cjs')]);
  });
});
