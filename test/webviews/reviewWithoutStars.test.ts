/** The review bench while there is no catalog, or none that can be read. */
import { describe, expect, it } from 'vitest';
import { askedOf, panelTests } from './panelTests';

const { open } = panelTests({ view: 'review', width: 1280, height: 760 });
const without = { openCatalog: null, listCatalogs: [], makeCatalog: null };

describe('without stars', () => {
  it('offers to make a catalog', async () => {
    const page = await open({ answers: without });
    await expect
      .poll(() => page.locator('.failure').innerText())
      .toMatch(/no catalog yet.*\s+Run “Cannon: Make Catalog”/);
    expect(await page.locator('.controls').isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Make Catalog' }).click();
    await expect.poll(() => askedOf(page)).toContain('makeCatalog');
  });

  it('shows a line of progress while the catalog is opened, and the sentence of an error', async () => {
    const page = await open({ answers: { ...without, openCatalog: 'never' } });
    await expect.poll(() => page.locator('.progress-line').isVisible()).toBe(true);
    await page.evaluate(() => {
      const failure = { message: 'catalog.fits ends in the middle of a row', hint: 'Make it anew.' };
      window.fakeHost.answers['openCatalog'] = { failure };
      window.fakeHost.rpc.notify('changed' as never);
    });
    await expect
      .poll(() => page.locator('.failure').innerText())
      .toMatch(/ends in the middle of a row\.\s+Make it anew/);
  });
});
