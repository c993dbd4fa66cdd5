/**
 * One FITS file read by one foreign library, as a listing on standard output. It runs in a process of its own, because these libraries
 * may hang or crash: `node fitsConformance.mjs --read <library> <file>`.
 *
 * fitsjs 0.6.6 is a script for browsers; what it asks of one is given to it here: a request for the file, and nothing else. Its worker is not
 * started, the function that would run there is called.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { runInThisContext } from 'node:vm';
import type * as Ng from 'fitsjs-ng';

export type Library = 'fitsjs' | 'fitsjs-ng';

interface ForeignHdu {
  readonly shape?: readonly number[];
  readonly image?: unknown;
  readonly columns?: readonly unknown[];
}

/** What `library` reads in the file at `path`, HDU by HDU, as far as there are values. */
export async function readForeign(library: Library, path: string, root: string): Promise<ForeignHdu[]> {
  const bytes = Uint8Array.from(readFileSync(path)).buffer;
  const require = createRequire(`${root}/package.json`);
  return library === 'fitsjs'
    ? byFitsjs(bytes, require.resolve('fitsjs'))
    : byFitsjsNg(bytes, require.resolve('fitsjs-ng'));
}

interface ForeignHeader {
  get(keyword: string): unknown;
}

interface ForeignData {
  readonly naxis?: readonly number[];
  readonly depth?: number;
  readonly rows?: number;
  readonly columns?: readonly string[] | null;
  readonly width?: number;
  readonly height?: number;
}

type Values = ArrayLike<number | bigint>;

/** What the two libraries do differently. */
interface Access {
  frames(data: never): Promise<Values[]>;
  compressed(data: never): Promise<Values>;
  rows(data: never): Promise<Record<string, unknown>[]>;
}

async function listHdus(
  hdus: readonly { header: ForeignHeader; data?: ForeignData | undefined }[],
  access: Access,
): Promise<ForeignHdu[]> {
  const listing: ForeignHdu[] = [];
  for (const { header, data } of hdus) {
    if (data === undefined || header.get('GROUPS') === true || header.get('GROUPS') === 'T') {
      listing.push({});
    } else if (header.get('ZIMAGE') !== null && header.get('ZIMAGE') !== undefined) {
      listing.push({
        shape: header.get('ZNAXIS') === 1 ? [data.width!] : [data.height!, data.width!],
        image: statistics(Array.from(await access.compressed(data as never))),
      });
    } else if (data.naxis !== undefined) {
      const frames = await access.frames(data as never);
      listing.push({
        shape: [...data.naxis].reverse(),
        image: statistics(frames.flatMap((frame) => Array.from(frame))),
      });
    } else {
      const rows = await access.rows(data as never);
      listing.push({ columns: (data.columns ?? []).map((name) => listColumn(rows.map((row) => row[name]))) });
    }
  }
  return listing;
}

function listColumn(cells: readonly unknown[]): unknown {
  const plain = cells.map((cell) => (ArrayBuffer.isView(cell) ? Array.from(cell as unknown as Values) : cell));
  return {
    ...statistics(plain.flat(Infinity)),
    rowsFirst: plain.slice(0, 3).map((cell) => [cell].flat().map(word)),
    lengths: plain.slice(0, 20).map((cell) => (Array.isArray(cell) ? cell.length : 1)),
  };
}

function statistics(values: readonly unknown[]): object {
  const ends = { n: values.length, first: values.slice(0, 5).map(word), last: values.slice(-3).map(word) };
  if (values.some((value) => typeof value === 'string')) return ends;
  const finite = values.map(Number).filter(Number.isFinite);
  const [sum, min, max] = finite.reduce(
    ([total, least, most], value) => [total + value, Math.min(least, value), Math.max(most, value)],
    [0, Infinity, -Infinity],
  );
  return { ...ends, finite: finite.length, sum, min: word(min), max: word(max) };
}

/** What JSON can say; the libraries leave NUL at the end of texts, which is forgiven here. */
function word(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/\0+$/, '');
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'number' && !Number.isFinite(value) ? (Number.isNaN(value) ? 'nan' : String(value)) : value;
}

async function byFitsjsNg(bytes: ArrayBuffer, entry: string): Promise<ForeignHdu[]> {
  const { FITS } = (await import(pathToFileURL(entry).href)) as typeof Ng;
  const { hdus } = FITS.fromArrayBuffer(bytes, { onWarning: () => undefined });
  return listHdus(hdus as never, {
    frames: (image: Ng.Image) => image.getFrames(0, image.depth),
    compressed: (image: Ng.CompressedImage) => image.getFrame(),
    rows: (table: Ng.BinaryTable) => table.getRows(0, table.rows) as Promise<Record<string, unknown>[]>,
  });
}

interface OldImage {
  readonly depth: number;
  readonly bitpix: number;
  readonly bzero: number;
  readonly bscale: number;
  readonly frameOffsets: readonly { buffers: readonly ArrayBuffer[] }[];
  _getFrame(buffer: ArrayBuffer, bitpix: number, bzero: number, bscale: number): Values;
  getFrame(index: number, callback: (values: Values) => void): void;
}

async function byFitsjs(bytes: ArrayBuffer, entry: string): Promise<ForeignHdu[]> {
  class Request {
    readonly status = 200;
    readonly response = bytes;
    onload = () => undefined;
    open() {
      return undefined;
    }
    send() {
      queueMicrotask(() => this.onload());
    }
  }
  Object.assign(globalThis, { XMLHttpRequest: Request });
  runInThisContext(readFileSync(entry, 'utf8'));
  const { astro } = globalThis as unknown as {
    astro: { FITS: new (url: string, callback: (fits: { hdus: never }) => void) => unknown };
  };
  const hdus = await new Promise<never>((resolve) => new astro.FITS('file', (fits) => resolve(fits.hdus)));
  return listHdus(hdus, {
    frames: (image: OldImage) =>
      Promise.resolve(
        image.frameOffsets.map(({ buffers }) => image._getFrame(buffers[0]!, image.bitpix, image.bzero, image.bscale)),
      ),
    compressed: (image: OldImage) => new Promise((resolve) => image.getFrame(0, resolve)),
    rows: (table: { rows: number; getRows(from: number, count: number): Record<string, unknown>[] }) =>
      Promise.resolve(table.getRows(0, table.rows)),
  });
}
