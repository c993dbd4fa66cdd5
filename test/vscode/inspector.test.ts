/** The star inspector in real VS Code: a star's data, model, residual and labels; J and K walk the survey. */
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allThemes, type Editor } from './driver';
import { layoutOf } from '../webviews/layout';
import { openSurvey, paintedPixels, type SurveyWindow } from './window';

describe('the star inspector', () => {
  let window: SurveyWindow;
  let editor: Editor;
  let obsid: string;
  let another: string;

  beforeAll(async () => {
    const change = async (folder: string): Promise<void> =>
      appendFile(join(folder, 'cannon.yaml'), '\nwindows: galah\n');
    window = await openSurvey({ width: 1720, height: 960, change });
    editor = window.editor;
    const text = await readFile(join(window.folder, 'labels.csv'), 'utf8');
    const [head, ...rows] = text
      .trim()
      .split('\n')
      .map((line) => line.split(','));
    const of = (row: string[], name: string): string => row[head!.indexOf(name)]!;
    // Pictures are to show a star as most are, not one of those that were made odd.
    const sound = rows.filter((row) => of(row, 'flag_cannon') === '0' && Number(of(row, 'snrg')) > 60);
    obsid = of(sound[Math.floor(sound.length / 2)]!, 'obsid');
    another = of(sound[0]!, 'obsid');
  });
  afterAll(() => window?.close());

  /** The panel once it shows a fit. */
  const panel = (): Promise<Frame> => editor.panel('.facts .labels tbody tr');
  const title = async (): Promise<string> => (await panel()).locator('.controls h1').innerText();
  const painted = async (): Promise<void> => {
    const frame = await panel();
    const both = () =>
      Promise.all(['.plot.tall canvas', '.plot.residual canvas'].map((canvas) => paintedPixels(frame, canvas)));
    await editor.until('painted plots', 10, async () => ((await both()).every((n) => n > 1000) ? true : null));
  };

  it('shows the fit of a star chosen by its id, with labels, errors and χ²', async () => {
    // With the side bar away both halves are wide enough for the table beside the plots.
    await editor.runCommand('View: Toggle Primary Side Bar Visibility');
    await editor.openFile('cannon.yaml');
    await editor.runCommand('Cannon: Inspect Star');
    await editor.pick(obsid);
    expect(await title()).toContain(obsid);
    await painted();
    const frame = await panel();
    const labels = await frame.locator('.facts .labels tbody').innerText();
    expect(labels).toMatch(/T\s*eff/);
    expect(labels).toMatch(/\d{4}\s*± *\d+/);
    expect(await frame.locator('.facts .quality').innerText()).toContain('χ²');
    expect(await frame.locator('.facts .elements tbody tr').count()).toBeGreaterThan(15);
  });

  it('goes to the next star on J and back on K', async () => {
    const first = await title();
    await editor.page.keyboard.press('j');
    const second = await editor.until('another star', 20, async () =>
      (await title()) === first ? null : await title(),
    );
    expect(second).not.toBe(first);
    await editor.page.keyboard.press('k');
    await editor.until('the first star again', 20, async () => ((await title()) === first ? true : null));
  });

  it('looks right beside the code in every theme', async () => {
    for (const theme of allThemes) {
      await editor.setTheme(theme);
      await painted();
      await editor.picture(`inspector-${theme}`);
    }
    await editor.setTheme('light');
  });

  it('zooms in on lines at the pointer, residual and all', async () => {
    const frame = await panel();
    const stage = frame.locator('.stage');
    const edge = async (name: 'from' | 'to') => Number(await stage.getAttribute(`data-${name}`));
    const canvas = (await frame.locator('.plot.tall canvas').boundingBox())!;
    // A quarter of the way from 3900 to 8750 Å lies just blueward of the magnesium triplet.
    await editor.page.mouse.move(canvas.x + 0.3 * canvas.width, canvas.y + canvas.height / 2);
    await editor.until('a view of less than 700 Å', 20, async () => {
      if ((await edge('to')) - (await edge('from')) < 700) return true;
      await editor.page.mouse.wheel(0, -120);
      return null;
    });
    expect(await edge('from')).toBeGreaterThan(4500);
    expect(await edge('to')).toBeLessThan(6000);
    await painted();
    await editor.screenshot('inspector-zoomed');
  });

  it('is whole in a window at 200 %, in every theme', async () => {
    await editor.zoom(2);
    for (const theme of allThemes) {
      await editor.setTheme(theme);
      const frame = await editor.panel('.stage[data-from]');
      await editor.until('plots', 20, async () => ((await layoutOf(frame)).tallestPlot > 80 ? true : null));
      await editor.screenshot(`inspector-200-percent-${theme}`);
      expect((await layoutOf(frame)).flaws, theme).toEqual([]);
    }
    await editor.setTheme('light');
    await editor.zoom(1);
  });

  it('shows the star that a line of review.yaml names', async () => {
    await writeFile(join(window.folder, 'review.yaml'), `${another}: { verdict: real }\n`);
    await editor.openFile('review.yaml');
    await editor.until('the star of the link', 40, async () => {
      await editor.runCommand('Open Link');
      const frame = await editor.panel('.stage[data-from]');
      return (await frame.locator('.controls h1').innerText()).includes(another) ? true : null;
    });
  });

  it('opens for the spectrum that is on the screen', async () => {
    await (await panel()).locator('.stage').press('o');
    const spectrum = await editor.panel('.stage[aria-label="Spectrum"][data-from]');
    expect(await spectrum.locator('.controls h1').innerText()).not.toBe('');
  });

  it('breaks no content security policy', () => {
    expect(editor.refusals).toEqual([]);
  });
});
