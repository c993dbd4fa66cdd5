/** Views and panels that have nothing to show yet, in real VS Code: each says why, and offers what would fill it. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allThemes, type Editor } from './driver';
import { openSurvey, type SurveyWindow } from './window';

describe('a survey that nothing has been made of', () => {
  let window: SurveyWindow;
  let editor: Editor;

  beforeAll(async () => {
    window = await openSurvey({ trained: false, width: 1720, height: 960 });
    editor = window.editor;
    await editor.openFile('cannon.yaml');
  });
  afterAll(() => window?.close());

  const pictures = async (name: string): Promise<void> => {
    for (const theme of allThemes) {
      await editor.setTheme(theme);
      await editor.screenshot(`empty-${name}-${theme}`);
    }
    await editor.setTheme('light');
  };
  const offered = (place: Locator, name: string): Promise<void> =>
    editor.see(place.getByRole('button', { name, exact: true }), `a button ${name}`);

  it('says in the view of the runs how one begins', async () => {
    await editor.openFile('cannon.yaml');
    await editor.openView('Cannon Spectra');
    const view = editor.page.locator('.sidebar .welcome-view-content', { hasText: 'No run yet' });
    await editor.see(view, 'a word about runs', 60);
    for (const name of ['Train', 'Cross-Validate']) await offered(view, name);
  });

  it.each([
    ['Show Coefficients', 'No model has been trained', 'Train'],
    ['Show Validation', 'No model of this survey has been cross-validated', 'Cross-Validate'],
  ])('says at “%s” what comes first, and offers it', async (command, words, remedy) => {
    await editor.runCommand(`Cannon: ${command}`);
    const told = await editor.notified(words, words);
    await offered(told, remedy);
    await editor.dismiss(told);
  });

  it('says in the review bench that there is no catalog, and offers to make one', async () => {
    await editor.runCommand('Cannon: Review Flagged Stars');
    const panel = await editor.panel('body:has-text("no catalog")');
    await offered(panel.locator('body'), 'Make Catalog');
    await pictures('review');
  });

  it('says in the inspector that there is no model, and leads to training', async () => {
    await editor.runCommand('View: Close All Editors');
    await editor.openFile('cannon.yaml');
    await editor.runCommand('Cannon: Inspect Star');
    const [head, first] = (await readFile(join(window.folder, 'labels.csv'), 'utf8'))
      .split('\n')
      .map((line) => line.split(','));
    await editor.pick(first![head!.indexOf('obsid')]!);
    const panel = await editor.panel('[role=alert]:has-text("No model has been trained for this survey yet")');
    await editor.see(panel.getByRole('link', { name: '“Cannon: Train”' }), 'a way to training');
    await pictures('inspector');
  });

  it('says in the view of the spectra that the pattern matches no file', async () => {
    await rm(join(window.folder, 'spectra'), { recursive: true });
    await editor.runCommand('Cannon: Refresh Spectra');
    await editor.see(editor.treeRow('No file matches'), 'a word about the missing files', 60);
    await editor.screenshot('empty-spectra');
    expect(editor.refusals).toEqual([]);
  });
});
