/**
 * A table as Parquet, by DuckDB: the rows go to a text file beside it, from which DuckDB writes them in a stream, in one thread, so that
 * the same rows give the same bytes. Units, UCDs and descriptions are in the file as VOParquet has them: a VOTable without rows under
 * `IVOA.VOTable-Parquet.content`.
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { flushFolder, openAside } from '../jobs/durable';
import { UserError } from '../problems';
import { loadDuckDb, sqlName, sqlText } from '../reference/duckdb';
import { type CatalogColumn, csvHeader, csvRows } from './catalog';
import { votableOfColumns } from './votableText';

/** Bytes that DuckDB may hold. */
const memory = '600MB';
/** Rows that a reader takes at a time; columns of so many are looked at, or skipped, together. */
const rowsPerGroup = 65536;

export async function writeParquet(
  path: string,
  name: string,
  pieces: AsyncIterable<readonly CatalogColumn[]> | Iterable<readonly CatalogColumn[]>,
  tag: string,
  signal?: AbortSignal,
): Promise<void> {
  const duckdb = await loadDuckDb();
  const text = `${path}.${tag}.csv.part`;
  const part = `${path}.${tag}.part`;
  try {
    const rows = openAside(text, 'rows');
    let columns: readonly CatalogColumn[] | null = null;
    try {
      for await (const piece of pieces) {
        if (columns === null) rows.write(`${csvHeader(piece)}\n`);
        columns ??= piece.map(withoutRows);
        // Every digit: what is rounded in a CSV for people is not rounded here.
        rows.write(csvRows(piece.map(({ digits, ...column }) => column)));
      }
      rows.finish();
    } catch (error) {
      rows.discard();
      throw error;
    }
    if (columns === null) throw new Error('There is no piece of the table');
    const settings = { threads: '1', memory_limit: memory, temp_directory: `${part}.swap` };
    const instance = await duckdb.DuckDBInstance.create(':memory:', settings);
    const connection = await instance.connect();
    const stop = () => connection.interrupt();
    signal?.addEventListener('abort', stop);
    try {
      signal?.throwIfAborted();
      await connection.run(copyStatement(columns, name, text, part)).catch((error: unknown) => {
        signal?.throwIfAborted();
        throw unwritable(path, error);
      });
    } finally {
      signal?.removeEventListener('abort', stop);
      connection.closeSync();
      instance.closeSync();
    }
    const file = openSync(part, 'r+');
    fsyncSync(file);
    closeSync(file);
    renameSync(part, path);
    flushFolder(dirname(path));
  } finally {
    for (const left of [text, part, `${part}.swap`]) rmSync(left, { force: true, recursive: true });
  }
}

/** To know the kind of a column when its rows are gone. */
function withoutRows(column: CatalogColumn): CatalogColumn {
  return { ...column, values: column.values.slice(0, 1) };
}

function unwritable(path: string, error: unknown): UserError {
  const reason = (error as Error).message.split('\n')[0]!;
  return new UserError(`${path} cannot be written: ${reason}`, 'Check the disk, or write FITS.', 'CAN405');
}

function copyStatement(columns: readonly CatalogColumn[], name: string, from: string, to: string): string {
  const types = columns.map((column) => `${sqlText(column.name)}: '${typeOf(column)}'`).join(', ');
  // Nothing is '' for a text, as everywhere else, so that "no word" can be asked for.
  const selected = columns.map((column) =>
    typeOf(column) === 'VARCHAR'
      ? `coalesce(${sqlName(column.name)}, '') AS ${sqlName(column.name)}`
      : sqlName(column.name),
  );
  const content = sqlText(votableOfColumns(columns, name));
  return (
    `COPY (SELECT ${selected.join(', ')} FROM read_csv(${sqlText(from)}, header = true, auto_detect = false, delim = ',', ` +
    `quote = '"', escape = '"', max_line_size = 16777216, columns = {${types}})) TO ${sqlText(to)} ` +
    `(FORMAT parquet, ROW_GROUP_SIZE ${rowsPerGroup}, KV_METADATA {` +
    `'IVOA.VOTable-Parquet.version': '1.0', 'IVOA.VOTable-Parquet.content': ${content}})`
  );
}

function typeOf({ values }: CatalogColumn): string {
  if (values instanceof Float64Array) return 'DOUBLE';
  if (values instanceof Int32Array) return 'INTEGER';
  if (values instanceof BigInt64Array) return 'BIGINT';
  return typeof values[0] === 'boolean' ? 'BOOLEAN' : 'VARCHAR';
}
