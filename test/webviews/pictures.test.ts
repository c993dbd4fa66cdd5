import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from './browser';
import { foreignDocument, mockDocument, mockFit } from './mockData';
import { openPanel } from './panel';
import type { ThemeName } from './themes';
import { themes } from './themes';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
});

describe.each(Object.keys(themes) as ThemeName[])('in the theme %s', (theme) => {
  it('shows a star', async () => {
    const panel = await openPanel(browser, { view: 'inspector', theme, stars: [mockFit()] });
    await panel.page.waitForSelector('.facts .labels td');
    await panel.page.mouse.move(520, 300);
    await panel.screenshot(`inspector-${theme}`);
    expect(await panel.complaints()).toEqual([]);
    await panel.close();
  });
  it('shows a spectrum', async () => {
    const panel = await openPanel(browser, { view: 'spectrum', theme, document: mockDocument() });
    await panel.page.waitForSelector('h1:has-text("101001")');
    await panel.page.mouse.move(520, 300);
    await panel.screenshot(`spectrum-${theme}`);
    await panel.page.keyboard.press('h');
    await panel.screenshot(`headers-${theme}`);
    expect(await panel.complaints()).toEqual([]);
    await panel.close();
  });
  it('shows foreign', async () => {
    const panel = await openPanel(browser, { view: 'spectrum', theme, document: foreignDocument });
    await panel.page.waitForSelector('.banner');
    await panel.screenshot(`foreign-${theme}`);
    await panel.close();
  });
});
