/** cannon.yaml in real VS Code: the language server marks mistakes at their places and explains keys. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Editor } from './driver';
import { openSurvey, type SurveyWindow } from './window';

describe('cannon.yaml', () => {
  let window: SurveyWindow;
  let editor: Editor;

  beforeAll(async () => {
    window = await openSurvey();
    editor = window.editor;
    await editor.openFile('cannon.yaml');
  });
  afterAll(() => window?.close());

  it('has no problem as the sample command writes it, but for the remark on a corner without stars', async () => {
    // The remark shows that the server has checked the survey; only then does silence mean anything.
    const remark = await editor.problems('CAN146');
    await editor.see(remark, 'the remark that no hot giants are among the reference stars', 60);
    expect(await (await editor.problems('[Ln')).count()).toBe(1);
  });

  it('explains a key on hover', async () => {
    expect(await editor.hover('continuum')).toMatch(/continuum/i);
  });

  it('marks an unknown key where it stands', async () => {
    const { length } = (await readFile(window.config, 'utf8')).split('\n');
    await editor.appendLine('wavelenght: 5000');
    const row = await editor.problems('wavelenght');
    await editor.see(row, 'a diagnostic about the unknown key');
    // The file ends in a line break, after which the new line is written.
    expect(await row.first().innerText()).toContain(`[Ln ${length}, Col 1]`);
    const others = (await editor.problems('[Ln')).filter({ hasNotText: 'CAN146' });
    expect(await others.count()).toBe(1);
    await editor.screenshot('diagnostic');
  });
});
