/** Help with cannon.yaml and with stars named in other texts, as it is seen in real VS Code. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findRuns, readResult } from '../../engine/index';
import type { Editor } from './driver';
import { openSurvey, type SurveyWindow } from './window';

let window: SurveyWindow;
let editor: Editor;
let obsid: string;

beforeAll(async () => {
  window = await openSurvey({
    width: 1720,
    height: 960,
    change: async (folder) => {
      const [head, ...rows] = (await readFile(join(folder, 'labels.csv'), 'utf8')).trim().split('\n');
      obsid = rows[7]!.split(',')[head!.split(',').indexOf('obsid')]!;
      await writeFile(join(folder, 'fit.py'), `stars = [\n    ${obsid},\n    123456789,\n]\n`);
      await writeFile(join(folder, 'notes.md'), `# Notes\n\n${obsid} looks odd.\n`);
    },
  });
  editor = window.editor;
});
afterAll(() => window?.close());

describe('cannon.yaml', () => {
  it('says above its first key whether the data are ready, and what can be done', async () => {
    await editor.openFile('cannon.yaml');
    await editor.see(editor.lens(/480 spectra · 360 with labels · \d+ to train on/), 'that the data are ready', 60);
    for (const action of ['Train', 'Cross-validate', 'Infer labels', 'Inspect a star'])
      await editor.see(editor.lens(action), `the lens ${action}`);
  });

  it('shows how many stars a condition leaves, and none once that is switched off', async () => {
    const hint = editor.line(/snrg\s>=\s20\sand\sflag_cannon\s==\s0\W*\d+\sstars/);
    await editor.see(hint, 'a number of stars beside the condition');
    await editor.screenshot('language-lenses-and-hints');
    await editor.setSettings({ 'cannon.inlayHints.enabled': false, 'cannon.codeLens.enabled': false });
    await editor.seeGone(hint, 'the number of stars');
    await editor.seeGone(editor.lens('Cross-validate'), 'the lenses');
    await editor.setSettings({});
    await editor.see(hint, 'the number of stars again');
    await editor.see(editor.lens('Cross-validate'), 'the lenses again');
  });

  it('draws how a label is distributed', async () => {
    expect(await editor.hover('teff')).toMatch(/360 values from \d+.*[▁▂▃▄▅▆▇█]{4}/s);
  });

  it('goes from a label to its column', async () => {
    await editor.putCursorIn('feh');
    await editor.page.keyboard.press('F12');
    await editor.see(editor.page.locator('.tab.active', { hasText: 'labels.csv' }), 'the table of labels');
    await editor.openFile('cannon.yaml');
  });

  it('completes a key with a value to begin with', async () => {
    await editor.complete('crossV', 'crossValidation');
    await editor.see(editor.line(/crossValidation:\W+folds:\W*\d+,\W*seed/), 'the completed key');
    await editor.page.keyboard.press('Escape');
    await editor.screenshot('language-completion');
  });

  it('renames a label with its uses', async () => {
    await editor.putCursorIn('fe_h');
    await editor.page.keyboard.press('F2');
    const input = editor.page.locator('.rename-box input, input.rename-input');
    await editor.see(input, 'a field for the new name');
    await input.first().fill('m_h');
    await editor.page.keyboard.press('Enter');
    await editor.see(editor.line('m_h: { column: feh }'), 'the renamed label');
    await editor.page.keyboard.press('Control+Z');
    await editor.see(editor.line('fe_h: { column: feh }'), 'the name as it was');
  });

  it('offers to cross-validate in a lens, which ends with the scatter of each label', async () => {
    await editor.see(editor.lens('Cross-validate'), 'the lens Cross-validate');
    // Its command, from the palette: VS Code drops a click on a lens that it draws anew just then, after an edit.
    await editor.runCommand('Cannon: Cross-Validate');
    const sentence = /Cross-validated main on \d+ stars \(teff ±\d+ K, logg ±/;
    const end = await editor.notified(sentence, 'the end of the cross-validation', 180);
    await editor.screenshot('language-cross-validated');
    await editor.dismiss(end);
    const [run] = await findRuns(window.config);
    expect(run!.job.command).toBe('cv');
    expect(await readResult(run!.folder)).toMatchObject({ command: 'cv' });
  });
});

describe('a star that is named in a text', () => {
  const picture = () => editor.page.locator('.monaco-hover:not(.hidden) img[src^="data:image/svg"]');

  it('has a card in Python with its spectrum and labels', async () => {
    await editor.openFile('fit.py');
    const card = await editor.rest(obsid);
    await editor.see(picture(), 'the picture of the spectrum');
    expect(await picture().evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBe(360);
    const text = (await card.allInnerTexts()).join('\n');
    expect(text).toContain(obsid);
    expect(text).toMatch(/teff \(K\)\s+\d{4} ± \d+\s+\d{4}/);
    await editor.screenshot('star-card');
  });

  it('is inspected from its card', async () => {
    await editor.click(editor.page.locator('.monaco-hover a', { hasText: 'Inspect' }), 'the link Inspect');
    await editor.panel(`.controls h1:has-text("${obsid}")`, 60);
    await editor.screenshot('star-card-inspected');
  });

  it('leads to its spectrum', async () => {
    await editor.openFile('notes.md');
    await editor.putCursorIn(obsid);
    await editor.page.keyboard.press('F12');
    const panel = await editor.panel('.stage[aria-label="Spectrum"][data-from]');
    expect(await panel.locator('.controls h1').innerText()).toContain(obsid);
  });

  it('has none where cards are switched off', async () => {
    await editor.openFile('cannon.yaml');
    await editor.see(editor.lens('Cross-validate'), 'the lenses');
    await editor.setSettings({ 'cannon.cards.enabled': false, 'cannon.codeLens.enabled': false });
    await editor.seeGone(editor.lens('Cross-validate'), 'the lenses, and with them the old settings');
    await editor.openFile('fit.py');
    // A setting takes a moment to arrive; until then there is a card, which goes when the pointer does.
    await editor.until('a star without a card', 60, async () => {
      const hasCard = await editor.rest(obsid, 6).then(
        () => true,
        () => false,
      );
      if (hasCard) await editor.page.mouse.move(5, 5);
      return hasCard ? null : true;
    });
  });
});
