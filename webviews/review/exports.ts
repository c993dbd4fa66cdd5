/** The stars of the queue as a table, and a program that reads the same stars from the catalog. */
import type { CellValue, SelectedRows, Selection } from '../../engine/index';
import { type CsvColumn, csvOf, ExportDialog, inDocstring, pythonText } from '../export';
import { rowsOf } from './model';
import type { Bench } from './protocol';

/** More than this is for the program: the catalog itself has them all. */
const mostRows = 200_000;
const chunkRows = 5000;

export interface QueueSource {
  /** Throws a sentence while there is nothing to export. */
  readonly shown: () => { readonly bench: Bench; readonly selection: Selection };
  readonly read: (
    selection: Selection,
    from: number,
    count: number,
    columns: readonly string[],
  ) => Promise<SelectedRows>;
  readonly save: (suggestedName: string, content: string | Uint8Array) => Promise<string | null>;
  readonly failed: (error: unknown) => void;
}

export function exportDialog(source: QueueSource): ExportDialog {
  return new ExportDialog({
    name: () => 'review',
    exports: {
      csv: () => csvOfQueue(source),
      py: () => {
        const { bench, selection } = source.shown();
        return pythonOf(bench, selection);
      },
    },
    words: { py: 'Python, a program that reads these stars from the catalog' },
    save: source.save,
    failed: source.failed,
  });
}

/** @throws Error that says so when there are too many stars for a page to hold */
async function csvOfQueue({ shown, read }: QueueSource): Promise<string> {
  const { bench, selection } = shown();
  const names = bench.columns.map(({ name }) => name).filter((name) => !['verdict', 'note'].includes(name));
  const parts: SelectedRows[] = [];
  for (let from = 0, end = 1; from < end; from += chunkRows) {
    const part = await read(selection, from, chunkRows, names);
    if (part.nSelected > mostRows)
      throw new Error(`${part.nSelected} stars are too many for a CSV: export the Python program, or filter first.`);
    end = part.nSelected;
    parts.push(part);
  }
  const rows = parts.flatMap((part) => rowsOf(part, names));
  const columns = names.map((name): CsvColumn => {
    const unit = bench.columns.find((column) => column.name === name)?.unit ?? '';
    return { name, unit, values: rows.map(({ values }) => plain(values.get(name))) };
  });
  return csvOf([
    ...columns,
    { name: 'verdict', unit: '', values: rows.map(({ verdict }) => verdict?.verdict ?? '') },
    { name: 'note', unit: '', values: rows.map(({ verdict }) => verdict?.note ?? '') },
  ]);
}

const plain = (value: CellValue | undefined): string | number =>
  value === null || value === undefined ? '' : typeof value === 'boolean' ? String(value) : value;

/** The angle between two places in degrees, as conditions have it. */
export const separationMacro =
  'CREATE MACRO separation(a, d, a0, d0) AS 2 * degrees(asin(least(1, sqrt(pow(sin(radians(d - d0) / 2), 2)' +
  ' + cos(radians(d)) * cos(radians(d0)) * pow(sin(radians(a - a0) / 2), 2)))))';

/** Which column says what a flag is about. */
const aboutColumns: Readonly<Record<string, string>> = {
  ...{ extrapolating: 'extrapolating', any_observation_extrapolates: 'extrapolating' },
  ...{ window_chi2: 'high_windows', large_error: 'large_errors' },
};
const statistics: Readonly<Record<string, string>> = {
  ...{ mean: 'avg', median: 'median', stddev: 'stddev_samp', quantile: 'quantile_cont' },
};
/** A text, or a call that DuckDB does not know: of a flag, or of a number of the whole catalog. */
const foreign =
  /'(?:[^']|'')*'|\bhas\s*\(\s*'(\w+)'\s*(?:,\s*'([^']*)'\s*)?\)|\b(mean|median|stddev|quantile)\s*\(\s*("(?:[^"]|"")+"|\w+)\s*(?:,\s*([\d.eE+-]+)\s*)?\)/gi;

/** A condition as DuckDB reads it over a table `stars`: what is its own in the language of the bench is written out. */
export function plainSql(where: string, { flags }: Bench): string {
  return where.replace(
    foreign,
    (all: string, flag?: string, about?: string, statistic?: string, column?: string, share?: string) => {
      if (flag !== undefined) {
        const name = flag.toLowerCase();
        const bit = flags.find((one) => one.name === name)?.bit;
        const isSet = bit === undefined ? 'false' : `(flags & ${2 ** bit}) <> 0`;
        const named = aboutColumns[name];
        if (about === undefined || named === undefined) return `(${isSet})`;
        return `(${isSet} AND contains(' ' || lower(coalesce(${named}, '')) || ' ', ' ${about.toLowerCase()} '))`;
      }
      if (statistic === undefined) return all;
      const last = share === undefined ? '' : `, ${share}`;
      return `(SELECT ${statistics[statistic.toLowerCase()]!}(${column!}${last}) FROM stars)`;
    },
  );
}

/** DuckDB reads Parquet and CSV by itself; astropy reads the others. */
function readingOf(catalog: string): { readonly needs: string; readonly code: string } {
  const path = pythonText(catalog);
  if (/\.parquet$/i.test(catalog))
    return { needs: 'duckdb and pandas', code: `\nstars = duckdb.read_parquet(${path})` };
  if (/\.csv$/i.test(catalog))
    return { needs: 'duckdb and pandas', code: `\nstars = duckdb.read_csv(${path}, header=True)` };
  const format = /\.fits?$/i.test(catalog) ? '' : ', format="votable"';
  const read = `table = Table.read(${path}${format})\ntable.convert_bytestring_to_unicode()\nstars = table.to_pandas()`;
  const code = `from astropy.table import Table\n\n${read}`;
  return { needs: 'astropy, duckdb and pandas', code };
}

/** A program that reads the catalog, takes the stars of the queue and orders them. Verdicts are those of the catalog. */
export function pythonOf(bench: Bench, { where, flags, sort, descending }: Selection): string {
  const text = pythonText;
  const bits = bench.flags.filter(({ bit }) => (flags & (1 << bit)) !== 0);
  const named = bits.map(({ bit, name }) => `    ${text(name)}: 1 << ${bit},`).join('\n');
  const conditions = [
    ...(flags === 0 ? [] : ['f"flags & {mask} <> 0"']),
    ...(where === '' ? [] : [text(`(${plainSql(where, bench)})`)]),
  ];
  const order =
    sort === null ? '' : ` ORDER BY "${sort.replaceAll('"', '""')}" ${descending ? 'DESC' : 'ASC'} NULLS LAST`;
  const reading = readingOf(bench.catalog);
  return `"""Stars of ${inDocstring(bench.catalog)}, as chosen in the review bench. Needs ${reading.needs}."""
import duckdb
${reading.code}
wanted = {
${named}
}
mask = sum(wanted.values())
duckdb.sql(${text(separationMacro)})
conditions = [
${(conditions.length === 0 ? [text('true')] : conditions).map((condition) => `    ${condition},`).join('\n')}
]
chosen = duckdb.sql("SELECT * FROM stars WHERE " + " AND ".join(conditions) + ${text(order)}).df()
print(len(chosen), "stars")
print(chosen.head(20))
`;
}
