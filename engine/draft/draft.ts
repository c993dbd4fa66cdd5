/**
 * What a first cannon.yaml will say, decided from what a folder holds: pure, so that each decision can be tested. Whatever was
 * uncertain becomes a note, a sentence that stands in the file beside the line and in the message.
 */
import { basename } from 'node:path';
import { minimumStars } from '../cannon/training';
import type { Match } from '../config/config';
import { asYaml } from '../config/yamlTree';
import { writtenName } from '../config/expression';
import { type FoundLabel, furtherLabels, numbersOf, snrCard, snrColumn } from './columns';
import type { FoundSpectra } from './kinds';
import type { FoundTable, FoundTables } from './reference';
import type { SpectraFacts } from './spectra';

export interface Seen {
  readonly kinds: FoundSpectra;
  readonly spectra: SpectraFacts;
  readonly tables: FoundTables;
  /** Whether all files of the folder were listed. */
  readonly isWhole: boolean;
}

/** What belongs to a key of cannon.yaml; lines of `notes` stand above it as comments. */
export interface DraftPart {
  readonly key: 'spectra' | 'reference' | 'grid' | 'continuum' | 'labels' | 'quality' | 'training' | 'crossValidation';
  readonly lines: readonly string[];
  /** What was uncertain. */
  readonly notes: readonly string[];
}

export interface Draft {
  readonly parts: readonly DraftPart[];
  /** The match in words, or null without a reference table. */
  readonly reference: { readonly file: string; readonly match: string; readonly matched: number } | null;
  readonly labels: readonly string[];
  readonly notes: readonly string[];
}

export function draftOf(seen: Seen): Draft {
  const found = chosenTable(seen);
  const cut = found === null ? null : cutOf(seen, found);
  const plan = planOf(seen, found, cut);
  const labels = plan.labels;
  const parts = [
    spectraPart(seen),
    referencePart(seen, plan.isTrainable ? found : null, found),
    gridPart(seen),
    continuumPart(seen),
    labelsPart(seen, plan, found),
    ...(plan.isTrainable && found !== null ? [qualityPart(plan.cut, found)] : []),
    ...(plan.terms === 'linear' && plan.isTrainable ? [linearPart(plan.nStars)] : []),
    ...(plan.nStars < fewStars && plan.isTrainable ? [leaveOneOutPart] : []),
  ];
  return {
    parts,
    reference:
      plan.isTrainable && found !== null
        ? { file: found.path, match: matchText(found.match.match), matched: found.match.nMatched }
        : null,
    labels: labels.map(({ name }) => name),
    notes: parts.flatMap(({ notes }) => notes),
  };
}

type Chosen = FoundTable & { readonly match: NonNullable<FoundTable['match']> };

/** The likeliest table with labels of stars whose spectra are here. */
function chosenTable({ tables }: Seen): Chosen | null {
  const usable = tables.tables.filter((one): one is Chosen => one.match !== null && one.labels.length > 0);
  return usable[0] ?? null;
}

interface Cut {
  readonly name: string;
  readonly least: number;
  /** Of the matched stars that were looked at, those that pass. */
  readonly passes: readonly boolean[];
}

/** S/N from which on stars are trained on: as much as most of them have. */
function cutOf({ spectra }: Seen, { table, match }: Chosen): Cut | null {
  const rows = [...match.rowOfSpectrum];
  const matched = [...rows.keys()].filter((n) => rows[n]! >= 0);
  const column = snrColumn(table);
  const card = snrCard(Object.keys(spectra.identities[0]?.cards ?? {}));
  if (column === null && card === null) return null;
  const values = matched.map((n) => {
    const value = column === null ? spectra.identities[n]!.cards[card!] : column.values[rows[n]!];
    return typeof value === 'number' && value > -1000 ? value : NaN;
  });
  for (const least of [20, 10, 5]) {
    const passes = values.map((value) => value >= least);
    if (passes.filter(Boolean).length < passes.length / 2) continue;
    return { name: writtenName(column?.name ?? `spectrum.${card!}`), least, passes };
  }
  return null;
}

interface Plan {
  readonly isTrainable: boolean;
  readonly labels: readonly FoundLabel[];
  /** Labels of the table for which there are too few stars. */
  readonly spared: readonly FoundLabel[];
  readonly terms: 'quadratic' | 'linear';
  readonly cut: Cut | null;
  readonly nStars: number;
}

const termsOf = (nLabels: number) => ({ quadratic: ((nLabels + 1) * (nLabels + 2)) / 2, linear: nLabels + 1 });
const usualLabels = ['teff', 'logg', 'fe_h'].map((name): FoundLabel => ({
  name,
  column: name,
  unit: name === 'teff' ? 'K' : '',
  error: null,
  others: [],
}));

