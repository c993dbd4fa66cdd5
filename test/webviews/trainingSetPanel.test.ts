import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { mockSet } from './mockSet';
import { painted } from './onScreen';
import type { PanelOptions } from './panel';
import { askedOf, exported, panelTests } from './panelTests';
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
const { open, screenshot } = panelTests({ view: 'trainingSet', answers });

async function openSet(options: Partial<PanelOptions> = {}): Promise<Page> {
  const page = await open({ width: 1280, height: 760, ...options });
  await page.waitForSelector('.facts .funnel td', { state: 'attached' });
  return page;
}

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
  it('draws the Kiel diagram with funnel, coverage and correlations; bins; histograms; and lists a region', async () => {
    const page = await openSet({ theme });
    const { inked, coloured } = await painted(page, 0);
    expect(inked).toBeGreaterThan(5000);
    expect(coloured).toBeGreaterThan(2000);
    expect(await page.locator('.colour-title').innerText()).toBe('[Fe/H] (dex)');
    await screenshot(`trainingSet-${theme}`);
    await brush(page);
    await expect.poll(() => count(page)).toMatch(/stars in the region/);
    await screenshot(`trainingSet-list-${theme}`);
    await page.keyboard.press('Escape');
    await page.keyboard.press('v');
    await expect.poll(() => page.locator('.pane:visible').count()).toBe(6);
    await screenshot(`trainingSet-bins-${theme}`);
    await page.keyboard.press('v');
    await expect.poll(() => page.locator('.pane:visible').count()).toBe(5);
    expect((await painted(page, 0)).coloured).toBeGreaterThan(200);
    await screenshot(`trainingSet-histograms-${theme}`);
  });
});

describe('the funnel', () => {
  it('lets the stars of a step stand out, lists them, and says of each why it was dropped', async () => {
    const page = await openSet();
    const row = funnelRow(page, 'quality/0');
    const lost = Number((await row.locator('.lost').innerText()).replace('−', ''));
    await row.locator('.lost button').click();
    await expect.poll(() => count(page)).toBe(`${lost} stars dropped by spectrum.SNRZ >= 20`);
    expect(await row.getAttribute('class')).toBe('selected');
    expect(await page.locator('.stars tbody .fate').first().innerText()).toBe('dropped by spectrum.SNRZ >= 20');
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('.stars').isVisible()).toBe(false);
  });

  it('is walked by keys', async () => {
    const page = await openSet();
    const chosen = (): Promise<string | null> =>
      page.evaluate(() => document.querySelector('.funnel tr.selected')?.getAttribute('data-step') ?? null);
    const walked: (string | null)[] = [];
    for (const key of ['j', 'j', 'k', 'k']) {
      await page.keyboard.press(key);
      walked.push(await chosen());
    }
    expect(walked).toEqual(['review', 'quality/0', 'review', null]);
  });

  it('reveals the line of cannon.yaml that decides', async () => {
    const page = await openSet();
    for (const key of ['reference/match', 'quality/1', 'models/giants', 'review'])
      await funnelRow(page, key).locator('th button').click();
    const revealed = (await askedOf(page)).filter((call) => call.startsWith('revealKey'));
    expect(revealed.map((call) => (JSON.parse(call.slice(10)) as { key: string }).key)).toEqual([
      ...['reference/match', 'quality/1', 'models/giants', 'review'],
    ]);
  });

  it('says which thresholds of χ² a cut has taken, and that one is still to be made', async () => {
    const steps = set.steps.map((step, k) =>
      k === 3
        ? { ...step, thresholds: [{ element: 'Mg', threshold: 1.2345, stars: 900, above: 135 }] }
        : k === 4
          ? { ...step, isPending: true as const }
          : step,
    );
    const page = await openSet({ answers: { ...answers, readSet: { ...set, steps } } });
    expect(await page.locator('.thresholds').innerText()).toMatch(/χ² in windows: Mg ≤ 1\.23/);
    expect(await funnelRow(page, 'quality/1').locator('td').first().innerText()).toMatch(/^≤ /);
  });
});

