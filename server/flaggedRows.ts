/**
 * Which lines of a table of labels are of flagged stars: for the text of a CSV file in the editor, by the newest catalog of the
 * survey around it. A line is of a star when its column obsid, designation, source_id or spectrum says so.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findCatalogs, flagsInWords, type OpenCatalogs, valuesOf } from '../engine/index';
import type { FlaggedRow, FlaggedRowsParams } from './protocol';

const idColumns = ['obsid', 'designation', 'source_id', 'spectrum'];
const mostLines = 20_000;

export async function flaggedRows(
  open: OpenCatalogs,
  { file, text }: FlaggedRowsParams,
): Promise<{ rows: FlaggedRow[] }> {
  const config = surveyAround(file);
  const stars = starsIn(text);
  const catalog = config === null || stars.size === 0 ? undefined : (await findCatalogs(config, 1))[0]?.path;
  if (config === null || catalog === undefined) return { rows: [] };
  const { search } = await open.of(catalog, dirname(config));
  const found = await search.find([...new Set(stars.values())]);
  const numbers = [...new Set(found.values())];
  const names = ['flags', 'extrapolating', 'high_windows', 'large_errors'];
  const lists = await valuesOf(search, numbers, names);
  const place = new Map(numbers.map((row, at) => [row, at]));
  const rows: FlaggedRow[] = [];
  for (const [line, star] of stars) {
    const row = found.get(star);
    if (row === undefined) continue;
    const at = place.get(row)!;
    const values = Object.fromEntries(names.map((name, k) => [name, lists[k]![at] ?? '']));
    const reasons = flagsInWords(values).filter(({ flag }) => !flag.startsWith('reviewed_'));
    if (reasons.length === 0) continue;
    const verdict = search.verdictOf(row)?.verdict ?? '';
    const flags = reasons.map(({ flag }) => flag);
    rows.push({ line, star, config, catalog, row, flags, reasons: reasons.map((one) => one.text), verdict });
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

/** The star of each line, by its number; none where the first line names no column of ids. */
function starsIn(text: string): Map<number, string> {
  const lines = text.split(/\r?\n/, mostLines);
  const separator = ['\t', ';', ','].find((one) => lines[0]?.includes(one)) ?? ',';
  const head = fields(lines[0] ?? '', separator).map((name) => name.toLowerCase());
  const column = idColumns.map((name) => head.indexOf(name)).find((at) => at >= 0);
  const stars = new Map<number, string>();
  if (column === undefined) return stars;
  for (let line = 1; line < lines.length; line++) {
    const star = fields(lines[line]!, separator)[column] ?? '';
    if (star !== '') stars.set(line, star);
  }
  return stars;
}

function fields(line: string, separator: string): string[] {
  return line.split(separator).map((field) => field.trim().replace(/^"(.*)"$/, '$1'));
}
