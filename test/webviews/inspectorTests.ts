/** What the tests of the inspector share: three stars, and a page that shows the first. */
import type { Page } from 'playwright-core';
import { mockFit } from './mockData';
import type { PanelOptions } from './panel';
import { panelTests } from './panelTests';

export const fits = [mockFit('1001605073', 3), mockFit('1001605074', 4), mockFit('1001605075', 5)];

/** To be called once in a test file, as `panelTests`. */
export function inspectorTests() {
  const { open, screenshot } = panelTests({ view: 'inspector', stars: fits });
  const openStar = async (options: Partial<PanelOptions> = {}): Promise<Page> => {
    const page = await open(options);
    await page.waitForSelector('.facts .labels td');
    return page;
  };
  return { open, openStar, screenshot };
}

/** Selects the heading of a star's page. */
export const title = (star: string): string => `h1:has-text("${star}")`;
