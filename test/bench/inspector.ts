/**
 * How long the inspector takes in real VS Code, beside an index of very many spectra: to open on a star, to show another star
 * that a command names, and to go to the next star by key; and how long a frame takes while a plot is zoomed.
 *
 *   npm run bench:inspector -- [--stars 100000] [--steps 60]
 *
 * Times run from the key press to the first frame after the canvas was painted with the new star; those by the command hold
 * the typing into its list of stars and, the first time, the making of the webview by VS Code. Prints a table.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium, type Frame } from 'playwright-core';
import { findChromium } from '../../scripts/chromium.mjs';
import { packageExtension, startServer } from '../../scripts/vscodeServer.mjs';
import { Editor } from '../vscode/driver';
import { writeManySpectra } from './manySpectra';

const { values } = parseArgs({
  options: { stars: { type: 'string', default: '100000' }, steps: { type: 'string', default: '60' } },
});
const nMany = Number(values.stars);
const nSteps = Number(values.steps);
const root = join(import.meta.dirname, '..', '..');

/** A mock survey with a trained model, among very many other spectra. */
async function writeSurvey(folder: string): Promise<void> {
  const cannon = (...args: string[]) =>
    execFileSync(process.execPath, [join(root, 'dist/cannon.js'), ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  cannon('sample', folder);
  const config = join(folder, 'cannon.yaml');
  cannon('train', '--config', config);
  process.stderr.write(`Writing ${nMany} more spectra …\n`);
  const many = join(folder, 'zz-many');
  await mkdir(many);
  await writeManySpectra(many, nMany);
  const text = await readFile(config, 'utf8');
  await writeFile(config, text.replace(/^spectra: (.*)$/m, 'spectra: [$1, "zz-many/spectra/**/*.fits.gz"]'));
}

/** In the panel: notes when a key was pressed, and when the frame after the next change of the title was shown. */
async function watch(frame: Frame): Promise<void> {
  await frame.evaluate(() => {
    const delays: number[] = [];
    let pressed = NaN;
    document.addEventListener('keydown', () => (pressed = performance.now()), true);
    new MutationObserver(() => {
      const start = pressed;
      pressed = NaN;
      // The first callback comes before the paint, the second after it.
      if (!Number.isNaN(start))
        requestAnimationFrame(() => requestAnimationFrame(() => delays.push(performance.now() - start)));
    }).observe(document.querySelector('h1')!, { childList: true, characterData: true, subtree: true });
    Object.assign(window, { delays });
  });
}

async function stepThrough(editor: Editor, frame: Frame): Promise<number[]> {
  await watch(frame);
  await frame.locator('.stage').focus();
  const count = () => frame.evaluate(() => (window as unknown as { delays: number[] }).delays.length);
  for (let n = 0; n < nSteps; n++) {
    await editor.page.keyboard.press('j');
    await editor.until('the next star', 20, async () => ((await count()) > n ? true : null));
  }
  return frame.evaluate(() => (window as unknown as { delays: number[] }).delays);
}

/** Milliseconds between frames while the wheel zooms in and out. */
async function zoomFrames(editor: Editor, frame: Frame): Promise<number[]> {
  const box = (await frame.locator('.plot.tall canvas').boundingBox())!;
  await editor.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await frame.evaluate(() => {
    const frames: number[] = [];
    let last = performance.now();
    const tick = (now: number): void => {
      frames.push(now - last);
      last = now;
      if (frames.length < 240) requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
    Object.assign(window, { frames });
  });
  for (let n = 0; n < 120; n++) await editor.page.mouse.wheel(0, n % 40 < 20 ? -60 : 60);
  await editor.until('240 frames', 30, async () =>
    (await frame.evaluate(() => (window as unknown as { frames: number[] }).frames.length)) >= 240 ? true : null,
  );
  return frame.evaluate(() => (window as unknown as { frames: number[] }).frames.slice(5));
}

/** From the choice of a star in the list of `Cannon: Inspect Star` until its fit is painted. */
async function inspect(editor: Editor, obsid: string): Promise<number> {
  await editor.runCommand('Cannon: Inspect Star');
  const start = Date.now();
  await editor.pick(obsid);
  const frame = await editor.panel(`h1:text("${obsid}")`);
  const shown = await frame.evaluate(
    () =>
      new Promise<number>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(Date.now())))),
  );
  return shown - start;
}

function print(what: string, delays: readonly number[]): void {
  const sorted = [...delays].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!.toFixed(1);
  console.log(`| ${what} | ${at(0.5)} ms | ${at(0.95)} ms | ${at(1)} ms |`);
}

async function measure(folder: string): Promise<void> {
  const survey = join(folder, 'survey');
  await writeSurvey(survey);
  const [head, ...rows] = (await readFile(join(survey, 'labels.csv'), 'utf8')).trim().split('\n');
  const ids = rows.map((row) => row.split(',')[head!.split(',').indexOf('obsid')]!);
  const vsix = await packageExtension();
  const browser = await chromium.launch(await findChromium());
  const server = await startServer({ dataFolder: join(folder, 'server'), vsix, endWhenIdle: true });
  try {
    const editor = await Editor.open(browser, `${server.urlOf('')}${encodeURIComponent(survey)}`, survey, {
      width: 1720,
      height: 960,
    });
    await editor.openView('Cannon Spectra');
    await editor.see(editor.treeRow(/HD10000N/), 'the first plate', 120);
    await editor.seeGone(
      editor.page.locator('.sidebar', { hasText: /Indexing: .* headers read/ }),
      'reading headers',
      600,
    );
    await editor.openFile('cannon.yaml');
    console.log(`${nMany} spectra in the index\n\n| what | median | 95 % | most |\n|---|---|---|---|`);
    print('open on a star, the list of stars included', [await inspect(editor, ids[20]!)]);
    const others: number[] = [];
    for (const id of ids.slice(30, 36)) others.push(await inspect(editor, id));
    print('another star by the command, the list included', others);
    const frame = await editor.panel('.stage[data-from]');
    print('next star by key', await stepThrough(editor, frame));
    print('a frame while zooming', await zoomFrames(editor, frame));
    await editor.close();
  } finally {
    await browser.close();
    await server.stop();
  }
}

const folder = await mkdtemp(join(tmpdir(), 'cannon-inspector-'));
try {
  await measure(folder);
} finally {
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
