/**
 * A panel about one thing on the disk, a star, a model or a run's result: at most one is open a kind, beside the code. It holds
 * which thing that is, as plain data in the workspace's memory, so that it comes back after a reload of the window. The
 * page asks for the numbers and is told `changed` when it should ask again.
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
import { freeColumn } from './freeColumn';
import { loadView, type ViewName } from './panelPage';

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
  /** Told when the panel comes into sight and when it leaves it. */
  readonly sighted?: (isVisible: boolean) => void;
}

export class ResourcePanel<Resource, Host extends Contract> implements WebviewPanelSerializer, Disposable {
  #open: { readonly panel: WebviewPanel; readonly rpc: Rpc<Host, PanelView> } | null = null;
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
      this.#adopt(window.createWebviewPanel(this.kind.viewType, title, { viewColumn, preserveFocus }));
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
    this.#inSight?.notify('changed');
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
    else this.#adopt(panel);
    await Promise.resolve();
  }

  dispose(): void {
    this.#open?.rpc.dispose();
  }

  #adopt(panel: WebviewPanel): void {
    panel.iconPath = Uri.joinPath(this.extension, 'media', 'icon.png');
    const channel = loadView(panel.webview, this.extension, this.kind.view, panel.title);
    const rpc = new Rpc<Host, PanelView>(
      channel,
      this.kind.handlers(() => {
        if (this.#resource === null) throw new UserError('There is nothing to show.', this.kind.emptyHint);
        return this.#resource;
      }),
    );
    this.#open = { panel, rpc };
    this.kind.sighted?.(panel.visible);
    panel.onDidChangeViewState(() => {
      this.#column = panel.viewColumn ?? this.#column;
      this.kind.sighted?.(panel.visible);
    });
    panel.onDidDispose(() => {
      rpc.dispose();
      this.#open = null;
      this.kind.sighted?.(false);
    });
  }
}
