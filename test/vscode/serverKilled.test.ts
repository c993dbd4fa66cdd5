/** The language server killed again and again, in real VS Code, with a panel open and a training at work. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findRuns, isFinal, readEvents, readResult } from '../../engine/index';
import type { Editor } from './driver';
import { extensionProcesses, openSurvey, type SurveyWindow } from './window';

let window: SurveyWindow;
let editor: Editor;

beforeAll(async () => {
  window = await openSurvey();
  editor = window.editor;
});
afterAll(() => window?.close());

const servers = async () => (await extensionProcesses()).filter(({ command }) => command.includes('server.cjs'));

/** The process of a server that is not `before`. */
const serverAfter = (before: number | null): Promise<number> =>
  editor.until('a language server', 60, async () => (await servers()).find(({ pid }) => pid !== before)?.pid ?? null);

/** Kills the server and those that follow it, each as soon as it is there, mostly before it is ready. */
async function killTimes(n: number, first: number): Promise<number> {
  let pid = first;
  for (let k = 0; k < n; k++) {
    if (k > 0) pid = await serverAfter(pid);
    process.kill(pid, 'SIGKILL');
  }
  return pid;
}

const modelOf = async (folder: string): Promise<Buffer> => {
  const result = await readResult(folder);
  if (result?.command !== 'train') throw new Error('the run has no result of a training');
  return readFile(result.models[0]!.path);
};

/** Waits until the inspector's panel shows the star. */
const shows = (obsid: string): Promise<boolean> =>
  editor.until(`the star ${obsid}`, 60, async () => {
    const frame = await editor.panel('.controls h1', 60);
    return (await frame.locator('.controls h1').innerText()).includes(obsid) ? true : null;
  });

it('comes back by itself, then when asked, with all that was open; a training does not notice', async () => {
  const { config, folder } = window;
  const [undisturbed] = await findRuns(config);
  const [head, ...rows] = (await readFile(join(folder, 'labels.csv'), 'utf8')).trim().split('\n');
  const obsids = rows.map((row) => row.split(',')[head!.split(',').indexOf('obsid')]!);
  await editor.openFile('cannon.yaml');
  await editor.runCommand('Cannon: Inspect Star');
  await editor.pick(obsids[9]!);
  await shows(obsids[9]!);
  await editor.runCommand('Cannon: Train');
  await editor.see(editor.notification(/Cannon: Train/), 'the training', 60);
  await editor.see(await editor.problems(/training star/), 'what the survey lacks', 60);

  // Twice, of which once at its start; the star is asked for while nobody can answer.
  let pid = await killTimes(2, await serverAfter(null));
  await editor.runCommand('Cannon: Inspect Star');
  await editor.pick(obsids[10]!);
  await shows(obsids[10]!);
  await editor.see(await editor.problems(/training star/), 'what the survey lacks, again', 60);

  pid = await killTimes(3, await serverAfter(pid));
  const word = await editor.notified('has ended five times within three minutes', 'a word about it', 60);
  expect(await servers()).toEqual([]);
  await editor.click(word.getByRole('button', { name: 'Restart Language Server' }), 'a button that starts it again');
  await serverAfter(pid);
  await editor.see(await editor.problems(/training star/), 'what the survey lacks, at last', 60);
  await editor.runCommand('Cannon: Inspect Star');
  await editor.pick(obsids[11]!);
  await shows(obsids[11]!);

  const trained = await editor.until('the end of the training', 240, async () => {
    const newest = (await findRuns(config)).find((run) => run.folder !== undisturbed!.folder);
    return newest !== undefined && (await readResult(newest.folder)) !== null ? newest.folder : null;
  });
  const { events } = await readEvents(trained);
  expect(events.filter(isFinal).map(({ kind }) => kind)).toEqual(['finished']);
  const claims = async () => (await readdir(trained)).filter((name) => name.startsWith('announced-')).length;
  await editor.until('a word about its end', 60, async () => ((await claims()) > 0 ? true : null));
  expect(await claims()).toBe(1);
  expect((await modelOf(trained)).equals(await modelOf(undisturbed!.folder))).toBe(true);
});
