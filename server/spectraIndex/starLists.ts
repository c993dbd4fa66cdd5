/** Answers about the stars of one survey's index: counts by folder, pages of stars, the neighbour of a star. */
import { isAbsolute, join, relative } from 'node:path';
import {
  type Config,
  selectStars,
  type SpectraTable,
  StarFacts,
  type StarFilter,
  type StarSort,
  type Table,
  UserError,
} from '../../engine/index';
import type { Plate, StarEntry } from '../protocol';

/** Orders for which the index alone has the values. */
const ownOrders = new Set(['path', 'star', 'match', 'snr']);
const rememberedSelections = 8;

export class StarLists {
  private facts: StarFacts | null = null;
  private about: readonly unknown[] = [];
  private readonly selections = new Map<string, Uint32Array>();

  /**
   * Selections are remembered until the stars, the survey or its reference table change.
   * @param reference reads the survey's table, or null where there is none that can be read
   */
  constructor(private readonly reference: (config: Config) => Promise<Table | null>) {}

  /** Rows that pass, in order. @throws UserError CAN350. */
  async select(stars: SpectraTable, config: Config, filter: StarFilter, sort: StarSort): Promise<Uint32Array> {
    const needsTable = filter.where.trim() !== '' || !ownOrders.has(sort.by);
    const reference = needsTable ? await this.reference(config) : null;
    // Labels are looked up by what the file says of them, and a file is parsed anew for each question.
    const about = [stars, JSON.stringify([config.labels, config.reference]), reference];
    if (about.some((part, n) => part !== this.about[n])) {
      this.about = about;
      this.facts = new StarFacts(stars, config, reference);
      this.selections.clear();
    }
    const key = JSON.stringify([filter, sort]);
    const rows = this.selections.get(key) ?? selectStars(this.facts!, filter, sort);
    this.selections.delete(key);
    this.selections.set(key, rows);
    if (this.selections.size > rememberedSelections) this.selections.delete(this.selections.keys().next().value!);
    return rows;
  }
}

/** The folders of a survey, and how many stars each has, and how many of `rows`. */
export function platesOf(stars: SpectraTable, rows: Uint32Array): Plate[] {
  const { names, ofRow } = stars.folders;
  const [nStars, nMatching] = [new Uint32Array(names.length), new Uint32Array(names.length)];
  for (const plate of ofRow) nStars[plate]!++;
  for (const row of rows) nMatching[ofRow[row]!]!++;
  return names.map((name, n) => ({ name, nStars: nStars[n]!, nMatching: nMatching[n]! }));
}

/** Those of `rows` that lie in the folder `plate`. */
export function rowsOfPlate(stars: SpectraTable, rows: Uint32Array, plate: string): Uint32Array {
  const { names, ofRow } = stars.folders;
  const wanted = names.indexOf(plate);
  return rows.filter((row) => ofRow[row] === wanted);
}

/** One star as lists show it. */
export function entryOf(stars: SpectraTable, folder: string, row: number): StarEntry {
  const [place, problem, subclass] = [
    stars.text('path').at(row),
    stars.text('problem').at(row),
    stars.text('subclass').at(row),
  ];
  const number = (value: number) => (Number.isNaN(value) ? null : value);
  const snr = number(stars.snr(row));
  const facts = [subclass, snr === null ? '' : `S/N ${snr.toFixed(0)}`, place];
  return {
    star: stars.text('star').at(row),
    path: isAbsolute(place) ? place : join(folder, place),
    detail: problem === '' ? facts.filter((fact) => fact !== '').join(' · ') : problem,
    designation: stars.text('designation').at(row),
    subclass,
    snr,
    raDeg: number(stars.number('raDeg')[row]!),
    decDeg: number(stars.number('decDeg')[row]!),
    redshift: number(stars.number('redshift')[row]!),
    problem,
  };
}

/** The row of the spectrum at `path` (absolute), or −1. */
export function rowAt(stars: SpectraTable, folder: string, path: string): number {
  const row = stars.rowOf(relative(folder, path).replaceAll('\\', '/'));
  return row >= 0 ? row : stars.rowOf(path);
}

/** The star `by` places further in the order of the paths. @throws UserError CAN351 when there is none. */
export function neighbour(stars: SpectraTable, folder: string, path: string, by: number): StarEntry {
  const row = rowAt(stars, folder, path);
  if (row < 0) {
    throw new UserError(
      'This star is not in the survey any more',
      'Choose another with “Cannon: Inspect Star”.',
      'CAN351',
    );
  }
  if (row + by < 0) throw new UserError('This is the first star of the survey', '', 'CAN351');
  if (row + by >= stars.nRows) throw new UserError('This is the last star of the survey', '', 'CAN351');
  return entryOf(stars, folder, row + by);
}
