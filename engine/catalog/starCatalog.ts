/**
 * The catalog of a survey of any size from its table of labels: which observations are of one star, then star by star.
 *
 * The table is gone through twice, once for which are of one star, once for the stars: those that were observed once are made as they
 * come, the rows of the others are sorted by star first. Rows of stars are then sorted by `surprise`, the most surprising first
 * (those of which nothing is known last, equal ones in the order of their first observations), which is what a search
 * over a large file needs the least reading for. A few bytes an observation stay in memory; the rest is in files (`sortedRecords.ts`).
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { StarOfSpectrum } from '../reference/starGroups';
import { type CatalogColumn } from './catalog';
import { type CatalogRules, type CatalogStar, StarMaker } from './catalogStar';
import { DifferenceWidths } from './differences';
import { flagBits, type FlagName } from './flagBits';
import type { LabelsPiece, LabelsTable } from './labelsTable';
import { ObservationRecord, recordsOf, type RecordLayout } from './observationRecord';
import { RowPacker, unpackRow } from './packedRow';
import { RepeatGroups } from './repeatGroups';
import { observationColumns, starColumns } from './schema';
import { rowsByKey, SortedRecords } from './sortedRecords';
import { Collected, emptyRow, slotsOf } from './starRows';

export interface CatalogOptions {
  readonly radiusArcsec: number;
  /** For files where memory does not do; made, and emptied, here. */
  readonly folder: string;
  /** Lets others in: awaited now and then. */
  readonly turn: () => Promise<void>;
  /** Rows that were gone through, of all passes together. */
  readonly onRows: (rows: number) => void;
}

export interface CatalogCounts {
  readonly stars: number;
  readonly observations: number;
  /** Stars that have labels, and stars with more than one observation. */
  readonly labelled: number;
  readonly repeated: number;
  /** Stars with each flag. */
  readonly flags: Readonly<Record<FlagName, number>>;
}

export interface StarCatalog {
  readonly counts: CatalogCounts;
  /** The tables in pieces, anew each time: a row a star, and a row an observation in the order of the table of labels. */
  readonly stars: () => AsyncIterable<CatalogColumn[]>;
  readonly observations: () => AsyncIterable<CatalogColumn[]>;
  /** Remove the files. */
  readonly close: () => void;
}

const rowsPerPiece = 2048;
/** Of the files of sorted rows: a few hundred for a survey of millions. */
const sorting = { records: 1 << 14, bytes: 1 << 23 };

