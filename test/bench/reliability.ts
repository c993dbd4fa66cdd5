/**
 * The reliability campaign, whose figures are in docs/reliability.md:
 *
 *   npm run bench:reliability -- [texts] [files] [day] [kills] [--seed 1] [--scale 1] [--write]
 *
 * All parts without a name; `--scale 0.1` makes a tenth of the events. Prints a table a part, and with `--write` puts it into the
 * page; ends with 1 when anything failed.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Batch, BatchFigures } from './reliabilityBatches';
import { figures, type PartReport, printed, renewed } from './reliabilityReport';
import { day } from './reliabilityDay';
import { files, inputs } from './reliabilityFiles';
import { kills } from './reliabilityKills';
import { damagedTables, tablesBatch } from './reliabilityTables';
import { texts, textsBatch } from './reliabilityTexts';
import { vanishing } from './reliabilityVanishing';

const program = fileURLToPath(import.meta.url);
/** Bundled, this lies as deep as in its source. */
const root = join(import.meta.dirname, '..', '..');
const page = join(root, 'docs', 'reliability.md');
const prettier = join(root, 'node_modules', 'prettier', 'bin', 'prettier.cjs');

export interface Asked {
  readonly folder: string;
  readonly seed: number;
  readonly scale: number;
}

const parts: Readonly<Record<string, (asked: Asked) => Promise<PartReport>>> = {
  texts: ({ folder, seed, scale }) => texts(program, folder, Math.round(10_000 * scale), seed),
  files: ({ folder, seed, scale }) => files(folder, seed, Math.round(1000 * scale)),
  inputs: ({ folder }) => inputs(folder),
  tables: ({ folder, seed, scale }) => damagedTables(program, folder, seed, Math.round(4000 * scale)),
  vanishing: ({ folder }) => vanishing(folder),
  day: ({ folder, seed, scale }) => day(folder, seed, scale),
  kills: ({ folder, seed, scale }) => kills(folder, seed, Math.round(200 * scale)),
};

/** What a child process works on. */
const batches: Readonly<Record<string, (batch: Batch) => Promise<BatchFigures>>> = {
  ...{ 'cannon.yaml': textsBatch, 'review.yaml': textsBatch, condition: textsBatch, search: textsBatch },
  table: tablesBatch,
};

async function campaign(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      scale: { type: 'string', default: '1' },
      write: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  });
  const wanted = positionals.length > 0 ? positionals : Object.keys(parts);
  for (const name of wanted) {
    const part = parts[name];
    if (part === undefined) throw new Error(`There is no part ${name}; there are ${Object.keys(parts).join(', ')}`);
    const folder = mkdtempSync(join(tmpdir(), 'cannon-reliability-'));
    const started = Date.now();
    try {
      const { rows, ...report } = await part({ folder, seed: Number(values.seed), scale: Number(values.scale) });
      const took = Math.round((Date.now() - started) / 1000);
      const how = `scale ${values.scale}, seed ${values.seed}, ${took} s, load ${loadavg()[2]!.toFixed(0)} on ${availableParallelism()} cores`;
      const measured = { ...report, rows: [['measured with', how] as const, ...rows] };
      process.stdout.write(printed(measured));
      if (values.write) {
        writeFileSync(page, renewed(readFileSync(page, 'utf8'), name, figures(measured)));
        execFileSync(process.execPath, [prettier, '--write', page], { stdio: 'ignore' });
      }
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
