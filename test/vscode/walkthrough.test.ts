/**
 * The walkthrough in real VS Code, as somebody follows it who has nothing yet: from an empty folder to a verdict, step by step, each
 * by what the step itself offers, and each ticked off by what has come of it.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findRuns, readResult } from '../../engine/index';
import type { Editor } from './driver';
import { openSurvey, type SurveyWindow } from './window';

describe('the walkthrough', () => {
  let window: SurveyWindow;
  let editor: Editor;
  let survey: string;

  beforeAll(async () => {
    window = await openSurvey({ empty: true, width: 1720, height: 960 });
    editor = window.editor;
    survey = join(window.folder, 'stars');
  });
  afterAll(() => window?.close());

  /** Takes what a step offers. */
  const take = async (step: string, offer: string): Promise<void> => {
    const button = (await editor.walkthroughStep(step)).getByRole('button', { name: offer, exact: true });
    await editor.click(button, `${offer} in the step ${step}`);
  };
  /** Waits for the words at the end of a job, and puts them away. */
  const told = async (words: RegExp): Promise<void> => editor.dismiss(await editor.notified(words, String(words), 120));
  /** How many of the steps on the screen are ticked off, and how many are not. */
  const ticks = async (): Promise<readonly [done: number, open: number]> => {
    const steps = editor.page.locator('.getting-started-step');
    const count = (checked: boolean) => steps.getByRole('checkbox', { checked }).count();
    return [await count(true), await count(false)];
  };

  it('opens from the view without a survey, with nothing done', async () => {
    await editor.openView('Cannon Spectra');
    await editor.click(
      editor.page.locator('.sidebar').getByRole('button', { name: 'Step by step' }),
      'the way to the walkthrough',
    );
    await editor.walkthroughStep('Have a survey');
    expect(await ticks()).toEqual([0, 8]);
    await editor.screenshot('walkthrough-begun');
  });

  it('makes a sample survey', async () => {
    await take('Have a survey', 'Create Sample Survey');
    await editor.fill(survey);
    await editor.page.keyboard.press('Enter');
    await editor.pick('Small');
    await told(/Wrote 120 spectra/);
    await editor.stepDone('Have a survey');
  });

  it('opens a spectrum', async () => {
    await take('Open a spectrum', 'Show Spectra');
    const [plate] = await editor.until('the plates', 60, () => platesIn(editor));
    await editor.unfold(plate!);
    await editor.click(editor.treeRow(/S\/N \d+/), 'a star');
    await editor.panel('.stage[aria-label="Spectrum"][data-from]');
    await editor.stepDone('Open a spectrum');
  });

  it('asks whether the data are ready', async () => {
    await take('Is my data ready?', 'Is My Data Ready?');
    await editor.panel('h1:has-text("ready")');
    await editor.stepDone('Is my data ready?');
  });

  it('trains, and ticks that off when there is a model', async () => {
    await take('Train', 'Train');
    await told(/Trained .* on \d+ stars/);
    await editor.stepDone('Train');
  });

  it('cross-validates', async () => {
    await take('Cross-validate', 'Cross-Validate');
    await told(/Cross-validated .* on \d+ stars/);
    await editor.stepDone('Cross-validate');
  });

  it('inspects a star', async () => {
    await take('Inspect a star', 'Inspect Star');
    const [head, first] = (await readFile(join(survey, 'labels.csv'), 'utf8'))
      .split('\n')
      .map((line) => line.split(','));
    const star = first![head!.indexOf('obsid')]!;
    await editor.pick(star);
    await editor.panel(`.controls h1:has-text("${star}")`);
    await editor.stepDone('Inspect a star');
  });

  it('infers labels and makes a catalog, and only the catalog ticks that off', async () => {
    const title = 'Infer labels and make a catalog';
    await take(title, 'Infer Labels');
    await told(/Labelled \d+ of 120 spectra/);
    expect(await (await editor.walkthroughStep(title)).getByRole('checkbox', { checked: false }).count()).toBe(1);
    await take(title, 'Make Catalog');
    await told(/Made a catalog of \d+ stars/);
    await editor.stepDone(title);
  });

  it('reviews a flagged star with a verdict', async () => {
    await take('Review flagged stars', 'Review Flagged Stars');
    const bench = await editor.panel('.grid-row.selected .cell-star', 60);
    await bench.locator('.grid-row.selected').click();
    await editor.page.keyboard.press('r');
    const review = (): Promise<string> => readFile(join(survey, 'review.yaml'), 'utf8').catch(() => '');
    await editor.until('the verdict in review.yaml', 30, async () =>
      (await review()).includes('verdict: real') ? true : null,
    );
    await editor.stepDone('Review flagged stars');
    expect(await ticks()).toEqual([8, 0]);
    await editor.screenshot('walkthrough-done');
  });

  it('has left a run with a result for each step that works', async () => {
    const runs = await findRuns(join(survey, 'cannon.yaml'));
    expect(runs.map(({ job }) => job.command).sort()).toEqual(['catalog', 'cv', 'infer', 'train']);
    for (const { folder } of runs) expect(await readResult(folder)).not.toBeNull();
    expect(editor.refusals).toEqual([]);
  });
});

/** Names of the plates in the view of the spectra; null while there are none. */
async function platesIn(editor: Editor): Promise<string[] | null> {
  const rows = await editor.treeRow(/^\S+/).allInnerTexts();
  return rows.length > 1 ? rows.slice(1) : null;
}
