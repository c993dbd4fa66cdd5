/**
 * Reads the files of a survey and remembers what was in them until they change (by time and size), so that an edit of
 * `cannon.yaml` does not read a thousand spectra again. Failures are remembered as well: the file has not changed.
 */
import { stat } from 'node:fs/promises';
import { mayPass, type InspectReaders, plainReaders, readModel, type SurveyReaders } from '../engine/index';

/** About 10 kB each, most of it header cards. */
const rememberedSpectra = 10_000;
const rememberedTables = 8;
const rememberedModels = 4;

class Memory<T> {
  private readonly entries = new Map<string, { path: string; stamp: string; value: Promise<T> }>();

  constructor(private readonly limit: number) {}

  /** What `read` made of the file at `path`; `key` tells apart different readings of one file. */
  async get(path: string, key: string, read: () => Promise<T>): Promise<T> {
    const stamp = await stat(path).then(
      ({ mtimeMs, ctimeMs, size }) => `${mtimeMs} ${ctimeMs} ${size}`,
      () => null,
    );
    // A file that is not there is asked for again each time: the reader has the words for what is wrong.
    if (stamp === null) {
      this.entries.delete(key);
      return read();
    }
    const known = this.entries.get(key);
    this.entries.delete(key);
    const value = known?.stamp === stamp ? known.value : read();
    this.entries.set(key, { path, stamp, value });
    value.catch((error: unknown) => {
      // But for those of a disk that was away: it may be there again with the file as it was.
      if (mayPass(error) && this.entries.get(key)?.value === value) this.entries.delete(key);
    });
    if (this.entries.size > this.limit) this.entries.delete(this.entries.keys().next().value!);
    return value;
  }

  forget(paths: ReadonlySet<string>): void {
    for (const [key, { path }] of this.entries) if (paths.has(path)) this.entries.delete(key);
  }
}

export class FileReaders implements SurveyReaders, InspectReaders {
  private readonly spectra = new Memory<Awaited<ReturnType<SurveyReaders['spectrum']>>>(rememberedSpectra);
  private readonly tables = new Memory<Awaited<ReturnType<SurveyReaders['table']>>>(rememberedTables);

  private readonly models = new Memory<Awaited<ReturnType<InspectReaders['model']>>>(rememberedModels);

  /** @param files how a file is read when it is new or has changed */
  constructor(private readonly files: SurveyReaders = plainReaders) {}

  /** Nobody will ask for these again: what a night of renamed files leaves would stay for the whole session. */
  forget(paths: ReadonlySet<string>): void {
    for (const memory of [this.spectra, this.tables, this.models]) memory.forget(paths);
  }

  readonly spectrum: SurveyReaders['spectrum'] = (path, survey) =>
    this.spectra.get(path, `${survey} ${path}`, () => this.files.spectrum(path, survey));

  readonly table: SurveyReaders['table'] = (path) => this.tables.get(path, path, () => this.files.table(path));

  readonly model: InspectReaders['model'] = (path) => this.models.get(path, path, () => readModel(path));
}
