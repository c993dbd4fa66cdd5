/**
 * Observations of one star, put together: its averaged labels, and how well its observations agree.
 *
 * The average is weighted by S/N, x̄ = Σ wᵢxᵢ / Σ wᵢ with wᵢ the S/N of observation i in one band (Wheeler et al. 2020, §5: the
 * z band); for independent observations its error is √(Σ wᵢ²σᵢ²) / Σ wᵢ. Two observations of a star differ by their errors
 * alone: the pull (xᵢ − xⱼ) / √(σᵢ² + σⱼ²) of pairs has a width of 1 where the errors are right, whatever the model's bias is.
 *
 * The table of observations comes in pieces and is gone through twice: once for which are of one star, once to sort them by star. Four
 * bytes an observation stay in memory; the rest is in files while it is too much (`sortedRecords.ts`).
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RepeatsSpec } from '../config/config';
import { starOf, type StarOfSpectrum } from '../reference/starGroups';
import type { SpectrumIdentity } from '../spectra/spectrum';
import type { CatalogColumn } from './catalog';
import { ManyNumbers } from './manyNumbers';
import { RepeatGroups } from './repeatGroups';
import { rowsByKey, SortedRecords } from './sortedRecords';
import {
  type AveragedStar,
  averageOf,
  layoutOf,
  ObservationPacker,
  type ObservationRow,
  tableOf,
  type Layout,
} from './averagedStar';

/** What of an observation says which star it is of, and what it weighs. Plain data: it is kept in checkpoints. */
export interface Observation extends StarOfSpectrum {
  /** NaN where there is none. */
  readonly snr: number;
}

/** How well the observations of the same stars agree in a label; numbers are in its unit. */
export interface RepeatAgreement {
  readonly label: string;
  readonly unit: string;
  readonly pairs: number;
  /** Median of the pulls, and half their 16-84 % width: 0 and 1 where errors are right. */
  readonly medianPull: number;
  readonly pullWidth: number;
  /** Half the 16-84 % width of the differences over √2: the error of one observation as the repeats have it. */
  readonly scatter: number;
  /** The median formal error of those observations. */
  readonly medianError: number;
}

export interface RepeatsSummary {
  readonly stars: number;
  /** Stars with more than one observation that has labels, and how many observations those are. */
  readonly repeated: number;
  readonly observations: number;
  readonly labels: readonly RepeatAgreement[];
}

/** A row of the table as an observation of a star; of none that is known, where the file could not be read. */
export function observationOf(identity: SpectrumIdentity | null, spec: RepeatsSpec): Observation {
  if (identity === null) return { keys: [], raDeg: null, decDeg: null, snr: NaN };
  const snr = identity.snr[spec.weight] ?? identity.snr.all ?? NaN;
  return { ...starOf(identity, spec), snr: snr > 0 ? snr : NaN };
}

/** Some rows of the table of observations, and which star each is of. */
export interface ObservationPiece {
  readonly labels: readonly CatalogColumn[];
  readonly observations: readonly Observation[];
}

export interface AveragingOptions extends Pick<RepeatsSpec, 'radiusArcsec'> {
  /** From how many errors on two observations of a star disagree. */
  readonly disagreement: number;
  /** For files where memory does not do; made, and emptied, here. */
  readonly folder: string;
  /** Lets others in: awaited now and then. */
  readonly turn: () => Promise<void>;
}

export interface AveragedRepeats {
  /** One row a star, in the order of their first observations, in pieces; anew each time it is called. */
  readonly table: () => AsyncIterable<CatalogColumn[]>;
  readonly summary: RepeatsSummary;
  /** Remove the files. */
  readonly close: () => void;
}

const starsPerPiece = 1000;

