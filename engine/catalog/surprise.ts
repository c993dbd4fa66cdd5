/**
 * How surprising a star is: −log10 of the chance that each of its measurements would look as it does on a star like those that the
 * model was tested on, added up over what is measured.
 *
 * For each kind k (lines of elements, emission, a second star, a velocity, a bad stretch, χ²) with the chance p_k and n_k places that
 * were looked at, a star has Σ_k log10(1 + 1 / (n_k p_k)): nothing to speak of where all is as expected, and for what is rare the
 * −log10 of its chance, so that 3 more are a thousand times rarer. It rises with each measurement and never falls.
 * Chances are those of normal deviates. Model errors make deviates wider: `calibrate` measures by how much, as the factor by
 * which a high percentile of the model's own held-out stars stands above that of normal deviates. A percentile, as a few
 * of those stars are odd themselves; never below 1, so that nothing becomes more surprising than its own error says. χ² a pixel
 * has no distribution of its own, and a say only where held-out stars tell what is usual. Pure.
 */

/** A column's value in the star's row, NaN where there is none. */
export type NumberOf = (column: string) => number;

/** Factors by which deviates of held-out stars are wider than normal ones, by column; and ln(χ² / n): its middle and width. */
export interface SurpriseCalibration {
  readonly factors: ReadonlyMap<string, number>;
  readonly chi2: { readonly middle: number; readonly width: number } | null;
}

interface Kind {
  /** Deviate: about normal for stars without oddities; only large values are surprising. */
  readonly deviate: (number: NumberOf) => number;
  /** Of how many independent looks it is the largest; two-sided deviates count twice. */
  readonly looks: number;
}

const kinds: Readonly<Record<string, Kind>> = {
  emission: { deviate: (number) => number('emission'), looks: 11 },
  binary_delta_chi2: { deviate: (number) => Math.sqrt(Math.max(0, number('binary_delta_chi2'))), looks: 14 },
  rv_residual: { deviate: (number) => Math.sqrt(number('rv_delta_chi2')), looks: 2 },
  bad_stretch: { deviate: (number) => number('bad_stretch') / 2, looks: 100 },
};

/** @param columns the names of those that there are: each `pull_…` has a say. NaN where a star has none of the measurements. */
export function surpriseOf(
  number: NumberOf,
  columns: Iterable<string>,
  calibration: SurpriseCalibration | null = null,
): number {
  let [sum, isKnown] = [0, false];
  const add = (deviate: number, looks: number) => {
    if (Number.isNaN(deviate)) return;
    isKnown = true;
    sum += rarity(deviate, looks);
  };
  const factor = (name: string) => calibration?.factors.get(name) ?? 1;
  for (const [name, { deviate, looks }] of Object.entries(kinds)) add(deviate(number) / factor(name), looks);
  const pulls = [...columns].filter((name) => name.startsWith('pull_'));
  let most = NaN;
  for (const name of pulls) {
    const pull = Math.abs(number(name)) / factor(name);
    if (!Number.isNaN(pull) && !(pull <= most)) most = pull;
  }
  add(most, 2 * pulls.length);
  const usual = calibration?.chi2;
  if (usual) add((Math.log(number('chi2') / number('n_pixels')) - usual.middle) / usual.width, 1);
  return isKnown ? sum : NaN;
}

/** By the columns of a table of held-out stars; null where it has none of the measurements. */
export function calibrationOf(columns: ReadonlyMap<string, Float64Array>): SurpriseCalibration | null {
  const pulls = [...columns.keys()].filter((name) => name.startsWith('pull_'));
  return pulls.length === 0 ? null : calibrate((name) => columns.get(name) ?? null, pulls);
}

/** Of the held-out stars this part is taken to be without oddities. */
const part = 0.98;
/** Fewer stars have no such percentile. */
const leastStars = 100;

/** @param column all values of a column over the held-out stars; null where there is none. */
export function calibrate(
  column: (name: string) => Float64Array | null,
  pullColumns: Iterable<string>,
): SurpriseCalibration {
  const factors = new Map<string, number>();
  const put = (name: string, values: Float64Array | null, looks: number) => {
    const found = values && percentile(values, part);
    if (found) factors.set(name, Math.max(1, found / deviateOf((1 - part) / looks)));
  };
  for (const [name, { deviate, looks }] of Object.entries(kinds)) {
    const all = new Map<string, Float64Array | null>();
    const values = (column_: string) => {
      if (!all.has(column_)) all.set(column_, column(column_));
      return all.get(column_) ?? null;
    };
    const length = (values(name) ?? new Float64Array()).length;
    put(
      name,
      Float64Array.from({ length }, (_, n) => deviate((own) => values(own)?.[n] ?? NaN)),
      looks,
    );
  }
  for (const name of pullColumns) put(name, column(name)?.map(Math.abs) ?? null, 2);
  const [chi2, nPixels] = [column('chi2'), column('n_pixels')];
  const logs = chi2 && nPixels ? chi2.map((x, n) => Math.log(x / nPixels[n]!)) : null;
  const [middle, high] = [logs && percentile(logs, 0.5), logs && percentile(logs, part)];
  const width = middle !== null && high !== null ? (high - middle) / deviateOf(1 - part) : 0;
  return { factors, chi2: middle !== null && width > 0 ? { middle, width } : null };
}

function percentile(values: Float64Array, at: number): number | null {
  const known = values.filter(Number.isFinite).sort();
  return known.length < leastStars ? null : known[Math.floor(at * (known.length - 1))]!;
}

/** log10(1 + 1 / (looks · Q(deviate))), Q the upper tail of the normal distribution. */
function rarity(deviate: number, looks: number): number {
  const logChance = log10Tail(deviate) + Math.log10(looks);
  return logChance < -15 ? -logChance : Math.log10(1 + 10 ** -logChance);
}

/** log10 Q(x). The continued fraction of Mills' ratio from 1 on, elsewhere Abramowitz & Stegun 7.1.26. */
function log10Tail(x: number): number {
  if (x === Infinity) return -Infinity;
  if (x < 1) {
    const z = Math.abs(x) / Math.SQRT2;
    const t = 1 / (1 + 0.3275911 * z);
    const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
    const tail = (series * Math.exp(-z * z)) / 2;
    return Math.log10(x >= 0 ? tail : 1 - tail);
  }
  let fraction = 0;
  for (let k = 80; k > 0; k--) fraction = k / (x + fraction);
  return (-0.5 * x * x - Math.log(x + fraction) - 0.5 * Math.log(2 * Math.PI)) / Math.LN10;
}

/** x with Q(x) = chance, by bisection. */
function deviateOf(chance: number): number {
  let [low, high] = [-10, 40];
  for (let k = 0; k < 60; k++) {
    const middle = (low + high) / 2;
    if (log10Tail(middle) > Math.log10(chance)) low = middle;
    else high = middle;
  }
  return low;
}