/** As many labels and terms as there are stars for, first with the cut, then without it. */
function planOf({ kinds, spectra }: Seen, found: Chosen | null, cut: Cut | null): Plan {
  const none: Plan = { isTrainable: false, labels: usualLabels, spared: [], terms: 'quadratic', cut: null, nStars: 0 };
  if (found === null) return none;
  // Where only some spectra were looked at, the others are as those.
  const scale = spectra.areAll ? 1 : kinds.paths.length / Math.max(1, spectra.identities.length + spectra.nUnreadable);
  const rows = [...found.match.rowOfSpectrum].filter((row) => row >= 0);
  const countOf = (labels: readonly FoundLabel[], tried: Cut | null) => {
    const columns = labels.map(({ column }) => found.table.columns.get(column)!.values);
    const stars = rows.filter((row, n) => (tried?.passes[n] ?? true) && columns.every((values) => typeof values[row] === 'number')); // prettier-ignore
    return Math.floor(stars.length * scale);
  };
  for (let nLabels = found.labels.length; nLabels > 0; nLabels--) {
    const labels = found.labels.slice(0, nLabels);
    for (const terms of ['quadratic', 'linear'] as const) {
      for (const tried of cut === null ? [null] : [cut, null]) {
        const nStars = countOf(labels, tried);
        if (nStars < minimumStars(termsOf(nLabels)[terms])) continue;
        return { isTrainable: true, labels, spared: found.labels.slice(nLabels), terms, cut: tried, nStars };
      }
    }
  }
  return { ...none, labels: found.labels, nStars: countOf(found.labels.slice(0, 1), null) };
}

const list = (names: readonly string[], most = 8) =>
  names.slice(0, most).join(', ') + (names.length > most ? ` and ${names.length - most} more` : '');

