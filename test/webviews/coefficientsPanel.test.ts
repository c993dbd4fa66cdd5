import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { mockModel } from './mockModel';
import { painted, viewOf } from './onScreen';
import type { PanelOptions } from './panel';
import { askedOf, exported, panelTests } from './panelTests';
import type { ThemeName } from './themes';
import { themes } from './themes';

const other = mockModel(2, '/survey/.cannon/runs/0/giants/model.fits');
const answers = {
  readModel: mockModel(),
  readFocus: null,
  readOther: other,
  listModels: [
    { path: '/survey/.cannon/runs/1/giants/model.fits', title: 'giants · 2026-11-20 13:02' },
    { path: other.path, title: 'giants · 2026-11-19 10:44' },
  ],
  chooseModel: null,
  revealKey: null,
  saveFile: '/survey/giants-teff.svg',
};
const { open, screenshot } = panelTests({ view: 'coefficients', answers });

async function openModel(options: Partial<PanelOptions> = {}): Promise<Page> {
  const page = await open(options);
  await page.waitForSelector('.facts .elements td');
  return page;
}

const term = (page: Page): Promise<string> => page.getByLabel('Term', { exact: true }).inputValue();

describe.each(Object.keys(themes) as ThemeName[])('the panel of coefficients in the theme %s', (theme) => {
  it('draws θ, information and scatter in frames that line up', async () => {
    const page = await openModel({ theme });
    await page.getByLabel('Term', { exact: true }).selectOption('mg_fe');
    const plots = [await painted(page, 0), await painted(page, 1), await painted(page, 2)];
    for (const plot of plots) expect(plot.inked).toBeGreaterThan(2000);
    expect(plots[0]!.coloured).toBeGreaterThan(500);
    expect(plots[1]!.frame).toEqual(plots[0]!.frame);
    expect(plots[2]!.frame).toEqual(plots[0]!.frame);
    await screenshot(`coefficients-${theme}`);
  });
});

describe('which pixels carry a label', () => {
  it('finds [Mg/Fe] in the windows of Mg, and says so', async () => {
    const page = await openModel();
    await page.getByLabel('Term', { exact: true }).selectOption('mg_fe');
    const first = page.locator('.elements tbody tr').first();
    await expect.poll(() => first.innerText()).toMatch(/^Mg/);
    expect(await page.locator('.verdict').innerText()).toMatch(
      /^\[Mg\/Fe\] is learned at the lines of Mg: .* Mg is number 1 of 3 elements\.$/,
    );
  });

  it('says of [Ba/Fe] that it is not learned at the lines of Ba', async () => {
    const page = await openModel();
    await page.getByLabel('Term', { exact: true }).selectOption('ba_fe');
    await expect
      .poll(() => page.locator('.verdict').innerText())
      .toMatch(/\[Ba\/Fe\] is not learned at the lines of Ba/);
  });

  it('jumps to an element’s windows, one after the other', async () => {
    const page = await openModel();
    const mg = page.getByRole('button', { name: 'Mg', exact: true });
    await mg.click();
    await expect.poll(() => viewOf(page)).toEqual({ from: 5156, to: 5188 });
    await mg.click();
    await expect.poll(() => viewOf(page)).toEqual({ from: 5170, to: 5199 });
    expect(await page.locator('.elements tr.selected').innerText()).toMatch(/^Mg/);
  });
});

it('opens at the term that it was asked for', async () => {
  const page = await openModel({ answers: { ...answers, readFocus: 'mg_fe' } });
  expect(await term(page)).toBe('mg_fe');
});

