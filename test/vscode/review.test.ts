/**
 * The review bench in real VS Code, driven by the keyboard alone: from the palette to a verdict in review.yaml and back, while the
 * inspector follows.
 */
import { execFile } from 'node:child_process';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allThemes, type Editor } from './driver';
import { openSurvey, type SurveyWindow } from './window';

const run = promisify(execFile);
const cli = join(import.meta.dirname, '..', '..', 'dist', 'cannon.js');

describe('the review bench', () => {
  let window: SurveyWindow;
  let editor: Editor;

  beforeAll(async () => {
    window = await openSurvey({
      width: 1720,
      height: 960,
      change: async (folder) => {
        const config = join(folder, 'cannon.yaml');
        await appendFile(config, '\nwindows: galah\n');
        await run(process.execPath, [cli, 'infer', '--config', config]);
        const observations = join(folder, 'observations.fits');
        await run(process.execPath, [cli, 'catalog', '--config', config, '--observations', observations]);
      },
    });
    editor = window.editor;
  });
  afterAll(() => window?.close());

  const bench = (): Promise<Frame> => editor.panel('.grid-row.selected .cell-star');
  const chosen = async (): Promise<string> => (await bench()).locator('.grid-row.selected .cell-star').innerText();
  const count = async (): Promise<string> => (await bench()).locator('.reviewed-count').innerText();
  const review = (): Promise<string> => readFile(join(window.folder, 'review.yaml'), 'utf8').catch(() => '');
  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) await editor.page.keyboard.press(key);
  };
  const when = (what: string, holds: () => Promise<boolean>): Promise<true> =>
    editor.until(what, 30, async () => ((await holds()) ? true : null));

  /** From the palette, without the pointer. */
  const runByKeys = async (title: string): Promise<void> => {
    const { page } = editor;
    await press('F1');
    await when('the palette', () => page.locator('.quick-input-widget input').first().isVisible());
    await page.keyboard.type(title);
    const entry = page.locator('.quick-input-list .monaco-list-row.focused', {
      has: page.locator('.label-name', { hasText: new RegExp(`^${title}$`) }),
    });
    await when(`${title} as the entry that Enter takes`, () => entry.isVisible());
    await press('Enter');
  };

  it('opens from the palette with the inspector beside it, and keeps the keyboard', async () => {
    await press('Control+b');
    await runByKeys('Cannon: Review Flagged Stars');
    await when('a count of flagged stars', async () => /^0 of \d+ reviewed$/.test(await count()));
    await editor.panel('.facts .labels tbody tr', 60);
    const first = await chosen();
    await press('j', 'j');
    await when('another star', async () => (await chosen()) !== first);
    const star = await chosen();
    await press('k', 'j');
    expect(await chosen()).toBe(star);
  });

  it('lets the inspector follow the star without giving it the focus', async () => {
    const titles = (): Promise<string[]> => editor.page.locator('.tab', { hasText: /^Star \S/ }).allInnerTexts();
    const before = (await titles()).join();
    await press('j', 'j', 'j');
    await when('the next star in the inspector', async () => {
      const now = (await titles()).join();
      return now !== '' && now !== before;
    });
    const star = await chosen();
    await press('j');
    expect(await chosen()).not.toBe(star);
    await press('Home');
  });

  it('narrows the queue by a condition that is typed', async () => {
    await press('/');
    const frame = await bench();
    await when('a field with the focus', () =>
      frame.locator('.where').evaluate((field) => field === document.activeElement),
    );
    const all = await count();
    await editor.page.keyboard.type("snr > 60 AND NOT has('low_snr')");
    await press('Enter');
    await when('fewer stars', async () => (await count()) !== all && /^0 of \d+/.test(await count()));
  });

  it('writes a verdict with its note at once, undoes it and does it again, all by keys', async () => {
    const star = await chosen();
    await press('n');
    await editor.page.keyboard.type('jumps: two lines');
    await press('Enter', 'b');
    const line = /^\S+: \{ verdict: binary, note: "jumps: two lines", by: .*, date: \d{4}-\d\d-\d\d \}$/m;
    await when('the verdict in review.yaml', async () => line.test(await review()));
    await when('the count', async () => (await count()).startsWith('1 of '));
    expect(await chosen()).not.toBe(star);
    await press('u');
    await when('no verdict in review.yaml', async () => !line.test(await review()));
    await when('the star of the verdict', async () => (await chosen()) === star);
    await press('Shift+U');
    await when('the verdict again', async () => line.test(await review()));
    await when('its row', async () =>
      (await (await bench()).locator('.grid-rows .cell-verdict').allInnerTexts()).join().includes('binary'),
    );
  });

  it('looks right beside the inspector in every theme', async () => {
    await press('j', 'r', 'k');
    const frame = await bench();
    const inspector = await editor.panel('.facts .labels tbody tr');
    await when(
      'the page of the star',
      async () => (await frame.locator('.known:not(.dimmed) .labels-line').count()) > 0,
    );
    await when('the fit of the star', async () => (await inspector.locator('.content:not(.dimmed)').count()) > 0);
    await when('its reasons, line by line', async () =>
      (await frame.locator('.known').innerText()).includes('nearest training stars'),
    );
    await when('the count of both', async () =>
      (await frame.locator('.reviewed-count').innerText()).startsWith('2 of '),
    );
    await when(
      'both verdicts',
      async () => (await frame.locator('.grid-rows .cell-verdict:not(:empty)').count()) === 2,
    );
    for (const theme of allThemes) {
      await editor.setTheme(theme);
      await editor.picture(`review-${theme}`);
    }
  });

  it('breaks no content security policy', () => {
    expect(editor.refusals).toEqual([]);
  });
});
