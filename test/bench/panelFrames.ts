/**
 * What the inspector's page takes to draw, apart from VS Code: a step to the next star that has been read ahead, a frame of a zoom, and
 * a frame while a label is moved, with four stars of 9000 pixels over one another.
 *
 *   npm run bench:panels -- [--pixels 9000]
 *
 * Time of the page's main thread as Chromium counts it (scripts, styles, layout, painting), which other programs do not lengthen, and
 * the time between frames by the clock, which they do.
 */
import { parseArgs } from 'node:util';
import type { CDPSession, Page } from 'playwright-core';
import type { ModelAnatomy, StarFit } from '../../engine/index';
import { launchBrowser } from '../webviews/browser';
import { logGrid, mockFit } from '../webviews/mockData';
import { mockModel } from '../webviews/mockModel';
import { openPanel } from '../webviews/panel';

const { values } = parseArgs({ options: { pixels: { type: 'string', default: '9000' } } });
const nPixels = Number(values.pixels);
const nFrames = 60;

/** The fit on a grid of `nPixels`, each pixel that of the mock nearest to it. */
function widened(fit: StarFit): StarFit {
  const waveAngstrom = logGrid(3900, 8950, Math.log10(8950 / 3900) / (nPixels - 0.5)).slice(0, nPixels);
  const from = Int32Array.from(waveAngstrom, (_, p) => Math.floor((p * fit.waveAngstrom.length) / nPixels));
  const take = <T extends Float32Array | Uint8Array>(values: T): T => spread(values, from);
  return {
    ...fit,
    waveAngstrom,
    flux: take(fit.flux),
    error: take(fit.error),
    masked: take(fit.masked),
    modelFlux: take(fit.modelFlux),
    scatter: take(fit.scatter),
    residualSigma: take(fit.residualSigma),
  };
}

function spread<T extends Float32Array | Uint8Array>(values: T, from: Int32Array): T {
  const Kind = values.constructor as new (length: number) => T;
  const taken = new Kind(from.length);
  from.forEach((p, k) => (taken[k] = values[p]!));
  return taken;
}

/** A model of three labels whose terms are all of degree two, on the pixels of `fit`. */
function anatomyOf(fit: StarFit): ModelAnatomy {
  const model = mockModel();
  const labels = fit.labels.map(({ name, unit, value, error }) => ({
    ...{ name, unit, pivot: value, scale: 5 * error, min: value - 8 * error, max: value + 8 * error },
  }));
  const terms = [[], [0], [1], [2], [0, 0], [0, 1], [0, 2], [1, 1], [1, 2], [2, 2]];
  const theta = Float32Array.from({ length: nPixels * terms.length }, (_, k) =>
    k % terms.length === 0 ? fit.modelFlux[Math.floor(k / terms.length)]! : 0.003 * Math.sin(k),
  );
  return { ...model, labels, terms, theta, scatter: fit.scatter, waveAngstrom: fit.waveAngstrom };
}

const taskSeconds = async (session: CDPSession): Promise<number> => {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'TaskDuration')!.value;
};

/** Calls `act` in the page once a frame. Milliseconds of the main thread a frame, and between frames by the clock. */
async function measure(page: Page, session: CDPSession, act: string): Promise<{ main: number; clock: number[] }> {
  const before = await taskSeconds(session);
  // As a text: the page's policy lets no code be made from texts in it.
  const clock = await page.evaluate<number[]>(`new Promise((resolve) => {
    const run = (n) => { ${act} };
    const times = [];
    let last = performance.now();
    const tick = (now) => {
      times.push(now - last);
      last = now;
      if (times.length > ${nFrames}) return resolve(times.slice(1));
      run(times.length);
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  })`);
  return { main: (1000 * ((await taskSeconds(session)) - before)) / nFrames, clock };
}

function print(what: string, { main, clock }: { main: number; clock: number[] }): void {
  const sorted = [...clock].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(1);
  console.log(`| ${what} | ${main.toFixed(1)} ms | ${at(0.5)} ms | ${at(0.95)} ms |`);
}

const stars = [3, 4, 5, 6, 7].map((seed, n) => widened(mockFit(String(1001605073 + n), seed)));
const browser = await launchBrowser();
try {
  const panel = await openPanel(browser, {
    ...{ view: 'inspector', width: 1400, height: 860, stars },
    answers: { readModel: anatomyOf(stars[0]!), readRepeats: [] },
  });
  const { page } = panel;
  await page.waitForSelector('.facts .labels td');
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  console.log(`${nPixels} pixels\n\n| what | main thread | frames, median | 95 % |\n|---|---|---|---|`);
  const key = (name: string) =>
    `document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '${name}', bubbles: true }))`;
  print('next and previous star', await measure(page, session, `${key('k').replace("'k'", "n % 2 ? 'j' : 'k'")}`));
  for (let n = 0; n < 3; n++) {
    await page.keyboard.press('c');
    await page.keyboard.press('j');
    await page.waitForSelector(`h1:has-text("${stars[n + 1]!.star}")`);
  }
  await page.waitForFunction(() => document.querySelectorAll('.pinned').length === 3);
  const wheel = `const canvas = document.querySelector('canvas'); const { x, y } = canvas.getBoundingClientRect();
    canvas.dispatchEvent(new WheelEvent('wheel', { deltaY: n % 40 < 20 ? -30 : 30, clientX: x + 400, clientY: y + 90, cancelable: true }));`;
  print('a frame of a zoom, 4 stars', await measure(page, session, wheel));
  await page.keyboard.press('m');
  await page.waitForSelector('.sliders input');
  const slide = `const slider = document.querySelector('.sliders input'); const { min, max } = slider;
    slider.value = Number(min) + (0.5 + 0.3 * Math.sin(n / 8)) * (Number(max) - Number(min)); slider.dispatchEvent(new Event('input'));`;
  print('a frame while a label is moved, 4 stars', await measure(page, session, slide));
  await panel.screenshot('inspector-four-stars');
  await panel.close();
} finally {
  await browser.close();
}
