/** The panel of the training set in real VS Code: live while cuts are typed, and verdicts that reach review.yaml and the selection. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allThemes, type Editor } from './driver';
import { openSurvey, paintedPixels, type SurveyWindow } from './window';

describe('the training set', () => {
  let window: SurveyWindow;
  let editor: Editor;

  beforeAll(async () => {
    window = await openSurvey({
      width: 1720,
      height: 960,
      change: async (folder) => {
        // The conditions last, so that typing at the end adds one.
        const path = join(folder, 'cannon.yaml');
        const text = (await readFile(path, 'utf8')).replace(/\nquality:\n(\s+-.*\n)*/, '\n');
        await writeFile(path, `${text.trimEnd()}\nquality:\n  - snrg >= 20\n`);
      },
    });
    editor = window.editor;
  });
  afterAll(() => window?.close());

  const panel = (): Promise<Frame> => editor.panel('.facts .funnel tbody tr');
  /** Stars left after a step of the funnel; null while there is no such step. */
  const left = async (step: string): Promise<number | null> => {
    // Asked in one: the step may go between two questions.
    const [text] = await (await panel()).locator(`.funnel tr[data-step="${step}"] td.number`).allInnerTexts();
    return text === undefined ? null : Number(text.replace(/\D/g, ''));
  };
  const review = (): Promise<string> => readFile(join(window.folder, 'review.yaml'), 'utf8').catch(() => '');

  it('opens beside cannon.yaml with the diagram and the funnel', async () => {
    await editor.runCommand('View: Toggle Primary Side Bar Visibility');
    await editor.openFile('cannon.yaml');
    await editor.runCommand('Cannon: Show Training Set');
    const frame = await panel();
    await editor.until('a painted diagram', 30, async () =>
      (await paintedPixels(frame, '.pane canvas')) > 3000 ? true : null,
    );
    expect(await left('reference/match')).toBe(360);
    expect(await left('quality/0')).toBeLessThanOrEqual(360);
  });

  it('looks right beside the code in every theme', async () => {
    for (const theme of allThemes) {
      await editor.setTheme(theme);
      await editor.picture(`trainingSet-${theme}`);
    }
    await editor.setTheme('light');
  });

  it('follows a condition that is typed, before it is saved', async () => {
    await editor.appendLine('  - teff > 5200');
    const stars = await editor.until('the funnel with the new condition', 40, () => left('quality/1'));
    expect(stars).toBeGreaterThan(0);
    expect(stars).toBeLessThan((await left('quality/0'))!);
  });

  it('goes from a step of the funnel to its line', async () => {
    const frame = await panel();
    await frame.locator('.funnel tr[data-step="quality/1"] th button').click();
    await editor.see(
      editor.page.locator('.monaco-editor.focused .selected-text'),
      'the condition selected in its editor',
    );
  });

  it('excludes a star by key, in review.yaml and in the funnel, and takes it back', async () => {
    const frame = await panel();
    await frame.locator('.stage').focus();
    await editor.page.keyboard.press('ArrowRight');
    const line = await editor.until('a marked star', 20, async () => {
      const text = await frame.locator('.readout').innerText();
      return text === '' ? null : text;
    });
    const star = line.split(' ')[0]!;
    await editor.page.keyboard.press('x');
    const text = await editor.until('the verdict in review.yaml', 20, async () => (await review()) || null);
    expect(text).toMatch(new RegExp(`^${star}: \\{ verdict: exclude, by: .*, date: \\d{4}-\\d\\d-\\d\\d \\}$`, 'm'));
    await editor.until('the step of the excluded', 40, async () => ((await left('review')) === 359 ? true : null));
    await editor.screenshot('trainingSet-excluded');
    await editor.page.keyboard.press('u');
    await editor.until('no verdict', 20, async () => ((await review()).includes(star) ? null : true));
    await editor.until('the funnel without that step', 40, async () => ((await left('review')) === null ? true : null));
  });

  it('breaks no content security policy', () => {
    expect(editor.refusals).toEqual([]);
  });
});
