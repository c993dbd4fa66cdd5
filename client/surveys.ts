/** Which survey (cannon.yaml) a command is about; asks only when the editor's state leaves it open. */
import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import {
  CancellationError,
  TabInputCustom,
  TabInputText,
  window,
  workspace,
  type Memento,
  type QuickPickItem,
  type Tab,
} from 'vscode';
import { UserError } from '../engine/index';
import { configsNear, inOrder, nearestConfig } from './surveyChoice';
import { isConfigPath, type Target } from './target';

const lastSurveyKey = 'cannon.lastSurvey';
const maxSurveys = 50;

export class Surveys {
  constructor(private readonly memory: Memento) {}

  /**
   * The config `target` names, else the one open in front, else the nearest above the spectrum in front, else the
   * survey `fallback` is about, else the workspace's only one, else the one the user picks.
   * @throws UserError when there is none, CancellationError when the user picks none.
   */
  async choose(target: Target, fallback: string | null = null): Promise<string> {
    const spectrum = target.path ?? activeSpectrum();
    const config =
      target.config ??
      (target.path === null ? activeConfig() : null) ??
      (spectrum === null ? null : nearestConfig(spectrum)) ??
      fallback ??
      (await this.#pick());
    if (this.memory.get(lastSurveyKey) !== config) this.#remember(config);
    return config;
  }

  /** Nobody waits for it: it takes a message to the window and back. Without it the next list has another order. */
  #remember(config: string): void {
    void this.memory.update(lastSurveyKey, config).then(undefined, () => undefined);
  }

  /** Surveys that can be found without searching the disk: used last, open in a tab, or near a workspace folder's root. */
  async known(): Promise<string[]> {
    const folders = (workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath);
    const last = this.memory.get<string>(lastSurveyKey);
    const open = window.tabGroups.all.flatMap((group) => group.tabs).flatMap((tab) => configOf(tab) ?? []);
    const remembered = last !== undefined && existsSync(last) ? [last] : [];
    return inOrder([...remembered, ...open, ...(await configsNear(folders))], last);
  }

  async #pick(): Promise<string> {
    const found = await workspace.findFiles('**/cannon.{yaml,yml}', '**/{node_modules,.cannon}/**', maxSurveys);
    const configs = inOrder(
      [...(await this.known()), ...found.map((uri) => uri.fsPath)],
      this.memory.get<string>(lastSurveyKey),
    );
    if (configs.length === 0) {
      throw new UserError(
        'No cannon.yaml was found in this workspace',
        'Run “Cannon: New cannon.yaml” to write one beside your spectra, or “Cannon: Create Sample Survey”.',
      );
    }
    if (configs.length === 1) return configs[0]!;
    const items = configs.map((path): QuickPickItem & { path: string } => ({
      label: basename(dirname(path)),
      description: workspace.asRelativePath(path, true),
      path,
    }));
    const chosen = await window.showQuickPick(items, {
      title: 'Which survey?',
      placeHolder: 'Choose a cannon.yaml',
      matchOnDescription: true,
    });
    if (chosen === undefined) throw new CancellationError();
    return chosen.path;
  }
}

/** The file of the spectrum editor in front, or null. */
export function activeSpectrum(): string | null {
  const input = window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof TabInputCustom && input.viewType === 'cannon.spectrum' && input.uri.scheme === 'file'
    ? input.uri.fsPath
    : null;
}

function activeConfig(): string | null {
  const document = window.activeTextEditor?.document;
  return document?.languageId === 'cannon' && document.uri.scheme === 'file' ? document.uri.fsPath : null;
}

function configOf(tab: Tab): string | null {
  const { input } = tab;
  return input instanceof TabInputText && input.uri.scheme === 'file' && isConfigPath(input.uri.fsPath)
    ? input.uri.fsPath
    : null;
}
