import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from './browser';
import { mockSet } from './mockSet';
import { painted } from './onScreen';
import type { Panel, PanelOptions } from './panel';
import { openPanel } from './panel';
import type { ThemeName } from './themes';
import { themes } from './themes';

const set = mockSet();
const undo = [{ star: set.stars[0]!, entry: null }];
const answers = {
  readSet: set,
  inspect: null,
  revealKey: null,
  exclude: undo,
  restore: [],
  saveFile: '/survey/training-set.svg',
};
let browser: Browser;
let panel: Panel;

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());
afterEach(async () => {
  const complaints = await panel.complaints();
  await panel.close();
  expect(complaints).toEqual([]);
});

async function open(options: Partial<PanelOptions> = {}): Promise<Page> {
  panel = await openPanel(browser, { view: 'trainingSet', answers, ...options });
  return panel.page;
}

async function openSet(options: Partial<PanelOptions> = {}): Promise<Page> {
  const page = await open({ width: 1280, height: 760, ...options });
  await page.waitForSelector('.facts .funnel td', { state: 'attached' });
  return page;
}

const asked = (page: Page): Promise<string[]> => page.evaluate(() => window.fakeHost.asked);
const count = (page: Page): Promise<string> => page.locator('.stars .count').innerText();
const funnelRow = (page: Page, key: string) => page.locator(`.funnel tr[data-step="${key}"]`);
/** Frames the middle of the diagram with Shift held. */
async function brush(page: Page): Promise<void> {
  const box = (await page.locator('canvas').first().boundingBox())!;
  await page.keyboard.down('Shift');
  await page.mouse.move(box.x + 0.45 * box.width, box.y + 0.35 * box.height);
  await page.mouse.down();
  await page.mouse.move(box.x + 0.7 * box.width, box.y + 0.6 * box.height, { steps: 4 });
  await page.mouse.up();
  await page.keyboard.up('Shift');
}

describe.each(Object.keys(themes) as ThemeName[])('the training set in the theme %s', (theme) => {
  it('draws the Kiel diagram coloured by [Fe/H], the funnel, coverage and correlations', async () => {
    const page = await openSet({ theme });
    const { inked, coloured } = await painted(page, 0);
    expect(inked).toBeGreaterThan(5000);
    expect(coloured).toBeGreaterThan(2000);
    expect(await page.locator('.colour-title').innerText()).toBe('[Fe/H] (dex)');
    await panel.screenshot(`trainingSet-${theme}`);
  });

  it('shows bins side by side, and histograms', async () => {
    const page = await openSet({ theme });
    await page.keyboard.press('v');
    await expect.poll(() => page.locator('.pane:visible').count()).toBeGreaterThanOrEqual(4);
    await panel.screenshot(`trainingSet-bins-${theme}`);
    await page.keyboard.press('v');
    await expect.poll(() => page.locator('.pane:visible').count()).toBe(5);
    expect((await painted(page, 0)).coloured).toBeGreaterThan(200);
    await panel.screenshot(`trainingSet-histograms-${theme}`);
  });

  it('lists a framed region', async () => {
    const page = await openSet({ theme });
    await brush(page);
    await expect.poll(() => count(page)).toMatch(/stars in the region/);
    await panel.screenshot(`trainingSet-list-${theme}`);
  });
});
