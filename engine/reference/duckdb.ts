/**
 * DuckDB, loaded when a file first needs it: it takes a fifth of a second and 50 MB, and most surveys never ask for it.
 * It runs in memory, writes nothing, and can neither fetch nor install anything.
 */
import type * as DuckDb from '@duckdb/node-api';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { UserError } from '../problems';

let instance: Promise<DuckDBInstance> | null = null;

/**
 * What `use` makes of a connection of its own.
 * @throws UserError CAN102 where DuckDB has no build for this machine.
 */
export async function withDuckDb<T>(use: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  instance ??= open();
  const connection = await (await instance).connect();
  try {
    return await use(connection);
  } finally {
    connection.closeSync();
  }
}

async function open(): Promise<DuckDBInstance> {
  const duckdb = await loadDuckDb().catch((error: unknown) => {
    instance = null;
    throw error;
  });
  return duckdb.DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    threads: '2',
  });
}

/** The library itself. @throws UserError CAN102 where DuckDB has no build for this machine. */
export function loadDuckDb(): Promise<typeof DuckDb> {
  return import('@duckdb/node-api').catch((error: unknown) => {
    throw new UserError(
      `Parquet cannot be read here: DuckDB could not be loaded (${(error as Error).message.split('\n')[0]})`,
      'Install the package @duckdb/node-api for this machine, or save the table as FITS, VOTable or CSV.',
      'CAN102',
    );
  });
}

/** A text as SQL writes it. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name as SQL writes it. */
export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
