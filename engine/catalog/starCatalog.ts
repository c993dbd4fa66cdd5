/**
 * The catalog of a survey of any size from its table of labels: which observations are of one star, then star by star.
 *
 * The table is gone through twice, once for which are of one star, once to sort its rows by star; the stars, in the order of their
 * first observations, are made anew for each that goes through them. Four bytes an observation stay in memory; the rest is in
 * files (`sortedRecords.ts`).
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { StarOfSpectrum } from '../reference/starGroups';
import { type CatalogColumn } from './catalog';
import { exactId } from './catalogSources';
import { type CatalogRules, type CatalogStar, catalogStar, type Value } from './catalogStar';
import { flagBits, hasFlag, type FlagName } from './flagBits';
import type { LabelsPiece, LabelsTable } from './labelsTable';
import { ObservationRecord, packerOf, type RecordLayout } from './observationRecord';
import { RepeatGroups } from './repeatGroups';
import { observationColumns, starColumns, type ColumnSpec } from './schema';
import { SortedRecords } from './sortedRecords';

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
  /** The tables in pieces, anew each time: a row a star, and a row an observation, those of a star together. */
  readonly stars: () => AsyncIterable<CatalogColumn[]>;
  readonly observations: () => AsyncIterable<CatalogColumn[]>;
  /** Remove the files. */
  readonly close: () => void;
}

const rowsPerPiece = 1000;
/** Of the files of sorted rows: a few hundred for a survey of millions. */
const sorting = { records: 1 << 15, bytes: 1 << 24 };

export async function makeCatalog(
  table: LabelsTable,
  layout: RecordLayout,
  rules: CatalogRules,
  options: CatalogOptions,
): Promise<StarCatalog> {
  const { folder, turn } = options;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const groups = await groupsOf(table, options);
  const rows = new SortedRecords(join(folder, 'rows'), sorting);
  let n = 0;
  for await (const piece of table.pieces()) {
    const pack = packerOf(layout, piece);
    for (let row = 0; row < piece.nRows; row++) {
      rows.add(groups[n]!, n, pack(row));
      n++;
    }
    options.onRows(piece.nRows);
    await turn();
  }
  const sorted = () => observationsByStar(rows, layout, options);
  const [ofStars, ofObservations] = [starColumns(rules.shape), observationColumns(rules.shape)];
  const counts = await countsOf(sorted(), ofStars, rules);
  return {
    counts,
    async *stars() {
      const collected = new Collected(ofStars);
      let star = 0;
      for await (const observations of sorted()) {
        collected.add(catalogStar(observations, ofStars, ++star, rules));
        if (collected.nRows >= rowsPerPiece) yield collected.take();
      }
      if (collected.nRows > 0) yield collected.take();
    },
    async *observations() {
      const collected = new Collected(ofObservations);
      let star = 0;
      for await (const observations of sorted()) {
        star++;
        for (const one of observations) collected.add(catalogStar([one], ofObservations, star, rules));
        if (collected.nRows >= rowsPerPiece) yield collected.take();
      }
      if (collected.nRows > 0) yield collected.take();
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
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

async function* observationsByStar(
  rows: SortedRecords,
  layout: RecordLayout,
  { turn, onRows }: CatalogOptions,
): AsyncGenerator<ObservationRecord[]> {
  let [observations, group, since]: [ObservationRecord[], number, number] = [[], NaN, 0];
  for (const { key, payload } of rows) {
    if (key !== group && observations.length > 0) {
      yield observations;
      observations = [];
    }
    group = key;
    observations.push(new ObservationRecord(layout, payload));
    if (++since < rowsPerPiece) continue;
    onRows(since);
    since = 0;
    await turn();
  }
  if (observations.length > 0) yield observations;
  onRows(since);
}

async function countsOf(
  stars: AsyncIterable<ObservationRecord[]>,
  columns: readonly ColumnSpec[],
  rules: CatalogRules,
): Promise<CatalogCounts> {
  const flags = Object.fromEntries(flagBits.map(({ name }) => [name, 0])) as Record<FlagName, number>;
  let [nStars, observations, repeated] = [0, 0, 0];
  for await (const members of stars) {
    nStars++;
    observations += members.length;
    if (members.length > 1) repeated++;
    const bits = catalogStar(members, [], nStars, rules).flags.flags;
    for (const { name } of flagBits) if (hasFlag(bits, name)) flags[name]++;
  }
  return { stars: nStars, observations, labelled: nStars - flags.no_labels, repeated, flags };
}

/** Rows as columns. */
class Collected {
  #rows: (readonly Value[])[] = [];

  constructor(private readonly columns: readonly ColumnSpec[]) {}

  get nRows(): number {
    return this.#rows.length;
  }

  add({ values }: CatalogStar): void {
    this.#rows.push(values);
  }

  take(): CatalogColumn[] {
    const rows = this.#rows;
    this.#rows = [];
    return this.columns.map(({ name, unit, ucd, description, type }, k) => ({
      ...{ name, unit, ucd, description },
      values: valuesOf(
        type,
        rows.map((row) => row[k]!),
      ),
    }));
  }
}

function valuesOf(type: ColumnSpec['type'], values: readonly Value[]): CatalogColumn['values'] {
  switch (type) {
    case 'float64':
      return Float64Array.from(values as number[]);
    case 'int32':
      return Int32Array.from(values, (value) => (Number.isFinite(value) ? Number(value) : 0));
    case 'int64':
      return BigInt64Array.from(values, (value) => exactId(value === '' ? null : String(value)));
    case 'bool':
      return values as boolean[];
    case 'text':
      return values as string[];
  }
}
