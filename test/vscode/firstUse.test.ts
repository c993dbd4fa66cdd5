/** The first minutes in real VS Code: a folder of spectra without a description, one that is written for it, a sample, the walkthrough. */
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Editor } from './driver';
import { openSurvey, type SurveyWindow } from './window';

describe('a folder of spectra without cannon.yaml', () => {
  let window: SurveyWindow;
  let editor: Editor;

  beforeAll(async () => {
    const change = (folder: string) => rm(join(folder, 'cannon.yaml'));
    window = await openSurvey({ trained: false, change, width: 1720, height: 960 });
    editor = window.editor;
  });
  afterAll(() => window?.close());

  it('gets a description from the empty view’s button, after which the view lists the spectra', async () => {
    await editor.openView('Cannon Spectra');
    await editor.see(editor.page.locator('.sidebar .welcome-view-content', { hasText: 'No survey' }), 'the empty view');
    await editor.screenshot('first-use-empty');
    const button = editor.page.locator('.sidebar .welcome-view-content .monaco-button', { hasText: 'New cannon.yaml' });
    await editor.click(button, 'the button for a new cannon.yaml');
    await editor.see(editor.page.locator('.tab.active', { hasText: 'cannon.yaml' }), 'the new description', 60);
    expect(await readFile(window.config, 'utf8')).toContain('match: { spectrum.OBSID: obsid }');
    const told = await editor.notified('Wrote cannon.yaml for 480 spectra of lamost-lrs, with labels from labels.csv', 'what was found'); // prettier-ignore
    await editor.screenshot('first-use-new-config');
    await editor.dismiss(told);
    await editor.see(editor.treeRow('survey'), 'the survey in the view', 60);
  });

  it('has a sample written beside it, but not over anything', async () => {
    const folder = join(dirname(window.folder), 'a sample');
    await editor.runCommand('Cannon: Create Sample Survey');
    await editor.fill(window.folder);
    await editor.see(
      editor.inputMessage('is not empty: a sample is only written into a new or an empty folder'),
      'a refusal',
    );
    await editor.fill(folder);
    await editor.seeGone(editor.inputMessage('is not empty'), 'the refusal');
    await editor.page.keyboard.press('Enter');
    await editor.pick('Small');
    const told = await editor.notified(`Wrote 120 spectra to ${folder}`, 'the end of the work', 60);
    await editor.see(told.getByRole('button', { name: 'Open Folder in New Window' }), 'a way to the folder');
    expect(existsSync(join(folder, 'spectra'))).toBe(true);
    await editor.see(editor.line('A mock survey, written by'), 'the description of the sample');
    await editor.dismiss(told);
  });

  it('is led through the work step by step', async () => {
    await editor.runCommand('Welcome: Open Walkthrough...');
    await editor.pick('Measure stars from spectra');
    const step = (title: string) => editor.page.locator('.getting-started-step', { hasText: title });
    await editor.see(step('Have a survey'), 'the first step');
    for (const theme of ['light', 'dark'] as const) {
      await editor.setTheme(theme);
      await editor.click(step('Inspect a star').locator('.step-title'), 'the step of the inspector');
      await editor.see(editor.page.locator('.getting-started-media img'), 'its picture');
      await editor.screenshot(`first-use-walkthrough-${theme}`);
    }
  });

  it('leaves a description that is there as it is, and says so', async () => {
    const before = await readFile(window.config, 'utf8');
    await editor.runCommand('Cannon: New cannon.yaml');
    await editor.notified('is there already and is left as it is', 'a refusal');
    expect(await readFile(window.config, 'utf8')).toBe(before);
  });
});
