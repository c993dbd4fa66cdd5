/**
 * Damaged tables of each format (FITS, VOTable, Parquet, CSV), some of them gzipped, in the process of a batch: read whole, as a
 * reference table is; and as a catalog that is opened and searched. Each gives values, or a sentence.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { openCatalogFile } from '../../engine/catalogQuery/catalogFile';
import { CatalogSearch, everything } from '../../engine/catalogQuery/catalogSearch';
import { FilterError } from '../../engine/catalogQuery/filterTokens';
import { UserError } from '../../engine/problems';
import { readTable } from '../../engine/reference/table';
import { cannon } from '../jobs/command';
import { mutantOf, type Original } from './fitsMutants';
import { begin, type Batch, type BatchFigures, inBatches, Tally } from './reliabilityBatches';
import { writtenSurvey } from './reliabilityDay';
import { counted, type PartReport } from './reliabilityReport';

const mostSeconds = 5;
const formats = ['fits', 'vot', 'parquet', 'csv'];

export async function damagedTables(
  program: string,
  folder: string,
  seed: number,
  nMutants: number,
): Promise<PartReport> {
  const survey = await writtenSurvey(folder);
  mkdirSync(join(folder, 'tables'));
  for (const format of formats) {
    const out = join(folder, 'tables', `catalog.${format}`);
    const { exitCode, stderr } = await cannon(['catalog', '--config', survey.config, '--out', out]);
    if (exitCode !== 0) throw new Error(stderr);
  }
  const batch: Batch = { work: 'table', folder, seed, from: 0, to: nMutants, runEvery: 1 };
  const { counts, worst, worstSeconds, peakMegabytes, failures } = await inBatches(program, batch, 500, 512);
  return {
    title: `Damaged tables (seed ${seed})`,
    rows: [
      [`${nMutants} damaged tables`, counted(counts, 20)],
      [
        'slowest, memory of a process at its peak',
        `${worstSeconds.toFixed(2)} s (${worst}), ${peakMegabytes.toFixed(0)} MB`,
      ],
    ],
    failures,
  };
}

/** In the child. */
export async function tablesBatch({ folder, seed, from, to }: Batch): Promise<BatchFigures> {
  const tally = new Tally();
  const originals = formats.map((format): Original => {
    const path = join(folder, 'tables', `catalog.${format}`);
    return { name: basename(path), bytes: new Uint8Array(readFileSync(path)) };
  });
  for (let index = from; index < to; index++) {
    begin(folder, index, tally);
    const original = originals[index % formats.length]!;
    const { bytes } = mutantOf([original], seed, index);
    const isPacked = index % 9 === 0 && !original.name.endsWith('parquet');
    const path = join(folder, `table-${index}${extname(original.name)}${isPacked ? '.gz' : ''}`);
    writeFileSync(path, isPacked ? gzipSync(bytes) : bytes);
    for (const [how, read] of [
      ['read', values],
      ['searched', searched],
    ] as const)
      await tally.timed(`table ${index}, ${how}`, mostSeconds, async () => {
        tally.count(
          `${extname(original.name).slice(1)} ${how}: ${(await answered(() => read(path, folder), index, tally)) ? 'an answer' : 'a reason'}`,
        );
      });
    rmSync(path);
  }
  return tally.figures;
}

async function answered(act: () => Promise<unknown>, index: number, tally: Tally): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    // Damage that renames a column leaves nothing to search in.
    if (error instanceof FilterError && error.problem.message !== '') return false;
    if (!(error instanceof UserError)) throw error;
    if (error.message === '' || error.code === 'CAN900') tally.fail(`table ${index}: ${error.code} ${error.message}`);
    return false;
  }
}

async function values(path: string): Promise<void> {
  const { columns, nRows } = await readTable(path);
  for (const { name, values: cells } of columns.values())
    if (cells.length !== nRows) throw new Error(`${name} has ${cells.length} values of ${nRows}`);
}

async function searched(path: string, folder: string): Promise<void> {
  const search = await CatalogSearch.over(await openCatalogFile(path, join(folder, 'cache')), null);
  try {
    await search.count({ ...everything, where: 'teff > 5000 OR chi2 < 3' });
    await search.rows({ ...everything, sort: search.columns[0]?.name ?? null }, 0, 10);
  } finally {
    search.close();
  }
}
