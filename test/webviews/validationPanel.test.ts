import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { mockValidation, oddStar } from './mockValidation';
import { painted } from './onScreen';
import type { PanelOptions } from './panel';
import { askedOf, exported, panelTests } from './panelTests';
import type { ThemeName } from './themes';
import { themes } from './themes';

const run = mockValidation();
const alone = mockValidation({ seed: 2, path: '/survey/.cannon/runs/1/giants/cv.fits', folds: 'leave-one-out' });
const answers = {
  readRun: run,
  readFocus: null,
  readOther: alone,
  listRuns: [
    { path: run.path, title: 'giants · 12 folds · 2026-11-20 13:02' },
    { path: alone.path, title: 'giants · leave-one-out · 2026-11-19 10:44' },
  ],
  chooseRun: null,
  revealKey: null,
  inspectStar: null,
  saveFile: '/survey/giants-teff-recovery.svg',
};
const { open, screenshot } = panelTests({ view: 'validation', answers, height: 760 });

async function openRun(options: Partial<PanelOptions> = {}): Promise<Page> {
  const page = await open(options);
  await page.waitForSelector('.agreement td', { state: 'attached' });
  return page;
}

const shownLabel = (page: Page): Promise<string | null> =>
  page.locator('.label-cell[aria-pressed=true]').getAttribute('aria-label');
const readout = (page: Page): Promise<string> =>
  page
    .locator('.readout')
    .textContent()
    .then((text) => text ?? '');
const view = (page: Page, name: string) => page.locator('.views').getByRole('button', { name, exact: true }).click();

/** Where a point of the plot is on the screen. */
async function place(page: Page, x: number, y: number): Promise<{ x: number; y: number }> {
  return page.locator('.stage').evaluate(
    (stage, at) => {
      const numbers = (name: 'x' | 'y') => (stage as HTMLElement).dataset[name]!.split(' ').map(Number);
      const [[x0, x1], [y0, y1]] = [numbers('x'), numbers('y')] as [[number, number], [number, number]];
      const canvas = stage.querySelector('canvas')!;
      const box = canvas.getBoundingClientRect();
      const { width, height } = canvas;
      const pixels = new Uint32Array(canvas.getContext('2d')!.getImageData(0, 0, width, height).data.buffer);
      // The frame's sides are the only full lines of one ink, whatever is shaded between them.
      const longest = (count: number, of: (k: number) => number) => {
        let [run, most] = [0, 0];
        for (let k = 1; k < count; k++) {
          run = pixels[of(k)] === pixels[of(k - 1)] && pixels[of(k)]! >>> 24 > 60 ? run + 1 : 0;
          most = Math.max(most, run);
        }
        return most;
      };
      const ends = (of: readonly number[]) => {
        const tall = Math.max(...of);
        const found = of.flatMap((run, k) => (run > 0.9 * tall ? [k] : []));
        return [found[0]!, found.at(-1)!] as const;
      };
      const [left, right] = ends([...Array(width).keys()].map((c) => longest(height, (r) => r * width + c)));
      const [top, bottom] = ends([...Array(height).keys()].map((r) => longest(width, (c) => r * width + c)));
      return {
        x: box.left + left + ((at.x - x0) / (x1 - x0)) * (right - left),
        y: box.top + bottom - ((at.y - y0) / (y1 - y0)) * (bottom - top),
      };
    },
    { x, y },
  );
}

describe.each(Object.keys(themes) as ThemeName[])('the panel of validation in the theme %s', (theme) => {
  it.each(['Recovery', 'Residual', 'Pulls', 'Precision'])('draws %s', async (name) => {
    const page = await openRun({ theme });
    if (name === 'Recovery') await page.getByRole('button', { name: /^\[Eu\/Fe\]/ }).click();
    await view(page, name);
    const plot = await painted(page, 0);
    expect(plot.inked).toBeGreaterThan(2000);
    if (name !== 'Precision') expect(plot.coloured).toBeGreaterThan(300);
    await screenshot(`validation-${name.toLowerCase()}-${theme}`);
  });
});