describe('a pixel', () => {
  it('that is clicked lists its terms, the largest first, and what in the config put it there', async () => {
    const page = await openModel();
    await page.getByRole('button', { name: 'Mg', exact: true }).click();
    const box = (await page.locator('canvas').first().boundingBox())!;
    await page.mouse.click(box.x + 66 + (box.width - 82) / 2, box.y + 80);
    await page.waitForSelector('.facts .terms td');
    const names = await page.locator('.facts .terms tbody th').allInnerTexts();
    expect(names).toHaveLength(15);
    expect(names[0]).toBe('mean flux');
    expect(names.slice(0, 4)).toContain('[Mg/Fe]');
    await page.getByTitle('windows/Mg in cannon.yaml').click();
    await expect.poll(() => askedOf(page)).toContain('revealKey {"key":"windows/Mg"}');
  });

  it('leads to another term by a click on its name', async () => {
    const page = await openModel();
    const box = (await page.locator('canvas').first().boundingBox())!;
    await page.mouse.click(box.x + box.width / 2, box.y + 80);
    await page.locator('.facts .terms').getByRole('button', { name: 'Teff · [Fe/H]' }).click();
    expect(await term(page)).toBe('teff*fe_h');
  });
});

describe('by key, a pixel', () => {
  const heading = (page: Page): Promise<string> => page.locator('.facts h2').first().innerText();

  it('in the middle is chosen, marked in all plots, spoken, gone on from and left', async () => {
    const page = await openModel();
    const inked = (): Promise<number[]> => Promise.all([0, 1, 2].map(async (k) => (await painted(page, k)).inked));
    const before = await inked();
    await page.keyboard.press('.');
    const middle = await heading(page);
    expect(middle).toMatch(/^Pixel at 632\d\.\d\d Å$/);
    expect(await page.locator('.for-screen-readers[role=status]').textContent()).toContain(middle.slice(9));
    const marked = await inked();
    marked.forEach((count, k) => expect(count).toBeGreaterThan(before[k]! + 20));
    await page.keyboard.press('.');
    const next = await heading(page);
    expect(parseFloat(next.slice(9)) / parseFloat(middle.slice(9))).toBeCloseTo(10 ** 1e-4, 5);
    await page.keyboard.press(',');
    expect(await heading(page)).toBe(middle);
    await page.keyboard.press('Escape');
    expect(await heading(page)).toBe('Which pixels carry Teff');
  });

  it('takes the view along', async () => {
    const page = await openModel();
    await page.getByRole('button', { name: 'Mg', exact: true }).click();
    await page.keyboard.press('.');
    const before = await viewOf(page);
    for (let k = 0; k < 40; k++) await page.keyboard.press('.');
    const wave = parseFloat((await heading(page)).slice(9));
    const after = await viewOf(page);
    expect(wave).toBeGreaterThan(before.to);
    expect(wave).toBeLessThan(after.to);
    expect(after.from).toBeGreaterThan(before.from);
  });

  it('leads to another term, and the keyboard stays at its name', async () => {
    const page = await openModel();
    await page.keyboard.press('.');
    await page.locator('.facts .terms').getByRole('button', { name: 'Teff · [Fe/H]' }).focus();
    await page.keyboard.press('Enter');
    expect(await term(page)).toBe('teff*fe_h');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Teff · [Fe/H]');
  });
});

describe('the plots', () => {
  it('leave out the information where the constant is shown, which is of no label', async () => {
    const page = await openModel();
    await page.getByLabel('Term', { exact: true }).selectOption('1');
    await expect.poll(() => page.locator('.plot:visible').count()).toBe(2);
    await page.keyboard.press('j');
    await expect.poll(() => page.locator('.plot:visible').count()).toBe(3);
    expect((await painted(page, 1)).inked).toBeGreaterThan(2000);
  });

  it('have a band of errors in the legend while they draw one', async () => {
    const page = await openModel();
    expect(await page.getByText('±1σ').isVisible()).toBe(true);
    await page.keyboard.press('s');
    expect(await page.getByText('±1σ').isVisible()).toBe(false);
  });

  it('show known lines of stars', async () => {
    const page = await openModel();
    const before = (await painted(page, 2)).inked;
    await page.keyboard.press('l');
    expect(await page.getByRole('button', { name: 'Known lines' }).getAttribute('aria-pressed')).toBe('true');
    expect((await painted(page, 2)).inked).toBeGreaterThan(before + 300);
  });
});