function spectraPart({ kinds, spectra, isWhole }: Seen): DraftPart {
  const { globs, others, misfits, survey } = kinds;
  const kindsOf = others.map(({ survey: other, nFiles }) => `${nFiles} of ${other}`);
  const n = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;
  const notes = [
    ...(isWhole
      ? []
      : ['The folder holds more than a first look takes in; what was not seen is taken for like the rest.']),
    ...(others.length === 0 ? [] : [`There are spectra of other surveys as well (about ${kindsOf.join(', ')}); a cannon.yaml has one survey.`]), // prettier-ignore
    ...(misfits.length === 0 ? [] : [`The globs match files that are no ${survey} spectra: ${list(misfits, 3)}.`]),
    ...(spectra.nUnreadable === 0 ? [] : [`${n(spectra.nUnreadable, 'spectrum', 'spectra')} of those looked at cannot be read.`]), // prettier-ignore
    ...(spectra.nWithoutRedshift === 0 ? [] : [`${n(spectra.nWithoutRedshift, 'spectrum has', 'spectra have')} no redshift and cannot be moved to the rest frame.`]), // prettier-ignore
  ];
  // A plain scalar where YAML takes it for one.
  const written = globs.map((glob) => (/^[A-Za-z_][\w./*?-]*$/.test(glob) ? glob : JSON.stringify(glob)));
  return {
    key: 'spectra',
    notes,
    lines: [`spectra: ${written.length === 1 ? written[0]! : `[${written.join(', ')}]`}`],
  };
}

/** The match as it stands in cannon.yaml. */
function matchText(match: Match): string {
  if (match.by === 'card') return `{ ${asYaml(`spectrum.${match.card}`)}: ${asYaml(match.column)} }`;
  return match.by === 'filename' ? `{ filename: ${asYaml(match.column)} }` : `{ sky: ${match.radiusArcsec} arcsec }`;
}

/** @param found the table that was chosen; `used` is null where too few of its stars are here */
function referencePart({ tables, spectra }: Seen, used: Chosen | null, found: Chosen | null): DraftPart {
  const unusable = tables.unusable.filter(({ path }) => !/\.fits?(\.gz)?$/i.test(path));
  const unread = unusable.length === 0 ? [] : [`Not looked at: ${list(unusable.map(({ path, reason }) => `${path} (${reason})`), 3)}.`]; // prettier-ignore
  if (used === null) {
    const [first] = tables.tables;
    const reason =
      found !== null
        ? `Too few stars of ${found.path} have spectra here to train on (${found.match.nMatched}).`
        : first === undefined
          ? 'No table of labels was found; training needs one.'
          : first.match === null
            ? `None of the spectra looked at has a row in ${first.path}, by a header card, by name or by position.`
            : `${first.path} has rows of these stars, but no column that is known to be a label.`;
    const example = found ?? first;
    const known = example?.match ?? null;
    const match = known === null ? '{ spectrum.OBSID: obsid }' : matchText(known.match);
    return {
      key: 'reference',
      notes: [reason, ...unread],
      lines: ['# reference:', `#   file: ${asYaml(example?.path ?? 'labels.csv')}`, `#   match: ${match}`],
    };
  }
  const { match } = used;
  const rivals = tables.tables.filter((one) => one !== used && one.match !== null && one.labels.length > 0);
  const notes = [
    ...(rivals.length === 0 ? [] : [`Other tables have labels of these stars, too: ${list(rivals.map(({ path }) => path))}.`]), // prettier-ignore
    ...(match.others.length === 0 ? [] : [`Rows would find their spectra also by ${list(match.others.map(matchText), 3)}.`]), // prettier-ignore
    ...unread,
  ];
  const looked = `${match.nMatched} of ${spectra.identities.length} spectra${spectra.areAll ? '' : ' looked at'}`;
  return {
    key: 'reference',
    notes,
    lines: ['reference:', `  file: ${asYaml(used.path)}`, `  match: ${matchText(match.match)} # found for ${looked}`],
  };
}

function gridPart({ spectra, kinds }: Seen): DraftPart {
  const { grid } = spectra;
  if (grid === null) {
    const note = 'No spectrum could be read whole: the grid is to be given by hand.';
    return { key: 'grid', notes: [note], lines: ['# grid: { from: 3900, to: 8750, step: 1e-4 }'] };
  }
  const notes =
    spectra.nWithoutRedshift > 0 && kinds.survey !== 'apogee'
      ? ['Some of the wavelengths behind the ends of this grid are not in the rest frame.']
      : [];
  const step = grid.step.toExponential();
  return { key: 'grid', notes, lines: [`grid: { from: ${grid.from}, to: ${grid.to}, step: ${step} }`] };
}

function continuumPart({ spectra }: Seen): DraftPart {
  if (!spectra.isNormalized)
    return { key: 'continuum', notes: [], lines: ['continuum: { method: gaussian, sigma: 50, truncate: 150 }'] };
  const note = 'The flux lies just below 1: it is taken for divided by its continuum already.';
  return { key: 'continuum', notes: [note], lines: ['continuum: { method: none }'] };
}

function labelLine({ name, column, unit, error }: FoundLabel): string {
  const parts = [
    `column: ${asYaml(column)}`,
    ...(unit === '' ? [] : [`unit: ${asYaml(unit)}`]),
    ...(error === null ? [] : [`error: ${asYaml(error)}`]),
  ];
  return `  ${name}: { ${parts.join(', ')} }`;
}

function labelsPart(_: Seen, { labels, spared, isTrainable, nStars }: Plan, found: Chosen | null): DraftPart {
  const doubtful = labels.filter(({ others }) => others.length > 0);
  const further = found === null ? [] : furtherLabels(found.table, found.labels);
  const missing = found === null ? [] : usualLabels.filter(({ name }) => !found.labels.some((label) => label.name === name)); // prettier-ignore
  const notes = [
    ...doubtful.map(({ name, column, others }) => `${name} could also be ${list(others, 4)} instead of ${column}.`),
    ...missing.map(({ name }) => `No column of ${found!.path} is known to be ${name}.`),
    ...(spared.length === 0 ? [] : [`${nStars} stars are too few for ${spared.map(({ name }) => name).join(' and ')} as well.`]), // prettier-ignore
    ...(isTrainable ? [] : ['These labels are placeholders until there is a reference table.']),
  ];
  const lines = isTrainable ? labels.map(labelLine) : labels.map(({ name }) => `  ${name}: {}`);
  const offered = further.length === 0 ? [] : [`  # ${basename(found!.path)} also has ${list(further, 12)}.`];
  return { key: 'labels', notes, lines: ['labels:', ...lines, ...spared.map((label) => `  #${labelLine(label).slice(1)}`), ...offered] }; // prettier-ignore
}

function qualityPart(cut: Cut | null, { table }: Chosen): DraftPart {
  const flags = [...table.columns.values()]
    .filter((column) => /(^|_)flags?(_|$)/i.test(column.name) && column.isNumeric)
    .filter((column) => {
      const values = numbersOf(column, 1000);
      return values.filter((value) => value === 0).length > values.length / 2;
    })
    .map(({ name }) => `  # - ${writtenName(name)} == 0`);
  const lines = cut === null ? ['# quality:', '#   - snrg >= 20'] : ['quality:', `  - ${cut.name} >= ${cut.least}`];
  const notes = cut === null ? ['No cut on signal to noise: there is none that leaves enough stars.'] : [];
  return { key: 'quality', notes, lines: [...lines, ...flags.slice(0, 3)] };
}

function linearPart(nStars: number): DraftPart {
  const note = `With ${nStars} stars only a linear model can be trained; more stars allow the usual quadratic one.`;
  return { key: 'training', notes: [note], lines: ['training: { terms: linear }'] };
}

/** Fewer than twice the usual number of folds. */
const fewStars = 24;
const leaveOneOutPart: DraftPart = {
  key: 'crossValidation',
  notes: [],
  lines: ['crossValidation: { folds: leave-one-out }'],
};
