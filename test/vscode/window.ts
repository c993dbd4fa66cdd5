/** A window of VS Code on a survey of one's own, for the tests of one file. */
import { cp, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Frame } from 'playwright-core';
import { inject } from 'vitest';
import { processesWith } from '../../scripts/processes.mjs';
import { Editor, type OpenOptions } from './driver';
import type { Lane } from './setup';

export interface SurveyOptions extends OpenOptions {
  /** Whether the window opens on a folder without a survey instead of a copy of the sample survey; default false. */
  readonly empty?: boolean;
  /** Whether the copy has the sample's finished training; default true. */
  readonly trained?: boolean;
  /** Changes the files before the window opens. */
  readonly change?: (folder: string) => Promise<void>;
}

export interface SurveyWindow {
  readonly editor: Editor;
  /** The copy of the sample survey, or a folder with notes alone. */
  readonly folder: string;
  readonly config: string;
  close(): Promise<void>;
}

/** Copies the sample survey and opens a window on it. */
export async function openSurvey({
  empty = false,
  trained = true,
  change,
  ...options
}: SurveyOptions = {}): Promise<SurveyWindow> {
  const { browserUrl, workspaces, sample } = inject('vscode');
  const { windowUrl } = lane();
  const folder = join(await mkdtemp(join(workspaces, 'w-')), 'survey');
  if (empty) {
    await mkdir(folder);
    await writeFile(join(folder, 'notes.md'), '# Notes\n');
  } else await cp(sample, folder, { recursive: true, filter: (path) => trained || basename(path) !== '.cannon' });
  await change?.(folder);
  const browser = await chromium.connect(browserUrl);
  const editor = await Editor.open(browser, `${windowUrl}${encodeURIComponent(folder)}`, folder, options);
  const close = async (): Promise<void> => {
    await editor.close();
    await browser.close();
  };
  return { editor, folder, config: join(folder, 'cannon.yaml'), close };
}

/** The server of this worker of vitest, which no other has a window on. */
function lane(): Lane {
  return inject('vscode').lanes[Number(process.env['VITEST_POOL_ID']) - 1]!;
}

/** The processes that the extension has started in windows of this worker: language servers and jobs. */
export async function extensionProcesses(): Promise<{ pid: number; command: string }[]> {
  const all = await processesWith('CANNON_TEST_SESSION', lane().session);
  return all.filter(({ command }) => /dist[\\/](cannon\.js|server\.cjs)/.test(command));
}

/** How many pixels of a canvas are painted. */
export function paintedPixels(frame: Frame, selector: string): Promise<number> {
  return frame.locator(selector).evaluate((element) => {
    const canvas = element as HTMLCanvasElement;
    const context = canvas.getContext('2d');
    if (context === null || canvas.width === 0 || canvas.height === 0) return 0;
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    let painted = 0;
    for (let i = 3; i < data.length; i += 4) if (data[i]! > 0) painted++;
    return painted;
  });
}
