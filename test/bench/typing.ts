/**
 * How long a keystroke takes in real VS Code beside an index of very many spectra: in a survey of 500, in one of 100,000 while
 * their headers are read, and in the same when all are known. From the key's event to the change of the text on the screen.
 *
 *   npm run bench:typing -- [--stars 100000] [--keys 200]
 *
 * The medians depend on the machine; what matters is that the columns are alike. Prints a table; ends with 1 when the median
 * beside a large survey exceeds twice that beside a small one and 50 ms.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { chromium, type Browser } from 'playwright-core';
import { findChromium } from '../../scripts/chromium.mjs';
import { startServer } from '../../scripts/vscodeServer.mjs';
import { packageForHere } from '../../scripts/vsix.mjs';
import { Editor } from '../vscode/driver';
import { writeManySpectra } from './manySpectra';

const { values } = parseArgs({
  options: { stars: { type: 'string', default: '100000' }, keys: { type: 'string', default: '200' } },
});
const nMany = Number(values.stars);
const nKeys = Number(values.keys);
const betweenKeysMs = 80;

interface Row {
  readonly where: string;
  readonly file: string;
  /** Sorted, milliseconds. */
  readonly delays: readonly number[];
}

async function measure(folder: string): Promise<number> {
  const [few, many] = [join(folder, 'few'), join(folder, 'many')];
  process.stderr.write(`Writing ${nMany} spectra …\n`);
  for (const [survey, nStars] of [[few, 500] as const, [many, nMany] as const]) {
    await mkdir(survey);
    await writeManySpectra(survey, nStars);
    await writeFile(join(survey, 'notes.py'), 'import numpy as np\n');
  }
  const vsix = await packageForHere();
  const browser = await chromium.launch(await findChromium());
  const server = await startServer({ dataFolder: join(folder, 'server'), vsix, endWhenIdle: true });
  const rows: Row[] = [];
  try {
    rows.push(...(await inWindow(browser, server.urlOf(''), few, '500 spectra', false)));
    rows.push(...(await inWindow(browser, server.urlOf(''), many, `${nMany} spectra`, true)));
  } finally {
    await browser.close();
    await server.stop();
  }
  return print(rows);
}

/** Types in a window of its own; where the survey is large, first while it is being indexed. */
async function inWindow(browser: Browser, url: string, survey: string, name: string, isLarge: boolean): Promise<Row[]> {
  const editor = await Editor.open(browser, `${url}${encodeURIComponent(survey)}`, survey);
  const rows: Row[] = [];
  const type = async (where: string, file: string) => {
    await editor.openFile(file);
    rows.push({ where, file, delays: await typeAway(editor) });
    process.stderr.write(`${where}, ${file}: median ${rows.at(-1)!.delays[nKeys >> 1]!.toFixed(1)} ms\n`);
  };
  await editor.openView('Cannon Spectra');
  await editor.see(editor.treeRow('HD10000N'), 'the first plate', 120);
  const reading = editor.page.locator('.sidebar', { hasText: /Indexing: .* headers read/ });
  if (isLarge) {
    await editor.see(reading, 'headers being read');
    await type(`${name}, being read`, 'notes.py');
  }
  await editor.seeGone(reading, 'reading headers', 300);
  await editor.screenshot(`typing-${isLarge ? 'many' : 'few'}`);
  await type(name, 'notes.py');
  await type(name, 'cannon.yaml');
  await editor.close();
  return rows;
}

/** Milliseconds from each key's event to the change of the line on the screen, sorted. */
async function typeAway({ page }: Editor): Promise<number[]> {
  await page.locator('.editor-instance .monaco-editor .view-lines').first().click();
  await page.keyboard.press('Control+End');
  await page.evaluate(() => {
    const seen: number[] = [];
    let pressed = NaN;
    document.addEventListener('keydown', () => (pressed = performance.now()), true);
    new MutationObserver(() => {
      if (!Number.isNaN(pressed)) seen.push(performance.now() - pressed);
      pressed = NaN;
    }).observe(document.querySelector('.editor-instance .view-lines')!, {
      subtree: true,
      childList: true,
      characterData: true,
    });
    Object.assign(window, { keyDelays: seen });
  });
  for (let n = 0; n < nKeys; n++) {
    // Comments, so that the files stay what they are: broken text would not be checked against the disk.
    await page.keyboard.press(n % 40 === 0 ? '#' : n % 40 === 39 ? 'Enter' : 'x');
    await pause(betweenKeysMs);
  }
  const delays = await page.evaluate(() => (window as unknown as { keyDelays: number[] }).keyDelays);
  return delays.sort((a, b) => a - b);
}

function print(rows: readonly Row[]): number {
  console.log('| beside | in | median | 95 % | most |\n|---|---|---|---|---|');
  const at = ({ delays }: Row, share: number) =>
    delays[Math.min(delays.length - 1, Math.floor(share * delays.length))]!;
  for (const row of rows) {
    const [median, most95, most] = [0.5, 0.95, 1].map((share) => `${at(row, share).toFixed(1)} ms`);
    console.log(`| ${row.where} | ${row.file} | ${median} | ${most95} | ${most} |`);
  }
  const limit = Math.max(50, 2 * at(rows[0]!, 0.5));
  return rows.every((row) => at(row, 0.5) <= limit) ? 0 : 1;
}

const folder = await mkdtemp(join(tmpdir(), 'cannon-typing-'));
try {
  process.exitCode = await measure(folder);
} finally {
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
