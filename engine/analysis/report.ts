/** What an analysis found, ready to be written: a sentence, facts, tables, numbers, rows, and a picture. */
import type { CatalogColumn } from '../catalog/catalog';

export type Analysis = 'pairs' | 'cluster' | 'repeats' | 'map';

export interface ReportTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface Report {
  readonly analysis: Analysis;
  readonly title: string;
  /** What was found, in a sentence or two. */
  readonly finding: string;
  /** What went in, and how. */
  readonly facts: readonly (readonly [what: string, value: string])[];
  readonly tables: readonly ReportTable[];
  readonly warnings: readonly string[];
  /** Everything as numbers: plain data. */
  readonly numbers: Readonly<Record<string, unknown>>;
  /** The table that is written: a row a pair, star, difference or bin. */
  readonly rows: readonly CatalogColumn[];
  readonly svg: string;
}

/** As a terminal shows it. */
export function reportText({ title, finding, facts, tables }: Report): string[] {
  const widest = Math.max(0, ...facts.map(([what]) => what.length));
  return [
    title,
    finding,
    ...facts.map(([what, value]) => `  ${what.padEnd(widest)}  ${value}`),
    ...tables.flatMap((table) => ['', ...aligned(table)]),
  ];
}

function aligned({ head, rows }: ReportTable): string[] {
  const widths = head.map((title, k) => Math.max(title.length, ...rows.map((row) => row[k]!.length)));
  const line = (cells: readonly string[]) =>
    `  ${cells.map((cell, k) => (k === 0 ? cell.padEnd(widths[k]!) : cell.padStart(widths[k]!))).join('  ')}`.trimEnd();
  return [line(head), ...rows.map(line)];
}

/** As a page of Markdown that shows the picture beside it. */
export function reportPage({ title, finding, facts, tables, warnings }: Report, picture: string): string {
  const paragraphs = [
    `# ${title}`,
    finding,
    `![${title.replace(/[[\]]/g, '')}](${picture})`,
    ...tables.map(({ head, rows }) => markdownTable(head, rows)),
    ...(warnings.length === 0 ? [] : ['## Mind', warnings.map((one) => `- ${plain(one)}`).join('\n')]),
    '## How',
    markdownTable(
      ['', ''],
      facts.map(([what, value]) => [what, value]),
    ),
  ];
  return `${paragraphs.join('\n\n')}\n`;
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(plain).join(' | ')} |`;
  return [line(head), line(head.map((_, k) => (k === 0 ? ':--' : '--:'))), ...rows.map(line)].join('\n');
}

/** Text that Markdown takes as it is: brackets of [Fe/H], bars, underscores. */
function plain(text: string): string {
  return text.replace(/[\\`*_{}[\]<>|#]/g, '\\$&');
}
