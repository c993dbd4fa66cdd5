import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { benchInPage } from './mockBench';
import type { PanelOptions } from './panel';
import { exported, panelTests } from './panelTests';
import { type ThemeName, themes } from './themes';

const size = { width: 1280, height: 760 };
const { open: openAny, screenshot } = panelTests({ view: 'review', ...size, prepare: [benchInPage, 1290] });
const open = (options: Partial<PanelOptions> = {}, nStars = 1290): Promise<Page> =>
  openAny({ prepare: [benchInPage, nStars], ...options });

async function openBench(options: Partial<PanelOptions> = {}, nStars = 1290): Promise<Page> {
  const page = await open(options, nStars);
  await page.waitForSelector('.known .flags li');
  await page.waitForSelector('.reviewed-count:not(:empty)');
  return page;
}

const asked = (page: Page, name: string): Promise<string[]> =>
  page.evaluate((wanted) => window.fakeHost.asked.filter((call) => call.startsWith(wanted)), name);
const chosen = (page: Page): Promise<string> => page.locator('.grid-row.selected .cell-star').innerText();
const count = (page: Page): Promise<string> => page.locator('.reviewed-count').innerText();
const column = (page: Page, kind: string, n = 3): Promise<string[]> =>
  page
    .locator(`.grid-rows .cell-${kind}`)
    .evaluateAll((cells, most) => cells.slice(0, most).map((c) => c.textContent), n);
const press = async (page: Page, ...keys: string[]): Promise<void> => {
  for (const key of keys) await page.keyboard.press(key);
};
const settled = (page: Page, star: string): Promise<void> =>
  expect.poll(() => page.locator('.star-title').innerText()).toBe(star);

describe.each(Object.keys(themes) as ThemeName[])('the review bench in the theme %s', (theme) => {
  it('shows the queue, the reasons of the chosen star and the verdicts', async () => {
    const page = await openBench({ theme });
    await press(page, 'j', 'j', 'r', 'n');
    await page.keyboard.type('a CH star');
    await press(page, 'Enter', 'b');
    await expect.poll(() => count(page)).toMatch(/^2 of/);
    await page.waitForSelector('.known:not(.dimmed) .labels-line');
    await screenshot(`review-${theme}`);
    expect(await page.locator('.grid-rows [role=row]').count()).toBeGreaterThan(15);
  });
});

describe('the queue', () => {
  it('begins with the most surprising star, and is ordered by any column', async () => {
    const page = await openBench();
    const surprises = (
      await page
        .locator('.grid-rows [role=row]')
        .evaluateAll((rows) => rows.map((row) => row.querySelector('.cell-number')!.textContent))
    ).map(Number);
    expect(surprises.length).toBeGreaterThan(10);
    expect([...surprises].sort((a, b) => b - a)).toEqual(surprises);
    await page.getByRole('columnheader', { name: /T/ }).getByRole('button').first().click();
    await expect
      .poll(() => page.getByRole('columnheader', { name: /T/ }).first().getAttribute('aria-sort'))
      .toBe('descending');
    await press(page, 'Home');
    await expect.poll(() => column(page, 'label', 1)).toEqual([expect.stringMatching(/^6[34]\d\d ± \d\d$/)]);
    await page.getByLabel('Order by').selectOption('ba_fe');
    await expect
      .poll(() => page.getByRole('columnheader', { name: '[Ba/Fe]' }).getAttribute('aria-sort'))
      .toBe('descending');
  });

  it('keeps the chosen star when the order changes', async () => {
    const page = await openBench();
    await press(page, 'j', 'j', 'j');
    const star = await chosen(page);
    await press(page, 'o');
    await expect.poll(() => page.getByLabel('Order by').inputValue()).toBe('flags');
    await expect.poll(() => chosen(page)).toBe(star);
  });

  it('is travelled by keys, and says where one is', async () => {
    const page = await openBench();
    const grid = page.locator('[role=grid]');
    const at = (): Promise<number> => page.locator('.grid-row.selected').getAttribute('aria-rowindex').then(Number);
    await press(page, 'j', 'j', 'ArrowDown', 'k');
    expect(await at()).toBe(4);
    await press(page, 'PageDown');
    expect(await at()).toBeGreaterThan(14);
    await press(page, 'End');
    expect(await at()).toBe(Number(await grid.getAttribute('aria-rowcount')));
    await expect.poll(() => page.locator('.grid-row.selected .pending').count()).toBe(0);
    expect(await grid.getAttribute('aria-activedescendant')).toBe(
      await page.locator('.grid-row.selected').getAttribute('id'),
    );
    await press(page, 'Home', 'k');
    expect(await at()).toBe(2);
  });

  it('of a million stars asks only for what is in view, and goes from end to end', async () => {
    const page = await openBench({}, 1_000_000);
    await press(page, 'End');
    await expect.poll(() => page.locator('.grid-row.selected .pending').count()).toBe(0);
    const last = await chosen(page);
    await press(page, 'k', 'j');
    expect(await chosen(page)).toBe(last);
    const row = async (): Promise<number> =>
      Number(await page.locator('.grid-rows [role=row]').first().getAttribute('aria-rowindex'));
    const before = await row();
    await page.locator('.grid-body').hover();
    await page.mouse.wheel(0, -240);
    await expect.poll(row).toBe(before - 10);
    await page.locator('.grid-body').evaluate((body) => (body.scrollTop = body.scrollHeight / 2));
    await expect.poll(row).toBeGreaterThan(150_000);
    expect(await page.locator('.grid-rows [role=row]').count()).toBeLessThan(60);
    expect((await asked(page, 'readRows')).length).toBeLessThan(20);
  });
});

