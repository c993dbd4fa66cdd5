/**
 * What differs between the results of two runs: labels star by star, θ and s coefficient by coefficient. A label has moved when it changed
 * by more than `sigma` times the larger of its two errors: both are of the same spectrum, so its noise is in both.
 */
import { readModel } from '../cannon/modelFile';
import type { Model } from '../cannon/model';
import { readTable, type Table } from '../reference/table';
import type { FinishedEvent } from './events';
import { sha256OfFile } from './recipe';

export interface CompareOptions {
  readonly sigma: number;
  /** List at most so many stars and files. */
  readonly most: number;
}

export interface MovedStar {
  readonly spectrum: string;
  readonly labels: readonly MovedLabel[];
}

export interface MovedLabel {
  readonly label: string;
  readonly a: number;
  readonly b: number;
  /** |b − a| over the larger error; Infinity where only one run has that star's label, or there is no error. */
  readonly sigmas: number;
}

export interface StarsDiffer {
  readonly stars: number;
  /** Bit for bit, in all labels and errors. */
  readonly same: number;
  readonly onlyA: number;
  readonly onlyB: number;
  readonly moved: number;
  /** Those that moved most, worst first. */
  readonly worst: readonly MovedStar[];
  /** For each label: how many moved, and the largest |b − a|. */
  readonly labels: readonly { readonly label: string; readonly moved: number; readonly largest: number }[];
  /** Labels that one run has for all its stars and the other for none: they are not compared. */
  readonly labelsOnlyA: readonly string[];
  readonly labelsOnlyB: readonly string[];
}

export interface ModelsDiffer {
  readonly model: string;
  readonly isSame: boolean;
  /** In words, where the two cannot be compared number by number. */
  readonly structure: string | null;
  /** Largest |Δθ·| of any coefficient and |Δs| of any pixel, and the pixels in which either differs. */
  readonly theta: number;
  readonly scatter: number;
  readonly pixels: number;
}

export interface ResultDiffers {
  /** File or model. */
  readonly name: string;
  readonly isSame: boolean;
  readonly stars: StarsDiffer | null;
  readonly model: ModelsDiffer | null;
}

/** Results of one command, file by file or model by model; none of a run that has not finished. */
export async function compareResults(
  a: string,
  b: string,
  resultA: FinishedEvent | null,
  resultB: FinishedEvent | null,
  options: CompareOptions,
): Promise<ResultDiffers[]> {
  if (resultA?.command === 'infer' && resultB?.command === 'infer')
    return [await compareTables('labels', resultA.out, resultB.out, (label) => label, options)];
  if (resultA?.command === 'cv' && resultB?.command === 'cv')
    return eachModel(resultA.models, resultB.models, (name, pathA, pathB) =>
      compareTables(name, pathA, pathB, (label) => `cv_${label}`, options),
    );
  if (resultA?.command === 'train' && resultB?.command === 'train')
    return eachModel(resultA.models, resultB.models, compareModelFiles);
  return [];
}

interface Made {
  readonly name: string;
  readonly path: string;
}

async function eachModel(
  a: readonly Made[],
  b: readonly Made[],
  compare: (name: string, pathA: string, pathB: string) => Promise<ResultDiffers>,
): Promise<ResultDiffers[]> {
  const found: ResultDiffers[] = [];
  for (const name of new Set([...a, ...b].map((each) => each.name))) {
    const [inA, inB] = [a, b].map((models) => models.find((each) => each.name === name));
    found.push(
      inA && inB ? await compare(name, inA.path, inB.path) : { name, isSame: false, stars: null, model: null },
    );
  }
  return found;
}

async function sameBytes(a: string, b: string): Promise<boolean> {
  return (await sha256OfFile(a)) === (await sha256OfFile(b));
}

/** A column as texts; none of a column that is not there. */
export function texts(table: Table, name: string): string[] {
  const values = table.columns.get(name)?.values ?? [];
  return Array.from(values, (value) => (value === null ? '' : String(value)));
}

async function compareTables(
  name: string,
  pathA: string,
  pathB: string,
  columnOf: (label: string) => string,
  options: CompareOptions,
): Promise<ResultDiffers> {
  const [a, b] = [await readTable(pathA), await readTable(pathB)];
  const stars = compareStars(a, b, columnOf, options);
  return { name, isSame: await sameBytes(pathA, pathB), stars, model: null };
}

