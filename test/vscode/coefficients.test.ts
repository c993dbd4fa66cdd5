/** The panel of coefficients in real VS Code: from a label in the code to its θ, to an element's windows, and back to the code. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { allThemes, type Editor } from './driver';
import { openSurvey, paintedPixels, type SurveyWindow } from './window';

describe('the panel of coefficients', () => {
  let window: SurveyWindow;
  let editor: Editor;

  beforeAll(async () => {
    const change = async (folder: string): Promise<void> => {
      const config = join(folder, 'cannon.yaml');
      const text = await readFile(config, 'utf8');
      await writeFile(config, /^windows:/m.test(text) ? text : `${text}\nwindows: galah\n`);
    };
    window = await openSurvey({ width: 1720, height: 960, change });
    editor = window.editor;
    await editor.runCommand('View: Toggle Primary Side Bar Visibility');
    await editor.openFile('cannon.yaml');
  });
  afterAll(() => window?.close());

  const panel = (): Promise<Frame> => editor.panel('.facts .elements td');
  const painted = async (): Promise<void> => {
    const frame = await panel();
    await editor.until('a painted plot', 20, async () =>
      (await paintedPixels(frame, '.plot.tall canvas')) > 1000 ? true : null,
    );
  };

  it('opens at the label that the cursor is on', async () => {
    // The extension hears of the cursor a moment after it has moved.
    await editor.until('log g as the term', 60, async () => {
      await editor.putCursorIn('logg');
      await editor.runCommand('Cannon: Show Coefficients');
      await painted();
      const term = await (await panel()).getByLabel('Term', { exact: true }).inputValue();
      return term === 'logg' ? true : null;
    });
  });

  it('looks right beside the code in every theme', async () => {
    for (const theme of allThemes) {
      await editor.setTheme(theme);
      await painted();
      await editor.picture(`coefficients-${theme}`);
    }
    await editor.setTheme('light');
  });

  it('goes to the windows of an element, and from a pixel there to the key that put it there', async () => {
    const frame = await panel();
    await frame.locator('.elements').getByRole('button', { name: 'Ba', exact: true }).click();
    const width = async (): Promise<number> => {
      const [from, to] = await Promise.all(
        ['from', 'to'].map((name) => frame.locator('.stage').getAttribute(`data-${name}`)),
      );
      return Number(to) - Number(from);
    };
    await editor.until('a view of one window', 20, async () => ((await width()) < 100 ? true : null));
    const canvas = frame.locator('.plot.tall canvas');
    const box = (await canvas.boundingBox())!;
    await canvas.click({ position: { x: box.width / 2, y: box.height / 2 } });
    await editor.click(frame.getByTitle('grid in cannon.yaml'), 'the key of the grid');
    await editor.see(editor.page.locator('.monaco-editor.focused'), 'the editor of cannon.yaml');
  });
});
