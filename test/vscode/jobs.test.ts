/** Training and inference from real VS Code: progress on the way, a word at the end, and Cancel that cancels. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findRuns, isFinal, readEvents, readResult } from '../../engine/index';
import type { Editor } from './driver';
import { extensionProcesses, openSurvey, type SurveyWindow } from './window';

const jobProcesses = async () => (await extensionProcesses()).filter(({ command }) => command.includes('cannon.js'));

describe('jobs', () => {
  let window: SurveyWindow;
  let editor: Editor;

  beforeAll(async () => {
    window = await openSurvey({ trained: false });
    editor = window.editor;
    await editor.openFile('cannon.yaml');
  });
  afterAll(() => window?.close());

  it('says that there is no model yet when labels are asked for before a training', async () => {
    await editor.runCommand('Cannon: Infer Labels');
    const warning = await editor.notified(
      'No model has been trained for this survey yet',
      'a word about the missing model',
    );
    await editor.dismiss(warning);
  });

  it('trains to the end with progress on the way, and says what came of it', async () => {
    await editor.runCommand('Cannon: Train');
    await editor.see(editor.notification(/Cannon: Train .*\d+ %/s), 'progress in percent', 60);
    await editor.screenshot('training');
    const end = await editor.notified(/Trained .* on \d+ stars/, 'the end of the training', 180);
    await editor.screenshot('trained');
    await editor.dismiss(end);
    const [run] = await findRuns(window.config);
    expect(run?.job.command).toBe('train');
    const result = await readResult(run!.folder);
    if (result?.command !== 'train') throw new Error('the run has no result of a training');
    expect((await readFile(result.models[0]!.path)).subarray(0, 6).toString()).toBe('SIMPLE');
  });

  it('infers the labels of every spectrum with that model', async () => {
    await editor.runCommand('Cannon: Infer Labels');
    const end = await editor.notified(/Labelled (\d+) of (\d+) spectra/, 'the end of the inference', 180);
    const [, labelled, all] = /Labelled (\d+) of (\d+)/.exec(await end.innerText()) ?? [];
    expect(Number(labelled)).toBeGreaterThan(0.9 * Number(all));
    await editor.screenshot('inferred');
    await editor.click(end.getByRole('button', { name: 'Open Labels' }), 'a button that opens the labels');
    await editor.see(editor.page.locator('.tab.active', { hasText: 'labels.csv' }), 'the table of labels');
    const [run] = await findRuns(window.config);
    const result = await readResult(run!.folder);
    if (result?.command !== 'infer') throw new Error('the run has no result of an inference');
    const rows = (await readFile(result.out, 'utf8')).trim().split('\n');
    expect(rows).toHaveLength(Number(all) + 1);
  });

  it('maps those labels as asked, and shows the page with its picture', async () => {
    await editor.runCommand('Cannon: Analyse Catalog');
    await editor.pick('Map');
    await editor.pick('labels.csv');
    for (const [question, answer] of [
      ['Across', 'teff'],
      ['Upwards', 'logg'],
      ['Columns or formulas', 'fe_h'],
      ['Only stars', 'snr > 20'],
    ] as const) {
      await editor.see(editor.inputMessage(question), `the question ${question}`);
      await editor.fill(answer);
      await editor.page.keyboard.press('Enter');
    }
    const page = await editor.panel('img[src*=".svg"]', 120);
    expect(await page.locator('h1').innerText()).toBe('[Fe/H] over Teff and log g: labels.csv');
    const picture = page.locator('img[src*=".svg"]');
    await editor.until('the picture of the map', 20, () =>
      picture.first().evaluate((image) => ((image as HTMLImageElement).naturalWidth > 100 ? true : null)),
    );
    await editor.screenshot('analysed');
    const [run] = await findRuns(window.config);
    expect(run?.job.command).toBe('analyse');
  });
});

describe('a training that is cancelled', () => {
  let window: SurveyWindow;

  beforeAll(async () => {
    window = await openSurvey({
      trained: false,
      // Ten times the pixels, so that it is sure to be at work still when Cancel is pressed.
      change: async (folder) => {
        const config = join(folder, 'cannon.yaml');
        const text = await readFile(config, 'utf8');
        const finer = text.replace(/step: *1e-4/, 'step: 1e-5');
        expect(finer).not.toBe(text);
        await writeFile(config, finer);
      },
    });
  });
  afterAll(() => window?.close());

  it('stops at once, keeps no model, and leaves no process behind', async () => {
    const { editor, config } = window;
    await editor.openFile('cannon.yaml');
    await editor.runCommand('Cannon: Train');
    const progress = editor.notification(/Cannon: Train .*\d+ %/s);
    await editor.see(progress, 'progress in percent', 60);
    await editor.click(progress.getByRole('button', { name: 'Cancel' }), 'a Cancel button');
    await editor.see(editor.statusBarItem('Training was cancelled'), 'a word that it was cancelled', 30);
    await editor.screenshot('cancelled');
    const [run] = await findRuns(config);
    const { events } = await readEvents(run!.folder);
    expect(events.filter(isFinal).map((event) => event.kind)).toEqual(['cancelled']);
    expect(await readResult(run!.folder)).toBeNull();
    await editor.until('an end of the job process', 10, async () =>
      (await jobProcesses()).length === 0 ? true : null,
    );
  });
});
