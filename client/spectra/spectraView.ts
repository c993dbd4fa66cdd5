/** The tree "Spectra" in the side bar: its rows, what stands above them, and when they are asked for anew. */
import {
  commands,
  EventEmitter,
  MarkdownString,
  ThemeIcon,
  TreeItem,
  TreeItemCollapsibleState,
  Uri,
  window,
  type Disposable,
  type TreeDataProvider,
  type TreeView,
} from 'vscode';
import {
  IndexChangedNotification,
  PlatesRequest,
  RefreshIndexRequest,
  StarsRequest,
  StopIndexRequest,
  type IndexState,
  type PlatesAnswer,
} from '../../server/protocol';
import type { LanguageServer } from '../languageServer';
import type { Surveys } from '../surveys';
import {
  choiceInWords,
  everything,
  isFiltered,
  SpectraTree,
  type SpectraChoice,
  type SpectraNode,
  type StarSource,
} from './treeModel';
import { stateInWords, starFacts } from './wording';

/** While headers are read the answers change several times a second; a tree that often redrawn cannot be used. */
const redrawMs = 1000;

export class SpectraView implements TreeDataProvider<SpectraNode>, Disposable {
  readonly #changed = new EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #tree: SpectraTree;
  readonly #view: TreeView<SpectraNode>;
  readonly #states = new Map<string, IndexState>();
  #labels: readonly string[] = [];
  #redraw: NodeJS.Timeout | null = null;
  #drawn = -Infinity;

  constructor(
    private readonly server: LanguageServer,
    private readonly surveys: Surveys,
  ) {
    const source: StarSource = {
      plates: (params) => server.ask(PlatesRequest, params),
      stars: (params) => server.ask(StarsRequest, params),
    };
    this.#tree = new SpectraTree(source, (config, answer) => this.#hear(config, answer));
    this.#view = window.createTreeView('cannon.spectra', { treeDataProvider: this, showCollapseAll: true });
    server.hear(IndexChangedNotification, () => this.redraw(redrawMs));
  }

  get choice(): SpectraChoice {
    return this.#tree.choice;
  }

  /** Labels of the surveys that have been looked at: what stars can be ordered and chosen by. */
  get labels(): readonly string[] {
    return this.#labels;
  }

  /** Show these stars, in this order. */
  choose(choice: SpectraChoice): void {
    this.#tree.choice = choice;
    this.#write();
    void commands.executeCommand('setContext', 'cannon.spectraFiltered', isFiltered(choice));
    this.redraw(0);
  }

  showAll(): void {
    this.choose({ ...this.choice, filter: everything.filter });
  }

  /** Whether stars can be chosen so. @throws UserError when no survey knows what is asked for. */
  async test(choice: SpectraChoice): Promise<void> {
    const configs = await this.surveys.known();
    const answers = await Promise.allSettled(
      configs.map((config) => this.server.ask(PlatesRequest, { config, filter: choice.filter })),
    );
    const failures = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []));
    if (failures.length > 0 && failures.length === answers.length) throw failures[0];
  }

  /** Have all files of all surveys looked at again; takes up reading where it was stopped. */
  async lookAgain(): Promise<void> {
    for (const config of await this.surveys.known()) await this.server.ask(RefreshIndexRequest, { config });
    this.redraw(0);
  }

  async stop(): Promise<void> {
    for (const config of await this.surveys.known()) await this.server.ask(StopIndexRequest, { config });
  }

  /** Whoever knew how far the index is has gone. */
  forget(): void {
    this.#states.clear();
    this.#write();
    void commands.executeCommand('setContext', 'cannon.indexing', false);
    this.redraw(0);
  }

  /** Ask anew what is unfolded, at most once in `atMostEveryMs`. */
  redraw(atMostEveryMs: number): void {
    if (this.#redraw !== null && atMostEveryMs > 0) return;
    if (this.#redraw !== null) clearTimeout(this.#redraw);
    const draw = (): void => {
      this.#redraw = null;
      this.#drawn = performance.now();
      this.#changed.fire(undefined);
    };
    this.#redraw = setTimeout(draw, Math.max(0, this.#drawn + atMostEveryMs - performance.now()));
  }

  async getChildren(node?: SpectraNode): Promise<SpectraNode[]> {
    return node === undefined ? this.#tree.surveys(await this.surveys.known()) : this.#tree.below(node);
  }

  getTreeItem(node: SpectraNode): TreeItem {
    const item = itemOf(node);
    item.id = node.id;
    item.contextValue = node.kind;
    return item;
  }

  dispose(): void {
    if (this.#redraw !== null) clearTimeout(this.#redraw);
    this.#view.dispose();
    this.#changed.dispose();
  }

  /** Above the rows: what is shown, unless it is everything, and how far the index is. */
  #write(): void {
    const shown = choiceInWords(this.choice);
    const states = [...this.#states.values()].map(stateInWords);
    this.#view.message = [shown === '' ? '' : `Shown: ${shown}.`, ...states].filter(Boolean).join(' ');
  }

  #hear(config: string, { state, labels }: PlatesAnswer): void {
    this.#states.set(config, state);
    this.#labels = [...new Set([...this.#labels, ...labels])];
    this.#write();
    const states = [...this.#states.values()];
    const isReading = states.some(({ phase, nUnread }) => phase === 'updating' && nUnread > 0);
    void commands.executeCommand('setContext', 'cannon.indexing', isReading);
  }
}

function itemOf(node: SpectraNode): TreeItem {
  const folded = TreeItemCollapsibleState.Collapsed;
  switch (node.kind) {
    case 'survey': {
      const item = new TreeItem(node.label, TreeItemCollapsibleState.Expanded);
      item.iconPath = new ThemeIcon('telescope');
      item.tooltip = node.config;
      return item;
    }
    case 'plates':
    case 'plate': {
      const item = new TreeItem(node.label, folded);
      const isPart = node.kind === 'plate' && node.nMatching < node.nStars;
      item.description = isPart ? `${node.nMatching} of ${node.nStars}` : String(node.nMatching);
      item.iconPath = new ThemeIcon('folder');
      return item;
    }
    case 'page':
      return new TreeItem(`${node.from + 1}–${node.from + node.count}`, folded);
    case 'star': {
      const { star, problem } = node.entry;
      const item = new TreeItem(star);
      const { short, long } = starFacts(node.entry);
      item.description = short;
      item.tooltip = new MarkdownString(long);
      item.iconPath = new ThemeIcon(problem === '' ? 'star-empty' : 'warning');
      item.command = { command: 'vscode.open', title: 'Open Spectrum', arguments: [Uri.file(node.path)] };
      return item;
    }
    case 'note': {
      const item = new TreeItem(node.label);
      item.iconPath = new ThemeIcon('info');
      item.command =
        node.remedy === 'showAll'
          ? { command: 'cannon.showAllSpectra', title: 'Show All Spectra' }
          : { command: 'vscode.open', title: 'Open cannon.yaml', arguments: [Uri.file(node.config)] };
      return item;
    }
  }
}
