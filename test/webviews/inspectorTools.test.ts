import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { predictFlux } from '../../engine/cannon/model';
import { ellipse, rangeOfLabel } from '../../webviews/inspector/corner';
import { fitAt, fluxAt, sliderRange } from '../../webviews/inspector/trial';
import { elementFits, elementRow, probability } from '../../webviews/inspector/windows';
import { mockFit, normal, randomNumbers } from './mockData';
import { mockModel } from './mockModel';
import { figureBox, painted, viewOf } from './onScreen';
import type { PanelOptions } from './panel';
import { askedOf, panelTests } from './panelTests';
import type { ThemeName } from './themes';
import { themes } from './themes';

const fits = [mockFit('1001605073', 3), mockFit('1001605074', 4)];
const anatomy = mockModel();
/** The model of the mock fits: the first three labels of the mock model under their names. */
const model = {
  ...anatomy,
  labels: fits[0]!.labels.map(({ name, unit, value, error }) => ({
    name,
    unit,
    pivot: value,
    scale: 5 * error,
    min: value - 8 * error,
    max: value + 8 * error,
  })),
  terms: anatomy.terms.slice(0, 4),
  termNames: ['1', 'teff', 'logg', 'fe_h'],
  theta: Float32Array.from({ length: anatomy.waveAngstrom.length * 4 }, (_, k) =>
    k % 4 === 0 ? fits[0]!.modelFlux[Math.floor(k / 4)]! : k % 4 === 1 ? -0.02 : 0,
  ),
};
const random = randomNumbers(8);
const draws = {
  labels: Float64Array.from({ length: 2000 * 3 }, (_, k) => {
    const { value, error } = fits[0]!.labels[k % 3]!;
    return value + error * normal(random);
  }),
  acceptance: 0.83,
  effectiveSize: 1650,
};
const neighbours = {
  model: 'giants',
  labels: fits[0]!.labels.map(({ name, unit }) => ({ name, unit })),
  at: fits[0]!.labels.map(({ value }) => value),
  stars: [
    {
      star: '1001605099',
      path: '/survey/spectra/1001605099.fits.gz',
      labels: [5760, 4.1, -0.4],
      snr: 61,
      distance: 0.12,
    },
    {
      star: '1001605100',
      path: '/survey/spectra/1001605100.fits.gz',
      labels: [5810, 4.02, -0.45],
      snr: 44,
      distance: 0.2,
    },
  ],
};
const repeat = { star: '1001609999', path: '/survey/spectra/1001609999.fits.gz', detail: 'G2 · S/N 38', snr: 38 };
const answers = {
  readRepeats: [repeat],
  readNeighbours: neighbours,
  readStar: mockFit('1001605099', 6),
  goTo: fits[1]!,
  readModel: model,
  readPosterior: draws,
  readScatter: [61, 0.11, null],
  revealKey: null,
  saveFile: null,
};

const { open: openPage, screenshot } = panelTests({ view: 'inspector', stars: fits, answers, height: 760 });

async function open(options: Partial<PanelOptions> = {}): Promise<Page> {
  const page = await openPage(options);
  await page.waitForSelector('.facts .elements td');
  return page;
}

