/** A Parquet file of any length some thousand rows at a time, in the order of the file, through DuckDB. */
import type { DuckDBDataChunk } from '@duckdb/node-api';
import { UserError } from '../problems';
import { type Cell, cellOfNumber } from './columns';
import { loadDuckDb, sqlText, withDuckDb } from './duckdb';

export interface ParquetRows {
  readonly nRows: number;
  /** Without units, which Parquet itself does not have. */
  readonly columns: readonly { readonly name: string; readonly unit: string }[];
  pieces(): AsyncIterable<{ readonly nRows: number; readonly cells: (name: string) => readonly Cell[] }>;
}

/** @throws UserError CAN102 for a damaged file, and where DuckDB is not to be had. */
export async function parquetRows(path: string): Promise<ParquetRows> {
  const file = `read_parquet(${sqlText(path)})`;
  const all = async (sql: string) =>
    withDuckDb(async (connection) => (await connection.runAndReadAll(sql)).getRows()).catch((error: unknown) => {
      throw damaged(path, error);
    });
  const columns = (await all(`DESCRIBE SELECT * FROM ${file}`)).map(([name]) => ({ name: String(name), unit: '' }));
  const nRows = Number((await all(`SELECT count(*) FROM ${file}`))[0]![0]);
  const index = new Map(columns.map(({ name }, k) => [name, k]));
  return {
    ...{ nRows, columns },
    async *pieces() {
      // A connection of its own, as long as somebody reads.
      const instance = await (await loadDuckDb()).DuckDBInstance.create(':memory:', { threads: '1' });
      const connection = await instance.connect();
      try {
        const result = await connection.stream(`SELECT * FROM ${file}`);
        for (;;) {
          const chunk = await result.fetchChunk();
          if (chunk === null || chunk.rowCount === 0) return;
          yield { nRows: chunk.rowCount, cells: (name) => cellsOf(chunk, index.get(name)) };
        }
      } catch (error) {
        throw damaged(path, error);
      } finally {
        connection.closeSync();
        instance.closeSync();
      }
    },
  };
}

function cellsOf(chunk: DuckDBDataChunk, k: number | undefined): Cell[] {
  if (k === undefined) return [];
  const vector = chunk.getColumnVector(k);
  return Array.from({ length: chunk.rowCount }, (_, row) => {
    const value = vector.getItem(row) as unknown;
    if (typeof value === 'bigint' || typeof value === 'number') return cellOfNumber(value);
    return typeof value === 'boolean' ? value : typeof value === 'string' && value !== '' ? value : null;
  });
}

function damaged(path: string, error: unknown): UserError {
  if (error instanceof UserError) return error;
  const reason = (error as Error).message.split('\n')[0]!;
  return new UserError(`${path} is not a well-formed Parquet file: ${reason}`, 'Write it again.', 'CAN102');
}
