/**
 * The star inspector: one panel beside the code, showing the fit of one star. It holds which star that is; the numbers
 * come from the language server.
 */
import { commands, Uri, type Disposable, type Memento } from 'vscode';
import {
  type ModelAnatomy,
  type NearestStars,
  type PosteriorDraws,
  type StarFit,
  UserError,
  unpack,
} from '../../engine/index';
import {
  InspectStarRequest,
  ModelAnatomyRequest,
  ModelScatterRequest,
  NearestStarsRequest,
  StarPosteriorRequest,
  StarRepeatsRequest,
  StepStarRequest,
} from '../../server/protocol';
import { type InspectorHost, referenceRow } from '../../webviews/inspector/protocol';
import type { Handlers } from '../../webviews/rpc';
import type { LanguageServer } from '../languageServer';
import { ResourcePanel } from './resourcePanel';
import { revealKey } from './revealKey';
import { revealRow } from './revealRow';
import { saveFile } from './saveFile';

/** Absolute paths of a cannon.yaml and of a spectrum. */
export interface InspectedStar {
  readonly config: string;
  readonly path: string;
}

/** With what its fit has told. */
interface ShownStar extends InspectedStar {
  /** Its id; absent until it has been fitted. */
  readonly star?: string;
}

export interface ShowOptions {
  /** Leave the focus where it is: what is on show follows something else, such as a row of a list. */
  readonly preserveFocus?: boolean;
  /** The element whose windows to go to. */
  readonly element?: string | null;
}

const nNeighbours = 8;
const hint = 'Run “Cannon: Inspect Star”.';

export class Inspector implements Disposable {
  readonly panel: ResourcePanel<ShownStar, InspectorHost>;
  /** Path of the model of the fit on show. */
  #model: string | null = null;

  constructor(
    extension: Uri,
    private readonly memory: Memento,
    private readonly server: LanguageServer,
  ) {
    this.panel = new ResourcePanel<ShownStar, InspectorHost>(extension, memory, {
      viewType: 'cannon.inspector',
      view: 'inspector',
      emptyHint: hint,
      titleOf: ({ star }) => (star === undefined ? 'Star' : `Star ${star}`),
      first: ['readFit', 'readFocus'],
      handlers: (shown) => this.#handlers(shown),
      sighted: (isVisible) => void commands.executeCommand('setContext', 'cannon.inspectorVisible', isVisible),
    });
  }

  /** The survey of the star on show, or null when the panel is closed. */
  get config(): string | null {
    return this.panel.shown?.config ?? null;
  }

  /**
   * Show the fit of `star`, in the panel that is open or in a new one beside the code. What keeps it from being fitted is told in
   * the panel, from where one can go on to another star.
   */
  async showStar(star: InspectedStar, { preserveFocus = false, element = null }: ShowOptions = {}): Promise<void> {
    await this.panel.showAt({ config: star.config, path: star.path }, element, preserveFocus);
  }

  /** Show the star `by` places further in the survey. */
  async step(by: number): Promise<void> {
    const { shown } = this.panel;
    if (shown === null) throw new UserError('No star is open in the inspector', `${hint.slice(0, -1)} first.`);
    if (this.panel.isVisible) return this.panel.step(by);
    const { path, star } = await this.server.ask(StepStarRequest, { config: shown.config, path: shown.path, by });
    await this.panel.show({ config: shown.config, path, star });
  }

  /** The models of `config` are new: show the same star again. */
  refresh(config: string): void {
    if (this.config === config) this.panel.changed();
  }

  dispose(): void {
    this.panel.dispose();
  }

  /** The star on show becomes that of `fit`. */
  async #turnTo(config: string, { star, path, model }: Pick<StarFit, 'star' | 'path' | 'model'>): Promise<void> {
    this.#model = model.path;
    await this.panel.follow({ config, path, star });
  }

  async #read(shown: ShownStar, signal: AbortSignal): Promise<StarFit> {
    const { config, path } = shown;
    const fit = unpack<StarFit>(await this.server.ask(InspectStarRequest, { config, path }, signal));
    this.#model = fit.model.path;
    // Its path stays as it was asked for, by which the survey knows it.
    if (this.panel.shown?.path === path) await this.panel.follow({ ...shown, star: fit.star });
    return fit;
  }

  async #step({ config, path }: ShownStar, by: number, signal: AbortSignal): Promise<StarFit> {
    const next = await this.server.ask(StepStarRequest, { config, path, by }, signal);
    // Moved on even if the next star cannot be fitted: one must be able to walk past it.
    if (next.fit === null) {
      await this.panel.follow({ config, path: next.path, star: next.star });
      throw new UserError(next.problem?.message ?? 'This star has no fit.', next.problem?.hint ?? '');
    }
    const fit = unpack<StarFit>(next.fit);
    await this.#turnTo(config, fit);
    return fit;
  }

  #handlers(shown: () => ShownStar): Handlers<InspectorHost> {
    const { server } = this;
    /** The star on show with the model that fitted it. */
    const onShow = (): InspectedStar & { readonly model: string } => {
      const { config, path } = shown();
      if (this.#model === null) throw new UserError('No star has been fitted yet', hint);
      return { config, path, model: this.#model };
    };
    return {
      readFit: (_params, signal) => this.#read(shown(), signal),
      readFocus: () => this.panel.takeFocus(),
      step: ({ by }, signal) => this.#step(shown(), by, signal),
      readBeside: async ({ path, by }, signal) => {
        const { fit } = await server.ask(StepStarRequest, { config: shown().config, path, by }, signal);
        return fit === null ? null : unpack<StarFit>(fit);
      },
      moveTo: (fit) => this.#turnTo(shown().config, fit),
      readModel: async (_params, signal) =>
        unpack<ModelAnatomy>(await server.ask(ModelAnatomyRequest, onShow(), signal)),
      readScatter: (_params, signal) => server.ask(ModelScatterRequest, onShow(), signal),
      readPosterior: async (_params, signal) =>
        unpack<PosteriorDraws>(await server.ask(StarPosteriorRequest, onShow(), signal)),
      readNeighbours: async (_params, signal) => {
        const { config, path } = shown();
        const asked = { config, path, labels: null, model: null, count: nNeighbours };
        return unpack<NearestStars>(await server.ask(NearestStarsRequest, asked, signal));
      },
      readRepeats: async (_params, signal) => {
        const { config, path } = shown();
        const stars = await server.ask(StarRepeatsRequest, { config, path }, signal);
        return stars.map(({ star, path: other, detail, snr }) => ({ star, path: other, detail, snr }));
      },
      readStar: async ({ path }, signal) =>
        unpack<StarFit>(await server.ask(InspectStarRequest, { ...onShow(), path }, signal)),
      goTo: async ({ path }, signal) => {
        const star = { config: shown().config, path };
        await this.panel.follow(star);
        return this.#read(star, signal);
      },
      revealKey: ({ key }) => {
        const { config, star = '' } = shown();
        return key === referenceRow ? revealRow(config, star) : revealKey(config, key);
      },
      saveFile: (file) => saveFile(this.memory, shown().config, file),
      openSpectrum: async () => {
        await commands.executeCommand('vscode.openWith', Uri.file(shown().path), 'cannon.spectrum');
      },
    };
  }
}
