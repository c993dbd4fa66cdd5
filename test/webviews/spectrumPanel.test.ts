import { describe, expect, it } from 'vitest';
import { foreignDocument, mockDocument } from './mockData';
import { figureBox, painted, viewOf } from './onScreen';
import { aside, axisWordsOf } from '../../webviews/spectrum/model';
import type { PanelOptions } from './panel';
import { panelTests } from './panelTests';
import type { ThemeName } from './themes';
import { themes } from './themes';

const document = mockDocument();
const { open, screenshot } = panelTests({ view: 'spectrum', document });

async function openSpectrum(options: Partial<PanelOptions> = {}) {
  const page = await open(options);
  await page.waitForSelector('h1:has-text("101001 · G2")');
  return page;
}

describe.each(Object.keys(themes) as ThemeName[])('the spectrum editor in the theme %s', (theme) => {
  it('draws the spectrum over its wavelengths', async () => {
    const page = await openSpectrum({ theme });
    expect((await painted(page, 0)).inked).toBeGreaterThan(15_000);
    expect((await viewOf(page)).from).toBe(3700);
    const { x, y, width } = await figureBox(page);
    await page.mouse.move(x + width / 2, y + 120);
    await screenshot(`spectrum-${theme}`);
    await page.getByRole('tab', { name: 'Headers' }).click();
    await screenshot(`headers-${theme}`);
  });
});

describe('the plot', () => {
  it('reads off the pixel under the pointer', async () => {
    const page = await openSpectrum();
    const { x, y } = await figureBox(page);
    await page.mouse.move(x + 300, y + 100);
    await expect.poll(() => page.locator('.readout').innerText()).toMatch(/^\d{4}\.\d\d Å +\d+ ± \d+$/);
    await page.mouse.move(x + 5, y + 5);
    await expect.poll(() => page.locator('.readout').innerText()).toBe('');
  });

  it('hatches masked pixels on the axis and draws them faintly, apart from their neighbours', async () => {
    const page = await openSpectrum();
    const { x, y } = await figureBox(page);
    const { frame } = await painted(page, 0);
    const full = await viewOf(page);
    await page.mouse.move(x + frame[0] + ((5580 - full.from) / (full.to - full.from)) * (frame[1] - frame[0]), y + 200);
    for (let k = 0; k < 18; k++) await page.mouse.wheel(0, -120);
    await expect.poll(async () => (await viewOf(page)).to - (await viewOf(page)).from).toBeLessThan(80);
    await screenshot('spectrum-masked');
    const view = await viewOf(page);
    const at = (wave: number): number => Math.round(frame[0] + ((wave - view.from) / (view.to - view.from)) * (frame[1] - frame[0])); // prettier-ignore
    const inkOnAxis = await page.locator('canvas').first().evaluate((canvas: HTMLCanvasElement, columns) => {
        const context = canvas.getContext('2d')!;
        return columns.map((column) => {
          const { data } = context.getImageData(column - 6, 0, 12, canvas.height);
          const isInked = (row: number): boolean => Array.from({ length: 12 }, (_, k) => data[4 * (12 * row + k) + 3]!).every((alpha) => alpha > 100); // prettier-ignore
          const bottom = Array.from({ length: canvas.height }, (_, row) => row).filter(isInked).at(-1)!;
          return Array.from({ length: 12 }, (_, k) => data[4 * (12 * (bottom - 3) + k) + 3]!).filter((alpha) => alpha > 20).length; // prettier-ignore
        });
      }, [at(5580), at(5560)]); // prettier-ignore
    expect(inkOnAxis[0]).toBe(12);
    expect(inkOnAxis[1]).toBeLessThan(3);
  });

  it('keeps zoom and tab over a reload', async () => {
    const page = await openSpectrum();
    await page.keyboard.press('+');
    await page.keyboard.press('ArrowRight');
    const zoomed = await viewOf(page);
    await page.keyboard.press('h');
    await page.reload();
    await page.waitForSelector('.hdu');
    expect(await page.locator('.headers').isVisible()).toBe(true);
    await page.keyboard.press('h');
    await page.waitForSelector('canvas:visible');
    expect((await viewOf(page)).from).toBeCloseTo(zoomed.from, 1);
    expect((await viewOf(page)).to).toBeCloseTo(zoomed.to, 1);
    await expect.poll(async () => (await painted(page, 0)).inked).toBeGreaterThan(15_000);
  });

  it('reads the file again when it changes, and stays where it is', async () => {
    const page = await openSpectrum();
    await page.keyboard.press('+');
    const zoomed = await viewOf(page);
    await page.evaluate(() => {
      const { fakeHost } = window;
      if (fakeHost.document !== 'never' && !('failure' in fakeHost.document))
        fakeHost.document = { ...fakeHost.document, title: 'rewritten' };
      fakeHost.rpc.notify('changed');
    });
    await page.waitForSelector('h1:has-text("rewritten")');
    expect(await viewOf(page)).toEqual(zoomed);
  });

  it('has a table behind it', async () => {
    const page = await openSpectrum();
    await expect.poll(() => page.locator('.stage table tr').count()).toBe(9);
    expect(await page.locator('.stage caption').textContent()).toBe('Spectrum 101001 · G2 · S/N 47 (g)');
  });
});

