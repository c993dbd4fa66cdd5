/** All panels at 200 %: a page of 640 × 420 CSS pixels on a screen of twice as many, in a window that is otherwise usual. */
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { mockDocument, mockFit } from './mockData';
import { mockModel } from './mockModel';
import { mockSet } from './mockSet';
import { mockValidation } from './mockValidation';
import type { PanelOptions } from './panel';
import { panelTests } from './panelTests';

const { open, screenshot } = panelTests({ view: 'inspector', width: 640, height: 420, scale: 2, theme: 'light' });

const panels: Readonly<Record<string, { readonly ready: string; readonly options: Partial<PanelOptions> }>> = {
  inspector: { ready: 'h1:has-text("1001605073")', options: { stars: [mockFit('1001605073', 3)] } },
  spectrum: { ready: 'h1', options: { document: mockDocument() } },
  coefficients: { ready: 'canvas', options: { answers: { readModel: mockModel(), listModels: [], readFocus: null } } },
  validation: { ready: 'canvas', options: { answers: { readRun: mockValidation(), listRuns: [], readFocus: null } } },
  trainingSet: { ready: 'canvas', options: { answers: { readSet: mockSet() } } },
};

/** What is cut off to the right, and the heights of the plots in sight. */
const layoutOf = (page: Page) =>
  page.evaluate(() => {
    const clipped = [...document.querySelectorAll<HTMLElement>('.controls > *, .content > *')].filter((element) => {
      const { right, width } = element.getBoundingClientRect();
      return width > 0 && right > innerWidth + 1;
    });
    const heights = [...document.querySelectorAll('canvas')].map((canvas) => canvas.getBoundingClientRect().height);
    return {
      clipped: clipped.map((element) => element.getAttribute('aria-label') ?? element.className ?? element.tagName),
      tallest: Math.max(...heights),
    };
  });

it.each(Object.keys(panels))(
  'the panel %s is whole at twice its size: nothing is cut off, and the plot has its room',
  async (view) => {
    const { ready, options } = panels[view]!;
    const page = await open({ view: view as PanelOptions['view'], ...options });
    await page.waitForSelector(ready);
    await expect.poll(async () => (await layoutOf(page)).tallest).toBeGreaterThan(120);
    await screenshot(`zoomed-${view}`);
    expect((await layoutOf(page)).clipped).toEqual([]);
  },
);