describe('labels', () => {
  it('are opened where one was asked for, if the run has it', async () => {
    const page = await openRun({ answers: { ...answers, readFocus: 'mg_fe' } });
    expect(await shownLabel(page)).toMatch(/^\[Mg\/Fe\]/);
  });

  it('are walked through by key, and round again', async () => {
    const page = await openRun();
    expect(await shownLabel(page)).toMatch(/^Teff, scatter 67\sK$/);
    await page.keyboard.press('j');
    expect(await shownLabel(page)).toMatch(/^log g/);
    await page.keyboard.press('k');
    await page.keyboard.press('k');
    expect(await shownLabel(page)).toMatch(/^\[Eu\/Fe\]/);
  });

  it('tell scatter, bias, correlation and range with their errors, and by S/N', async () => {
    const page = await openRun();
    const text = await page.locator('.agreement').innerText();
    expect(text).toMatch(/scatter\s+66\.9 ± 2\.7/);
    expect(text).toMatch(/believed\s+4003 … 60/);
    const parts = await page.locator('.by-snr tbody tr').allInnerTexts();
    expect(parts).toHaveLength(4);
    expect(parts[0]).toMatch(/^20–32\s+150\s+100/);
  });

  it('lead to their key in cannon.yaml', async () => {
    const page = await openRun();
    await page.getByTitle('labels/teff in cannon.yaml').click();
    await expect.poll(() => askedOf(page)).toContain('revealKey {"key":"labels/teff"}');
  });

  it('say whether their errors are honest', async () => {
    const page = await openRun();
    const verdict = page.locator('.verdict');
    expect(await verdict.innerText()).toMatch(
      /^The formal errors of Teff are too small: pulls are 2\.0\d ± 0\.08 wide/,
    );
    await page.getByRole('button', { name: /^\[Fe\/H\]/ }).click();
    expect(await verdict.innerText()).toMatch(/^The formal errors of \[Fe\/H\] are honest/);
  });

  it('are compared by their precision, and chosen there', async () => {
    const page = await openRun();
    await page.keyboard.press('4');
    expect(await page.locator('.strip').isVisible()).toBe(false);
    // The vertical axis is reversed there, from −0.7 to 4.7: the fourth of five labels.
    const { x, y } = await place(page, 100 * run.labels[3]!.relativePrecision!, -0.7 + 4.7 - 3);
    await page.mouse.click(x, y);
    await expect.poll(() => shownLabel(page)).toMatch(/^(\[Mg\/Fe\])/);
    await expect.poll(() => page.locator('.views [aria-pressed=true]').innerText()).toBe('Recovery');
  });
});

describe('a star', () => {
  const { truth, inferred } = run.labels[0]!;
  /** Stands by itself, at the end of the cloud. */
  const hottest = inferred.reduce((best, value, n) => (n !== oddStar && value > inferred[best]! ? n : best), 0);

  it('tells its numbers under the pointer, and is inspected by a click', async () => {
    const page = await openRun();
    const at = await place(page, truth[hottest]!, inferred[hottest]!);
    await page.mouse.move(at.x, at.y);
    await expect.poll(() => readout(page)).toMatch(new RegExp(`^${run.stars[hottest]} {3}Teff .* ± .* [\\d.]+σ`));
    await page.mouse.click(at.x, at.y);
    await expect.poll(() => askedOf(page)).toContain(`inspectStar {"path":"${run.spectra[hottest]}"}`);
    expect(await page.locator('.facts h2').first().innerText()).toBe(`Star ${run.stars[hottest]}`);
  });

  it('is reached by key: the furthest first, then its neighbours; Enter inspects it', async () => {
    const page = await openRun();
    await page.keyboard.press(']');
    await expect.poll(() => readout(page)).toContain(run.stars[oddStar]);
    expect(await page.locator('.for-screen-readers[role=status]').textContent()).toContain(run.stars[oddStar]);
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => readout(page)).not.toContain(run.stars[oddStar]);
    const star = (await readout(page)).split(' ')[0]!;
    await page.keyboard.press('Enter');
    const path = run.spectra[run.stars.indexOf(star)];
    await expect.poll(() => askedOf(page)).toContain(`inspectStar {"path":"${path}"}`);
    await page.keyboard.press('Escape');
    expect(await readout(page)).toBe('');
  });

  it('that is far off is listed first, marked and inspected from there', async () => {
    const page = await openRun();
    const rows = page.locator('.outliers tbody tr');
    expect(await rows.count()).toBe(20);
    const name = run.stars[oddStar]!;
    await rows.first().getByRole('button', { name, exact: true }).click();
    await expect.poll(() => page.locator('.outliers tr.selected').innerText()).toContain(name);
    await rows
      .first()
      .getByRole('button', { name: `Inspect star ${name}` })
      .click();
    await expect.poll(() => askedOf(page)).toContain(`inspectStar {"path":"${run.spectra[oddStar]}"}`);
  });
});

