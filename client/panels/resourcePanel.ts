/**
 * A panel about one thing on the disk, a star, a model or a run's result: at most one is open a kind, beside the code. It holds
 * which thing that is, as plain data in the workspace's memory, so that it comes back after a reload of the window. The
 * page asks for the numbers and is told `changed` when it should ask again. What it asks first has been asked before.
 */
import {
  Uri,
  window,
  type Disposable,
  type Memento,
  type ViewColumn,
  type WebviewPanel,
  type WebviewPanelSerializer,
} from 'vscode';
import { UserError } from '../../engine/index';
import type { PanelView } from '../../webviews/page';
import { Rpc, type Contract, type Handlers } from '../../webviews/rpc';
import { delay, FirstAnswers } from './firstAnswers';
import { freeColumn } from './freeColumn';
import { openView, type ViewName, viewOptions } from './panelPage';

/** A page that has something to show is told by then that it is out of date. */
const changeWaitsMs = 100;

export interface PanelKind<Resource, Host extends Contract> {
  readonly viewType: `cannon.${string}`;
  readonly view: ViewName;
  /** Shown where no resource is: "Run “Cannon: Cross-Validate” first." */
  readonly emptyHint: string;
  readonly titleOf: (resource: Resource) => string;
  /** A panel that one works in opens over the code, not beside it. */
  readonly isOverCode?: boolean;
  /** What the page may ask; `shown` throws a UserError while there is nothing to show. */
  readonly handlers: (shown: () => Resource) => Handlers<Host>;
  /** The requests without parameters that a new page begins with. */
  readonly first?: readonly (keyof Host['requests'] & string)[];
  /** Told when the panel comes into sight and when it leaves it. */
  readonly sighted?: (isVisible: boolean) => void;
}

interface OpenPanel<Host extends Contract> {
  readonly panel: WebviewPanel;
  readonly rpc: Rpc<Host, PanelView>;
  readonly first: FirstAnswers<Host>;
}

export class ResourcePanel<Resource, Host extends Contract> implements WebviewPanelSerializer, Disposable {
  #open: OpenPanel<Host> | null = null;
  #resource: Resource | null = null;
  #focus: string | null = null;
  /** Where the last one was. */
  #column: ViewColumn | null = null;

  constructor(
    private readonly extension: Uri,
    private readonly memory: Memento,
    private readonly kind: PanelKind<Resource, Host>,
  ) {}

  get viewType(): string {
    return this.kind.viewType;
  }

  /** What the open panel is about; null when none is open. */
  get shown(): Resource | null {
    return this.#open === null ? null : this.#resource;
  }

  get isVisible(): boolean {
    return this.#open?.panel.visible === true;
  }

  /** Show `resource`, in the panel that is open or in a new one beside the code. */
  async show(resource: Resource, preserveFocus = false): Promise<void> {
    const remembered = this.turnTo(resource);
    if (this.#open !== null) this.#open.panel.reveal(undefined, preserveFocus);
    else {
      const title = this.kind.titleOf(resource);
      const viewColumn =
        this.kind.isOverCode === true ? window.tabGroups.activeTabGroup.viewColumn : freeColumn(this.#column);
      const options = viewOptions(this.extension);
      const place = { viewColumn, preserveFocus };
      this.#adopt(window.createWebviewPanel(this.kind.viewType, title, place, options), true);
    }
    await remembered;
  }

  /** Show `resource` at one of its parts: a term of a model, a label of a cross-validation. Null leaves that to the page. */
  async showAt(resource: Resource, focus: string | null, preserveFocus = false): Promise<void> {
    this.#focus = focus;
    await this.show(resource, preserveFocus);
  }

  /** Told once: from then on the page remembers by itself. */
  takeFocus(): string | null {
    const focus = this.#focus;
    this.#focus = null;
    return focus;
  }

  /** Let the panel be about `resource` from now on, wherever it is: it does not come to the front. */
  async turnTo(resource: Resource): Promise<void> {
    const remembered = this.follow(resource);
    this.changed();
    await remembered;
  }

  /** The page shows `resource` already: remember that it does. */
  async follow(resource: Resource): Promise<void> {
    this.#resource = resource;
    if (this.#open !== null) this.#open.panel.title = this.kind.titleOf(resource);
    await this.memory.update(this.kind.viewType, resource);
  }

  /** What it shows is new on the disk. A hidden page hears nothing, but reads anew once it is revealed. */
  changed(): void {
    const { first, rpc } = this.#open ?? {};
    if (!this.isVisible) first?.forget();
    else void first?.ask(delay(changeWaitsMs)).then((known) => known !== null && rpc?.notifyKnowing(known, 'changed'));
  }

  /** Ask the page to go on by so many stars, if it is in sight. */
  step(by: number): void {
    this.#inSight?.notify('step', { by });
  }

  /** Give the open panel the keyboard. */
  focus(): void {
    this.#open?.panel.reveal();
  }

  /** Hand on a command that the page knows by this name, if it is in sight. */
  act(name: string): void {
    this.#inSight?.notify('act', name);
  }

  /** Tell the page what a job is doing that makes its results anew; "" when none is. */
  working(text: string): void {
    this.#inSight?.notify('working', text);
  }

  get #inSight(): Rpc<Host, PanelView> | undefined {
    return this.isVisible ? this.#open?.rpc : undefined;
  }

  /** VS Code restores the panel of an earlier window. */
  async deserializeWebviewPanel(panel: WebviewPanel): Promise<void> {
    this.#resource = this.memory.get<Resource>(this.kind.viewType) ?? null;
    if (this.#resource === null || this.#open !== null) panel.dispose();
    // Its server is still to be started.
    else this.#adopt(panel, false);
    await Promise.resolve();
  }

  dispose(): void {
    this.#open?.rpc.dispose();
  }

  /** @param asksAhead whether what the page will ask first is asked before it does */
  #adopt(panel: WebviewPanel, asksAhead: boolean): void {
    panel.iconPath = Uri.joinPath(this.extension, 'media', 'icon.png');
    const { channel, load } = openView(panel.webview, this.extension, this.kind.view, panel.title);
    const handlers = this.kind.handlers(() => {
      if (this.#resource === null) throw new UserError('There is nothing to show', this.kind.emptyHint);
      return this.#resource;
    });
    const first = new FirstAnswers<Host>(handlers, this.kind.first ?? []);
    const rpc = new Rpc<Host, PanelView>(channel, first.handlers);
    this.#open = { panel, rpc, first };
    if (asksAhead) first.tell((known) => rpc.tell(known));
    load();
    this.kind.sighted?.(panel.visible);
    panel.onDidChangeViewState(() => {
      this.#column = panel.viewColumn ?? this.#column;
      this.kind.sighted?.(panel.visible);
    });
    panel.onDidDispose(() => {
      first.forget();
      rpc.dispose();
      this.#open = null;
      this.kind.sighted?.(false);
    });
  }
}
