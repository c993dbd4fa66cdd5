/**
 * All panels at 200 %, on a screen of twice as many pixels as the page has: one in a window of its own, and half of a window of 1720 × 960
 * pixels beside the code.
 */
import { expect, it } from 'vitest';
import { layoutOf } from './layout';
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

const sizes = { window: [640, 420], half: [404, 375] } as const;

it.each(Object.keys(panels).flatMap((view) => Object.keys(sizes).map((size) => [view, size] as const)))(
  'the panel %s is whole at twice its size in the %s: nothing is cut off, and the plot has its room',
  async (view, size) => {
    const { ready, options } = panels[view]!;
    const [width, height] = sizes[size as keyof typeof sizes];
    const page = await open({ view: view as PanelOptions['view'], width, height, ...options });
    await page.waitForSelector(ready);
    await expect.poll(async () => (await layoutOf(page)).tallestPlot).toBeGreaterThan(100);
    await screenshot(`zoomed-${view}-${size}`);
    expect((await layoutOf(page)).flaws).toEqual([]);
  },
);
