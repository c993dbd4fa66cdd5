/** `cannon fits`: what the reader sees in one FITS file, as JSON in the shape of `fits/report.ts` or as a list for people. */
import { basename } from 'node:path';
import { readBytes } from '../fits/fitsFile';
import type { SumCheck } from '../fits/checksum';
import { reportFits, type ReportedColumn, type ReportedHdu, type Statistics } from '../fits/report';
import { UserError } from '../problems';
import { exitCodes } from './job';

export interface FitsListing {
  readonly exitCode: number;
  /** For standard output. */
  readonly text: string;
  /** What is wrong with the file, or null. */
  readonly problem: UserError | null;
}

/** Never throws for a file that is not as it should be: that is what the listing says. */
export async function listFits(path: string, json: boolean): Promise<FitsListing> {
  try {
    const { hdus: units, sums, problem } = reportFits(await readBytes(path), basename(path));
    const hdus = units.map((hdu, n): ListedHdu => {
      const checksum = verdictOn(sums[n]!);
      return checksum === null ? hdu : { ...hdu, checksum };
    });
    const whole = problem === null ? hdus : { error: problem.message, hint: problem.hint, hdus };
    const text = json
      ? `${JSON.stringify(whole)}\n`
      : hdus.map((hdu, index) => `${hduLines(hdu, index).join('\n')}\n`).join('\n');
    return { exitCode: problem === null ? exitCodes.done : exitCodes.failed, text, problem };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const text = json ? `${JSON.stringify({ error: error.message, hint: error.hint })}\n` : '';
    return { exitCode: exitCodes.failed, text, problem: error };
  }
}

interface ListedHdu extends ReportedHdu {
  /** Absent where the header has neither CHECKSUM nor DATASUM. */
  readonly checksum?: 'right' | 'wrong';
}

function verdictOn({ data, unit }: SumCheck): 'right' | 'wrong' | null {
  if (data === false || unit === false) return 'wrong';
  return data === null && unit === null ? null : 'right';
}

function hduLines(hdu: ListedHdu, index: number): string[] {
  const { kind, name, cards, header, shape, image, rows, columns, checksum } = hdu;
  const size = shape !== undefined ? `, ${shape.join(' × ')}` : rows !== undefined ? `, ${rows} rows` : '';
  const lines = [`${index}  ${name === '' ? '(no name)' : name}  ${kind}, ${cards} cards${size}`];
  if (checksum !== undefined)
    lines.push(`   checksum ${checksum}${checksum === 'wrong' ? ': these are not the bytes that were written' : ''}`);
  if (image !== undefined) lines.push(`   ${'error' in image ? image.error : statisticsLine(image)}`);
  const width = Math.max(0, ...(columns ?? []).map((column) => (column.name ?? '').length));
  for (const column of columns ?? []) lines.push(`   ${(column.name ?? '').padEnd(width)}  ${columnLine(column)}`);
  const keys = Math.max(0, ...Object.keys(header).map((keyword) => keyword.length));
  for (const [keyword, value] of Object.entries(header))
    lines.push(`   ${keyword.padEnd(keys)} = ${typeof value === 'string' ? `'${value}'` : JSON.stringify(value)}`);
  return lines;
}

function columnLine(column: ReportedColumn): string {
  const description = [column.format, column.unit ?? ''].filter((part) => part !== '').join(' ');
  if ('error' in column) return `${description}: ${column.error}`;
  if ('lengths' in column) return `${description}: arrays of ${column.lengths.slice(0, 5).join(', ')} …`;
  if ('finite' in column) return `${description}: ${statisticsLine(column)}`;
  return `${description}: ${column.n} values, ${JSON.stringify(column.first)}`;
}

function statisticsLine({ n, finite, min, max, first }: Statistics): string {
  const range = min === null ? 'none finite' : `${String(min)} to ${String(max)}`;
  return `${n} values${finite < n ? ` (${n - finite} not finite)` : ''}, ${range}, first ${first.map(String).join(' ')}`;
}
