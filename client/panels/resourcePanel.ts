/**
 * A panel about one thing on the disk, a model or a run's result: at most one is open a kind, beside the code. It holds
 * which thing that is, as plain data in the workspace's memory, so that it comes back after a reload of the window. The
 * page asks for the numbers and is told `changed` when it should ask again.
 */
import {
  Uri,
  ViewColumn,
  window,
  type Disposable,
  type Memento,
  type WebviewPanel,
  type WebviewPanelSerializer,
} from 'vscode';
import { UserError } from '../../engine/index';
import { Rpc, type Contract, type Handlers } from '../../webviews/rpc';
import { loadView, type ViewName } from './panelPage';

/** A view that reads anew when it is told to. */
export interface RereadingView extends Contract {
  notifications: { changed: undefined };
}

export interface PanelKind<Resource, Host extends Contract> {
  readonly viewType: `cannon.${string}`;
  readonly view: ViewName;
  /** Shown where no resource is: "Run “Cannon: Cross-Validate” first." */
  readonly emptyHint: string;
  readonly titleOf: (resource: Resource) => string;
  /** What the page may ask; `shown` throws a UserError while there is nothing to show. */
  readonly handlers: (shown: () => Resource) => Handlers<Host>;
}

export class ResourcePanel<Resource, Host extends Contract> implements WebviewPanelSerializer, Disposable {
  #open: { readonly panel: WebviewPanel; readonly rpc: Rpc<Host, RereadingView> } | null = null;
  #resource: Resource | null = null;
  #focus: string | null = null;

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

  /** Show `resource`, in the panel that is open or in a new one beside the code. */
  async show(resource: Resource): Promise<void> {
    await this.turnTo(resource);
    if (this.#open !== null) this.#open.panel.reveal();
    else this.#adopt(window.createWebviewPanel(this.kind.viewType, this.kind.titleOf(resource), ViewColumn.Beside));
  }

  /** Show `resource` at one of its parts: a term of a model, a label of a cross-validation. Null leaves that to the page. */
  async showAt(resource: Resource, focus: string | null): Promise<void> {
    this.#focus = focus;
    await this.show(resource);
  }

  /** Told once: from then on the page remembers by itself. */
  takeFocus(): string | null {
    const focus = this.#focus;
    this.#focus = null;
    return focus;
  }

  /** Let the panel be about `resource` from now on, wherever it is: it does not come to the front. */
  async turnTo(resource: Resource): Promise<void> {
    this.#resource = resource;
    await this.memory.update(this.kind.viewType, resource);
    if (this.#open !== null) this.#open.panel.title = this.kind.titleOf(resource);
    this.changed();
  }

  /** What it shows is new on the disk. A hidden page hears nothing, but reads anew once it is revealed. */
  changed(): void {
    if (this.#open?.panel.visible === true) this.#open.rpc.notify('changed');
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
    const rpc = new Rpc<Host, RereadingView>(
      channel,
      this.kind.handlers(() => {
        if (this.#resource === null) throw new UserError('There is nothing to show.', this.kind.emptyHint);
        return this.#resource;
      }),
    );
    this.#open = { panel, rpc };
    panel.onDidDispose(() => {
      rpc.dispose();
      this.#open = null;
    });
  }
}
