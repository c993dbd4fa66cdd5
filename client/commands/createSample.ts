/**
 * Cannon: Create Sample Survey. Asks where and how large, has `cannon sample` write it, and opens it. Works in a window without
 * a folder; a folder that holds anything is refused.
 */
import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { CancellationError, commands, Disposable, ThemeIcon, Uri, window, workspace, type QuickPickItem } from 'vscode';
import { UserError } from '../../engine/index';
import type { App } from '../app';
import { runPlain } from '../jobs/plainJob';
import { outcomeText } from '../jobs/wording';
import { say } from '../messages';
import { openConfig } from './openConfig';

type Size = QuickPickItem & { readonly args: readonly string[] };

const sizes: readonly Size[] = [
  { label: 'Usual', description: '480 spectra, 3 labels', detail: 'A minute from training to a review.', args: [] },
  { label: 'Small', description: '120 spectra, 3 labels', detail: 'Just enough to train on.', args: ['--stars=120'] },
  {
    label: 'Large',
    description: '2400 spectra, labels of giants and dwarfs',
    detail: 'The models of Wheeler et al. 2020; some minutes of work.',
    args: ['--labels=paper'],
  },
];

/** The sample that is to be opened in the next window of its folder. */
const awaitedKey = 'cannon.openSample';

/** @returns the path of cannon.yaml, or undefined when it was not written. */
export async function createSample(app: App): Promise<string | undefined> {
  const folder = await askFolder();
  const size = await window.showQuickPick(sizes, { title: 'Create Sample Survey: how large?' });
  if (size === undefined) throw new CancellationError();
  const refusal = await refusalOf(folder);
  if (refusal !== null) throw new UserError(refusal, '');
  const job = { title: 'Cannon: Create Sample Survey', args: ['sample', folder, ...size.args], folder: homedir() };
  const outcome = await runPlain(app.jobs.cli, job);
  const text = outcomeText('sample', outcome);
  if (outcome.kind === 'cancelled') {
    say('information', `${text} What was written so far is in ${folder}.`);
    return undefined;
  }
  if (outcome.kind !== 'finished') throw new UserError(text, '');
  const config = join(folder, 'cannon.yaml');
  if (workspace.workspaceFolders === undefined) {
    await app.context.globalState.update(awaitedKey, config);
    await commands.executeCommand('vscode.openFolder', Uri.file(folder), { forceReuseWindow: true });
    return config;
  }
  await openConfig(config);
  const isInside = workspace.getWorkspaceFolder(Uri.file(folder)) !== undefined;
  const open = () => commands.executeCommand('vscode.openFolder', Uri.file(folder), { forceNewWindow: true });
  say('information', text, isInside ? {} : { 'Open Folder in New Window': open });
  return config;
}

/** In a window on the sample that the window before it wrote: opens its description. */
export function openSampleOfLastWindow({ context, log }: App): Disposable {
  const { globalState } = context;
  const config = globalState.get<string>(awaitedKey);
  if (config !== undefined && workspace.getWorkspaceFolder(Uri.file(config)) !== undefined) {
    const open = async (): Promise<void> => {
      await globalState.update(awaitedKey, undefined);
      await openConfig(config);
    };
    open().catch((error: unknown) => log.warn(`Opening ${config}: ${String(error)}`));
  }
  return Disposable.from();
}

/** Why a sample cannot be written there, in a sentence; null where it can. */
async function refusalOf(folder: string): Promise<string | null> {
  if (!isAbsolute(folder)) return 'Give the whole path of a folder.';
  try {
    const entries = await readdir(folder);
    return entries.length === 0
      ? null
      : `${folder} is not empty: a sample is only written into a new or an empty folder.`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? null : `${folder} cannot be used (${code ?? String(error)}).`;
  }
}

/** A path that can be typed, or found by the button. */
function askFolder(): Promise<string> {
  const browse = { iconPath: new ThemeIcon('folder-opened'), tooltip: 'Browse' };
  const first = workspace.workspaceFolders?.[0]?.uri;
  const box = window.createInputBox();
  Object.assign(box, { title: 'Create Sample Survey: in which folder?', buttons: [browse], ignoreFocusOut: true });
  box.prompt = 'A new or an empty folder.';
  box.value = join(first?.scheme === 'file' ? dirname(first.fsPath) : homedir(), 'cannon-sample');
  box.show();
  let [checked, isBrowsing] = [0, false];
  const check = async (): Promise<boolean> => {
    const mine = ++checked;
    const refusal = await refusalOf(box.value.trim());
    if (mine === checked) box.validationMessage = refusal ?? '';
    return refusal === null;
  };
  const browseFor = async (): Promise<void> => {
    isBrowsing = true;
    const options = { canSelectFiles: false, canSelectFolders: true, openLabel: 'Put the Sample Here' };
    const [above] = (await window.showOpenDialog(options)) ?? [];
    isBrowsing = false;
    if (above !== undefined) box.value = join(above.fsPath, 'cannon-sample');
    box.show();
    await check();
  };
  return new Promise<string>((found, reject) => {
    box.onDidTriggerButton(() => void browseFor().catch(reject));
    box.onDidChangeValue(() => void check());
    box.onDidAccept(() => void check().then((isGood) => isGood && found(resolve(box.value.trim()))));
    // The dialog hides it, too.
    box.onDidHide(() => !isBrowsing && reject(new CancellationError()));
    void check();
  }).finally(() => box.dispose());
}
