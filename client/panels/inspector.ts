/**
 * The star inspector: one panel beside the code, showing the fit of one star. It holds which star that is; the numbers
 * come from the language server. The star survives a reload of the window in the workspace's memory.
 */
import {
  commands,
  Uri,
  ViewColumn,
  window,
  type Disposable,
  type Memento,
  type WebviewPanel,
  type WebviewPanelSerializer,
} from 'vscode';
import { type ModelAnatomy, type NearestStars, type PosteriorDraws, type StarFit, UserError } from '../../engine/index';
import {
  InspectStarRequest,
  ModelAnatomyRequest,
  ModelScatterRequest,
  NearestStarsRequest,
  StarPosteriorRequest,
  StepStarRequest,
} from '../../server/protocol';
import type { InspectorHost, InspectorView } from '../../webviews/inspector/protocol';
import { Rpc } from '../../webviews/rpc';
import type { LanguageServer } from '../languageServer';
import { unpack } from '../unpack';
import { loadView } from './panelPage';
import { revealKey } from './revealKey';
import { saveFile } from './saveFile';

export const inspectorViewType = 'cannon.inspector';

/** Absolute paths of a cannon.yaml and of a spectrum. */
export interface InspectedStar {
  readonly config: string;
  readonly path: string;
}

export interface ShowOptions {
  /** Leave the focus where it is: what is on show follows something else, such as a row of a list. */
  readonly preserveFocus?: boolean;
  /** The element whose windows to go to. */
  readonly element?: string | null;
}

const starKey = 'cannon.inspectedStar';
const nNeighbours = 8;

export class Inspector implements WebviewPanelSerializer, Disposable {
  #open: { panel: WebviewPanel; rpc: Rpc<InspectorHost, InspectorView> } | null = null;
  #star: InspectedStar | null = null;
  /** Path of the model of the fit that was read last. */
  #model: string | null = null;
  #pushing: AbortController | null = null;
  /** Told to the page once. */
  #focus: string | null = null;

  constructor(
    private readonly extension: Uri,
    private readonly memory: Memento,
    private readonly server: LanguageServer,
  ) {}

  /** The survey of the star on show, or null when the panel is closed. */
  get config(): string | null {
    return this.#open === null ? null : (this.#star?.config ?? null);
  }

