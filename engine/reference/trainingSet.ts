/**
 * From all matched spectra to the stars that train each model: quality cuts, complete labels, `where`.
 * Every step counts the stars that it keeps, so that the user sees where they went.
 */
import { resolve } from 'node:path';
import type { Config, ModelSpec } from '../config/config';
import { evaluate, type Expression } from '../config/expression';
import { UserError } from '../problems';
import type { SpectrumIdentity } from '../spectra/spectrum';
import { column, matchReference } from './match';
import { readTable, withoutSentinel, type Cell, type Table } from './table';

export interface ReferenceStar {
  /** Index into the spectra that were offered. */
  readonly spectrumIdx: number;
  /** Row of the reference table; repeats of a star share it. */
  readonly row: number;
  /** In the order of the model's labels. */
  readonly labels: readonly number[];
}

export interface ModelTrainingSet {
  readonly model: ModelSpec;
  readonly stars: readonly ReferenceStar[];
}

export interface FunnelStep {
  readonly step: string;
  readonly stars: number;
}

export interface ReferenceSet {
  readonly models: readonly ModelTrainingSet[];
  readonly funnel: readonly FunnelStep[];
  /** How many matched stars each condition holds for by itself; for a model without one, the stars that it takes. */
  readonly alone: { readonly quality: readonly number[]; readonly models: readonly number[] };
  /** What a person should know: ambiguous keys, rows without a spectrum, stars without a model. Each a sentence. */
  readonly warnings: readonly string[];
}

/**
 * The reference stars among `spectra`, by model.
 * @param load how to read the table; a caller that asks often gives one that remembers.
 * @throws UserError CAN10x when the table cannot serve, CAN108 when no star is left.
 */
export async function selectTrainingSet(
  config: Config,
  spectra: readonly SpectrumIdentity[],
  load: (path: string) => Promise<Table> = readTable,
): Promise<ReferenceSet> {
  if (config.reference === null) {
    throw new UserError(
      'The config has no reference table',
      'Training needs `reference: { file: …, match: … }`.',
      'CAN006',
    );
  }
  const table = await load(resolve(config.folder, config.reference.file));
  const { rowOfSpectrum, unmatchedRows, ambiguousKeys } = matchReference(config.reference.match, table, spectra);
  const labelValues = new Map(config.labels.map((label) => [label.name, numbers(table, label.column)]));
  const lookup = (spectrumIdx: number) =>
    valueLookup(table, labelValues, rowOfSpectrum[spectrumIdx]!, spectra[spectrumIdx]!);

  const matched = [...spectra.keys()].filter((n) => rowOfSpectrum[n]! >= 0);
  const holdsFor = (condition: Expression) => matched.filter((n) => evaluate(condition, lookup(n))).length;
  let kept = matched;
  const funnel: FunnelStep[] = [
    { step: 'spectra', stars: spectra.length },
    { step: 'in the reference table', stars: kept.length },
  ];
  for (const cut of config.quality) {
    kept = kept.filter((n) => evaluate(cut, lookup(n)));
    funnel.push({ step: cut.text, stars: kept.length });
  }

  const models: ModelTrainingSet[] = [];
  const aloneInModels: number[] = [];
  const taken = new Set<number>();
  for (const model of config.models) {
    const chosen = kept.filter((n) =>
      belongs(model.where, taken.has(n), () => evaluate(model.where as Expression, lookup(n))),
    );
    chosen.forEach((n) => taken.add(n));
    const columns = model.labels.map((name) => labelValues.get(name)!);
    const stars = chosen
      .map((n) => ({
        spectrumIdx: n,
        row: rowOfSpectrum[n]!,
        labels: columns.map((values) => values[rowOfSpectrum[n]!]!),
      }))
      .filter((star) => star.labels.every(Number.isFinite));
    funnel.push({ step: `${model.name}, with all labels`, stars: stars.length });
    models.push({ model, stars });
    const isCondition = model.where !== null && model.where !== 'otherwise';
    aloneInModels.push(isCondition ? holdsFor(model.where) : chosen.length);
  }
  const alone = { quality: config.quality.map(holdsFor), models: aloneInModels };
  const warnings = warningsOf(kept.length - taken.size, unmatchedRows.length, ambiguousKeys, table);
  return { models, funnel, alone, warnings };
}

/** A star goes to exactly one model: the first whose `where` holds. */
function belongs(where: ModelSpec['where'], isTaken: boolean, holds: () => unknown): boolean {
  if (isTaken) return false;
  return where === null || where === 'otherwise' || holds() === true;
}

/** The column as numbers, NaN where it is empty. @throws UserError CAN107 where it holds words. */
function numbers(table: Table, name: string): Float64Array {
  const { values } = column(table, name);
  const wordRow = values.findIndex(
    (value) => value !== null && typeof value !== 'number' && !Number.isFinite(Number(value)),
  );
  if (wordRow >= 0) {
    throw new UserError(
      `Column "${name}" of ${table.path} holds "${String(values[wordRow])}" in row ${wordRow + 1}, which is not a number`,
      'A label needs a column of numbers; leave a field empty where there is none.',
      'CAN107',
    );
  }
  return Float64Array.from(values, (value) => (value === null ? NaN : Number(value)));
}

/** Names in expressions: a label, else a column of the table; `spectrum.CARD` is a card of the spectrum's header. */
function valueLookup(table: Table, labels: ReadonlyMap<string, Float64Array>, row: number, spectrum: SpectrumIdentity) {
  return (name: string): number | boolean | null => {
    if (name.startsWith('spectrum.')) return asNumber(spectrum.cards[name.slice('spectrum.'.length)] ?? null);
    const label = labels.get(name);
    return label !== undefined ? label[row]! : asNumber(column(table, name).values[row] ?? null);
  };
}

/** Text that is not a number is unknown to an expression; so is the −9999 of survey headers. */
function asNumber(value: Cell | bigint): number | boolean | null {
  return value === null || typeof value === 'boolean' ? value : withoutSentinel(Number(value));
}

function warningsOf(
  withoutModel: number,
  unmatchedRows: number,
  ambiguousKeys: readonly string[],
  table: Table,
): string[] {
  const warnings: string[] = [];
  if (ambiguousKeys.length > 0) {
    const names = ambiguousKeys.slice(0, 3).join(', ');
    warnings.push(
      `${ambiguousKeys.length} ids stand in several rows of ${table.path} (${names}, …): their spectra are left out`,
    );
  }
  if (unmatchedRows > 0) warnings.push(`${unmatchedRows} of ${table.nRows} rows of ${table.path} have no spectrum`);
  if (withoutModel > 0) warnings.push(`${withoutModel} reference stars belong to no model`);
  return warnings;
}
