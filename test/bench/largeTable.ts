/**
 * What a large reference table costs the editor: a server process opens a cannon.yaml whose table has 100,000 rows × 60 columns, as CSV,
 * FITS and Parquet; then one character is typed, the name of a column is completed, and a column is hovered for the first time.
 * Prints milliseconds, and the most memory the process had (Linux). Figures of docs/reference-tables.md.
 *
 *   npm run build && node scripts/bench.mjs largeTable [--rows 100000] [--columns 60] [--server dist/server.cjs]
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { CompletionItem, CompletionList } from 'vscode-languageserver';
import {
  createProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver-protocol/node';
import { writeFits } from '../../engine/fits/writer';
import { sqlText, withDuckDb } from '../../engine/reference/duckdb';
import { writeSample } from '../../engine/sample/sample';
import { TestClient } from '../server/testClient';

const { values: args } = parseArgs({
  options: {
    rows: { type: 'string', default: '100000' },
    columns: { type: 'string', default: '60' },
    server: { type: 'string', default: 'dist/server.cjs' },
  },
});
const [nRows, nColumns] = [Number(args.rows), Number(args.columns)];
const folder = mkdtempSync(join(tmpdir(), 'cannon-table-'));
const config = join(folder, 'cannon.yaml');

try {
  const context = { signal: new AbortController().signal, report: () => undefined };
  await writeSample(folder, { stars: 80, seed: 1 }, context);
  await writeTables();
  console.log(
    '| table | open | type | complete | complete anew | describe | hover | MB |\n|---|---|---|---|---|---|---|---|',
  );
  for (const name of ['labels.csv', 'many.csv', 'many.fits', 'many.parquet']) await measure(name);
} finally {
  rmSync(folder, { recursive: true });
}

/** The sample's rows come first, so that spectra find theirs; the others are of stars without a spectrum. */
async function writeTables(): Promise<void> {
  const [head = '', ...lines] = readFileSync(join(folder, 'labels.csv'), 'utf8').trim().split('\n');
  const names = head.split(',').slice(0, nColumns);
  const cells = lines.map((line) => line.split(',').slice(0, nColumns));
  while (names.length < nColumns) names.push(`more${names.length}`);
  const row = (n: number) =>
    names.map((name, k) => {
      if (name === 'obsid' && n >= cells.length) return String(1e9 + n);
      return cells[n % cells.length]![k] ?? (Math.sin(n * 13 + k) * 100).toFixed(6);
    });
  const all = Array.from({ length: nRows }, (_, n) => row(n));
  const csv = join(folder, 'many.csv');
  writeFileSync(csv, [names.join(','), ...all.map((one) => one.join(','))].join('\n') + '\n');
  const columns = names.map((name, k) => ({
    name,
    values: Float64Array.from(all, (one) => (one[k] === '' ? NaN : Number(one[k]))),
  }));
  writeFileSync(join(folder, 'many.fits'), writeFits([{ kind: 'empty' }, { kind: 'table', columns }]));
  const to = sqlText(join(folder, 'many.parquet'));
  await withDuckDb((connection) =>
    connection.run(`COPY (SELECT * FROM read_csv(${sqlText(csv)})) TO ${to} (FORMAT parquet)`),
  );
}

async function measure(table: string): Promise<void> {
  const text = readFileSync(config, 'utf8').replace('file: labels.csv', `file: ${table}`);
  const child = spawn(process.execPath, [resolve(args.server), '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const connection = createProtocolConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  const client = new TestClient(connection);
  await client.initialize();
  const times: number[] = [];
  const timed = async <T>(work: () => Promise<T>): Promise<T> => {
    const from = performance.now();
    const result = await work();
    times.push(performance.now() - from);
    return result;
  };
  /** What the text says is published at once, what the disk says after it. */
  const checked = (since: number) => client.diagnostics(config, () => client.nPublished >= since + 2, since);
  await timed(async () => {
    await client.open(config, text);
    await checked(0);
  });
  const published = client.nPublished;
  await timed(async () => {
    await client.change(config, `${text}\n`);
    await connection.sendRequest('textDocument/documentSymbol', { textDocument: { uri: `file://${config}` } });
  });
  await checked(published);
  const complete = () => client.at<CompletionList>('completion', config, `${text}\n`, 'column: teff', 8);
  const { items } = await timed(complete);
  await timed(complete);
  if (items.length < nColumns / 2) throw new Error(`Only ${items.length} columns are offered`);
  await timed(() => connection.sendRequest<CompletionItem>('completionItem/resolve', items.at(-1)!));
  await timed(() => client.at('hover', config, `${text}\n`, 'snrg >= 20', 1));
  const most = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? '0';
  console.log(`| ${table} | ${times.map((ms) => ms.toFixed(0)).join(' | ')} | ${(Number(most) / 1024).toFixed(0)} |`);
  connection.dispose();
  child.kill();
}