  /**
   * Show the fit of `star`, in the panel that is open or in a new one beside the code.
   * @throws UserError when it cannot be fitted; the open panel then goes on showing what it showed.
   */
  async showStar(star: InspectedStar, { preserveFocus = false, element = null }: ShowOptions = {}): Promise<void> {
    this.#focus = element;
    if (this.#open === null) {
      await this.#moveTo(star);
      this.#adopt(
        window.createWebviewPanel(inspectorViewType, 'Star', { viewColumn: ViewColumn.Beside, preserveFocus }),
      );
    } else if (this.#open.panel.visible) {
      await this.#push(star);
      this.#open.panel.reveal(undefined, preserveFocus);
    } else {
      // A hidden page hears nothing, but reads the fit anew once it is revealed.
      await this.#moveTo(star);
      this.#open.panel.reveal(undefined, preserveFocus);
    }
  }

  /** Show the star `by` places further in the survey. */
  async step(by: number): Promise<void> {
    if (this.#open === null) {
      throw new UserError('No star is open in the inspector.', 'Run “Cannon: Inspect Star” first.');
    }
    if (this.#open.panel.visible) return this.#open.rpc.notify('step', { by });
    await this.#advance(by);
    this.#open.panel.reveal();
  }

  /** The models of `config` are new: show the same star again. */
  async refresh(config: string): Promise<void> {
    if (this.#star?.config === config && this.#open?.panel.visible === true) await this.#push(this.#star);
  }

  /** VS Code restores the panel of an earlier window. */
  async deserializeWebviewPanel(panel: WebviewPanel): Promise<void> {
    this.#star = this.memory.get<InspectedStar>(starKey) ?? null;
    if (this.#star === null || this.#open !== null) panel.dispose();
    else this.#adopt(panel);
    await Promise.resolve();
  }

  dispose(): void {
    this.#open?.rpc.dispose();
  }

  #adopt(panel: WebviewPanel): void {
    panel.iconPath = Uri.joinPath(this.extension, 'media', 'icon.png');
    const channel = loadView(panel.webview, this.extension, 'inspector', 'Star inspector');
    const rpc = new Rpc<InspectorHost, InspectorView>(channel, {
      readFit: (_params, signal) => this.#fit(this.#star, signal),
      readFocus: () => {
        const focus = this.#focus;
        this.#focus = null;
        return focus;
      },
      step: async ({ by }, signal) => {
        await this.#advance(by);
        return this.#fit(this.#star, signal);
      },
      readModel: async (_params, signal) =>
        unpack<ModelAnatomy>(await this.server.ask(ModelAnatomyRequest, this.#modelOnShow(), signal)),
      readScatter: (_params, signal) => this.server.ask(ModelScatterRequest, this.#modelOnShow(), signal),
      readPosterior: async (_params, signal) =>
        unpack<PosteriorDraws>(await this.server.ask(StarPosteriorRequest, this.#modelOnShow(), signal)),
      readNeighbours: async (_params, signal) => {
        const { config, path } = this.#modelOnShow();
        const asked = { config, path, labels: null, model: null, count: nNeighbours };
        return unpack<NearestStars>(await this.server.ask(NearestStarsRequest, asked, signal));
      },
      readStar: async ({ path }, signal) =>
        unpack<StarFit>(await this.server.ask(InspectStarRequest, { ...this.#modelOnShow(), path }, signal)),
      goTo: async ({ path }, signal) => {
        await this.#moveTo({ config: this.#modelOnShow().config, path });
        return this.#fit(this.#star, signal);
      },
      revealKey: ({ key }) => revealKey(this.#modelOnShow().config, key),
      saveFile: (file) => saveFile(this.memory, this.#modelOnShow().config, file),
      openSpectrum: async () => {
        if (this.#star !== null) {
          await commands.executeCommand('vscode.openWith', Uri.file(this.#star.path), 'cannon.spectrum');
        }
      },
    });
    this.#open = { panel, rpc };
    setVisible(panel.visible);
    panel.onDidChangeViewState(() => setVisible(panel.visible));
    panel.onDidDispose(() => {
      rpc.dispose();
      this.#open = null;
      setVisible(false);
    });
  }

  /** Fit `star`, then hand it to the page on show. A later call overtakes an earlier one. */
  async #push(star: InspectedStar): Promise<void> {
    this.#pushing?.abort();
    this.#pushing = new AbortController();
    const fit = await this.#fit(star, this.#pushing.signal);
    await this.#moveTo(star);
    this.#open?.rpc.notify('show', fit);
  }

  async #fit(star: InspectedStar | null, signal: AbortSignal): Promise<StarFit> {
    if (star === null) throw new UserError('No star has been chosen.', 'Run “Cannon: Inspect Star”.');
    const fit = unpack<StarFit>(await this.server.ask(InspectStarRequest, { ...star }, signal));
    this.#entitle(fit.star);
    this.#model = fit.model.path;
    return fit;
  }

  /** The star on show with the model that fitted it. */
  #modelOnShow(): InspectedStar & { readonly model: string } {
    if (this.#star === null || this.#model === null)
      throw new UserError('No star has been fitted yet.', 'Run “Cannon: Inspect Star”.');
    return { ...this.#star, model: this.#model };
  }

  #entitle(star: string): void {
    if (this.#open !== null) this.#open.panel.title = `Star ${star}`;
  }

  async #advance(by: number): Promise<void> {
    if (this.#star === null) throw new UserError('No star has been chosen.', 'Run “Cannon: Inspect Star”.');
    const { config, path } = this.#star;
    const next = await this.server.ask(StepStarRequest, { config, path, by });
    // Moved on even if the next star cannot be fitted: one must be able to walk past it.
    await this.#moveTo({ config, path: next.path });
    this.#entitle(next.star);
  }

  async #moveTo(star: InspectedStar): Promise<void> {
    this.#star = star;
    await this.memory.update(starKey, star);
  }
}

function setVisible(visible: boolean): void {
  void commands.executeCommand('setContext', 'cannon.inspectorVisible', visible);
}
