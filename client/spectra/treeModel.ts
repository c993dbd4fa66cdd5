/**
 * What the tree of spectra shows: surveys, in each its plates (folders), in each its stars, never more than `pageSize`
 * at a time. Nodes are asked for one level at a time, so that a hundred thousand stars cost what is unfolded of them.
 * Pure but for the questions to the server.
 */
import { basename, dirname } from 'node:path';
import type { StarFilter, StarSort } from '../../engine/index';
import type { PlatesAnswer, PlatesParams, StarEntry, StarsAnswer, StarsParams } from '../../server/protocol';

export const pageSize = 500;

/** `id` is unique in the tree and stays when the tree is asked again. */
export type SpectraNode = { readonly id: string; readonly config: string } & (
  | { readonly kind: 'survey'; readonly label: string }
  /** Neighbouring plates of a survey with very many. */
  | {
      readonly kind: 'plates';
      readonly label: string;
      readonly nMatching: number;
      readonly plates: readonly PlateNode[];
    }
  | PlateFacts
  /** Stars of a plate from the one numbered `from`. */
  | { readonly kind: 'page'; readonly plate: string; readonly from: number; readonly count: number }
  | { readonly kind: 'star'; readonly path: string; readonly entry: StarEntry }
  /** Why there is nothing. */
  | { readonly kind: 'note'; readonly label: string; readonly remedy: Remedy }
);

/** What a click on a note does: shows the description of the survey, or ends the filter. */
export type Remedy = 'openConfig' | 'showAll';

interface PlateFacts {
  readonly kind: 'plate';
  readonly plate: string;
  readonly label: string;
  readonly nStars: number;
  readonly nMatching: number;
}
export type PlateNode = { readonly id: string; readonly config: string } & PlateFacts;

/** The two questions; both may fail with what is wrong with the survey or the filter. */
export interface StarSource {
  plates(params: PlatesParams): Promise<PlatesAnswer>;
  stars(params: StarsParams): Promise<StarsAnswer>;
}

/** Which stars are shown, and in which order within their plate. */
export interface SpectraChoice {
  readonly filter: StarFilter;
  readonly sort: StarSort;
}

export const everything: SpectraChoice = { filter: { text: '', where: '' }, sort: { by: 'path', descending: false } };

export function isFiltered({ filter }: SpectraChoice): boolean {
  return filter.text.trim() !== '' || filter.where.trim() !== '';
}

/** `snr > 50 · “G2”, by snr, falling`; "" for everything in the usual order. */
export function choiceInWords({ filter, sort }: SpectraChoice): string {
  const parts = [filter.where.trim(), filter.text.trim() === '' ? '' : `“${filter.text.trim()}”`];
  const order =
    sort.by === 'path' && !sort.descending ? '' : `by ${sort.by}, ${sort.descending ? 'falling' : 'rising'}`;
  return [parts.filter(Boolean).join(' · '), order].filter(Boolean).join(', ');
}

export class SpectraTree {
  choice = everything;

  /** @param onAnswer told of each survey's state, as its plates are asked for */
  constructor(
    private readonly source: StarSource,
    private readonly onAnswer: (config: string, answer: PlatesAnswer) => void,
  ) {}

  surveys(configs: readonly string[]): SpectraNode[] {
    return configs.map((config) => ({ kind: 'survey', id: config, config, label: basename(dirname(config)) }));
  }

  /** One level below `node`. A failure that the user can mend is a note in the place of the stars. */
  async below(node: SpectraNode): Promise<SpectraNode[]> {
    try {
      if (node.kind === 'survey') return await this.belowSurvey(node.config);
      if (node.kind === 'plates') return [...node.plates];
      if (node.kind === 'plate') return await this.belowPlate(node);
      if (node.kind === 'page') return await this.stars(node.config, node.plate, node.from, node.count);
      return [];
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      return [noteOf(node.config, text.replace(/\.?$/, '.'))];
    }
  }

  private async belowSurvey(config: string): Promise<SpectraNode[]> {
    const { filter } = this.choice;
    const answer = await this.source.plates({ config, filter });
    this.onAnswer(config, answer);
    if (answer.nMatching === 0) {
      return [
        answer.state.nSpectra === 0
          ? noteOf(config, 'No file matches `spectra` of cannon.yaml: open it.')
          : noteOf(config, 'No star passes the filter: show all.', 'showAll'),
      ];
    }
    // A handful of stars is a list; nobody wants to look for it in two hundred plates.
    if (isFiltered(this.choice) && answer.nMatching <= pageSize) return this.stars(config, null, 0, pageSize);
    const plates = platesOf(config, answer);
    if (plates.length <= pageSize) return plates;
    return inPages(plates.length).map(({ from, count }): SpectraNode => {
      const some = plates.slice(from, from + count);
      const label = `${some[0]!.label} … ${some.at(-1)!.label}`;
      const nMatching = some.reduce((sum, plate) => sum + plate.nMatching, 0);
      return { kind: 'plates', id: `${config}|plates ${from}`, config, label, nMatching, plates: some };
    });
  }

  private async belowPlate({ id, config, plate, nMatching }: PlateNode): Promise<SpectraNode[]> {
    if (nMatching <= pageSize) return this.stars(config, plate, 0, pageSize);
    return inPages(nMatching).map(({ from, count }) => ({
      kind: 'page',
      id: `${id}|${from}`,
      config,
      plate,
      from,
      count,
    }));
  }

  private async stars(config: string, plate: string | null, from: number, count: number): Promise<SpectraNode[]> {
    const { stars } = await this.source.stars({ config, ...this.choice, plate, from, count });
    return stars.map((entry) => ({ kind: 'star', id: `${config}|${entry.path}`, config, path: entry.path, entry }));
  }
}

function platesOf(config: string, { plates }: PlatesAnswer): PlateNode[] {
  const above = folderAbove(plates.map(({ name }) => name));
  return plates
    .filter(({ nMatching }) => nMatching > 0)
    .map(({ name, nStars, nMatching }) => ({
      kind: 'plate',
      id: `${config}|plate ${name}`,
      config,
      plate: name,
      label: name.slice(above.length) || name || '.',
      nStars,
      nMatching,
    }));
}

/** The part of the paths, up to a "/", that is the same in all and says nothing. */
function folderAbove(names: readonly string[]): string {
  const [first = ''] = names;
  let above = first.slice(0, first.lastIndexOf('/') + 1);
  while (!names.every((name) => name.startsWith(above)))
    above = above.slice(0, above.lastIndexOf('/', above.length - 2) + 1);
  return above;
}

function inPages(n: number): { from: number; count: number }[] {
  return Array.from({ length: Math.ceil(n / pageSize) }, (_, page) => ({
    from: page * pageSize,
    count: Math.min(pageSize, n - page * pageSize),
  }));
}

function noteOf(config: string, label: string, remedy: Remedy = 'openConfig'): SpectraNode {
  return { kind: 'note', id: `${config}|note`, config, label, remedy };
}
