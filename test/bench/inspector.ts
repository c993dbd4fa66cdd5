/**
 * How long the inspector takes in real VS Code, beside an index of very many spectra: to open on a star, to show another star
 * that a command names, and to go to the next star by key; and how long a frame takes while a plot is zoomed or a label moved.
 *
 *   npm run bench:inspector -- [--stars 100000] [--steps 40] [--openings 9] [--folder DIR]
 *
 * First of all it tells how long the extension took to be activated. Steps run from the key press to the second frame after the new
 * star is drawn. Openings run from when the command begins in the extension host to the second frame of the page; beside them stands
 * a panel with nothing in it, opened in turn with the inspector by an extension of the bench: that much is VS Code's own. A folder
 * that is named keeps the survey for another run. Prints a table.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium, type Frame } from 'playwright-core';
import { findChromium } from '../../scripts/chromium.mjs';
import { startServer } from '../../scripts/vscodeServer.mjs';
import { packageForHere } from '../../scripts/vsix.mjs';
import { Editor } from '../vscode/driver';
import { activationTimes } from './activation';
import { panelOpener } from './panelOpener';
import { writeManySpectra } from './manySpectra';

const { values } = parseArgs({
  options: {
    stars: { type: 'string', default: '100000' },
    steps: { type: 'string', default: '40' },
    openings: { type: 'string', default: '9' },
    folder: { type: 'string' },
  },
});
const nMany = Number(values.stars);
const nSteps = Number(values.steps);
const nOpenings = Number(values.openings);
/** Between two keys of somebody who looks at each star. */
const lookMs = 500;
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

interface Step {
  /** Until the script has drawn the new star. */
  readonly drawn: number;
  /** Until the second frame after that. */
  readonly shown: number;
}

/** In the panel: notes when a key was pressed, and when the frame after the next change of the title was shown. */
async function watch(frame: Frame): Promise<void> {
  await frame.evaluate(() => {
    const steps: Step[] = [];
    let pressed = NaN;
    document.addEventListener('keydown', () => (pressed = performance.now()), true);
    // Called when the script that has drawn the star has ended.
    new MutationObserver(() => {
      const start = pressed;
      pressed = NaN;
      if (Number.isNaN(start)) return;
      const drawn = performance.now() - start;
      // The first callback comes before the paint, the second after it.
      requestAnimationFrame(() => requestAnimationFrame(() => steps.push({ drawn, shown: performance.now() - start })));
    }).observe(document.querySelector('h1')!, { childList: true, characterData: true, subtree: true });
    Object.assign(window, { steps });
  });
}

const stepsIn = (frame: Frame): Promise<Step[]> =>
  frame.evaluate(() => (window as unknown as { steps: Step[] }).steps.splice(0));

async function stepThrough(editor: Editor, frame: Frame, pauseMs: number): Promise<Step[]> {
  await frame.locator('.stage').focus();
  const steps: Step[] = [];
  for (let n = 0; n < nSteps; n++) {
    if (pauseMs > 0) await editor.page.waitForTimeout(pauseMs);
    await editor.page.keyboard.press('j');
    steps.push(
      ...(await editor.until('the next star', 20, async () => {
        const found = await stepsIn(frame);
        return found.length > 0 ? found : null;
      })),
    );
  }
  return steps;
}

/** Milliseconds between frames while `act` is under way. */
async function framesWhile(editor: Editor, frame: Frame, act: () => Promise<void>): Promise<number[]> {
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
  await act();
  await editor.until('240 frames', 30, async () =>
    (await frame.evaluate(() => (window as unknown as { frames: number[] }).frames.length)) >= 240 ? true : null,
  );
  return frame.evaluate(() => (window as unknown as { frames: number[] }).frames.slice(5));
}

async function zoomFrames(editor: Editor, frame: Frame): Promise<number[]> {
  const box = (await frame.locator('.plot.tall canvas').boundingBox())!;
  await editor.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  return framesWhile(editor, frame, async () => {
    for (let n = 0; n < 120; n++) await editor.page.mouse.wheel(0, n % 40 < 20 ? -60 : 60);
  });
}