export async function makeCatalog(
  table: LabelsTable,
  layout: RecordLayout,
  rules: CatalogRules,
  options: CatalogOptions,
): Promise<StarCatalog> {
  const { folder } = options;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const groups = await groupsOf(table, options);
  const stars = new SortedStars(join(folder, 'stars'), rules);
  await makeStars(table, groups, stars, { layout, rules, options });
  return {
    counts: stars.counts(groups.length),
    stars: () => stars.pieces(options),
    observations: () => observationsOf(table, groups, stars.rows(), { layout, rules, options }),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

interface Making {
  readonly layout: RecordLayout;
  readonly rules: CatalogRules;
  readonly options: CatalogOptions;
}

async function makeStars(table: LabelsTable, groups: Int32Array, stars: SortedStars, making: Making): Promise<void> {
  const { layout, rules, options } = making;
  const repeats = new SortedRecords(join(options.folder, 'repeats'), sorting);
  const isRepeated = repeatedOf(groups);
  const maker = new StarMaker(layout, starColumns(rules.shape), rules);
  const packer = new RowPacker();
  let n = 0;
  for await (const piece of table.pieces()) {
    const record = recordsOf(layout, piece);
    for (let row = 0; row < piece.nRows; row++, n++) {
      const [one, group] = [record(row), groups[n]!];
      if (isRepeated[group] === 1) repeats.add(group, n, packer.pack(one.numbers, one.texts));
      else stars.add(group, 1, maker.make([one], NaN));
    }
    options.onRows(piece.nRows);
    await options.turn();
  }
  const unpacked = (payload: Buffer) => ObservationRecord.unpacked(layout, payload);
  const widths = await widthsAmong(rowsByKey(repeats, unpacked, options.turn), making);
  const makerOfRepeats = new StarMaker(layout, starColumns(rules.shape), rules, widths);
  for await (const { key, members } of rowsByKey(repeats, unpacked, options.turn))
    stars.add(key, members.length, makerOfRepeats.make(members, NaN));
  repeats.close();
}

/** How wide the differences of a star's observations are, of each label; labels of different models are not compared. */
async function widthsAmong(
  stars: AsyncIterable<{ readonly members: readonly ObservationRecord[] }>,
  { rules, options }: Making,
): Promise<Float64Array> {
  const all = new DifferenceWidths(
    options.folder,
    rules.shape.labels.map(({ name }) => name),
  );
  try {
    for await (const { members } of stars) {
      const model = members[0]!.text('model');
      if (members.every((one) => one.text('model') === model)) all.add(members);
    }
    return all.widths();
  } finally {
    all.close();
  }
}

/** 1 for groups of more than one. */
function repeatedOf(groups: Int32Array): Uint8Array {
  const members = new Uint8Array(groups.reduce((most, group) => Math.max(most, group), -1) + 1);
  for (const group of groups) if (members[group]! < 2) members[group]!++;
  return members.map((count) => Number(count > 1));
}

/** The stars, counted as they come, and sorted. */
class SortedStars {
  readonly #columns;
  readonly #packer = new RowPacker();
  readonly #sorted: SortedRecords;
  readonly #flags = new Array<number>(32).fill(0);
  #stars = 0;
  #repeated = 0;

  constructor(path: string, rules: CatalogRules) {
    this.#columns = starColumns(rules.shape);
    this.#sorted = new SortedRecords(path, sorting);
  }

  /** @param group settles the order of equally surprising stars. */
  add(group: number, observations: number, { surprise, flags, numbers, texts }: CatalogStar): void {
    this.#stars++;
    if (observations > 1) this.#repeated++;
    for (let bits = flags.flags; bits !== 0; bits &= bits - 1) this.#flags[31 - Math.clz32(bits & -bits)]!++;
    this.#sorted.add(Number.isNaN(surprise) ? Infinity : -surprise, group, this.#packer.pack(numbers, texts));
  }

  counts(observations: number): CatalogCounts {
    const flags = Object.fromEntries(flagBits.map(({ name, bit }) => [name, this.#flags[bit]!])) as Record<
      FlagName,
      number
    >;
    return {
      ...{ stars: this.#stars, observations, labelled: this.#stars - flags.no_labels, repeated: this.#repeated, flags },
    };
  }

  /** Of each group, the row of its star, from 1. */
  rows(): Uint32Array {
    const rows = new Uint32Array(this.#stars);
    let row = 0;
    for (const { number } of this.#sorted) rows[number] = ++row;
    return rows;
  }

  async *pieces({ turn, onRows }: CatalogOptions): AsyncGenerator<CatalogColumn[]> {
    const row = emptyRow(slotsOf(this.#columns));
    const collected = new Collected(this.#columns, rowsPerPiece);
    for (const { payload } of this.#sorted) {
      unpackRow(payload, row.numbers, row.texts);
      collected.add(row);
      if (!collected.isFull) continue;
      onRows(rowsPerPiece);
      yield collected.take();
      await turn();
    }
    onRows(collected.nRows);
    if (collected.nRows > 0) yield collected.take();
  }
}

async function* observationsOf(
  table: LabelsTable,
  groups: Int32Array,
  rowOfGroup: Uint32Array,
  { layout, rules, options }: Making,
): AsyncGenerator<CatalogColumn[]> {
  const columns = observationColumns(rules.shape);
  const maker = new StarMaker(layout, columns, rules);
  const collected = new Collected(columns, rowsPerPiece);
  let n = 0;
  for await (const piece of table.pieces()) {
    const record = recordsOf(layout, piece);
    for (let row = 0; row < piece.nRows; row++, n++) {
      collected.add(maker.make([record(row)], rowOfGroup[groups[n]!]!));
      if (collected.isFull) yield collected.take();
    }
    options.onRows(piece.nRows);
    await options.turn();
  }
  if (collected.nRows > 0) yield collected.take();
}

async function groupsOf(
  table: LabelsTable,
  { folder, radiusArcsec, turn, onRows }: CatalogOptions,
): Promise<Int32Array> {
  const groups = new RepeatGroups(folder);
  try {
    for await (const piece of table.pieces()) {
      const star = starIn(piece, new Set(table.columns.map(({ name }) => name)));
      for (let row = 0; row < piece.nRows; row++) groups.add(star(row));
      onRows(piece.nRows);
      await turn();
    }
    return await groups.finish(radiusArcsec, turn);
  } finally {
    groups.close();
  }
}

/** As `starOf` of the reference has it of a header: the id of a card says more than a position. */
function starIn(piece: LabelsPiece, known: ReadonlySet<string>): (row: number) => StarOfSpectrum {
  const texts = (name: string) => (known.has(name) ? piece.texts(name) : null);
  const numbers = (name: string) => (known.has(name) ? piece.numbers(name) : null);
  const [ids, designations] = [texts('star_id'), texts('designation')];
  const [ra, dec] = [numbers('ra'), numbers('dec')];
  const orNull = (value: number | undefined) => (value === undefined || Number.isNaN(value) ? null : value);
  return (row) => {
    const id = ids?.[row] ?? '';
    if (id !== '') return { keys: [`id ${id}`], raDeg: null, decDeg: null };
    const designation = (designations?.[row] ?? '').trim();
    const keys = designation === '' ? [] : [`designation ${designation}`];
    return { keys, raDeg: orNull(ra?.[row]), decDeg: orNull(dec?.[row]) };
  };
}
