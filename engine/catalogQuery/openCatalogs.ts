/**
 * The catalogs that are open, by their files: opened when first asked for, again when the file is another one, and with the
 * verdicts of `review.yaml` as they are now. The few that were asked for last stay open.
 */
import { stat } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { readReview, reviewName } from '../reference/review';
import { openCatalogFile } from './catalogFile';
import { CatalogSearch } from './catalogSearch';
import { opensQuickly } from './importTable';

const mostOpen = 2;

export interface OpenCatalog {
  readonly search: CatalogSearch;
  /** Another one when the file or review.yaml is another. */
  readonly stamp: string;
  /** Why verdicts cannot be shown, or "". */
  readonly reviewProblem: string;
}

interface Entry {
  readonly stamp: string;
  readonly search: Promise<CatalogSearch>;
  review: { readonly stamp: string; readonly laid: Promise<string> };
}

export class OpenCatalogs {
  private readonly entries = new Map<string, Entry>();

  /** @param storage the folder for what is kept between sessions, or null; asked for when it is first needed */
  constructor(private readonly storage: () => string | null) {}

  /**
   * @param folder that of the survey's description, with its review.yaml; null for a catalog of no survey
   * @throws UserError CAN102, CAN370 when it cannot be read
   */
  async of(path: string, folder: string | null): Promise<OpenCatalog> {
    const key = JSON.stringify([path, folder]);
    const stamp = await stampOf(path);
    let entry = this.entries.get(key);
    if (entry?.stamp !== stamp) {
      if (entry !== undefined) letGo(entry);
      const search = openCatalogFile(path, this.cache()).then((file) => CatalogSearch.over(file, null));
      entry = { stamp, search, review: { stamp: 'none', laid: Promise.resolve('') } };
      search.catch(() => this.entries.delete(key));
    }
    this.entries.delete(key);
    this.entries.set(key, entry);
    for (const [other, old] of [...this.entries].slice(0, -mostOpen)) {
      this.entries.delete(other);
      letGo(old);
    }
    const search = await entry.search;
    if (folder === null) return { search, stamp, reviewProblem: '' };
    const reviewStamp = await stampOf(join(folder, reviewName));
    if (entry.review.stamp !== reviewStamp) {
      const before = entry.review.laid;
      entry.review = { stamp: reviewStamp, laid: before.then(() => layReview(search, folder)) };
    }
    return { search, stamp: `${stamp} ${reviewStamp}`, reviewProblem: await entry.review.laid };
  }

  /** The same, or null for one that is not there, or that would have to be made ready for long: nobody is waiting for it. */
  async ofReady(path: string, folder: string | null): Promise<OpenCatalog | null> {
    return (await opensQuickly(path, this.cache())) ? this.of(path, folder) : null;
  }

  dispose(): void {
    for (const { search } of this.entries.values()) search.then((one) => one.close()).catch(() => undefined);
    this.entries.clear();
  }

  private cache(): string {
    return join(this.storage() ?? join(tmpdir(), `cannon-${userInfo().username}`), 'catalogs');
  }
}

/** What is wrong with the file, or "". */
async function layReview(search: CatalogSearch, folder: string): Promise<string> {
  const { entries, problems } = await readReview(folder);
  await search.review(entries);
  return problems[0]?.message ?? '';
}

async function stampOf(path: string): Promise<string> {
  return stat(path).then(
    ({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`,
    () => '',
  );
}

function letGo({ search }: Entry): void {
  search.then((one) => one.letGo()).catch(() => undefined);
}