describe('the controls', () => {
  it('step through the terms by key, and round again', async () => {
    const page = await openModel();
    expect(await term(page)).toBe('teff');
    await page.keyboard.press('j');
    expect(await term(page)).toBe('fe_h');
    await page.keyboard.press('k');
    await page.keyboard.press('k');
    await page.keyboard.press('k');
    expect(await term(page)).toBe('ba_fe^2');
  });

  it('show θ in units of its error', async () => {
    const page = await openModel();
    const before = await painted(page, 0);
    await page.keyboard.press('s');
    expect(await page.getByRole('button', { name: 'θ in units of its error' }).getAttribute('aria-pressed')).toBe(
      'true',
    );
    expect((await painted(page, 0)).inked).not.toBe(before.inked);
  });

  it('compare with another model, dashed and named in the legend', async () => {
    const page = await openModel();
    const before = await painted(page, 0);
    await page.getByLabel('Compare with').selectOption(other.path);
    await expect.poll(() => page.getByText('giants · 2026-11-19 10:44, compared').isVisible()).toBe(true);
    expect((await painted(page, 0)).inked).not.toBe(before.inked);
    expect(await askedOf(page)).toContain(`readOther {"path":"${other.path}"}`);
  });

  it('keep term, comparison and zoom across a reload', async () => {
    const page = await openModel();
    await page.getByLabel('Term', { exact: true }).selectOption('mg_fe');
    await page.getByRole('button', { name: 'Mg', exact: true }).click();
    const view = await viewOf(page);
    await page.reload();
    await page.waitForSelector('.facts .elements td');
    expect(await term(page)).toBe('mg_fe');
    await expect.poll(() => viewOf(page)).toEqual(view);
  });
});

describe('export', () => {
  it('writes the figure as SVG with its lines, its numbers and its frame', async () => {
    const page = await openModel();
    const { suggestedName, content } = await exported(page, 'svg');
    expect(suggestedName).toBe('giants-teff.svg');
    const problems = await page.evaluate((text) => {
      const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
      const longest = Math.max(...[...parsed.querySelectorAll('path')].map((path) => path.getAttribute('d')!.length));
      const texts = [...parsed.querySelectorAll('text')].map((element) => element.textContent);
      return { error: parsed.querySelector('parsererror')?.textContent ?? '', longest, texts };
    }, content);
    expect(problems.error).toBe('');
    expect(problems.longest).toBeGreaterThan(5000);
    expect(problems.texts).toContain('vacuum wavelength (Å, rest frame)');
    expect(problems.texts).toContain('Mg');
    expect(content).not.toMatch(/NaN|undefined/);
  });

  it('writes the numbers as CSV with their units', async () => {
    const { content } = await exported(await openModel(), 'csv');
    const [head, , , , row] = content.split('\n');
    expect(head).toBe(
      'wavelength_vacuum [Angstrom],theta_teff,e_theta_teff,scatter,n_stars,converged,information_teff [permille]',
    );
    expect(row!.split(',')).toHaveLength(7);
    expect(content.trimEnd().split('\n')).toHaveLength(mockModel().waveAngstrom.length + 1);
  });

  it('writes a Python program about the run’s own file', async () => {
    const { content, suggestedName } = await exported(await openModel(), 'py');
    expect(suggestedName).toBe('giants-teff.py');
    expect(content).toContain('paths = ["/survey/.cannon/runs/1/giants/model.fits"]');
  });
});

describe('without a model', () => {
  it('says what is missing and what to do', async () => {
    const page = await open({
      answers: {
        ...answers,
        readModel: { failure: { message: 'No model has been trained.', hint: 'Run “Cannon: Train”.' } },
      },
    });
    await expect
      .poll(() => page.locator('.failure').innerText())
      .toMatch(/No model has been trained\.\s+Run “Cannon: Train”\./);
  });

  it('shows frames and a line of progress while the model is read', async () => {
    const page = await open({ answers: { ...answers, readModel: 'never' } });
    await expect.poll(() => page.locator('.progress-line').isVisible()).toBe(true);
  });
});

it('every control has a name, and a table says what the plots show', async () => {
  const page = await openModel();
  const nameless = await page
    .locator('button, select')
    .evaluateAll((controls) => controls.filter((c) => !(c.getAttribute('aria-label') ?? c.textContent?.trim())).length);
  expect(nameless).toBe(0);
  await expect.poll(() => page.locator('.for-screen-readers table tbody tr').count()).toBe(8);
});
