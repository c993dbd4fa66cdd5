import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeFits } from '../../engine/spectra/read';
import { dataPath, withoutData } from '../data';
import { launchBrowser } from './browser';
import { painted, viewOf } from './onScreen';
import { openPanel } from './panel';

const files = {
  'a DR10 star': ['lamost_lrs', 'dr10_F', 'spec-59522-EG224840N075042B03_sp01-119.fits.gz'],
  'a DR1 star': ['lamost_lrs', 'dr1_B6212', 'spec-55862-B6212_sp06-003.fits'],
  'a DR8 star': ['lamost_lrs', 'dr7_dr9_dr13', 'spec-55859-F5902_sp01-001.fits.gz'],
} as const;

describe.skipIf(withoutData)('real spectra in the editor (skipped: no data)', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  it.each(Object.entries(files))('draws %s over the wavelengths of its file', async (name, path) => {
    const document = await describeFits(dataPath(...path));
    const panel = await openPanel(browser, { view: 'spectrum', document, theme: 'light' });
    await panel.page.locator('h1', { hasText: document.title }).waitFor();
    const { waveAngstrom } = document.spectrum!;
    const view = await viewOf(panel.page);
    expect(view.from).toBeCloseTo(waveAngstrom[0]!, 1);
    expect(view.to).toBeCloseTo(waveAngstrom.at(-1)!, 1);
    expect((await painted(panel.page, 0)).inked).toBeGreaterThan(10_000);
    await panel.screenshot(`spectrum-real-${name.split(' ')[1]!.toLowerCase()}`);
    await panel.page.keyboard.press('h');
    const names = document.hdus.map((hdu) => `${hdu.index} ${hdu.name}`.trim());
    const blocks = await panel.page.locator('.hdu summary b').allInnerTexts();
    expect(blocks.map((text) => text.replace(/\s+/g, ' '))).toEqual([
      ...((document.masks ?? []).length > 0 ? ['mask'] : []),
      ...names,
    ]);
    await panel.screenshot(`headers-real-${name.split(' ')[1]!.toLowerCase()}`);
    expect(await panel.complaints()).toEqual([]);
    await panel.close();
  });
});
