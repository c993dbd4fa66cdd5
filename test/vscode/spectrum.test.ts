/** Opening FITS files in real VS Code. */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allThemes, type Editor } from './driver';
import { openSurvey, paintedPixels, type SurveyWindow } from './window';

/** A FITS file without a spectrum: a primary header and an image extension of 2 × 2 bytes. */
function foreignFits(): Buffer {
  const header = (cards: string[]) =>
    Buffer.from(
      cards
        .map((card) => card.padEnd(80))
        .join('')
        .padEnd(2880),
    );
  const primary = [
    'SIMPLE  =                    T',
    'BITPIX  =                    8',
    'NAXIS   =                    0',
  ];
  const image = [
    "XTENSION= 'IMAGE   '",
    'BITPIX  =                    8',
    'NAXIS   =                    2',
    'NAXIS1  =                    2',
    'NAXIS2  =                    2',
    'PCOUNT  =                    0',
    'GCOUNT  =                    1',
    "EXTNAME = 'FLATFIELD'",
  ];
  return Buffer.concat([
    header([...primary, "OBSERVER= 'Annie Cannon'", 'END']),
    header([...image, 'END']),
    Buffer.alloc(2880),
  ]);
}

describe('the spectrum editor', () => {
  let window: SurveyWindow;
  let editor: Editor;
  let spectrum: string;

  beforeAll(async () => {
    window = await openSurvey({
      change: async (folder) => {
        await writeFile(join(folder, 'flat.fits'), foreignFits());
        await writeFile(join(folder, 'torn.fits'), foreignFits().subarray(0, 4000));
      },
    });
    editor = window.editor;
    const files = await readdir(join(window.folder, 'spectra'), { recursive: true });
    spectrum = files.filter((name) => name.endsWith('.fits.gz')).sort()[0]!;
  });
  afterAll(() => window?.close());

  /** The plot once it has data: its view spans the spectrum. */
  async function plot(): Promise<Frame> {
    return editor.panel('.stage[data-from]');
  }

  it('shows flux over wavelength, with what the file says about itself', async () => {
    await editor.openFile(spectrum);
    const frame = await plot();
    const stage = frame.locator('.stage');
    const [from, to] = [Number(await stage.getAttribute('data-from')), Number(await stage.getAttribute('data-to'))];
    // LAMOST low-resolution spectra span about 3700 to 9100 Å.
    expect(from).toBeGreaterThan(3600);
    expect(to).toBeGreaterThan(8700);
    expect(to).toBeLessThan(9300);
    expect(await frame.locator('.controls .aside').innerText()).toMatch(/^\d{4} pixels, \d+ masked/);
    await editor.until('a painted plot', 10, async () => ((await paintedPixels(frame, 'canvas')) > 1000 ? true : null));
  });

  it('zooms in on a key, and shows everything again', async () => {
    const frame = await plot();
    const stage = frame.locator('.stage');
    const width = async () =>
      Number(await stage.getAttribute('data-to')) - Number(await stage.getAttribute('data-from'));
    const full = await width();
    await stage.focus();
    await editor.page.keyboard.press('+');
    await editor.until('a narrower view', 10, async () => ((await width()) < 0.7 * full ? true : null));
    await editor.page.keyboard.press('0');
    await editor.until('the full view', 10, async () => (Math.abs((await width()) - full) < 1 ? true : null));
  });

  it('looks right in every theme', async () => {
    for (const theme of allThemes) {
      await editor.setTheme(theme);
      const frame = await plot();
      await editor.until('a painted plot', 10, async () =>
        (await paintedPixels(frame, 'canvas')) > 1000 ? true : null,
      );
      await editor.screenshot(`spectrum-${theme}`);
    }
    await editor.setTheme('light');
  });

  it('shows the headers, and finds a card in them', async () => {
    const frame = await plot();
    await frame.getByRole('tab', { name: 'Headers' }).click();
    await frame.getByRole('searchbox').fill('obsid');
    await editor.see(frame.getByRole('rowheader', { name: 'OBSID', exact: true }), 'the card OBSID');
    await editor.screenshot('headers');
  });

  it('lists the HDUs of a FITS file that holds no spectrum, and says that it holds none', async () => {
    await editor.openFile('flat.fits');
    const frame = await editor.panel('.hdu:has-text("FLATFIELD")');
    expect(await frame.locator('.hdu').count()).toBe(2);
    expect(await frame.locator('.headers').innerText()).toContain('Annie Cannon');
    expect(await frame.getByRole('alert').innerText()).not.toBe('');
    await editor.screenshot('foreign-file');
  });

  it('says in a sentence what is wrong with a truncated file', async () => {
    await editor.openFile('torn.fits');
    const frame = await editor.panel('[role=alert]:has-text("trunc")');
    expect(await frame.getByRole('alert').innerText()).toMatch(/\.\s*/);
  });

  it('breaks no content security policy', () => {
    expect(editor.refusals).toEqual([]);
  });
});