describe('a verdict', () => {
  it('is written by one key with its note, shown at once, and goes on to the next star', async () => {
    const page = await openBench();
    const first = await chosen(page);
    await press(page, 'n');
    await page.keyboard.type('jr: noisy');
    await press(page, 'Enter');
    expect(await chosen(page)).toBe(first);
    await expect.poll(() => page.locator('.note-said').innerText()).toBe('The note is saved with the verdict.');
    await press(page, 's');
    expect(await chosen(page)).not.toBe(first);
    await expect
      .poll(() => asked(page, 'judge'))
      .toEqual(['judge {"row":0,"verdict":"bad spectrum","note":"jr: noisy"}']);
    expect(await column(page, 'verdict', 1)).toEqual(['bad spectrum: jr: noisy']);
    await expect.poll(() => count(page)).toMatch(/^1 of \d+ reviewed$/);
  });

  it('of enrichment asks for the element, and offers the one whose lines are deepest', async () => {
    const page = await openBench();
    await press(page, '+', 'Enter', '+');
    await page.keyboard.type('eu');
    await press(page, 'Enter');
    await expect
      .poll(async () => (await asked(page, 'judge')).map((call) => /"verdict":"([^"]*)"/.exec(call)?.[1]))
      .toEqual(['enriched in Ba', 'enriched in Eu']);
  });

  it('is undone and done again, back at its star', async () => {
    const page = await openBench();
    const first = await chosen(page);
    await press(page, 'b', 'j', 'j');
    await expect.poll(() => count(page)).toMatch(/^1 of/);
    await press(page, 'u');
    await expect.poll(() => count(page)).toMatch(/^0 of/);
    expect(await chosen(page)).toBe(first);
    expect(await page.locator('.said').innerText()).toContain('Undone: 1001600000: no verdict');
    await press(page, 'j', 'Shift+U');
    await expect.poll(() => count(page)).toMatch(/^1 of/);
    expect(await column(page, 'verdict', 1)).toEqual(['binary']);
  });

  it('that cannot be written is taken from the table again, and the place is said', async () => {
    const page = await openBench();
    await page.evaluate(() => {
      const failure = { message: '/survey/review.yaml: line 3, star 17: there is no verdict', hint: 'Mend it first.' };
      window.fakeHost.answers['judge'] = { failure };
    });
    await press(page, 'r');
    await expect.poll(() => page.locator('.banner').innerText()).toMatch(/line 3, star 17.*Mend it first/);
    expect(await column(page, 'verdict', 1)).toEqual(['']);
    await expect.poll(() => count(page)).toMatch(/^0 of/);
  });

  it('that could not be written is kept, and is written when it can be', async () => {
    const page = await openBench();
    // What answers when there is room again is kept beside.
    await page.evaluate(() => {
      const { answers } = window.fakeHost;
      answers['judge later'] = answers['judge'];
      answers['judge'] = { failure: { message: 'The disk is full', hint: '' } };
    });
    await press(page, 'r', 'b');
    await expect.poll(() => page.locator('.said').innerText()).toContain('2 verdicts are not saved yet');
    await page.evaluate(() => {
      const { answers } = window.fakeHost;
      answers['judge'] = answers['judge later'];
    });
    await page.locator('.said button', { hasText: 'Save them again' }).click();
    await expect.poll(() => count(page)).toMatch(/^2 of/);
    expect(await column(page, 'verdict', 2)).toEqual(['real', 'binary']);
    expect(await page.locator('.banner').count()).toBe(0);
  });

  it('makes its star leave a queue that hides reviewed stars', async () => {
    const page = await openBench();
    await press(page, 'h');
    await expect.poll(() => asked(page, 'select').then((calls) => calls.at(-1))).toContain('"reviewed":"no"');
    const [first, second] = await column(page, 'star', 2);
    expect(await chosen(page)).toBe(first);
    await press(page, 'i');
    await expect.poll(() => chosen(page)).toBe(second);
    await settled(page, second!);
  });

  it('stays at its star where going on is off, and is taken back by Delete', async () => {
    const page = await openBench();
    const first = await chosen(page);
    await press(page, 'a', 'l');
    await expect.poll(() => count(page)).toMatch(/^1 of/);
    expect(await chosen(page)).toBe(first);
    await press(page, 'Delete');
    await expect.poll(() => count(page)).toMatch(/^0 of/);
    expect((await asked(page, 'judge')).at(-1)).toContain('"verdict":null');
  });
});

