/** The indexes of the surveys that the editor knows, by the paths of their descriptions; and when they may work. */
import { createHash } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Connection } from 'vscode-languageserver';
import {
  type Config,
  indexKey,
  indexSpec,
  type IndexSpec,
  largeSurvey,
  type SpectraTable,
  type TaskPool,
  UserError,
} from '../../engine/index';
import { logFailure } from '../context';
import type { FileReaders } from '../fileReaders';
import { IndexChangedNotification } from '../protocol';
import { usableConfig } from '../usableConfig';
import { LiveIndex } from './liveIndex';
import { StarLists } from './starLists';

/** After a keystroke nothing is read for so long. */
const typingMs = 1000;

export interface Survey {
  readonly config: Config;
  readonly index: LiveIndex;
  readonly lists: StarLists;
}

export class Indexes {
  /** A folder for the indexes of this workspace, or null: they are then made anew in each session. */
  storage: string | null = null;
  private readonly surveys = new Map<string, Survey>();
  private quietFrom = 0;
  private isDisposed = false;

  constructor(
    private readonly connection: Connection,
    private readonly readers: FileReaders,
    private readonly pool: TaskPool,
  ) {}

  /** The survey described at `path`, as the file is on the disk now. @throws UserError when it cannot be used. */
  async of(path: string): Promise<Survey> {
    const config = await usableConfig(path);
    // Between question and answer the editor may have closed.
    if (this.isDisposed) throw new Error('The server is shutting down');
    const spec = indexSpec(config);
    const known = this.surveys.get(path);
    if (known !== undefined && known.index.key === indexKey(spec)) {
      const survey = { ...known, config };
      this.surveys.set(path, survey);
      return survey;
    }
    const index = new LiveIndex(spec, {
      pool: this.pool,
      file: this.storage === null ? null : join(this.storage, 'spectra', `${hash(path)}.idx`),
      permission: () => this.quiet(),
      onChange: () => void this.connection.sendNotification(IndexChangedNotification.method, { config: path }),
      onReading: (nToRead, stop) => this.showProgress(path, nToRead, stop),
      onFailure: (error) => logFailure(this.connection, 'index', error),
    });
    const lists = new StarLists(async ({ folder, reference }) =>
      reference === null ? null : this.readers.table(resolve(folder, reference.file)).catch(() => null),
    );
    const survey = { config, index, lists };
    this.surveys.set(path, survey);
    // Both write to the same file; the newer one writes last.
    await known?.index.dispose();
    return survey;
  }

  /**
   * What the index knows of a large survey, once it knows all; null for a small one, and where the description on the disk
   * is of other files than `config`, which may be of text that is being written.
   */
  async ofLarge(config: Config): Promise<SpectraTable | null> {
    const survey = await this.of(config.path).catch((error: unknown) => {
      if (error instanceof UserError) return null;
      throw error;
    });
    if (survey === null || filesOf(survey.index.spec) !== filesOf(config)) return null;
    const { nRows } = await survey.index.known;
    return nRows > largeSurvey ? survey.index.settled() : null;
  }

  /** Surveys whose stars are known, and what is known of them. */
  *known(): Iterable<{ config: Config; stars: SpectraTable; lists: StarLists }> {
    for (const { config, index, lists } of this.surveys.values()) {
      if (index.table !== null) yield { config, stars: index.table, lists };
    }
  }

  has(configPath: string): boolean {
    return this.surveys.has(configPath);
  }

  touch(paths: readonly string[]): void {
    for (const { index } of this.surveys.values()) index.touch(paths);
  }

  /** Somebody is typing: the machine is theirs. */
  yield(): void {
    this.quietFrom = performance.now() + typingMs;
  }

  async dispose(): Promise<void> {
    this.isDisposed = true;
    await Promise.all([...this.surveys.values()].map(({ index }) => index.dispose()));
    this.surveys.clear();
  }

  private async quiet(): Promise<void> {
    for (let left = this.quietFrom - performance.now(); left > 0; left = this.quietFrom - performance.now())
      await pause(left);
  }

  private showProgress(path: string, nToRead: number, stop: () => void): (nRead: number | null) => void {
    const title = `Indexing the spectra of ${basename(dirname(path))}`;
    let isOver = false;
    let shown = 0;
    const started = this.connection.window.createWorkDoneProgress().then((progress) => {
      if (isOver) return null;
      progress.begin(title, 0, `0 of ${nToRead}`, true);
      progress.token.onCancellationRequested(stop);
      return progress;
    });
    started.catch((error: unknown) => logFailure(this.connection, 'progress', error));
    return (nRead) => {
      isOver ||= nRead === null;
      const now = performance.now();
      if (nRead !== null && now - shown < 100) return;
      shown = now;
      const tell = async () => {
        const progress = await started;
        if (nRead === null) progress?.done();
        else progress?.report(Math.floor((100 * nRead) / nToRead), `${nRead} of ${nToRead}`);
      };
      tell().catch(() => undefined);
    };
  }
}

function filesOf({ folder, spectra, survey }: Pick<IndexSpec, 'folder' | 'spectra' | 'survey'>): string {
  return JSON.stringify([folder, spectra, survey]);
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
