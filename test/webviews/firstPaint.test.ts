/** The page of a panel that brings its first answers with it. */
import { expect, it } from 'vitest';
import { mockFit } from './mockData';
import { painted } from './onScreen';
import { askedOf, panelTests } from './panelTests';

const { open } = panelTests({ view: 'inspector', stars: [mockFit('1001605074', 4), mockFit('1001605075', 5)] });
const brought = mockFit('</script><b>1001605073', 3);
const known = [
  { method: 'readFit', result: brought },
  { method: 'readFocus', result: null },
];

it('draws what it has brought before it is loaded, without a question, and then gets its icons', async () => {
  const page = await open({ known });
  expect(await page.locator('h1').innerText()).toContain('</script><b>1001605073');
  expect(await askedOf(page)).not.toContain('readFit');
  const [drawn, loaded] = await page.evaluate(() => [
    performance.getEntriesByName('drawn')[0]!.startTime,
    (performance.getEntriesByType('navigation')[0] as PerformanceNavigationTiming).loadEventStart,
  ]);
  expect(drawn).toBeLessThan(loaded);
  expect((await painted(page, 0)).inked).toBeGreaterThan(10_000);
  await page.waitForFunction(() => document.fonts.check('16px codicon'));
});

it('asks when VS Code loads the same page again', async () => {
  const page = await open({ known });
  await page.waitForSelector('.facts .labels td');
  await page.reload();
  await page.waitForSelector('h1:has-text("1001605074")');
  expect(await askedOf(page)).toContain('readFit');
});

it('shows another star that comes with the news of it', async () => {
  const page = await open({ known });
  await page.waitForSelector('.facts .labels td');
  await page.evaluate(() => {
    const host = window.fakeHost;
    const result = host.stars[1];
    host.rpc.notifyKnowing([{ method: 'readFit', result }], 'changed');
  });
  await page.waitForSelector('h1:has-text("1001605075")');
  expect(await askedOf(page)).not.toContain('readFit');
});