describe('a condition', () => {
  it('narrows the queue by Enter, completes columns, and gives the keyboard back', async () => {
    const page = await openBench();
    await press(page, '/');
    await page.keyboard.type('tef');
    await expect.poll(() => page.locator('.completions li').first().innerText()).toMatch(/^teff/);
    await press(page, 'Tab');
    await page.keyboard.type(' > 6000');
    await press(page, 'Enter');
    await expect.poll(() => asked(page, 'select').then((calls) => calls.at(-1))).toContain('"where":"teff > 6000"');
    await expect.poll(() => column(page, 'label', 1)).toEqual([expect.stringMatching(/^6\d{3} ± \d+$/)]);
    expect(await page.getByLabel('Saved searches').inputValue()).toBe('hot');
    const star = await chosen(page);
    await press(page, 'j');
    expect(await chosen(page)).not.toBe(star);
  });

  it('with an error is explained below its place, and mended by a click', async () => {
    const page = await openBench();
    await press(page, '/');
    await page.keyboard.type('logg < 3 AND tef > 5000');
    await press(page, 'Enter');
    await expect
      .poll(() => page.locator('.where-problem').innerText())
      .toMatch(/no column “tef”. Did you mean “teff”\?/);
    expect(await page.locator('.where-problem mark').innerText()).toBe('tef');
    expect(await page.locator('.grid-rows [role=row]').count()).toBeGreaterThan(10);
    await screenshot('review-problem');
    await page.getByRole('button', { name: 'Write teff' }).click();
    await expect.poll(() => page.locator('.where-problem').isVisible()).toBe(false);
    expect(await page.locator('.where').inputValue()).toBe('logg < 3 AND teff > 5000');
  });

  it('comes from chips with counts and from searches that were saved', async () => {
    const page = await openBench();
    const chip = page.locator('.chip', { hasText: 'binary?' });
    const n = Number(await chip.locator('.count').innerText());
    await chip.click();
    await expect.poll(() => count(page)).toBe(`0 of ${n} reviewed`);
    expect(await chip.getAttribute('aria-pressed')).toBe('true');
    await page.getByLabel('Saved searches').selectOption('barium stars');
    await expect.poll(() => page.locator('.where').inputValue()).toBe('ba_fe > 0.8');
  });

  it('that no star fits says so, and shows the way back', async () => {
    const page = await openBench();
    await press(page, '/');
    await page.keyboard.type('teff > 9000');
    await press(page, 'Enter');
    await expect.poll(() => page.locator('.nobody').innerText()).toContain('No star fits the condition');
    await page.getByRole('button', { name: 'Show all flagged stars' }).click();
    await expect.poll(() => page.locator('.grid-rows [role=row]').count()).toBeGreaterThan(10);
  });
});

it('shows the odd one of several observations, says that it does, and shows the others by key', async () => {
  const page = await openBench();
  const line = page.locator('.known .observation');
  expect(await line.innerText()).toContain('Observation 2 of 3, the most surprising.');
  const first = Number(await page.locator('.known .repeats th button').first().innerText());
  const shown = async (): Promise<string> => (await asked(page, 'inspect')).at(-1)!;
  const current = (): Promise<string> => page.locator('.repeats tr[aria-current=true] button').innerText();
  await expect.poll(shown).toContain(`/${first + 1}.fits`);
  expect(await page.locator('.repeats tbody tr').nth(1).innerText()).toContain('most surprising');
  expect(await current()).toBe(String(first + 1));
  await press(page, '.');
  await expect.poll(shown).toContain(`/${first + 2}.fits`);
  expect(await line.innerText()).toMatch(/^Observation 3 of 3\. /);
  await press(page, '.');
  await expect.poll(shown).toContain(`/${first}.fits`);
  expect(await current()).toBe(String(first));
  await press(page, ',', ',');
  await expect.poll(shown).toContain(`/${first + 1}.fits`);
  await screenshot('review-observations');
});