describe('the keyboard', () => {
  it('stays at the star that it has chosen from the list', async () => {
    const page = await openRun();
    const name = run.stars[oddStar]!;
    await page.locator('.outliers').getByRole('button', { name, exact: true }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.facts h2').first().innerText()).toBe(`Star ${name}`);
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(name);
  });

  it('goes from label to label, and the marked star tells each of them', async () => {
    const page = await openRun();
    await page.keyboard.press(']');
    await expect.poll(() => readout(page)).toMatch(new RegExp(`^${run.stars[oddStar]} {3}Teff `));
    await page.keyboard.press('j');
    await expect.poll(() => readout(page)).toMatch(new RegExp(`^${run.stars[oddStar]} {3}log g `));
  });
});

describe('a double click', () => {
  const { truth, inferred } = run.labels[0]!;
  const hottest = inferred.reduce((best, value, n) => (n !== oddStar && value > inferred[best]! ? n : best), 0);
  const inspected = async (page: Page): Promise<number> =>
    (await askedOf(page)).filter((call) => call.startsWith('inspectStar')).length;

  it('on a star shows everything again, and does not inspect the star', async () => {
    const page = await openRun();
    const range = (): Promise<string> => page.locator('.stage').evaluate((stage: HTMLElement) => stage.dataset['x']!);
    const home = await range();
    const first = await place(page, truth[hottest]!, inferred[hottest]!);
    await page.mouse.move(first.x, first.y);
    await page.mouse.wheel(0, -200);
    await expect.poll(range).not.toBe(home);
    // The wheel zooms at the pointer: the star is still below it.
    await page.mouse.dblclick(first.x, first.y);
    await expect.poll(range).toBe(home);
    // Where everything is in view, a click is a click at once: by then one that waited would have been told.
    await page.mouse.click(first.x, first.y, { delay: 350 });
    await expect.poll(() => inspected(page)).toBe(1);
  });
});

it('says so where no star has a label', async () => {
  const [teff, ...others] = run.labels;
  const none = teff!.inferred.map(() => NaN);
  const unknown = { ...teff!, inferred: none, stars: 0, scatter: NaN, lower: null, upper: null, bySnr: [] };
  const page = await openRun({ answers: { ...answers, readRun: { ...run, labels: [unknown, ...others] } } });
  await expect
    .poll(() => page.locator('.legend').innerText())
    .toContain('No star has both a true and an inferred value');
  expect(await page.locator('.label-scatter').first().innerText()).toBe('–');
});

it('tells how many stars lie outside the frame', async () => {
  const page = await openRun();
  await expect.poll(() => page.locator('.legend').innerText()).toContain('1 star further off');
});

describe('the controls', () => {
  it('colour the stars by any number, and by a fold’s own', async () => {
    const page = await openRun();
    const before = await painted(page, 0);
    await page.getByLabel('Colour', { exact: true }).selectOption('true_fe_h');
    await expect.poll(() => page.getByRole('img', { name: 'Colour: true [Fe/H]' }).isVisible()).toBe(true);
    await page.getByLabel('Fold', { exact: true }).selectOption('3');
    await expect.poll(() => page.locator('.agreement thead').innerText()).toMatch(/12 folds\s+fold 3/);
    expect((await painted(page, 0)).inked).not.toBe(before.inked);
  });

  it('show residuals against any number', async () => {
    const page = await openRun();
    await page.keyboard.press('2');
    await page.getByLabel('Against', { exact: true }).selectOption('snr');
    const [from, to] = (await page.locator('.stage').getAttribute('data-x'))!.split(' ').map(Number) as [
      number,
      number,
    ];
    expect(from).toBeLessThan(21);
    expect(to).toBeGreaterThan(190);
    await page.keyboard.press('x');
    expect(await page.getByLabel('Against', { exact: true }).inputValue()).toBe('chi2');
  });

  it('put leave-one-out beside the folds: both figures, and how far stars differ', async () => {
    const page = await openRun();
    await page.getByLabel('Compare with').selectOption(alone.path);
    await expect.poll(() => page.locator('.agreement thead').innerText()).toMatch(/12 folds\s+leave-one-out, compared/);
    expect(await page.locator('.facts .note').first().innerText()).toMatch(
      /^600 spectra are in both runs: Teff differs by/,
    );
    expect(await askedOf(page)).toContain(`readOther {"path":"${alone.path}"}`);
    await screenshot('validation-compared');
    await page.keyboard.press('3');
    await page.keyboard.press('4');
    expect((await painted(page, 0)).coloured).toBeGreaterThan(100);
  });

  it('keep label, plot, colour, star and zoom across a reload', async () => {
    const page = await openRun();
    await page.keyboard.press('j');
    await page.keyboard.press('2');
    await page.getByLabel('Colour', { exact: true }).selectOption('chi2');
    await page.keyboard.press(']');
    await page.keyboard.press('+');
    const before = await page.locator('.stage').getAttribute('data-x');
    const star = await page.locator('.facts h2').first().innerText();
    await page.reload();
    await page.waitForSelector('.agreement td');
    expect(await shownLabel(page)).toMatch(/^log g/);
    expect(await page.locator('.views [aria-pressed=true]').innerText()).toBe('Residual');
    expect(await page.getByLabel('Colour', { exact: true }).inputValue()).toBe('chi2');
    expect(await page.locator('.facts h2').first().innerText()).toBe(star);
    await expect.poll(() => page.locator('.stage').getAttribute('data-x')).toBe(before);
  });

  it('zoom at the pointer, pan by a drag and go home on a double click', async () => {
    const page = await openRun();
    const view = () => page.locator('.stage').getAttribute('data-x').then((text) => text!.split(' ').map(Number) as [number, number]); // prettier-ignore
    const home = await view();
    const box = (await page.locator('canvas').first().boundingBox())!;
    const at = { x: box.x + box.width / 2, y: box.y + 0.6 * box.height };
    await page.mouse.move(at.x, at.y);
    await page.mouse.wheel(0, -400);
    await expect.poll(async () => (await view())[1] - (await view())[0]).toBeLessThan(0.7 * (home[1] - home[0]));
    const zoomed = await view();
    await page.mouse.move(at.x, at.y - 100);
    await page.mouse.down();
    await page.mouse.move(at.x + 50, at.y - 100, { steps: 4 });
    await page.mouse.up();
    await expect.poll(async () => (await view())[0]).toBeLessThan(zoomed[0]);
    expect((await askedOf(page)).some((call) => call.startsWith('inspectStar'))).toBe(false);
    await page.mouse.dblclick(at.x, at.y - 150);
    await expect.poll(view).toEqual(home);
  });
});

describe('export', () => {
  it('writes the figure as SVG', async () => {
    const { suggestedName, content } = await exported(await openRun(), 'svg');
    expect(suggestedName).toBe('giants-teff-recovery.svg');
    expect(content).toContain('true Teff (K)');
    expect(content).not.toMatch(/NaN|undefined/);
    // A circle each, as arcs of paths.
    expect(content.match(/A/g)!.length).toBeGreaterThan(600);
  });

  it('writes the stars as CSV with errors and units', async () => {
    const { content } = await exported(await openRun(), 'csv');
    const [head, first] = content.split('\n');
    expect(head).toBe('star,spectrum,fold,snr,chi2,n_pixels,true_teff [K],teff [K],e_teff [K],residual [K],pull');
    expect(first).toMatch(/^101605073,\/survey\/spectra\/spec-0\.fits\.gz,0,/);
    expect(content.trimEnd().split('\n')).toHaveLength(601);
  });

  it('writes a PNG', async () => {
    const page = await openRun();
    await exported(page, 'png');
    expect(await askedOf(page)).toContainEqual(expect.stringContaining('giants-teff-recovery.png'));
  });
});

describe('without a cross-validation', () => {
  it('says what is missing and what to do', async () => {
    const failure = { message: 'No model has been cross-validated.', hint: 'Run “Cannon: Cross-Validate”.' };
    const page = await open({ answers: { ...answers, readRun: { failure } } });
    await expect
      .poll(() => page.locator('.failure').innerText())
      .toMatch(/No model has been cross-validated\.\s+Run “Cannon: Cross-Validate”\./);
  });

  it('shows a line of progress while it is read', async () => {
    const page = await open({ answers: { ...answers, readRun: 'never' } });
    await expect.poll(() => page.locator('.progress-line').isVisible()).toBe(true);
  });

  it('says why a star cannot be inspected, and goes on showing the others', async () => {
    const failure = { message: 'No model has been trained.', hint: '' };
    const page = await openRun({ answers: { ...answers, inspectStar: { failure } } });
    await page.keyboard.press(']');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.banner').innerText()).toContain('No model has been trained.');
  });
});

describe('for everybody', () => {
  it('every control has a name, and a table says what the plot shows', async () => {
    const page = await openRun();
    const nameless = await page
      .locator('button, select')
      .evaluateAll((all) => all.filter((c) => !(c.getAttribute('aria-label') ?? c.textContent?.trim())).length);
    expect(nameless).toBe(0);
    const table = page.locator('.for-screen-readers table');
    expect(await table.locator('tbody tr').count()).toBeGreaterThan(5);
    await page.keyboard.press('4');
    expect(await table.locator('tbody tr').count()).toBe(run.labels.length);
  });

  it('fits narrow panels, and 200 % zoom: the table folds away, nothing is cut off', async () => {
    const page = await openRun({ width: 480, height: 420 });
    expect(await page.locator('.facts').isVisible()).toBe(false);
    const { overflow, plot } = await page.evaluate(() => ({
      overflow: document.documentElement.scrollWidth - innerWidth,
      plot: document.querySelector('.points')!.getBoundingClientRect().height,
    }));
    expect(overflow).toBeLessThanOrEqual(0);
    expect(plot).toBeGreaterThan(150);
    await page.keyboard.press('f');
    expect(await page.locator('.facts').isVisible()).toBe(true);
    await page.keyboard.press('f');
    await screenshot('validation-narrow');
  });
});
