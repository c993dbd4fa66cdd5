/** The page of a panel that is told what it shows before its questions are answered. */
import { expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { mockFit } from './mockData';
import { painted } from './onScreen';
import { askedOf, panelTests } from './panelTests';

const { open } = panelTests({
  view: 'inspector',
  stars: ['never', mockFit('1001605074', 4), mockFit('1001605075', 5)],
});

async function openTold(): Promise<Page> {
  const page = await open();
  await page.evaluate(() => {
    const { rpc, stars } = window.fakeHost;
    rpc.tell([{ method: 'readFit', result: stars[1] }]);
  });
  await page.waitForSelector('h1:has-text("1001605074")');
  return page;
}

it('draws what it is told while its question waits, and has its icons', async () => {
  const page = await openTold();
  await page.waitForSelector('.facts .labels td');
  expect((await painted(page, 0)).inked).toBeGreaterThan(10_000);
  await page.waitForFunction(() => document.fonts.check('16px codicon'));
});

it('asks when VS Code loads the same page again', async () => {
  const page = await openTold();
  await page.addInitScript(() => (window.fakeHost.at = 2));
  await page.reload();
  await page.waitForSelector('h1:has-text("1001605075")');
  expect(await askedOf(page)).toContain('readFit');
});

it('shows another star that comes with the news of it, without a question', async () => {
  const page = await openTold();
  const nAsked = (await askedOf(page)).filter((asked) => asked === 'readFit').length;
  await page.evaluate(() => {
    const { rpc, stars } = window.fakeHost;
    rpc.notifyKnowing([{ method: 'readFit', result: stars[2] }], 'changed');
  });
  await page.waitForSelector('h1:has-text("1001605075")');
  expect((await askedOf(page)).filter((asked) => asked === 'readFit')).toHaveLength(nAsked);
});