it('lets the inspector follow without the focus, opens it once, and goes there by Enter', async () => {
  const page = await openBench();
  await expect.poll(() => asked(page, 'inspect')).toHaveLength(1);
  const star = /1001\d+/.exec((await asked(page, 'inspect'))[0]!)![0];
  await press(page, 'j');
  await expect.poll(() => asked(page, 'inspect')).toHaveLength(2);
  await press(page, 'k');
  await expect.poll(() => asked(page, 'inspect')).toHaveLength(3);
  await press(page, 'Enter');
  const call = (opens: boolean, takesFocus: boolean): string =>
    `inspect {"path":"/survey/spectra/${star}.fits","opens":${opens},"takesFocus":${takesFocus}}`;
  await expect
    .poll(async () => (await asked(page, 'inspect')).filter((text) => text.includes(star)))
    .toEqual([call(true, false), call(false, false), call(true, true)]);
});

it('keeps star, order, condition and place across a reload, and can still undo', async () => {
  const page = await openBench();
  await page.getByLabel('Order by').selectOption('ba_fe');
  await press(page, 'r', '/');
  await page.keyboard.type('teff > 5000');
  await press(page, 'Enter', 'PageDown', 'PageDown', 'PageDown');
  await expect.poll(() => page.locator('.grid-row.selected .pending').count()).toBe(0);
  const star = await chosen(page);
  const top = await page.locator('.grid-rows [role=row]').first().innerText();
  await settled(page, star);
  await page.reload();
  await expect.poll(() => page.locator('.grid-row.selected .cell-star').count()).toBe(1);
  await expect.poll(() => chosen(page)).toBe(star);
  expect(await page.locator('.grid-rows [role=row]').first().innerText()).toBe(top);
  expect(await page.getByLabel('Order by').inputValue()).toBe('ba_fe');
  expect(await page.locator('.where').inputValue()).toBe('teff > 5000');
  await press(page, 'u');
  await expect.poll(() => page.locator('.said').innerText()).toContain('Undone');
});

it('obeys commands of the editor', async () => {
  const page = await openBench();
  const first = await chosen(page);
  const act = (action: string): Promise<void> =>
    page.evaluate((name) => window.fakeHost.rpc.notify('act' as never, name as never), action);
  await act('next');
  await expect.poll(() => chosen(page)).not.toBe(first);
  await act('real');
  await expect.poll(() => count(page)).toMatch(/^1 of/);
});

describe('export', () => {
  it('writes the stars of the queue with verdicts and notes', async () => {
    const page = await openBench();
    await press(page, 'r');
    await expect.poll(() => count(page)).toMatch(/^1 of/);
    const lines = (await exported(page, 'csv')).content.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^designation,obsid,.*,teff \[K\],e_teff \[K\],.*,verdict,note$/);
    expect(lines.length - 1).toBe(Number(/of (\d+)/.exec(await count(page))![1]));
    expect(lines[1]).toMatch(/,real,$/);
  });

  it('writes a program that chooses the same stars', async () => {
    const page = await openBench();
    await page.locator('.chip', { hasText: 'emission' }).click();
    await press(page, '/');
    await page.keyboard.type("has('chi2')");
    await press(page, 'Escape', '/');
    await page.keyboard.type('teff > 5000');
    await press(page, 'Enter');
    await expect.poll(() => asked(page, 'select').then((calls) => calls.at(-1))).toContain('teff > 5000');
    const { content: program } = await exported(page, 'py');
    expect(program).toContain('duckdb.read_parquet("/survey/.cannon/catalog.parquet")');
    expect(program).toContain('"emission": 1 << 9,');
    expect(program).toContain('"(teff > 5000)",');
    expect(program).toContain('ORDER BY \\"surprise\\" DESC NULLS LAST');
  });
});

it('fits a narrow panel: the star’s page stands below', async () => {
  const page = await openBench({ width: 620, height: 820 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(620);
  const [queue, star] = [await page.locator('.queue').boundingBox(), await page.locator('.star-page').boundingBox()];
  expect(star!.y).toBeGreaterThanOrEqual(queue!.y + queue!.height - 1);
  await screenshot('review-narrow');
  await press(page, 'f');
  await expect.poll(() => page.locator('.star-page').isVisible()).toBe(false);
});

it('every control has a name, and the table is a grid', async () => {
  const page = await openBench();
  const nameless = await page
    .locator('button, select, input')
    .evaluateAll((controls) => controls.filter((c) => !(c.getAttribute('aria-label') ?? c.textContent?.trim())).length);
  expect(nameless).toBe(0);
  const cells = await page.locator('.grid-rows [role=row]').first().locator('[role=gridcell]').count();
  expect(await page.locator('[role=columnheader]').count()).toBe(cells);
});