describe('χ² by element', () => {
  it('is the sum over the pixels of its windows, with the pull of each', () => {
    const fit = fits[0]!;
    const [mg] = elementFits(fit);
    const pixels = [...fit.waveAngstrom.keys()].filter((p) => {
      const wave = fit.waveAngstrom[p]!;
      return fit.masked[p] === 0 && fit.windows[0]!.windows.some(([from, to]) => wave >= from && wave < to);
    });
    expect(mg!.nPixels).toBe(pixels.length);
    expect(mg!.chi2).toBeCloseTo(
      pixels.reduce((sum, p) => sum + fit.residualSigma[p]! ** 2, 0),
      6,
    );
    expect(mg!.windows).toHaveLength(2);
  });

  it('calls an element odd only where chance would hardly do it in any of so many elements', () => {
    const element = {
      name: 'Ba',
      chi2: 30,
      nPixels: 4,
      p: 4.9e-6,
      windows: [{ from: 1, to: 2, nPixels: 4, pull: -4.1 }],
    };
    expect(elementRow(element, 20)).toEqual({
      name: 'Ba',
      chi2PerPixel: '7.50',
      p: '5e−6',
      pulls: '−4.1',
      isOdd: true,
    });
    expect(elementRow({ ...element, p: 0.002 }, 20).isOdd).toBe(false);
    expect([0.5, 0.0042, 1e-120, NaN].map(probability)).toEqual(['0.50', '0.004', '< 1e−99', '–']);
  });

  it('jumps to the windows of an element, shaded in the plot, and steps on by key', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Mg', exact: true }).click();
    await expect.poll(() => viewOf(page)).toEqual({ from: 5141, to: 5202 });
    expect(await page.locator('.elements tr.selected').innerText()).toMatch(/^Mg/);
    await page.keyboard.press(']');
    await expect.poll(() => viewOf(page)).toEqual({ from: 5157, to: 5213 });
    await page.keyboard.press(']');
    await expect.poll(() => viewOf(page)).toEqual({ from: 5865, to: 5925 });
    await page.keyboard.press('[');
    await expect.poll(() => viewOf(page)).toEqual({ from: 5157, to: 5213 });
  });
});

describe('moving labels', () => {
  it('draws the model that the engine predicts', () => {
    const labels = [5400, 4.3, -0.5];
    const expected = predictFlux(
      { ...model, theta: Float64Array.from(model.theta), scatter: Float64Array.from(model.scatter), modes: new Float64Array(), nStars: new Int32Array() },
      labels,
    ); // prettier-ignore
    const flux = fluxAt(model, labels);
    for (let p = 5; p < flux.length; p += 83) expect(flux[p]).toBeCloseTo(expected[p]!, 5);
    expect(flux[0]).toBeNaN();
  });

  it('at the fitted labels gives back the fit', () => {
    const fit = fits[0]!;
    const same = fitAt(
      fit,
      model,
      fit.labels.map(({ value }) => value),
    );
    expect(same.chi2 / fit.chi2).toBeCloseTo(1, 2);
  });

  it('offers a slider that reaches beyond the training set, in round steps, and as far as what it has to show', () => {
    const { min, max, step } = sliderRange(
      { name: 'teff', unit: 'K', pivot: 5000, scale: 300, min: 4500, max: 6000 },
      [6500],
    );
    expect({ min, max, step }).toEqual({ min: 4200, max: 6500, step: 5 });
  });

  it('redraws the model and its χ² as a slider moves, and snaps back', async () => {
    const page = await open();
    const chi2 = page.locator('.quality tr').filter({ hasText: 'χ²/n' });
    const before = await chi2.innerText();
    await page.keyboard.press('m');
    const slider = page.getByRole('slider', { name: 'Teff' });
    await slider.focus();
    for (let k = 0; k < 30; k++) await page.keyboard.press('ArrowRight');
    await expect.poll(() => chi2.innerText()).not.toBe(before);
    await screenshot('inspector-sliders');
    await page.getByRole('button', { name: 'Rival 1' }).click();
    expect(Number(await slider.inputValue())).toBeCloseTo(4612, -1);
    await page.getByRole('button', { name: 'Best fit' }).click();
    await expect.poll(() => chi2.innerText()).toBe(before);
  });

  it('unfolds the facts in a narrow panel, for the sliders stand there', async () => {
    const page = await openPage({ width: 620 });
    await page.waitForSelector('.gist:visible');
    await page.keyboard.press('m');
    await page.waitForSelector('.sliders input:visible');
  });
});

