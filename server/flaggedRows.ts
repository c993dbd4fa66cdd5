/**
 * Which lines of a table of labels are of flagged stars: for the text of a CSV file in the editor, by the newest catalog of the
 * survey around it. A line is of a star when its column obsid, designation, source_id or spectrum says so. Rows are those
 * that the engine's reader of tables finds, so that quoted line breaks and separators are no ends of rows here either.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  findCatalogs,
  flagsInWords,
  type OpenCatalogs,
  placedTableFromCsv,
  type PlacedTable,
  UserError,
  valuesOf,
} from '../engine/index';
import type { FlaggedRow, FlaggedRowsParams } from './protocol';

const idColumns = ['obsid', 'designation', 'source_id', 'spectrum'];
const mostRows = 20_000;

export async function flaggedRows(
  open: OpenCatalogs,
  { file, text }: FlaggedRowsParams,
): Promise<{ rows: FlaggedRow[] }> {
  const config = surveyAround(file);
  const stars = starsIn(file, Buffer.from(text));
  const catalog = config === null || stars.length === 0 ? undefined : (await findCatalogs(config, 1))[0]?.path;
  if (config === null || catalog === undefined) return { rows: [] };
  const opened = await open.ofReady(catalog, dirname(config));
  if (opened === null) return { rows: [] };
  const { search } = opened;
  const found = await search.find([...new Set(stars.map(({ star }) => star))]);
  const numbers = [...new Set(found.values())];
  const names = ['flags', 'extrapolating', 'high_windows', 'large_errors'];
  const lists = await valuesOf(search, numbers, names);
  const place = new Map(numbers.map((row, at) => [row, at]));
  const rows: FlaggedRow[] = [];
  for (const { star, ...lines } of stars) {
    const row = found.get(star);
    if (row === undefined) continue;
    const at = place.get(row)!;
    const values = Object.fromEntries(names.map((name, k) => [name, lists[k]![at] ?? '']));
    const reasons = flagsInWords(values).filter(({ flag }) => !flag.startsWith('reviewed_'));
    if (reasons.length === 0) continue;
    const verdict = search.verdictOf(row)?.verdict ?? '';
    const flags = reasons.map(({ flag }) => flag);
    rows.push({ ...lines, star, config, catalog, row, flags, reasons: reasons.map((one) => one.text), verdict });
  }
  return { rows };
}

/** The description of the survey in whose folder, or below it, a file lies. */
function surveyAround(file: string): string | null {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    for (const name of ['cannon.yaml', 'cannon.yml']) if (existsSync(join(folder, name))) return join(folder, name);
    if (folder === dirname(folder)) return null;
  }
}

/** A row of a table in text: its star, and the lines on which it begins and ends, counted from 0. */
export interface StarLines {
  readonly star: string;
  readonly line: number;
  readonly lastLine: number;
}

/** The first rows of a CSV table; none where it names no column of ids, or is no table as it stands. */
export function starsIn(path: string, bytes: Buffer): StarLines[] {
  const placed = tableIn(path, bytes);
  if (placed === null) return [];
  const { table, firstLines, lastLines } = placed;
  const columns = [...table.columns.values()];
  const ids = idColumns.flatMap((name) => columns.find((column) => column.name.toLowerCase() === name) ?? [])[0];
  const cells = ids?.values.slice(0, mostRows) ?? [];
  return cells.flatMap((cell, row) => {
    const star = String(cell ?? '');
    return star === '' ? [] : [{ star, line: firstLines[row]!, lastLine: lastLines[row]! }];
  });
}

function tableIn(path: string, bytes: Buffer): PlacedTable | null {
  try {
    return placedTableFromCsv(path, bytes);
  } catch (error) {
    // What is being written is not always a table; who reads it says what is wrong.
    if (error instanceof UserError) return null;
    throw error;
  }
}