/** Labels are the columns that have an error `e_<label>`. */
function compareStars(
  a: Table,
  b: Table,
  columnOf: (label: string) => string,
  { sigma, most }: CompareOptions,
): StarsDiffer {
  const [labelsA, labelsB] = [a, b].map(({ columns }) =>
    [...columns.keys()].flatMap((name) => (name.startsWith('e_') ? [name.slice(2)] : [])),
  ) as [string[], string[]];
  const columns = labelsA
    .filter((label) => labelsB.includes(label))
    .map((label) => {
      const of = (table: Table, name: string) => numbers(table, name);
      const [valueA, valueB] = [of(a, columnOf(label)), of(b, columnOf(label))];
      return { label, valueA, valueB, errorA: of(a, `e_${label}`), errorB: of(b, `e_${label}`), moved: 0, largest: 0 };
    });
  const rowInB = new Map(texts(b, 'spectrum').map((spectrum, row) => [spectrum, row]));
  const found: MovedStar[] = [];
  let [same, onlyA, moved, shared] = [0, 0, 0, 0];
  texts(a, 'spectrum').forEach((spectrum, rowA) => {
    const rowB = rowInB.get(spectrum);
    if (rowB === undefined) return onlyA++;
    shared++;
    let isSame = true;
    const far: MovedLabel[] = [];
    for (const column of columns) {
      const [x, y] = [column.valueA(rowA), column.valueB(rowB)];
      const [ex, ey] = [column.errorA(rowA), column.errorB(rowB)];
      if (Object.is(x, y) && Object.is(ex, ey)) continue;
      isSame = false;
      const change = Math.abs(y - x);
      if (change > column.largest) column.largest = change;
      const sigmas = sigmasOf(x, y, Math.max(ex, ey));
      if (!(sigmas > sigma)) continue;
      column.moved++;
      far.push({ label: column.label, a: x, b: y, sigmas });
    }
    if (isSame) same++;
    if (far.length > 0) {
      moved++;
      found.push({ spectrum, labels: far });
      if (found.length > 4 * most + 100) found.sort(byWorst).splice(most);
    }
  });
  return {
    ...{ stars: shared, same, onlyA, onlyB: b.nRows - shared, moved, worst: found.sort(byWorst).slice(0, most) },
    labels: columns.map(({ label, moved, largest }) => ({ label, moved, largest })),
    labelsOnlyA: labelsA.filter((label) => !labelsB.includes(label)),
    labelsOnlyB: labelsB.filter((label) => !labelsA.includes(label)),
  };
}

function sigmasOf(a: number, b: number, error: number): number {
  if (Number.isNaN(a) && Number.isNaN(b)) return 0;
  if (Number.isNaN(a) || Number.isNaN(b)) return Infinity;
  return a === b ? 0 : error > 0 ? Math.abs(b - a) / error : Infinity;
}

const worstOf = ({ labels }: MovedStar): number => Math.max(...labels.map(({ sigmas }) => sigmas));

function byWorst(a: MovedStar, b: MovedStar): number {
  const [x, y] = [worstOf(a), worstOf(b)];
  return x === y ? (a.spectrum < b.spectrum ? -1 : 1) : y > x ? 1 : -1;
}

function numbers(table: Table, name: string): (row: number) => number {
  const values = table.columns.get(name)?.values;
  return (row) => {
    const value = values?.[row] ?? null;
    return value === null || value === '' ? NaN : Number(value);
  };
}

async function compareModelFiles(name: string, pathA: string, pathB: string): Promise<ResultDiffers> {
  const model = compareModels(name, await readModel(pathA), await readModel(pathB));
  return { name, isSame: await sameBytes(pathA, pathB), stars: null, model };
}

function compareModels(model: string, a: Model, b: Model): ModelsDiffer {
  const none = { theta: 0, scatter: 0, pixels: 0 };
  const names = ({ labels }: Model) => labels.map(({ name }) => name).join(' ');
  const structure =
    names(a) !== names(b)
      ? `labels ${names(a)} against ${names(b)}`
      : a.terms.length !== b.terms.length
        ? `${a.terms.length} terms against ${b.terms.length}`
        : a.waveAngstrom.length !== b.waveAngstrom.length ||
            a.waveAngstrom.some((wave, p) => wave !== b.waveAngstrom[p])
          ? `a grid of ${a.waveAngstrom.length} pixels against another of ${b.waveAngstrom.length}`
          : null;
  if (structure !== null) return { model, isSame: false, structure, ...none };
  const found = { ...none };
  const nTerms = a.terms.length;
  for (let p = 0; p < a.waveAngstrom.length; p++) {
    let differs = !Object.is(a.scatter[p], b.scatter[p]);
    if (differs) found.scatter = Math.max(found.scatter, Math.abs(a.scatter[p]! - b.scatter[p]!));
    for (let t = p * nTerms; t < (p + 1) * nTerms; t++) {
      const change = Math.abs(a.theta[t]! - b.theta[t]!);
      if (change > 0) differs = true;
      if (change > found.theta) found.theta = change;
    }
    if (differs) found.pixels++;
  }
  const isSame = found.pixels === 0 && a.modes.length === b.modes.length && a.modes.every((m, k) => m === b.modes[k]);
  return { model, isSame, structure, ...found };
}
