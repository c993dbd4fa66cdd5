/**
 * `labels.csv`: what a high-resolution survey such as GALAH would say about the reference stars. Labels with errors and, for each
 * element, the χ² of its fit; a flag where the survey itself has doubts; nothing where a line was too weak. The stated errors know
 * of the noise alone: a star whose high-resolution spectrum was fitted badly has worse labels than they say, which its χ² shows.
 * A few labels are bad without any sign.
 */
import { alphaOf, relativeToIron, slowProcessOf, SOLAR_LITHIUM, type Element } from './elements';
import { Random } from './random';
import type { Source } from './sources';

/** Name in the tables, the true value, the error at a signal to noise of 50, and how often it is missing. */
interface Quantity {
  readonly name: string;
  readonly of: (star: Source) => number;
  readonly error: number;
  readonly missing: number;
  readonly digits: number;
}

/** [X/Fe] in the catalog: error in dex, share without a value, and whether weak lines vanish in poor stars. */
const abundances: Readonly<Partial<Record<Element, readonly [error: number, missing: number]>>> = {
  ...{ O: [0.09, 0.02], Na: [0.06, 0.02], Mg: [0.06, 0.01], Al: [0.06, 0.02], Si: [0.05, 0.01], K: [0.11, 0.06] },
  ...{ Ca: [0.06, 0.01], Sc: [0.05, 0.01], Ti: [0.05, 0.01], V: [0.1, 0.08], Cr: [0.06, 0.01], Mn: [0.07, 0.01] },
  ...{ Co: [0.12, 0.15], Ni: [0.07, 0.02], Cu: [0.07, 0.04], Zn: [0.09, 0.03], Y: [0.09, 0.03], Ba: [0.08, 0.01] },
  ...{ La: [0.12, 0.25], Eu: [0.09, 0.04] },
};

const abundanceList = Object.entries(abundances).map(([name, [error, missing]]): Quantity & { element: Element } => {
  const element = name as Element;
  const of = (star: Source) => relativeToIron(star.composition, element);
  return { element, name: `${name.toLowerCase()}_fe`, of, error, missing, digits: 3 };
});

const parameters: readonly Quantity[] = [
  { name: 'teff', of: (star) => star.teff, error: 45, missing: 0, digits: 1 },
  { name: 'logg', of: (star) => star.logg, error: 0.1, missing: 0, digits: 3 },
  { name: 'vmic', of: (star) => star.vmic, error: 0.07, missing: 0, digits: 3 },
  { name: 'feh', of: (star) => star.composition.Fe, error: 0.045, missing: 0, digits: 3 },
];

/** Every true label: names of columns, and a star's values as text. */
export const trueLabels: readonly { readonly name: string; readonly of: (star: Source) => string }[] = [
  ...[...parameters, ...abundanceList].map(({ name, of, digits }) => ({
    name,
    of: (star: Source) => of(star).toFixed(digits),
  })),
  { name: 'alpha_fe', of: ({ composition }) => alphaOf(composition).toFixed(3) },
  { name: 's_fe', of: ({ composition }) => slowProcessOf(composition).toFixed(3) },
  { name: 'c_fe', of: ({ composition }) => relativeToIron(composition, 'C').toFixed(3) },
  { name: 'n_fe', of: ({ composition }) => relativeToIron(composition, 'N').toFixed(3) },
  { name: 'a_li', of: ({ composition }) => (composition.Li + SOLAR_LITHIUM).toFixed(3) },
];

const withErrors = ({ name }: Quantity) => [name, `e_${name}`];

export const referenceColumns: readonly string[] = [
  ...['sobject_id', 'snr_c1', 'chi2_cannon', 'flag_cannon'],
  ...parameters.flatMap(withErrors),
  ...abundanceList.flatMap((quantity) => [...withErrors(quantity), `chi2_${quantity.element.toLowerCase()}`]),
];

/** How well the star's high-resolution spectrum was fitted: 1 is usual; beyond the limit labels suffer. */
const SOUND_FIT = 1.25;

/** Cells in the order of `referenceColumns`, for the star of spectrum `n`. */
export function referenceCells(star: Source, n: number, seed: number): string[] {
  const random = new Random(seed, 'reference', n);
  const snr = 10 ** Math.min(2.4, Math.max(1.2, random.normal(1.9, 0.22)));
  const noise = Math.sqrt((1 + (50 / snr) ** 2) / 2);
  const misfit = Math.exp(random.normal(0, 0.3));
  const isBad = random.uniform() < 0.05;
  const isFlagged = random.uniform() < (isBad ? 0.8 : 0.05);
  const worse = isBad ? random.uniform(4, 9) : Math.max(1, 1 + 6 * (misfit - SOUND_FIT));
  const wholeChi2 = 1.1 * misfit ** 2 * Math.exp(random.normal(0, 0.15)) * (isBad ? random.uniform(1, 4) : 1);

  const measured = ({ of, error, digits }: Quantity, factor: number): string[] => {
    const stated = error * noise * Math.exp(random.normal(0, 0.15));
    return [random.normal(of(star), error * noise * factor).toFixed(digits), stated.toFixed(digits)];
  };
  const cells = parameters.flatMap((quantity) => {
    const values = measured(quantity, worse);
    return random.uniform() < quantity.missing ? ['', ''] : values;
  });
  for (const quantity of abundanceList) {
    // Now and then one element's lines are blended, cut by a cosmic ray or a spectrograph's edge.
    const isBlended = random.uniform() < 0.02;
    const bump = isBlended ? random.uniform(2, 5) : 1;
    const values = measured(quantity, worse * (isBlended ? random.uniform(3, 5) : 1));
    // Peaks below 1, as in the paper.
    const chi2 = 0.45 * misfit ** 2 * Math.exp(random.normal(0, 0.12)) * bump * (isBad ? 1.5 : 1);
    const weak = quantity.missing * (star.composition.Fe < -0.7 ? 3 : 1);
    cells.push(...(random.uniform() < weak ? ['', '', ''] : [...values, chi2.toFixed(3)]));
  }
  const flag = isFlagged ? random.pick(['1', '2', '4', '8']) : '0';
  return [`${170_000_000_000_000 + n}`, snr.toFixed(1), wholeChi2.toFixed(3), flag, ...cells];
}