/** @param pieces gives the table in order, anew each time; every column with an `e_` beside it is averaged. */
export async function averageRepeats(
  pieces: () => AsyncIterable<ObservationPiece> | Iterable<ObservationPiece>,
  { radiusArcsec, disagreement, folder, turn }: AveragingOptions,
): Promise<AveragedRepeats> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const groups = await groupsOf(pieces(), folder, radiusArcsec, turn);
  const rows = new SortedRecords(join(folder, 'rows'));
  let [n, layout, packer]: [number, Layout | null, ObservationPacker | null] = [0, null, null];
  for await (const { labels, observations } of pieces()) {
    const piece = layoutOf(labels);
    layout ??= piece;
    packer ??= new ObservationPacker(layout);
    for (const [row, { snr }] of observations.entries()) rows.add(groups[n]!, n++, packer.pack(piece, row, snr));
  }
  if (layout === null || packer === null) throw new Error('There is no piece of the table');
  const [known, byPacker] = [layout, packer];
  const stars = () => rowsByKey(rows, (payload) => byPacker.unpack(payload), turn);
  return {
    table: async function* () {
      let some: AveragedStar[] = [];
      for await (const { members } of stars()) {
        some.push(averageOf(known, members, disagreement));
        if (some.length < starsPerPiece) continue;
        yield tableOf(known, some);
        some = [];
      }
      if (some.length > 0) yield tableOf(known, some);
    },
    summary: await summaryOf(known, stars(), folder),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function groupsOf(
  pieces: AsyncIterable<ObservationPiece> | Iterable<ObservationPiece>,
  folder: string,
  radiusArcsec: number,
  turn: () => Promise<void>,
): Promise<Int32Array> {
  const groups = new RepeatGroups(folder);
  for await (const { observations } of pieces) for (const observation of observations) groups.add(observation);
  const found = await groups.finish(radiusArcsec, turn);
  groups.close();
  return found;
}

async function summaryOf(
  layout: Layout,
  groups: AsyncIterable<{ readonly members: readonly ObservationRow[] }>,
  folder: string,
): Promise<RepeatsSummary> {
  const agreements = layout.labels.map(({ column }, k) => new Agreement(column, join(folder, `label-${k}`)));
  let [stars, repeated, observations] = [0, 0, 0];
  for await (const { members } of groups) {
    agreements.forEach((agreement, k) =>
      agreement.addStar(members.map(({ values, errors }) => [values[k]!, errors[k]!])),
    );
    stars++;
    if (members.length > 1) [repeated, observations] = [repeated + 1, observations + members.length];
  }
  const labels = agreements.map((agreement) => agreement.finish()).filter(({ pairs }) => pairs > 0);
  return { stars, repeated, observations, labels };
}

/** Each observation against the next of the same star: a star that was seen often has no more say than its observations. */
class Agreement {
  readonly #pulls: ManyNumbers;
  readonly #differences: ManyNumbers;
  readonly #errors: ManyNumbers;

  constructor(
    private readonly column: CatalogColumn,
    path: string,
  ) {
    this.#pulls = new ManyNumbers(`${path}-pulls.part`);
    this.#differences = new ManyNumbers(`${path}-differences.part`);
    this.#errors = new ManyNumbers(`${path}-errors.part`);
  }

  /** All observations of a star. */
  addStar(observations: readonly (readonly [value: number, error: number])[]): void {
    const known = observations.filter(
      ([value, error]) => Number.isFinite(value) && error > 0 && Number.isFinite(error),
    );
    if (known.length < 2) return;
    known.forEach(([value, error], n) => {
      this.#errors.add(error);
      if (n === 0) return;
      const [before, errorBefore] = known[n - 1]!;
      this.#differences.add(value - before);
      this.#pulls.add((value - before) / Math.hypot(error, errorBefore));
    });
  }

  finish(): RepeatAgreement {
    const [low, middle, high] = this.#pulls.quantiles([0.16, 0.5, 0.84]);
    const [lowest, highest] = this.#differences.quantiles([0.16, 0.84]);
    return {
      label: this.column.name,
      unit: this.column.unit,
      pairs: this.#pulls.count,
      medianPull: middle!,
      pullWidth: (high! - low!) / 2,
      scatter: (highest! - lowest!) / 2 / Math.SQRT2,
      medianError: this.#errors.quantiles([0.5])[0]!,
    };
  }
}
