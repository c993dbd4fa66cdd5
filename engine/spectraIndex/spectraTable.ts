/**
 * What the index knows of a survey's spectra, a row a file, in columns: text in blocks of bytes, numbers in typed arrays
 * (NaN where unknown). Rows are in the order of their paths. A table never changes; an update makes a new one.
 */
import type { SpectrumIdentity } from '../spectra/spectrum';
import { emptyTexts, TextColumn, type TextData } from './textColumn';

/** `path` is as matched: relative to the config's folder with "/", or absolute. `problem` is "" where the header reads. */
const textNames = ['path', 'star', 'obsid', 'designation', 'subclass', 'format', 'problem'] as const;

/**
 * `stamp` (`stampOf` of `scan.ts`) and `sizeBytes` are of the file when it was read; NaN where it has yet to be read (again).
 * S/N a pixel by band; positions in degrees.
 */
const numberKinds = {
  stamp: Float64Array,
  sizeBytes: Float64Array,
  raDeg: Float64Array,
  decDeg: Float64Array,
  redshift: Float64Array,
  snrU: Float32Array,
  snrG: Float32Array,
  snrR: Float32Array,
  snrI: Float32Array,
  snrZ: Float32Array,
} as const;

export type TextName = (typeof textNames)[number];
export type NumberName = keyof typeof numberKinds;
type Numbers = Float64Array | Float32Array;
const numberNames = Object.keys(numberKinds) as NumberName[];

/** A table without methods, for other threads. `cards` are header cards that the survey's description names. */
export interface TableData {
  readonly nRows: number;
  readonly texts: Readonly<Record<string, TextData>>;
  readonly numbers: Readonly<Record<string, Numbers>>;
}

/** One row's values for a new table. */
export interface NewRow {
  readonly path: string;
  readonly stamp: number;
  readonly sizeBytes: number;
  readonly identity: SpectrumIdentity | null;
  readonly problem: string;
}

/** Where the rows of a new table come from: rows `from` up to but not including `to` of `table`. */
export interface Run {
  readonly table: SpectraTable;
  readonly from: number;
  readonly to: number;
}

const bands = { u: 'snrU', g: 'snrG', r: 'snrR', i: 'snrI', z: 'snrZ' } as const;

export class SpectraTable implements TableData {
  private plates: { names: string[]; ofRow: Uint32Array } | null = null;

  private constructor(
    readonly nRows: number,
    readonly texts: Readonly<Record<string, TextColumn>>,
    readonly numbers: Readonly<Record<string, Numbers>>,
    readonly cards: readonly string[],
  ) {}

  static of(rows: readonly NewRow[], cards: readonly string[]): SpectraTable {
    const text = (value: (row: NewRow) => string) => TextColumn.of(rows.map(value));
    const texts: Record<TextName, TextColumn> = {
      path: text(({ path }) => path),
      star: text(({ path, identity }) => identity?.star ?? fileStem(path)),
      obsid: text(({ identity }) => identity?.obsid ?? ''),
      designation: text(({ identity }) => identity?.designation ?? ''),
      subclass: text(({ identity }) => identity?.subclass ?? ''),
      format: text(({ identity }) => identity?.survey ?? ''),
      problem: text(({ problem }) => problem),
    };
    const columns = {} as Record<NumberName, Numbers>;
    for (const name of numberNames) columns[name] = new numberKinds[name](rows.length);
    rows.forEach(({ stamp, sizeBytes, identity }, row) => {
      const { raDeg = null, decDeg = null, redshift = null } = identity ?? {};
      const values = { stamp, sizeBytes, raDeg, decDeg, redshift };
      for (const [name, value] of Object.entries(values)) columns[name as NumberName][row] = value ?? NaN;
      for (const [band, name] of Object.entries(bands)) {
        columns[name][row] = identity?.snr[band as keyof typeof bands] ?? NaN;
      }
    });
    const ofCards = cards.map((card) => [cardColumn(card), text(({ identity }) => cardText(identity, card))] as const);
    return new SpectraTable(rows.length, { ...texts, ...Object.fromEntries(ofCards) }, columns, cards);
  }

  /** Files that have been found but not read. */
  static unread(paths: readonly string[], cards: readonly string[]): SpectraTable {
    const none = emptyTexts(paths.length);
    const path = TextColumn.of(paths);
    const others = [...textNames, ...cards.map(cardColumn)].map((name) => [name, none] as const);
    const numbers = numberNames.map((name) => [name, new numberKinds[name](paths.length).fill(NaN)] as const);
    const star = TextColumn.of(paths.map(fileStem));
    return new SpectraTable(
      paths.length,
      { ...Object.fromEntries(others), path, star },
      Object.fromEntries(numbers),
      cards,
    );
  }

