/** The tree "Runs" in the side bar, its rows and icons, and the item of the status bar that leads to it. */
import {
  commands,
  EventEmitter,
  MarkdownString,
  StatusBarAlignment,
  ThemeColor,
  ThemeIcon,
  TreeItem,
  TreeItemCollapsibleState,
  window,
  type Disposable,
  type TreeDataProvider,
  type TreeView,
} from 'vscode';
import { basename } from 'node:path';
import type { RunState, RunStatus } from '../../engine/index';
import { activity, commandTitle } from '../jobs/wording';
import type { KnownRun } from './runCatalog';
import type { RunWatch } from './runWatch';
import { contextOf, rowsBelow, topRows, type RunNode } from './treeModel';
import { runCard, runFacts, runTitle, stateInWords, statusText, surveyName } from './wording';

const icons: Readonly<Record<RunState, ThemeIcon>> = {
  running: new ThemeIcon('sync~spin', new ThemeColor('charts.blue')),
  queued: new ThemeIcon('clock'),
  finished: new ThemeIcon('pass', new ThemeColor('testing.iconPassed')),
  failed: new ThemeIcon('error', new ThemeColor('testing.iconFailed')),
  cancelled: new ThemeIcon('circle-slash'),
  interrupted: new ThemeIcon('warning', new ThemeColor('list.warningForeground')),
};

/** Contexts that tell what the surveys of the window have come to; steps of the walkthrough wait for them. */
const milestones: Readonly<Record<string, string>> = {
  train: 'cannon.hasModel',
  cv: 'cannon.hasValidation',
  catalog: 'cannon.hasCatalog',
};

export class RunsView implements TreeDataProvider<RunNode>, Disposable {
  readonly #changed = new EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #view: TreeView<RunNode>;
  readonly #status = window.createStatusBarItem('cannon.jobs', StatusBarAlignment.Left);
  readonly #watching: Disposable;

  constructor(private readonly watch: RunWatch) {
    this.#view = window.createTreeView('cannon.runs', {
      treeDataProvider: this,
      showCollapseAll: true,
      canSelectMany: true,
    });
    this.#view.onDidChangeVisibility(({ visible }) => (watch.isVisible = visible));
    watch.isVisible = this.#view.visible;
    this.#status.name = 'Cannon jobs';
    this.#status.command = 'cannon.runs.focus';
    this.#watching = watch.onDidChange(() => this.#show());
  }

  get selection(): readonly RunNode[] {
    return this.#view.selection;
  }

  getChildren(node?: RunNode): RunNode[] | Promise<RunNode[]> {
    if (node === undefined) return topRows(this.watch.runs, new Date());
    return this.#below(node);
  }

  /** What is unfolded is read; the rows show what is known by then. */
  async #below(node: RunNode): Promise<RunNode[]> {
    const rows = rowsBelow(node);
    await this.watch.read(rows.flatMap((row) => (row.kind === 'run' ? [row.folder] : [])));
    return rows.map((row) =>
      row.kind === 'run' ? { ...row, status: this.watch.at(row.folder)?.status ?? null } : row,
    );
  }

  getTreeItem(node: RunNode): TreeItem {
    const item = node.kind === 'group' ? groupItem(node) : runItem(node, this.#nSurveys > 1);
    item.id = node.id;
    item.contextValue = contextOf(node);
    return item;
  }

  dispose(): void {
    for (const each of [this.#watching, this.#view, this.#status, this.#changed]) each.dispose();
  }

  get #nSurveys(): number {
    return new Set(this.watch.runs.map(({ config }) => config)).size;
  }

  #show(): void {
    const { runs, live } = this.watch;
    this.#changed.fire(undefined);
    void commands.executeCommand('setContext', 'cannon.hasRuns', runs.length > 0);
    void commands.executeCommand('setContext', 'cannon.runsLive', live.length > 0);
    for (const [command, context] of Object.entries(milestones))
      void commands.executeCommand('setContext', context, hasFinished(runs, command));
    this.#view.badge =
      live.length === 0
        ? undefined
        : { value: live.length, tooltip: live.length === 1 ? '1 run at work' : `${live.length} runs at work` };
    const text = statusText(live);
    if (text === null) return this.#status.hide();
    this.#status.text = text.short;
    this.#status.tooltip = text.long;
    this.#status.accessibilityInformation = { label: text.short.replace(/\$\([^)]*\) /, '') };
    this.#status.show();
  }
}

function hasFinished(runs: readonly KnownRun[], command: string): boolean {
  return runs.some(({ status }) => status?.state === 'finished' && status.job.command === command);
}

function groupItem(node: RunNode & { kind: 'group' }): TreeItem {
  const { Expanded, Collapsed } = TreeItemCollapsibleState;
  const item = new TreeItem(node.label, node.isOpen ? Expanded : Collapsed);
  item.description = String(node.runs.length);
  return item;
}

function runItem({ folder, config, status }: RunNode & { kind: 'run' }, isOneOfMany: boolean): TreeItem {
  if (status === null) {
    const item = new TreeItem(basename(folder));
    item.description = 'has no job.json that can be read';
    item.iconPath = new ThemeIcon('question');
    item.tooltip = folder;
    return item;
  }
  const item = new TreeItem(runTitle(status));
  const facts = runFacts(status);
  item.description = isOneOfMany ? `${surveyName(config)} · ${facts}` : facts;
  item.iconPath = icons[status.state];
  item.tooltip = new MarkdownString(runCard(status));
  item.accessibilityInformation = {
    label: `${commandTitle[status.job.command]}, ${stateInWords[status.state]}, ${facts}`,
  };
  const command = onClick(status);
  if (command !== null) item.command = { ...command, arguments: [{ config, folder }] };
  return item;
}

function onClick({ state, job }: RunStatus): { command: string; title: string } | null {
  if (state === 'finished') return { command: 'cannon.openResult', title: `Open Result of ${activity[job.command]}` };
  return state === 'failed' || state === 'interrupted' ? { command: 'cannon.openRunLog', title: 'Open Log' } : null;
}
