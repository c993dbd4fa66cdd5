/**
 * What differs between two runs of one command: settings (config, options, seed, versions), inputs, and results down to the
 * star. A label has moved when it changed by more than `sigma` times the larger of its two errors: both are of the same
 * spectrum, so its noise is in both.
 */
import { createReadStream, existsSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readModel } from '../cannon/modelFile';
import type { Model } from '../cannon/model';
import { readTable, type Table } from '../reference/table';
import { UserError } from '../problems';
import type { Command, FinishedEvent } from './events';
import { type JobRecord, requireJob } from './jobRecord';
import { readRun, type RunState } from './readRun';

export interface CompareOptions {
  readonly sigma: number;
  /** List at most so many stars and files. */
  readonly most: number;
}

export interface Difference {
  /** Path in job.json: "resolved.training.modes". */
  readonly where: string;
  /** As JSON; null where it is not there. */
  readonly a: string | null;
  readonly b: string | null;
}

export interface FilesDiffer {
  readonly same: number;
  readonly changed: readonly string[];
  readonly onlyA: readonly string[];
  readonly onlyB: readonly string[];
  /** Counts of the three lists, which may be cut. */
  readonly counts: { readonly changed: number; readonly onlyA: number; readonly onlyB: number };
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

export interface Comparison {
  readonly a: RunName;
  readonly b: RunName;
  readonly sigma: number;
  readonly settings: readonly Difference[];
  /** Config, tables and models, by their hashes. */
  readonly files: FilesDiffer;
  readonly spectra: FilesDiffer | null;
  readonly results: readonly ResultDiffers[];
  /** Nothing of all this differs. */
  readonly isSame: boolean;
}

export interface RunName {
  readonly folder: string;
  readonly command: Command;
  readonly state: RunState;
}

/** @throws UserError CAN412 for runs of different commands, CAN409 when one is no run. */
export async function compareRuns(a: string, b: string, options: CompareOptions): Promise<Comparison> {
  const [jobA, jobB] = [await requireJob(a), await requireJob(b)];
  if (jobA.command !== jobB.command) {
    throw new UserError(
      `${a} is a run of ${jobA.command}, ${b} one of ${jobB.command}`,
      'Two runs of the same command can be compared.',
      'CAN412',
    );
  }
  const [runA, runB] = [await readRun(a), await readRun(b)];
  const settings = settingsThatDiffer(jobA, jobB);
  const files = compareFiles(new Map(Object.entries(jobA.inputs)), new Map(Object.entries(jobB.inputs)), options.most);
  const spectra = await compareSpectra(a, b, runA.result, runB.result, options.most);
  const results = await compareResults(a, b, runA.result, runB.result, options);
  const agree = (found: FilesDiffer) => Object.values(found.counts).every((count) => count === 0);
  const isSame =
    settings.length === 0 &&
    agree(files) &&
    (spectra === null || agree(spectra)) &&
    results.every((each) => each.isSame);
  const name = ({ job: { command }, state }: typeof runA, folder: string): RunName => ({ folder, command, state });
  return { a: name(runA, a), b: name(runB, b), sigma: options.sigma, settings, files, spectra, results, isSame };
}

/** Where results lie makes no difference to them. */
const irrelevant = new Set(['options.out', 'resolved.path', 'resolved.folder']);

function settingsThatDiffer(a: JobRecord, b: JobRecord): Difference[] {
  const leaves = (job: JobRecord) => {
    const { options, resolved, seed, versions } = job;
    const found = new Map<string, string>();
    collect({ options, resolved, seed, versions }, '', found);
    return found;
  };
  const [inA, inB] = [leaves(a), leaves(b)];
  return [...new Set([...inA.keys(), ...inB.keys()])]
    .filter((where) => inA.get(where) !== inB.get(where) && !irrelevant.has(where))
    .map((where) => ({ where, a: inA.get(where) ?? null, b: inB.get(where) ?? null }));
}

const isPlain = (item: unknown): boolean =>
  typeof item !== 'object' || item === null || (Array.isArray(item) && item.every(isPlain));

/** A condition is its text, whatever the parser made of it; lists of plain values stay whole, an empty one says nothing. */
function collect(value: unknown, where: string, into: Map<string, string>): void {
  if (Array.isArray(value) && value.length === 0) return;
  if (isPlain(value)) {
    into.set(where, JSON.stringify(value));
  } else if (typeof (value as { text?: unknown }).text === 'string' && 'root' in (value as object)) {
    into.set(where, JSON.stringify((value as { text: string }).text));
  } else {
    for (const [name, item] of Object.entries(value as object))
      collect(item, where === '' ? name : `${where}.${name}`, into);
  }
}

function compareFiles(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>, most: number): FilesDiffer {
  const found = { same: 0, changed: [] as string[], onlyA: [] as string[], onlyB: [] as string[] };
  const counts = { changed: 0, onlyA: 0, onlyB: 0 };
  const note = (list: keyof typeof counts, path: string) => {
    if (counts[list]++ < most) found[list].push(path);
  };
  for (const [path, hash] of a) {
    if (!b.has(path)) note('onlyA', path);
    else if (b.get(path) === hash) found.same++;
    else note('changed', path);
  }
  for (const path of b.keys()) if (!a.has(path)) note('onlyB', path);
  return { ...found, counts };
}

/** The spectra that each run read, by their hashes; null where a run did not get so far. */
async function compareSpectra(
  a: string,
  b: string,
  resultA: FinishedEvent | null,
  resultB: FinishedEvent | null,
  most: number,
): Promise<FilesDiffer | null> {
  const read = async (run: string, result: FinishedEvent | null) => {
    const folders =
      result !== null && 'models' in result && result.models ? result.models.map(({ name }) => name) : ['.'];
    const found = new Map<string, string>();
    for (const path of folders.map((name) => join(run, name, 'inputs.csv'))) {
      if (!existsSync(path)) return null;
      const table = await readTable(path);
      const [spectra, hashes] = [texts(table, 'spectrum'), texts(table, 'sha256')];
      spectra.forEach((spectrum, row) => found.set(spectrum, hashes[row]!));
    }
    return found;
  };
  const [inA, inB] = [await read(a, resultA), await read(b, resultB)];
  return inA === null || inB === null ? null : compareFiles(inA, inB, most);
}

async function compareResults(
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
  const hash = async (path: string) => {
    const sum = createHash('sha256');
    for await (const piece of createReadStream(path)) sum.update(piece as Buffer);
    return sum.digest('hex');
  };
  return (await hash(a)) === (await hash(b));
}

function texts(table: Table, name: string): string[] {
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