describe('lines, smoothing, axis and ranges', () => {
  it('L shows known lines, which a velocity moves', async () => {
    const page = await open();
    const plain = await painted(page, 0);
    await page.keyboard.press('l');
    await expect.poll(async () => (await painted(page, 0)).inked).toBeGreaterThan(plain.inked);
    const shown = await painted(page, 0);
    await page.getByLabel('Velocity of the lines (km/s)').fill('400');
    await expect.poll(async () => (await painted(page, 0)).inked).not.toBe(shown.inked);
  });

  it('S smooths, and says by how much', async () => {
    const page = await open();
    await page.keyboard.press('s');
    await expect.poll(() => page.locator('.legend').innerText()).toContain('smoothed by 3 pixels');
    for (let k = 0; k < 3; k++) await page.keyboard.press('s');
    await expect.poll(() => page.locator('.legend').innerText()).not.toContain('smoothed');
  });

  it('V writes observed wavelengths and velocities on the axis', async () => {
    const page = await open();
    const button = page.getByRole('button', { name: 'Rest, observed, velocity' });
    for (const pressed of ['true', 'true', 'false']) {
      await page.keyboard.press('v');
      await expect.poll(() => button.getAttribute('aria-pressed')).toBe(pressed);
    }
  });

  it('Shift and drag measures a range without moving the view', async () => {
    const page = await open();
    const view = await viewOf(page);
    const { x, y } = await figureBox(page);
    await page.keyboard.down('Shift');
    await page.mouse.move(x + 200, y + 100);
    await page.mouse.down();
    await page.mouse.move(x + 260, y + 110, { steps: 4 });
    await page.mouse.up();
    await page.keyboard.up('Shift');
    await expect
      .poll(() => page.locator('.measured').innerText())
      .toMatch(/^\d+\.\d–\d+\.\d Å, \d+ pixels: W −?[\d.]+ ± [\d.]+ Å \(model −?[\d.]+\), rms 0\.\d+, S\/N \d+$/);
    expect(await viewOf(page)).toEqual(view);
  });
});

it('W measures the range in view, such as a window that was gone to', async () => {
  const page = await open();
  await page.keyboard.press(']');
  const { from, to } = await viewOf(page);
  await page.keyboard.press('w');
  const range = `${from.toFixed(1)}–${to.toFixed(1)} Å, `;
  await expect.poll(() => page.locator('.measured').innerText()).toContain(range);
});

describe('comparing stars', () => {
  it('C keeps a star over the next ones, named in the legend, until it is dropped', async () => {
    const page = await open();
    await page.keyboard.press('c');
    await page.keyboard.press('j');
    await page.waitForSelector('h1:has-text("1001605074")');
    expect(await page.locator('.pinned').innerText()).toBe('1001605073');
    await screenshot('inspector-compared');
    await page.getByRole('button', { name: 'No longer compare with 1001605073' }).click();
    expect(await page.locator('.pinned').count()).toBe(0);
  });
});

it('draws compared stars in inks of their own: orange is the model’s', async () => {
  const page = await open();
  await page.keyboard.press('c');
  await page.keyboard.press('j');
  await page.waitForSelector('h1:has-text("1001605074")');
  await page.keyboard.press('c');
  await expect.poll(() => page.locator('.pinned').count()).toBe(2);
  const inks = page
    .locator('.pinned .swatch')
    .evaluateAll((swatches: HTMLElement[]) => swatches.map(({ className }) => className));
  expect(await inks).toEqual(['swatch line category-0', 'swatch line category-2']);
});

it('keeps the keyboard at an element on the way to another star', async () => {
  const page = await open();
  const element = page.locator('.elements tbody button').first();
  const name = await element.innerText();
  await element.focus();
  await page.keyboard.press('j');
  await page.waitForSelector('h1:has-text("1001605074")');
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(name);
});

describe('the nearest training stars', () => {
  it('are listed with N; one is drawn over the star, or shown in its place', async () => {
    const page = await open();
    await page.keyboard.press('n');
    const rows = page.locator('.neighbours tbody tr');
    await expect.poll(async () => [await rows.count(), await page.locator('.banner').allInnerTexts()]).toEqual([2, []]);
    expect(await rows.first().innerText()).toMatch(/1001605099\s+0\.12\s+5760\s+4\.1\s+−0\.40?/);
    const isTooWide = page.locator('.facts').evaluate((facts) => facts.scrollWidth > facts.clientWidth);
    expect(await isTooWide).toBe(false);
    await page.getByTitle('Draw the spectrum of 1001605099').click();
    await expect.poll(() => page.locator('.pinned').innerText()).toBe('1001605099');
    await page.getByTitle('Inspect 1001605100').click();
    await page.waitForSelector('h1:has-text("1001605074")');
    expect(await askedOf(page)).toContain('goTo {"path":"/survey/spectra/1001605100.fits.gz"}');
  });
});

