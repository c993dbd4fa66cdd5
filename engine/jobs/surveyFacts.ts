/**
 * What a check found out about a survey, as numbers: for hovers, hints and lenses. They are about the text that was checked;
 * whoever shows them beside a later text compares that of each condition first.
 */
import type { Config, ModelSpec } from '../config/config';
import type { Table } from '../reference/table';
import type { FunnelStep } from '../reference/funnel';
import type { ReferenceSet } from '../reference/trainingSet';
import type { SpectrumIdentity } from '../spectra/spectrum';
import type { ModelCoverage } from './coverage';
import type { CheckedSpectrum } from './readiness';

/** What was found; null where it could not be found out. */
export interface SurveyFacts {
  readonly nSpectra: number;
  readonly nReadable: number;
  readonly table: Table | null;
  /** Readable spectra that match a row of the table. */
  readonly nMatched: number | null;
  /** Stars left after each cut, and in each model. */
  readonly funnel: readonly FunnelStep[] | null;
  readonly selection: SelectionFacts | null;
  /** The spectra that can be read, and what the selection among them made of each. */
  readonly selected: SelectedSpectra | null;
  /** How well the training stars of each model cover its labels. */
  readonly coverage: readonly ModelCoverage[] | null;
  /** The header cards that spectra have, each with the value that the first of them has. */
  readonly cards: ReadonlyMap<string, string>;
}

export interface SelectedSpectra {
  readonly config: Config;
  readonly spectra: readonly SpectrumIdentity[];
  readonly set: ReferenceSet;
}

/** How many stars a condition leaves where it stands, and of all matched stars by itself. */
export interface ConditionFacts {
  /** The condition, or a model's name and labels: facts are about this text alone. */
  readonly text: string;
  readonly stars: number;
  readonly alone: number;
}

/** In the order of the file. */
export interface SelectionFacts {
  readonly quality: readonly ConditionFacts[];
  readonly models: readonly (ConditionFacts & { readonly name: string })[];
}

/** Of a description that cannot be used. */
export const nothingKnown: SurveyFacts = {
  ...{ nSpectra: 0, nReadable: 0, table: null, nMatched: null, funnel: null, selection: null },
  selected: null,
  coverage: null,
  cards: new Map(),
};

export function selectionFacts({ quality }: Config, { models, funnel, alone }: ReferenceSet): SelectionFacts {
  return {
    quality: quality.map(({ text }, i) => ({
      text,
      stars: funnel.find(({ key }) => key === `quality/${i}`)!.stars,
      alone: alone.quality[i]!,
    })),
    models: models.map(({ model, stars }, i) => ({
      name: model.name,
      text: modelText(model),
      stars: stars.length,
      alone: alone.models[i]!,
    })),
  };
}

/** What decides which stars a model takes. */
export function modelText({ name, where, labels }: ModelSpec): string {
  const condition = where === null || where === 'otherwise' ? String(where) : where.text;
  return JSON.stringify([name, condition, labels]);
}

/** The cards of all primary headers. */
export function cardsOf(spectra: readonly CheckedSpectrum[]): Map<string, string> {
  const cards = new Map<string, string>();
  for (const spectrum of spectra) {
    for (const card in spectrum.cards) if (!cards.has(card)) cards.set(card, String(spectrum.cards[card] ?? ''));
  }
  return cards;
}
