/**
 * A DuckDB of its own for each catalog, shut in before the first search: it can read that one file, write nothing, fetch and
 * install nothing, and no setting can be changed any more. Searches are built from their tree (`filterSql.ts`), so that none of
 * these walls should ever be reached; each holds by itself. A query ends after `limitMs`, and takes no more than `memory`.
 */
import type { DuckDBConnection, DuckDBDataChunk, DuckDBInstance } from '@duckdb/node-api';
import { UserError } from '../problems';
import { loadDuckDb, sqlText } from '../reference/duckdb';

/** Of all open catalogs together; what else a catalog takes (orders, flags) is a few bytes a row. */
const memory = '400MB';
const defaultLimitMs = 20_000;
/** Whoever was given a catalog before it was let go asks the next question sooner. */
const quietMs = 10_000;

export interface QueryLimits {
  readonly limitMs?: number;
  readonly signal?: AbortSignal;
}

export class CatalogDatabase {
  private nUnderWay = 0;
  private isLetGo = false;
  private closing: NodeJS.Timeout | undefined;

  private constructor(private readonly instance: DuckDBInstance) {}

  /** @param path the one file that can be read */
  static async open(path: string): Promise<CatalogDatabase> {
    const { DuckDBInstance } = await loadDuckDb();
    const instance = await DuckDBInstance.create(':memory:', {
      ...{ autoinstall_known_extensions: 'false', autoload_known_extensions: 'false', threads: '2' },
      ...{ memory_limit: memory, temp_directory: '' },
    });
    const connection = await instance.connect();
    try {
      for (const setting of [
        'parquet_metadata_cache = true',
        `allowed_paths = [${sqlText(path)}]`,
        'enable_external_access = false',
        'allow_community_extensions = false',
        'lock_configuration = true',
      ]) {
        await connection.run(`SET ${setting}`);
      }
    } finally {
      connection.closeSync();
    }
    return new CatalogDatabase(instance);
  }

  close(): void {
    clearTimeout(this.closing);
    this.instance.closeSync();
  }

  /** Closes when nothing has been asked for a while: threads and memory are held for each database that is open. */
  letGo(): void {
    this.isLetGo = true;
    if (this.nUnderWay === 0) this.closing = setTimeout(() => this.close(), quietMs).unref();
  }

  /** All rows. */
  async rows(sql: string, limits?: QueryLimits): Promise<unknown[][]> {
    return this.using(async (connection) => (await connection.runAndReadAll(sql)).getRows(), limits);
  }

  /** Each chunk as it comes. */
  async eachChunk(sql: string, take: (chunk: DuckDBDataChunk) => void, limits?: QueryLimits): Promise<void> {
    await this.using(async (connection) => {
      const result = await connection.stream(sql);
      for (;;) {
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) return;
        take(chunk);
      }
    }, limits);
  }

  /** @throws UserError CAN370 when time or memory is up; the signal's reason when it aborts */
  private async using<T>(
    use: (connection: DuckDBConnection) => Promise<T>,
    { limitMs = defaultLimitMs, signal }: QueryLimits = {},
  ): Promise<T> {
    signal?.throwIfAborted();
    clearTimeout(this.closing);
    this.nUnderWay++;
    try {
      return await this.connected(use, limitMs, signal);
    } finally {
      this.nUnderWay--;
      if (this.isLetGo) this.letGo();
    }
  }

  private async connected<T>(
    use: (connection: DuckDBConnection) => Promise<T>,
    limitMs: number,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const connection = await this.instance.connect();
    let isLate = false;
    const interrupt = () => connection.interrupt();
    const timer = setTimeout(() => {
      isLate = true;
      // A query that is only being planned does not hear it the first time.
      repeat = setInterval(interrupt, 50);
      interrupt();
    }, limitMs);
    let repeat: NodeJS.Timeout | undefined;
    signal?.addEventListener('abort', interrupt, { once: true });
    try {
      // It may have come while the connection was made.
      signal?.throwIfAborted();
      return await use(connection);
    } catch (error) {
      signal?.throwIfAborted();
      throw isLate ? tooLong(limitMs) : readable(error);
    } finally {
      clearTimeout(timer);
      clearInterval(repeat);
      signal?.removeEventListener('abort', interrupt);
      connection.closeSync();
    }
  }
}

function tooLong(limitMs: number): UserError {
  return new UserError(
    `The search was stopped after ${limitMs / 1000} s`,
    'Use a simpler condition; comparisons of numbers are quicker than patterns in texts.',
    'CAN370',
  );
}

function readable(error: unknown): unknown {
  if (error instanceof UserError || !(error instanceof Error)) return error;
  const [first = ''] = error.message.split('\n');
  const reason = first.replace(/^[A-Z]\w+( \w+)? Error: /, '');
  if (/^Out of Memory/i.test(first)) {
    const hint = 'Use a condition that fewer stars meet, or save the catalog as Parquet with smaller row groups.';
    return new UserError('The search needs more memory than it may have', hint, 'CAN370');
  }
  return new UserError(
    `The catalog cannot be searched: ${reason}`,
    'If its file has changed, open it again.',
    'CAN370',
  );
}