/** While the slider of the first label is dragged to and fro. */
async function sliderFrames(editor: Editor, frame: Frame): Promise<number[]> {
  await frame.locator('.stage').press('m');
  const slider = frame.locator('.sliders input').first();
  await editor.see(slider, 'a slider');
  const box = (await slider.boundingBox())!;
  const at = (share: number) => editor.page.mouse.move(box.x + share * box.width, box.y + box.height / 2);
  await at(0.5);
  await editor.page.mouse.down();
  const frames = await framesWhile(editor, frame, async () => {
    for (let n = 0; n < 120; n++) await at(0.5 + 0.3 * Math.sin(n / 8));
  });
  await editor.page.mouse.up();
  return frames;
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

async function measure(folder: string, survey: string): Promise<void> {
  const [head, ...rows] = (await readFile(join(survey, 'labels.csv'), 'utf8')).trim().split('\n');
  const ids = rows.map((row) => row.split(',')[head!.split(',').indexOf('obsid')]!);
  const opener = await panelOpener(join(folder, 'opener'));
  const browser = await chromium.launch(await findChromium());
  const dataFolder = join(folder, 'server');
  // A start installs one extension.
  await (await startServer({ dataFolder, vsix: opener.vsix })).stop();
  const server = await startServer({ dataFolder, vsix: await packageForHere(), endWhenIdle: true });
  try {
    const editor = await Editor.open(browser, `${server.urlOf('')}${encodeURIComponent(survey)}`, survey, {
      width: 1720,
      height: 960,
    });
    await editor.openView('Cannon Spectra');
    await editor.see(editor.treeRow(/HD\d+N/), 'the first plate', 120);
    await editor.seeGone(
      editor.page.locator('.sidebar', { hasText: /Indexing: .* headers read/ }),
      'reading headers',
      900,
    );
    await editor.openFile('cannon.yaml');
    const { ours: activated, slowest } = await activationTimes(editor);
    console.log(`${nMany} spectra in the index\n\n| what | median | 95 % | most |\n|---|---|---|---|`);
    const files = (await readdir(join(survey, 'spectra'), { recursive: true })).filter((file) => /\.fits/.test(file));
    const stars = Array.from({ length: nOpenings }, (_, n) => ({
      config: join(survey, 'cannon.yaml'),
      path: join(survey, 'spectra', files[(7 * n) % files.length]!),
    }));
    console.log(`| the extension activated | ${activated} ms | | |`);
    console.log(`| the slowest of those that come with VS Code | ${slowest} ms | | |`);
    const openings = await opener.open(editor, stars);
    for (const [what, delays] of Object.entries(openings)) print(what, delays);
    const [empty, full] = ['an empty panel', 'the inspector'].map((name) => openings[`open ${name}: painted`] ?? []);
    // Pair by pair, for the machine's load changes during a run.
    print(
      'open the inspector: painted, beyond the empty panel before it',
      full!.map((delay, n) => delay - empty![n]!),
    );
    const first = await inspect(editor, ids[20]!);
    console.log(`| a new panel by the command, typing and search included | ${first} ms | | |`);
    const others: number[] = [];
    for (const id of ids.slice(30, 36)) others.push(await inspect(editor, id));
    print('another star by the command, typing and search included', others);
    const frame = await editor.panel('.stage[data-from]');
    await watch(frame);
    for (const [how, pauseMs] of [
      ['looking at each', lookMs],
      ['at once', 0],
    ] as const) {
      const steps = await stepThrough(editor, frame, pauseMs);
      print(
        `next star by key, ${how}: drawn`,
        steps.map(({ drawn }) => drawn),
      );
      print(
        `next star by key, ${how}: second frame`,
        steps.map(({ shown }) => shown),
      );
    }
    print('a frame while zooming', await zoomFrames(editor, frame));
    print('a frame while a label is moved', await sliderFrames(editor, frame));
    await editor.close();
  } finally {
    await browser.close();
    await server.stop();
  }
}

const folder = await mkdtemp(join(tmpdir(), 'cannon-inspector-'));
const survey = values.folder ?? join(folder, 'survey');
try {
  if (!existsSync(join(survey, 'zz-many', 'labels.csv'))) await writeSurvey(survey);
  await measure(folder, survey);
} finally {
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
