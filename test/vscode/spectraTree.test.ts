/** The view "Spectra" in real VS Code: plates and stars, search, filter, and from there to a spectrum and its fit. */
import { copyFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Editor } from './driver';
import { openSurvey, type SurveyWindow } from './window';

describe('the view of the spectra', () => {
  let window: SurveyWindow;
  let editor: Editor;
  let plates: string[];
  const spectra = () => join(window.folder, 'spectra');
  const filesOf = async (plate: string) => (await readdir(join(spectra(), plate))).sort();

  beforeAll(async () => {
    window = await openSurvey({ width: 1720, height: 960 });
    editor = window.editor;
    plates = (await readdir(spectra())).sort();
  });
  afterAll(() => window?.close());

  it('shows the survey’s plates with the number of their stars', async () => {
    await editor.openView('Cannon Spectra');
    await editor.see(editor.treeRow('survey'), 'the survey');
    for (const plate of plates) {
      const row = editor.treeRow(plate);
      await editor.see(row, `plate ${plate}`);
      expect(await row.innerText()).toContain(String((await filesOf(plate)).length));
    }
  });

  it('unfolds a plate into its stars, by id, with subclass and S/N', async () => {
    await editor.unfold(plates[0]!);
    const star = editor.treeRow(/S\/N \d+/).first();
    await editor.see(star, 'a star');
    expect(await editor.labelOf(star)).toMatch(/^\d+$/);
    expect(await star.innerText()).toMatch(/[FGKM]\d · S\/N \d+/);
    await editor.screenshot('spectra-tree');
  });

  it('opens the spectrum of the star that is clicked', async () => {
    await editor
      .treeRow(/S\/N \d+/)
      .first()
      .click();
    const panel = await editor.panel('.stage[aria-label="Spectrum"][data-from]');
    expect(await panel.locator('.controls h1').innerText()).toMatch(/^\d+ · /);
  });

  it('inspects a star by the button in its row', async () => {
    const row = editor.treeRow(/S\/N \d+/).nth(1);
    const id = await editor.labelOf(row);
    await editor.rowAction(row, 'Inspect Star');
    const panel = await editor.panel('.plot.residual canvas');
    await editor.see(panel.locator('.controls h1', { hasText: id }), `the fit of ${id}`);
    await editor.screenshot('spectra-tree-inspect');
  });

  it('lists the stars that pass a filter, refuses one that means nothing, and shows all again', async () => {
    const [head, ...rows] = (await readFile(join(window.folder, 'labels.csv'), 'utf8')).trim().split('\n');
    const teff = rows.map((row) => Number(row.split(',')[head!.split(',').indexOf('teff')])).sort((a, b) => b - a);
    // Between the third and the fourth hottest of the reference stars.
    const limit = ((teff[2]! + teff[3]!) / 2).toFixed(3);
    await editor.runCommand('Cannon: Filter Spectra');
    await editor.fill('tef > 6000');
    await editor.see(editor.inputMessage('There is no "tef"'), 'what is wrong with the filter');
    await editor.fill(`teff > ${limit}`);
    await editor.seeGone(editor.inputMessage(/There is no/), 'the objection');
    await editor.page.keyboard.press('Enter');
    await editor.seeGone(editor.treeRow(plates[0]!), 'the plates');
    await editor.see(editor.treeRow(/S\/N \d+/).nth(2), 'three stars');
    expect(await editor.treeRow(/S\/N \d+/).count()).toBe(3);
    await editor.screenshot('spectra-tree-filtered');
    await editor.runCommand('Cannon: Show All Spectra');
    await editor.see(editor.treeRow(plates[0]!), 'the plates again');
  });

  it('follows what is typed into the search', async () => {
    const [plate] = plates;
    const [, second] = await filesOf(plate!);
    await editor.runCommand('Cannon: Search Spectra');
    await editor.fill(second!.replace('.fits.gz', ''));
    await editor.seeGone(editor.treeRow(plate!), 'the plates');
    await editor.see(editor.treeRow(/S\/N \d+/), 'the star');
    expect(await editor.treeRow(/S\/N \d+/).count()).toBe(1);
    await editor.page.keyboard.press('Escape');
    await editor.see(editor.treeRow(plate!), 'the plates again');
  });

  it('counts a new file without being asked', async () => {
    const [plate] = plates;
    const files = await filesOf(plate!);
    const row = editor.treeRow(plate!);
    const isCounted = async (n: number) => ((await row.innerText()).includes(String(n)) ? true : null);
    await editor.until('the plate’s count', 10, () => isCounted(files.length));
    await copyFile(join(spectra(), plate!, files[0]!), join(spectra(), plate!, 'zz-new.fits.gz'));
    await editor.until('a count with the new file', 20, () => isCounted(files.length + 1));
  });

  it('is where Go to Symbol finds a star by its id', async () => {
    await editor.unfold(plates[0]!);
    const id = await editor.labelOf(editor.treeRow(/S\/N \d+/).first());
    await editor.goToSymbol(id);
    await editor.see(editor.page.locator('.tab.active', { hasText: '.fits.gz' }), 'the tab of the spectrum');
  });
});