describe('a region', () => {
  it('that is framed lists exactly the stars inside, and survives a reload', async () => {
    const page = await openSet();
    await brush(page);
    await expect.poll(() => count(page)).toMatch(/^\d+ stars in the region/);
    const state = await page.evaluate(
      () => window.fakeHost.state() as { region: { x: { from: number; to: number }; y: { from: number; to: number } } },
    );
    const [teff, logg] = [set.columns[0]!.values, set.columns[1]!.values];
    const { x, y } = state.region;
    const inside = set.stars.filter(
      (_, n) => teff[n]! >= x.from && teff[n]! <= x.to && logg[n]! >= y.from && logg[n]! <= y.to,
    );
    expect(inside.length).toBeGreaterThan(50);
    expect(await count(page)).toMatch(new RegExp(`^${inside.length} stars`));
    await page.reload();
    await expect.poll(() => count(page)).toMatch(new RegExp(`^${inside.length} stars`));
  });

  it('can be all that is in view, by key; its list is sorted by a click', async () => {
    const page = await openSet();
    await page.keyboard.press('+');
    await page.keyboard.press('Shift+ArrowRight');
    await page.keyboard.press('a');
    await expect.poll(() => count(page)).toMatch(/stars in the region/);
    const first = (): Promise<number> =>
      page.locator('.stars tbody tr').first().locator('td.number').first().innerText().then(Number);
    await page.locator('.stars thead').getByRole('button', { name: /T/ }).first().click();
    const coolest = await first();
    await page.locator('.stars thead').getByRole('button', { name: /T/ }).first().click();
    expect(await first()).toBeGreaterThan(coolest);
  });

  it('is excluded with a note, all of it or what is selected, and taken back', async () => {
    const page = await openSet();
    await brush(page);
    await page.locator('.stars tbody input').nth(0).check();
    await page.locator('.stars tbody input').nth(1).check();
    await page.getByLabel('Note').fill('blends');
    await page.locator('.exclude').click();
    const call = async (name: string): Promise<string | undefined> =>
      (await askedOf(page)).filter((one) => one.startsWith(name)).at(-1);
    await expect.poll(() => call('exclude')).toMatch(/^exclude \{"stars":\["\d+","\d+"\],"note":"blends"\}$/);
    await expect
      .poll(() => page.locator('.said').innerText())
      .toMatch(/Excluded 2 stars from training, in review\.yaml\./);
    await page.keyboard.press('u');
    await expect.poll(() => call('restore')).toBe(`restore ${JSON.stringify({ changes: undo })}`);
    await expect.poll(() => page.locator('.said').innerText()).toContain('Undone: 1 star.');
  });

  it('takes excluded stars in again', async () => {
    const page = await openSet();
    await funnelRow(page, 'review').locator('.lost button').click();
    await expect.poll(() => count(page)).toBe('9 stars excluded in review.yaml');
    expect(await page.locator('.stars .note-cell').first().innerText()).toBe('exclude: double-lined');
    await page.locator('.include').click();
    await expect
      .poll(async () => (await askedOf(page)).filter((one) => one.startsWith('restore')).at(-1))
      .toMatch(/^restore \{"changes":\[\{"star":"1001600119","entry":null\}/);
  });
});

describe('a star', () => {
  it('is reached by the arrow keys, spoken, inspected and excluded', async () => {
    const page = await openSet();
    await page.keyboard.press('ArrowRight');
    const first = await page.locator('.readout').innerText();
    expect(first).toMatch(/^\d+ {3}Teff \d+ {3}log g .* {3}(trains|dropped)/);
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => page.locator('.readout').innerText()).not.toBe(first);
    const line = await page.locator('.readout').innerText();
    expect(await page.locator('[role=status]').first().textContent()).toBe(line);
    const star = line.split('   ')[0]!;
    await page.keyboard.press('Enter');
    const path = set.paths[set.stars.indexOf(star)]!;
    await expect.poll(() => askedOf(page)).toContain(`inspect {"path":"${path}"}`);
    await page.keyboard.press('x');
    await expect.poll(() => askedOf(page)).toContain(`exclude {"stars":["${star}"],"note":""}`);
  });
});

describe('the choices', () => {
  it('show two labels against each other by a click on their correlation', async () => {
    const page = await openSet();
    await page.getByRole('button', { name: /^r of \[Mg\/Fe\] and \[Fe\/H\]/ }).click();
    expect(await page.getByLabel('Horizontal axis').inputValue()).toBe('fe_h');
    expect(await page.getByLabel('Vertical axis').inputValue()).toBe('mg_fe');
  });

  it('ask for a column of the table once it is wanted', async () => {
    const page = await openSet();
    await page.getByLabel('Colour', { exact: true }).selectOption('column:flag');
    await expect.poll(() => askedOf(page)).toContain('readSet {"columns":["flag"]}');
  });

  it('colour by model with markers, and show one model alone', async () => {
    const page = await openSet();
    await page.getByLabel('Colour', { exact: true }).selectOption('model');
    expect(await page.locator('.entries .glyph').allInnerTexts()).toEqual(['●', '▲']);
    await screenshot('trainingSet-models');
    await page.getByLabel('Model', { exact: true }).selectOption('giants');
    await expect
      .poll(() => page.locator('.coverage tbody tr').nth(1).locator('td').nth(2).innerText())
      .toMatch(/^3\.[56]/);
  });

  it('hide dropped stars, and stay across a reload', async () => {
    const page = await openSet();
    await page.keyboard.press('d');
    await page.keyboard.press(']');
    const colour = await page.getByLabel('Colour', { exact: true }).inputValue();
    expect(colour).toBe('mg_fe');
    await page.reload();
    await page.waitForSelector('.facts .funnel td', { state: 'attached' });
    expect(await page.getByLabel('Colour', { exact: true }).inputValue()).toBe('mg_fe');
    expect(await page.getByRole('button', { name: 'Show dropped stars' }).getAttribute('aria-pressed')).toBe('false');
  });
});

describe('while cannon.yaml is edited', () => {
  it('shows the new selection, and keeps the picture dimmed below what is wrong with the text', async () => {
    const page = await openSet();
    const change = (readSet: unknown): Promise<void> =>
      page.evaluate((next) => {
        window.fakeHost.answers['readSet'] = next;
        window.fakeHost.rpc.notify('changed');
      }, readSet);
    await change({ failure: { message: 'There is no column "snrq"', hint: 'Its columns are snrz.' } });
    await expect.poll(() => page.locator('.banner').innerText()).toMatch(/no column "snrq"\..*snrz/);
    expect(await page.locator('.content.dimmed').count()).toBe(1);
    await page.evaluate(() => {
      window.fakeHost.answers['readSet'] = 'never';
    });
    expect((await painted(page, 0)).inked).toBeGreaterThan(5000);
  });
});

describe('export', () => {
  it('writes the numbers with units, models, fates and verdicts', async () => {
    const { suggestedName, content } = await exported(await openSet(), 'csv');
    const [head, first] = content.split('\n');
    expect(suggestedName).toBe('training-set-logg-teff.csv');
    expect(head).toBe(
      'star,spectrum,reference_row,model,fate,teff [K],logg [dex],fe_h [dex],mg_fe [dex],ba_fe [dex],e_teff [K],snr,verdict,note',
    );
    expect(first!.split(',')[0]).toBe(set.stars[0]);
    expect(content.trimEnd().split('\n')).toHaveLength(set.stars.length + 1);
    expect(content).toMatch(/,excluded,.*,exclude,double-lined\n/);
  });

  it('writes the figure as SVG with a marker for each star', async () => {
    const page = await openSet();
    const { content } = await exported(page, 'svg');
    const problem = await page.evaluate(
      (text) => new DOMParser().parseFromString(text, 'image/svg+xml').querySelector('parsererror')?.textContent ?? '',
      content,
    );
    expect(problem).toBe('');
    expect(content).toContain('log g (dex)');
    expect(content).not.toMatch(/NaN|undefined/);
  });

  it('writes a Python program about the reference table', async () => {
    const { content } = await exported(await openSet(), 'py');
    expect(content).toContain('table = Table.read("/survey/labels.csv", format="ascii.csv")');
    expect(content).toContain('colour = column("feh")[row]');
    expect(content).toContain('axes.invert_yaxis()');
  });
});

describe('a list', () => {
  it('is sorted by key, and the keyboard stays in its head', async () => {
    const page = await openSet();
    await brush(page);
    await expect.poll(() => count(page)).toMatch(/stars in the region/);
    const head = page.locator('.stars thead').getByRole('button', { name: 'fate' });
    await head.focus();
    await page.keyboard.press('Enter');
    const focused = (): Promise<(string | null | undefined)[]> =>
      page.evaluate(() => {
        const own = document.activeElement;
        return [own?.textContent, own?.parentElement?.getAttribute('aria-sort')];
      });
    expect(await focused()).toEqual(['fate', 'ascending']);
    await page.keyboard.press('Enter');
    expect(await focused()).toEqual(['fate', 'descending']);
    await page.keyboard.press('Escape');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Reference stars');
  });
});

describe('few stars or labels', () => {
  it('of one label are drawn against the S/N, and no correlations are told', async () => {
    const columns = set.columns.filter(({ name, kind }) => name === 'teff' || kind === 'snr');
    const page = await openSet({ answers: { ...answers, readSet: { ...set, columns } } });
    expect(await page.getByLabel('Vertical axis').inputValue()).toBe('snr');
    expect(await page.locator('.facts').innerText()).not.toContain('How labels go together');
  });

  it('of which none is left to train on are said to be none', async () => {
    const droppedAt = set.droppedAt.map(() => 3);
    const page = await openSet({ answers: { ...answers, readSet: { ...set, droppedAt } } });
    expect(await page.locator('.facts').innerText()).toContain('No star is left to train on.');
  });

  it('tell the widest gap with the digits of the label', async () => {
    const page = await openSet();
    expect(await page.locator('.coverage tbody tr').first().innerText()).toMatch(/\s\d+$/);
  });
});

describe('without stars', () => {
  it('says what is missing and what to do', async () => {
    const failure = { message: 'No spectrum matches a row of a reference table.', hint: 'Add a reference.' };
    const page = await open({ answers: { ...answers, readSet: { failure } } });
    await expect.poll(() => page.locator('.failure').innerText()).toMatch(/No spectrum matches.*\s+Add a reference\./);
  });

  it('shows a line of progress while they are selected', async () => {
    const page = await open({ answers: { ...answers, readSet: 'never' } });
    await expect.poll(() => page.locator('.progress-line').isVisible()).toBe(true);
  });
});

it('fits a narrow panel and twice the letters', async () => {
  const page = await openSet({ width: 560, height: 700 });
  expect((await painted(page, 0)).inked).toBeGreaterThan(2000);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(560);
  await screenshot('trainingSet-narrow');
  await page.keyboard.press('f');
  await expect.poll(() => page.locator('.facts').isVisible()).toBe(true);
  await screenshot('trainingSet-narrow-facts');
});

it('every control has a name, and a table says what the diagram shows', async () => {
  const page = await openSet();
  const nameless = await page
    .locator('button, select, input')
    .evaluateAll((controls) => controls.filter((c) => !(c.getAttribute('aria-label') ?? c.textContent?.trim())).length);
  expect(nameless).toBe(0);
  const rows = page.locator('.stage .for-screen-readers table tbody tr');
  expect(await rows.count()).toBe(8);
  const trained = (await rows.locator('td:nth-child(2)').allInnerTexts()).map(Number);
  expect(trained.reduce((sum, n) => sum + n, 0)).toBeGreaterThan(1400);
});
