/** The panel of validation in real VS Code: from a cross-validation to its stars, to one star's fit, and back to the code. */
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findRuns, readResult } from '../../engine/index';
import { allThemes, type Editor } from './driver';
import { openSurvey, paintedPixels, type SurveyWindow } from './window';

describe('the panel of validation', () => {
  let window: SurveyWindow;
  let editor: Editor;

  beforeAll(async () => {
    window = await openSurvey({ width: 1720, height: 960 });
    editor = window.editor;
    await editor.runCommand('View: Toggle Primary Side Bar Visibility');
    await editor.openFile('cannon.yaml');
  });
  afterAll(() => window?.close());

  const panel = (): Promise<Frame> => editor.panel('.strip .label-cell');
  const painted = async (): Promise<void> => {
    const frame = await panel();
    await editor.until('a painted plot', 20, async () =>
      (await paintedPixels(frame, '.points canvas')) > 1000 ? true : null,
    );
  };

  it('says what to do when nothing has been cross-validated', async () => {
    await editor.runCommand('Cannon: Show Validation');
    const warning = editor.notification('No model of this survey has been cross-validated yet');
    await editor.see(warning, 'a word about the missing run');
    await editor.dismiss(warning);
  });

  it('opens from the notification of a cross-validation, with every label', async () => {
    await editor.runCommand('Cannon: Cross-Validate');
    const end = await editor.notified(/Cross-validated/, 'the end of the cross-validation', 240);
    await editor.click(end.getByRole('button', { name: 'Show Validation' }), 'a button that shows it');
    await painted();
    const [run] = await findRuns(window.config);
    const result = await readResult(run!.folder);
    if (result?.command !== 'cv') throw new Error('the run has no result of a cross-validation');
    const frame = await panel();
    expect(await frame.locator('.label-cell').count()).toBe(result.models[0]!.labels.length);
    expect(await frame.locator('.agreement').innerText()).toContain('scatter');
  });

  it('looks right beside the code in every theme', async () => {
    for (const theme of allThemes) {
      await editor.setTheme(theme);
      await painted();
      await editor.picture(`validation-${theme}`);
    }
    await editor.setTheme('light');
  });

  it('leads from a label to its lines in cannon.yaml', async () => {
    const frame = await panel();
    const link = frame.locator('.facts h2 .link').first();
    const key = (await link.getAttribute('title'))!.replace(/^labels\/| in cannon.yaml$/g, '');
    await link.click();
    await editor.see(editor.page.locator('.monaco-editor.focused'), 'the editor of cannon.yaml');
    await editor.see(editor.page.locator('.view-line', { hasText: key }), `the lines of ${key}`);
  });

  it('leads from a point to the fit of its star', async () => {
    const frame = await panel();
    const canvas = frame.locator('.points canvas');
    // A pixel in an ink of the colour map; curves are orange, the rest is grey.
    const place = await canvas.evaluate((element: HTMLCanvasElement) => {
      const { width, height } = element;
      const { data } = element.getContext('2d')!.getImageData(0, 0, width, height);
      for (let i = 0; i < width * height; i++) {
        const [r, g, b, alpha] = [data[4 * i]!, data[4 * i + 1]!, data[4 * i + 2]!, data[4 * i + 3]!];
        if (alpha > 150 && Math.max(g, b) > r + 40) {
          const scale = element.getBoundingClientRect().width / width;
          return { x: scale * (i % width), y: scale * Math.floor(i / width) };
        }
      }
      return null;
    });
    await canvas.hover({ position: place! });
    const star = await editor.until('the star under the pointer', 10, async () => {
      const text = await frame.locator('.readout').textContent();
      return text ? text.split(' ')[0]! : null;
    });
    await canvas.click({ position: place! });
    // The inspector is the panel with a title; beside two others it is too narrow for its table.
    const inspector = await editor.panel('.controls h1', 60);
    await editor.until('the fit of that star', 30, async () =>
      (await inspector.locator('.controls h1').innerText()).includes(star) ? true : null,
    );
    // It stands beside the panel that led to it and covers nothing.
    await editor.see(canvas, 'the points beside the star');
    await editor.see(editor.page.locator('.tab', { hasText: 'cannon.yaml' }), 'the code beside both');
    await editor.screenshot('validation-to-star');
  });

  it('breaks no content security policy', () => {
    expect(editor.refusals).toEqual([]);
  });
});
