/**
 * What differs between two runs of one command: settings (config, options, seed, versions), inputs, and results down to the
 * star (`compareResults.ts`).
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readTable } from '../reference/table';
import { UserError } from '../problems';
import { type CompareOptions, compareResults, type ResultDiffers, texts } from './compareResults';
import type { Command, FinishedEvent } from './events';
import { type JobRecord, requireJob } from './jobRecord';
import { readRun, type RunState } from './readRun';

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