describe('other observations of the star', () => {
  it('are listed beside it; A draws them over it, and takes them away again', async () => {
    const page = await open({ answers: { ...answers, readStar: mockFit('1001609999', 6) } });
    const row = page.locator('.repeats tbody tr');
    await expect.poll(() => row.allInnerTexts()).toEqual([expect.stringMatching(/1001609999\s+38\s+compare/)]);
    await page.keyboard.press('a');
    await expect.poll(() => page.locator('.pinned').allInnerTexts()).toEqual(['1001609999']);
    expect(await askedOf(page)).toContain(`readStar {"path":"${repeat.path}"}`);
    await screenshot('inspector-repeats');
    await page.keyboard.press('a');
    await expect.poll(() => page.locator('.pinned').count()).toBe(0);
    await row.getByTitle('Draw the spectrum of 1001609999').click();
    await expect.poll(() => page.locator('.pinned').allInnerTexts()).toEqual(['1001609999']);
    await row.getByTitle('Inspect 1001609999').click();
    await page.waitForSelector('h1:has-text("1001605074")');
  });

  it('are not there for most stars: A then says so', async () => {
    const page = await open({ answers: { ...answers, readRepeats: [] } });
    await page.keyboard.press('a');
    await page.waitForSelector('.banner:has-text("No other spectrum of this star is in the survey.")');
    expect(await page.locator('.repeats').count()).toBe(0);
  });
});

describe('the posterior', () => {
  it('has contours that hold the share that they say, for draws of the same Gaussian', () => {
    const fit = fits[0]!;
    const diagonal = { ...fit, covariance: Float64Array.from([42.1 ** 2, 0, 0, 0, 0.083 ** 2, 0, 0, 0, 0.0412 ** 2]) };
    const reach = Math.max(...ellipse(diagonal, 0, 1, 2.296).map(([x]) => x)) - fit.labels[0]!.value;
    expect(reach / (Math.sqrt(2.296) * 42.1)).toBeCloseTo(1, 2);
    const range = rangeOfLabel({ fit, draws, scatter: [] }, 0);
    expect(range.from).toBeLessThan(5771.3 - 3 * 42);
    expect(range.to).toBeGreaterThan(5771.3 + 3 * 42);
  });

  it.each(Object.keys(themes) as ThemeName[])('opens with P beside its numbers, in the theme %s', async (theme) => {
    const page = await open({ theme });
    await page.keyboard.press('p');
    await expect
      .poll(() => page.locator('.corner .note').innerText())
      .toContain('2000 draws, worth 1650 independent ones');
    const table = await page.locator('.corner table tr').allInnerTexts();
    expect(table[1]).toMatch(/Teff\s+5771\s+42\s+1\.00/);
    expect(await page.locator('.corner .note').innerText()).toMatch(
      /scatter in cross-validation \(Teff 61\sK, log g 0\.11/,
    );
    await screenshot(`inspector-posterior-${theme}`);
  });

  it('says why it cannot be drawn', async () => {
    const failure = { message: 'The posterior of this star cannot be drawn from.', hint: '' };
    const page = await open({ answers: { ...answers, readPosterior: { failure } } });
    await page.keyboard.press('p');
    await expect.poll(() => page.locator('.corner .failure').innerText()).toContain('cannot be drawn from');
  });
});

it('a label leads to its line in cannon.yaml, and E exports a fit that can be drawn again', async () => {
  const page = await open();
  await page.locator('.labels').getByTitle('In cannon.yaml').first().click();
  await expect.poll(() => askedOf(page)).toContain('revealKey {"key":"labels/teff"}');
  await page.keyboard.press('e');
  await page.locator('[data-kind=csv]').click();
  await expect.poll(async () => (await askedOf(page)).filter((call) => call.startsWith('saveFile')).length).toBe(1);
  const call = (await askedOf(page)).find((text) => text.startsWith('saveFile'))!;
  const { suggestedName, content } = JSON.parse(call.slice(9)) as { suggestedName: string; content: string };
  expect(suggestedName).toBe('star-1001605073.csv');
  expect(content.split('\n')[0]).toBe(
    'wavelength_vacuum_rest [Angstrom],flux_normalized,e_flux_normalized,model,scatter,residual [sigma],masked',
  );
});
