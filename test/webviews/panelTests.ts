/** What the tests of a panel share: a browser for the file, a panel for each test, and a look at what its page complained about. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { launchBrowser } from './browser';
import { openPanel, type Panel, type PanelOptions } from './panel';

/**
 * To be called once in a test file. Each test opens one panel at most; errors of its page and violations of its policy fail the test.
 * @param defaults what a panel is opened with, unless its test says otherwise
 */
export function panelTests(defaults: PanelOptions) {
  let browser: Browser;
  let panel: Panel | null = null;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    const complaints = (await panel?.complaints()) ?? [];
    await panel?.close();
    panel = null;
    expect(complaints).toEqual([]);
  });
  return {
    open: async (options: Partial<PanelOptions> = {}): Promise<Page> => {
      panel = await openPanel(browser, { ...defaults, ...options });
      return panel.page;
    },
    /** Of the panel that the test has opened, into artifacts/webviews/. */
    screenshot: (name: string): Promise<void> => panel!.screenshot(name),
    complaints: (): Promise<string[]> => panel!.complaints(),
  };
}

/** What the page has asked of its host, in order. */
export const askedOf = (page: Page): Promise<string[]> => page.evaluate(() => window.fakeHost.asked);

/** What the panel gives to be saved as a `kind` of file when its dialog of exports is asked. */
export async function exported(page: Page, kind: string): Promise<{ suggestedName: string; content: string }> {
  await page.keyboard.press('e');
  await page.locator(`[data-kind=${kind}]`).click();
  await expect.poll(async () => (await askedOf(page)).some((call) => call.startsWith('saveFile'))).toBe(true);
  const call = (await askedOf(page)).find((text) => text.startsWith('saveFile'))!;
  return JSON.parse(call.slice('saveFile '.length)) as { suggestedName: string; content: string };
}
