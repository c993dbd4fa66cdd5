/** The view "Runs" in real VS Code: jobs outlive their window and are found again, and what one does with them. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findRuns, isFinal, readEvents, readRun } from '../../engine/index';
import type { Editor } from './driver';
import { extensionProcesses, openSurvey, type SurveyWindow } from './window';

describe('the view of the runs', () => {
  let window: SurveyWindow;
  let editor: Editor;
  const newest = async () => (await findRuns(window.config))[0]!.folder;
  const kindsOfEnds = async (folder: string) => {
    const { events } = await readEvents(folder);
    return events.filter(isFinal).map(({ kind }) => kind);
  };

  /** Starts a training and holds its process as soon as it is at work, so that nothing depends on how fast it is. */
  const trainAndHold = async (): Promise<{ pid: number; goOn: () => void }> => {
    await editor.runCommand('Cannon: Train');
    await editor.see(editor.notification(/Cannon: Train .*\d+ %/s), 'progress in percent', 60);
    const jobs = await extensionProcesses();
    const { pid } = jobs.find(({ command }) => command.includes('cannon.js') && command.includes(window.folder))!;
    process.kill(pid, 'SIGSTOP');
    return { pid, goOn: () => process.kill(pid, 'SIGCONT') };
  };

  beforeAll(async () => {
    window = await openSurvey({
      width: 1500,
      height: 960,
      // Several times the pixels, so that a training is sure to be at work still when it is held.
      change: async (folder) => {
        const config = join(folder, 'cannon.yaml');
        const text = await readFile(config, 'utf8');
        const finer = text.replace(/step: *1e-4/, 'step: 6e-5');
        expect(finer).not.toBe(text);
        await writeFile(config, finer);
      },
    });
    editor = window.editor;
  });
  afterAll(() => window?.close());

  it('shows what came of an earlier training, and its model at a click', async () => {
    await editor.openFile('cannon.yaml');
    await editor.openView('Cannon Spectra');
    const row = editor.treeRow(/Train · \d\d:\d\d.* on \d+ stars/s);
    await editor.see(row, 'the training of the sample');
    await editor.rowAction(row, 'Open Result of Run');
    await editor.see(editor.page.locator('.tab', { hasText: 'Coefficients' }), 'the panel of coefficients', 60);
  });

  it('finds a training again that outlived its window, and tells when it has finished', async () => {
    const atWork = editor.treeRow(/Train · .*\d+ %/s);
    const inStatusBar = editor.statusBarItem(/Training \d+ %/);
    const { pid, goOn } = await trainAndHold();
    await editor.see(atWork, 'a training at work', 60);
    await editor.see(inStatusBar, 'the training in the status bar');
    await editor.reopen();
    expect((await extensionProcesses()).map((each) => each.pid)).toContain(pid);
    await editor.click(inStatusBar, 'the training in the status bar', 60);
    await editor.see(atWork, 'the training in the next window', 60);
    await editor.screenshot('runs-running');
    goOn();
    const end = editor.notification(/Trained .* on \d+ stars/);
    await editor.see(end, 'the end of the training', 180);
    await editor.dismiss(end);
    await editor.seeGone(editor.statusBarItem(/Training/), 'the training in the status bar');
    expect((await readRun(await newest())).state).toBe('finished');
    await editor.until('two trainings that finished', 20, async () =>
      (await editor.treeRow(/Train · .* on \d+ stars/s).count()) === 2 ? true : null,
    );
  });

  it('cancels a training from its row without a notification, and resumes it to its end', async () => {
    const atWork = editor.treeRow(/Train · .*\d+ %/s);
    const { goOn } = await trainAndHold();
    await editor.see(atWork, 'a training at work', 60);
    const folder = await newest();
    await editor.rowAction(atWork, 'Cancel Run');
    goOn();
    const cancelled = editor.treeRow(/Train · .*cancelled at \d+ %/s);
    await editor.see(cancelled, 'the row of a cancelled training', 60);
    expect(await kindsOfEnds(folder)).toEqual(['cancelled']);
    expect(await editor.notification(/cancelled/).count()).toBe(0);
    await editor.rowAction(cancelled, 'Resume Run');
    const end = editor.notification(/Trained .* on \d+ stars/);
    await editor.see(end, 'the end of the training', 180);
    await editor.dismiss(end);
    expect(await kindsOfEnds(folder)).toEqual(['cancelled', 'finished']);
    expect((await readRun(folder)).job.attempt).toBe(2);
  });

  it('tells what differs between two runs', async () => {
    const rows = editor.treeRow(/Train · .* on \d+ stars/s);
    await rows.nth(0).click({ modifiers: ['Control'] });
    await rows.nth(2).click({ modifiers: ['Control'] });
    await editor.runCommand('Cannon: Compare Runs');
    const page = await editor.panel('h1:has-text("what differs between two runs")');
    const text = await page.locator('body').innerText();
    expect(text).toContain('grid.step');
    expect(text).toContain('0.00006');
    await editor.screenshot('runs-compared');
  });

  it('marks the line that made a training fail, until the line is edited', async () => {
    const text = await readFile(window.config, 'utf8');
    await writeFile(window.config, text.replace(/^spectra:.*$/m, 'spectra: nowhere/*.fits'));
    await editor.openFile('cannon.yaml');
    await editor.see(editor.line('nowhere'), 'the new line');
    await editor.runCommand('Cannon: Train');
    const failure = await editor.notified(/No file matches nowhere/, 'the failure', 60);
    await editor.see(editor.treeRow(/Train · .*No file matches/s), 'the row of the failed training');
    for (const theme of ['light', 'dark'] as const) {
      await editor.setTheme(theme);
      await editor.screenshot(`runs-${theme}`);
    }
    await editor.click(failure.getByRole('button', { name: 'Show Line' }), 'a button that shows the line');
    const number = text.split('\n').findIndex((line) => line.startsWith('spectra:')) + 1;
    await editor.see(editor.statusBarItem(`Ln ${number}, Col`), 'the cursor in that line');
    const mark = await editor.problems(/No file matches nowhere.*cannon run/s);
    await editor.see(mark, 'the mark of the failed run');
    await editor.openFile('cannon.yaml');
    await editor.see(editor.page.locator('.editor-instance .monaco-editor.focused'), 'a text editor with the focus');
    await editor.page.keyboard.type('spectra: spectra/**');
    await editor.seeGone(mark, 'the mark');
  });

  it('deletes a run after a question', async () => {
    const folder = await newest();
    const row = editor.treeRow(/Train · .*No file matches/s);
    await editor.rowMenu(row, 'Delete Run');
    await editor.answer('Delete');
    await editor.seeGone(row, 'the row');
    expect((await findRuns(window.config)).map((run) => run.folder)).not.toContain(folder);
  });
});
