/**
 * The reliability campaign, whose figures are in docs/reliability.md:
 *
 *   npm run bench:reliability -- [texts] [files] [day] [--seed 1] [--scale 1]
 *
 * All parts without a name; `--scale 0.1` makes a tenth of the events. Prints a table a part; ends with 1 when anything failed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Batch, BatchFigures } from './reliabilityBatches';
import { type PartReport, printed } from './reliabilityReport';
import { day } from './reliabilityDay';
import { files } from './reliabilityFiles';
import { tablesBatch } from './reliabilityTables';
import { texts, textsBatch } from './reliabilityTexts';

const program = fileURLToPath(import.meta.url);

export interface Asked {
  readonly folder: string;
  readonly seed: number;
  readonly scale: number;
}

const parts: Readonly<Record<string, (asked: Asked) => Promise<PartReport>>> = {
  texts: ({ folder, seed, scale }) => texts(program, folder, Math.round(10_000 * scale), seed),
  files: ({ folder, seed, scale }) => files(program, folder, seed, Math.round(1000 * scale)),
  day: ({ folder, seed, scale }) => day(folder, seed, scale),
};

/** What a child process works on. */
const batches: Readonly<Record<string, (batch: Batch) => Promise<BatchFigures>>> = {
  ...{ 'cannon.yaml': textsBatch, 'review.yaml': textsBatch, condition: textsBatch, search: textsBatch },
  table: tablesBatch,
};

async function campaign(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { seed: { type: 'string', default: '1' }, scale: { type: 'string', default: '1' } },
    allowPositionals: true,
  });
  const wanted = positionals.length > 0 ? positionals : Object.keys(parts);
  for (const name of wanted) {
    const part = parts[name];
    if (part === undefined) throw new Error(`There is no part ${name}; there are ${Object.keys(parts).join(', ')}`);
    const folder = mkdtempSync(join(tmpdir(), 'cannon-reliability-'));
    const started = Date.now();
    try {
      const report = await part({ folder, seed: Number(values.seed), scale: Number(values.scale) });
      process.stdout.write(
        printed({ ...report, rows: [...report.rows, ['took', `${Math.round((Date.now() - started) / 1000)} s`]] }),
      );
      if (report.failures.length > 0) process.exitCode = 1;
    } finally {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    }
  }
}

if (process.send === undefined) await campaign();
else
  process.once('message', (message) => {
    const batch = message as Batch;
    void batches[batch.work]!(batch).then((figures) => process.send!(figures, () => process.exit()));
  });