  /** @returns null when columns are missing or of unequal length. */
  static from({ nRows, texts, numbers }: TableData, cards: readonly string[]): SpectraTable | null {
    const columns: Record<string, TextColumn> = {};
    for (const name of [...textNames, ...cards.map(cardColumn)]) {
      const data = texts[name];
      if (data === undefined || data.ends.length !== nRows) return null;
      if (nRows > 0 && data.ends[nRows - 1] !== data.bytes.length - 1) return null;
      columns[name] = new TextColumn(data.bytes, data.ends);
    }
    for (const name of numberNames) {
      if (!(numbers[name] instanceof numberKinds[name]) || numbers[name].length !== nRows) return null;
    }
    return new SpectraTable(nRows, columns, numbers, cards);
  }

  /** All tables must have the same cards. */
  static concat(runs: readonly Run[], cards: readonly string[]): SpectraTable {
    const nRows = runs.reduce((sum, { from, to }) => sum + to - from, 0);
    const texts: Record<string, TextColumn> = {};
    for (const name of [...textNames, ...cards.map(cardColumn)]) {
      texts[name] = TextColumn.concat(runs.map(({ table, from, to }) => ({ column: table.texts[name]!, from, to })));
    }
    const numbers: Record<string, Numbers> = {};
    for (const name of numberNames) {
      const column = (numbers[name] = new numberKinds[name](nRows));
      let row = 0;
      for (const { table, from, to } of runs) {
        column.set(table.numbers[name]!.subarray(from, to), row);
        row += to - from;
      }
    }
    return new SpectraTable(nRows, texts, numbers, cards);
  }

  /** The same table with these rows to be read again; until then they keep what was known of them. */
  withUnread(rows: readonly number[]): SpectraTable {
    const stamp = this.number('stamp').slice();
    for (const row of rows) stamp[row] = NaN;
    return new SpectraTable(this.nRows, this.texts, { ...this.numbers, stamp }, this.cards);
  }

  /** For other threads. */
  get data(): TableData {
    const texts = Object.entries(this.texts).map(([name, { bytes, ends }]) => [name, { bytes, ends }] as const);
    return { nRows: this.nRows, texts: Object.fromEntries(texts), numbers: this.numbers };
  }

  text(name: TextName): TextColumn {
    return this.texts[name]!;
  }

  number(name: NumberName): Numbers {
    return this.numbers[name]!;
  }

  /** Whether the file has been read as it was when last looked at. */
  isRead(row: number): boolean {
    return !Number.isNaN(this.numbers['stamp']![row]);
  }

  /** The rows to be read, in order. */
  get unread(): readonly number[] {
    const rows: number[] = [];
    for (let row = 0; row < this.nRows; row++) if (!this.isRead(row)) rows.push(row);
    return rows;
  }

  /** A header card's value: undefined when the index does not keep that card. */
  card(row: number, card: string): string | number | boolean | null | undefined {
    const text = this.texts[cardColumn(card)]?.at(row);
    return text === undefined || text === '' ? (text === undefined ? undefined : null) : readCard(text);
  }

  /** In g, where that is known, else in the first of r, i, z, u that is; NaN where none is. */
  snr(row: number): number {
    for (const name of ['snrG', 'snrR', 'snrI', 'snrZ', 'snrU'] as const) {
      const value = this.numbers[name]![row]!;
      if (!Number.isNaN(value)) return value;
    }
    return NaN;
  }

  /** The row of the file at `path` (as matched), or −1. */
  rowOf(path: string): number {
    const column = this.text('path');
    let [low, high] = [0, this.nRows];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (column.at(middle) < path) low = middle + 1;
      else high = middle;
    }
    return low < this.nRows && column.at(low) === path ? low : -1;
  }

  /** The folders in which spectra lie, in order, and which of them each row's is. */
  get folders(): { readonly names: readonly string[]; readonly ofRow: Uint32Array } {
    this.plates ??= foldersOf(this.text('path'));
    return this.plates;
  }
}

function foldersOf(paths: TextColumn): { names: string[]; ofRow: Uint32Array } {
  const known = new Map<string, number>();
  const found = Uint32Array.from({ length: paths.length }, (_, row) => {
    const path = paths.at(row);
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    const idx = known.get(folder) ?? known.size;
    if (idx === known.size) known.set(folder, idx);
    return idx;
  });
  const names = [...known.keys()];
  const order = [...names.keys()].sort((a, b) => (names[a]! < names[b]! ? -1 : 1));
  const rank = new Uint32Array(names.length);
  order.forEach((idx, place) => (rank[idx] = place));
  return { names: order.map((idx) => names[idx]!), ofRow: found.map((idx) => rank[idx]!) };
}

function cardColumn(card: string): string {
  return `card ${card}`;
}

function cardText(identity: SpectrumIdentity | null, card: string): string {
  const value = identity?.cards[card] ?? null;
  if (value === null) return '';
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

/** Integers beyond 2^53 come back as text, as those of tables do. */
function readCard(text: string): string | number | boolean {
  if (text.startsWith('"')) return JSON.parse(text) as string;
  if (text === 'true' || text === 'false') return text === 'true';
  const value = Number(text);
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? text : value;
}

function fileStem(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/(\.fits?)?(\.gz|\.fz|\.z)?$/i, '');
}
