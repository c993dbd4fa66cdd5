/** What a part of the campaign has to say: rows for docs/reliability.md, and what went wrong. */
export interface PartReport {
  readonly title: string;
  /** What was measured, and the figure. */
  readonly rows: readonly (readonly [what: string, figure: string])[];
  /** Figures of several columns, each with its heads. */
  readonly tables?: readonly (readonly (readonly string[])[])[];
  /** One sentence each; none is as it should be. */
  readonly failures: readonly string[];
}

/** The figures as Markdown, as they stand in docs/reliability.md. */
export function figures({ rows, tables = [] }: PartReport): string {
  const table = ([head, ...lines]: readonly (readonly string[])[]) =>
    [head!, head!.map((_, n) => (n === 0 ? '---' : '---:')), ...lines].map((cells) => `| ${cells.join(' | ')} |`);
  const plain = [['what', 'figure'], ['---', '---'], ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return [plain, ...tables.map(table)].map((lines) => lines.join('\n')).join('\n\n');
}

/** `page` with other figures of a part: what stands between its marks. */
export function renewed(page: string, part: string, text: string): string {
  const [from, to] = [`<!-- ${part}: measured -->`, `<!-- ${part}: end -->`];
  const [start, end] = [page.indexOf(from), page.indexOf(to)];
  if (start < 0 || end < start) throw new Error(`There is no place for the figures of ${part}`);
  return `${page.slice(0, start + from.length)}\n\n${text}\n\n${page.slice(end)}`;
}

export function printed(report: PartReport): string {
  const { title, failures } = report;
  const most = 40;
  const rest = failures.length > most ? [`- … and ${failures.length - most} more`] : [];
  const wrong = failures.slice(0, most).map((sentence) => `- ${sentence.replaceAll('\n', ' ⏎ ').slice(0, 600)}`);
  return ['', `### ${title}`, '', figures(report), '', `failures: ${failures.length}`, ...wrong, ...rest, ''].join(
    '\n',
  );
}

/** The value below which `share` of the numbers lie; NaN where there are none. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

export function median(numbers: readonly number[]): number {
  return quantile(numbers, 0.5);
}

/** Slope of y over x by least squares, and its standard error. */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): { slope: number; error: number } {
  const n = points.length;
  const mean = (pick: (point: readonly [number, number]) => number) => points.reduce((sum, p) => sum + pick(p), 0) / n;
  const [x0, y0] = [mean(([x]) => x), mean(([, y]) => y)];
  const sxx = points.reduce((sum, [x]) => sum + (x - x0) ** 2, 0);
  const slope = points.reduce((sum, [x, y]) => sum + (x - x0) * (y - y0), 0) / sxx;
  const residual = points.reduce((sum, [x, y]) => sum + (y - y0 - slope * (x - x0)) ** 2, 0);
  return { slope, error: Math.sqrt(residual / Math.max(1, n - 2) / sxx) };
}

/** Counts by name, most frequent first, in one cell. */
export function counted(counts: ReadonlyMap<string, number>, most = 12): string {
  const sorted = [...counts].sort((a, b) => b[1] - a[1]);
  const rest = sorted.length > most ? `, … (${sorted.length} in all)` : '';
  return (
    sorted
      .slice(0, most)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ') + rest
  );
}

export function count(counts: Map<string, number>, name: string, by = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}