describe('the headers', () => {
  it('are searched in all HDUs at once, by key from the plot', async () => {
    const page = await openSpectrum();
    await page.keyboard.press('/');
    await page.keyboard.type('flux');
    expect(await page.locator('.hdu tbody tr').allInnerTexts()).toEqual(['TTYPE1\tFLUX\tlabel for column 1']);
    expect(await page.locator('.count').innerText()).toBe('1 of 17 cards');
    await page.keyboard.type(' nowhere');
    expect(await page.locator('.hdus').innerText()).toBe('No card contains these words.');
  });

  it('leave typed keys to the field, and from the editor', async () => {
    const page = await openSpectrum();
    await page.evaluate(() => window.addEventListener('keydown', (event) => window.violations.push(event.key)));
    await page.keyboard.press('/');
    await page.keyboard.type('h0+?');
    expect(await page.locator('input').inputValue()).toBe('h0+?');
    expect(await page.locator('.headers').isVisible()).toBe(true);
  });
});

describe('a file without a spectrum', () => {
  it('is shown as a list of HDUs with the reason', async () => {
    const page = await open({ document: foreignDocument });
    await page.waitForSelector('.banner');
    expect(await page.locator('.banner').innerText()).toContain('There is no spectrum in this file');
    expect(await page.locator('.hdu').innerText()).toContain('2048 × 2048 int16');
    expect(await page.locator('canvas').isVisible()).toBe(false);
    expect(await page.getByRole('tab').count()).toBe(0);
    await screenshot('spectrum-foreign');
  });
});

describe('wavelengths', () => {
  it('are said to be as observed, unless the redshift is exactly 0: then the file has the rest frame', () => {
    const observed = axisWordsOf(document);
    expect(observed.title).toBe('vacuum wavelength (Å, observed frame)');
    expect([observed.shown(5000), observed.wave(5000)]).toEqual([5000, 5000]);
    expect(axisWordsOf({ ...document, redshift: null }).title).toContain('observed frame');
    expect(axisWordsOf({ ...document, redshift: 0 }).title).toBe('vacuum wavelength (Å, rest frame)');
    expect(aside({ ...document, redshift: 0 })).toMatch(/masked · in the rest frame$/);
  });
});

describe('a spectrum with a problem', () => {
  it('is shown with the problem above it', async () => {
    const problem = { message: 'The data end after 3000 of 3909 pixels.', hint: 'Download the file again.' };
    const page = await openSpectrum({ document: { ...document, problem }, theme: 'light' });
    expect(await page.locator('.banner').innerText()).toContain('Download the file again.');
    expect(await page.locator('canvas').isVisible()).toBe(true);
    await screenshot('spectrum-problem');
  });
});

describe('a file that cannot be read', () => {
  it('gives the reason, and is read again when asked', async () => {
    const failure = { message: 'The file is not FITS: it does not begin with SIMPLE.', hint: 'Open it as text.' };
    const page = await open({ document: { failure } });
    await page.waitForSelector('.failure');
    await screenshot('spectrum-failure');
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect.poll(() => page.evaluate(() => window.fakeHost.asked)).toEqual(['readDocument', 'readDocument']);
  });

  it('does not hide a file that has been repaired since', async () => {
    const page = await open({ document: { failure: { message: 'Truncated.', hint: '' } } });
    await page.waitForSelector('.failure');
    await page.evaluate((repaired) => {
      window.fakeHost.document = repaired;
      window.fakeHost.rpc.notify('changed');
    }, foreignDocument);
    await page.waitForSelector('.hdu');
    expect(await page.locator('.failure').isVisible()).toBe(false);
  });

  it('shows frame and progress before anything has come', async () => {
    const page = await open({ document: 'never', theme: 'light' });
    await page.waitForSelector('.progress-line');
    await expect.poll(async () => (await painted(page, 0)).inked).toBeGreaterThan(500);
    await screenshot('spectrum-loading');
  });
});
