/**
 * The columns of the catalog: name, type, unit, UCD, description, and how a star's value follows from its observations. The
 * one table of them; what is written, and docs/catalog.md, are made from it.
 *
 * Names and meaning follow Table 1 of Wheeler et al. 2020. Labels and elements expand it: each label has its columns, and each
 * element whose windows the config names. A diagnostic is there when the table of labels has it. Pure: panels use it too.
 */
import { elementOfLabel } from '../cannon/anatomy';
import { UserError } from '../problems';
import { ucdOfLabel } from './ucd';

export type ColumnType = 'int64' | 'int32' | 'float64' | 'bool' | 'text';

/** How the value of a star follows from those of its observations. */
export type Combining =
  /** That of the observation with the highest S/N. */
  | 'best'
  /** The mean of the observations by the star's model, weighted by S/N; its error; the covariance of two such means. */
  | 'mean'
  | 'error'
  | 'covariance'
  | 'sum'
  /** The root of the sum of squares: of all observations together, as of independent ones. */
  | 'together'
  /** Σ x / √n: deviations in units of their error. */
  | 'significance'
  /** That of the observation in which it, or what it belongs to, is furthest from 0. */
  | 'extreme'
  /** Made by the catalog from the others. */
  | 'made';

export interface ColumnSpec {
  readonly name: string;
  readonly type: ColumnType;
  /** "" for none. */
  readonly unit: string;
  readonly ucd: string;
  /** One sentence without its end. */
  readonly description: string;
  readonly combining: Combining;
  /** Its name in the table of labels; null for what is made here. */
  readonly source: string | null;
  /** Of an extreme: the source that says which observation. */
  readonly by?: string;
}

export interface NamedLabel {
  readonly name: string;
  readonly unit: string;
}

/** What a catalog is of. */
export interface CatalogShape {
  /** Of all models, each once. */
  readonly labels: readonly NamedLabel[];
  /** The sets of windows, by name: elements for most. */
  readonly elements: readonly string[];
  readonly covariance: boolean;
  /** Whether the table of labels has a column. */
  readonly has: (source: string) => boolean;
}

type Rest = Partial<Pick<ColumnSpec, 'unit' | 'source' | 'by'>>;

function column(
  type: ColumnType,
  combining: Combining,
  name: string,
  ucd: string,
  description: string,
  rest: Rest = {},
): ColumnSpec {
  return { name, type, unit: '', ucd, description, combining, source: combining === 'made' ? null : name, ...rest };
}

/** Of the table with a row a star, in their order. */
export function starColumns(shape: CatalogShape): ColumnSpec[] {
  const counted = column('int32', 'made', 'n_obs', 'meta.number;obs', 'observations of the star');
  return columnsOf(shape, [counted]).map((spec) => {
    const { combining, description } = spec;
    return { ...spec, description: `${description}${combinedWords[combining] ?? ''}` };
  });
}

/** What the description of a column adds where a row stands for several observations. */
const combinedWords: Partial<Record<Combining, string>> = {
  mean: ', the mean of the observations weighted by S/N',
  sum: ', summed over the observations',
  together: ', of all observations together',
  extreme: ', in the observation where it is furthest from 0',
};

/** Each column of the table of labels that has a place in the catalog, by its name there. */
export function describedSources(shape: CatalogShape): ReadonlyMap<string, string> {
  const specs = columnsOf(shape, []).filter(({ source }) => source !== null);
  return new Map(specs.map(({ source, description }) => [source!, description]));
}

/** Of the table with a row an observation: the same, of one observation each, and which star it is of. */
export function observationColumns(shape: CatalogShape): ColumnSpec[] {
  const star = column('int32', 'made', 'star', 'meta.record', 'row of its star in the catalog, from 1');
  return [star, ...columnsOf(shape, [])];
}

function columnsOf(shape: CatalogShape, counted: readonly ColumnSpec[]): ColumnSpec[] {
  return [
    ...identity,
    ...shape.labels.flatMap(labelColumns),
    ...extrapolation(shape.labels),
    ...fitColumns(shape),
    ...whereAndWhen,
    ...counted,
    ...diagnostics,
    ...verdictColumns,
    ...(shape.covariance ? covarianceColumns(shape.labels) : []).map(({ name, unit, ucd, of: [a, b] }) =>
      column('float64', 'covariance', name, ucd, `covariance of ${a} and ${b}`, { unit }),
    ),
  ].filter((spec) => spec.source === null || isAlways.has(spec.name) || shape.has(spec.source));
}

/** @throws UserError CAN360 for two columns whose names differ at most in upper and lower case. */
export function requireOwnNames(columns: readonly ColumnSpec[]): void {
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name.toLowerCase())) {
      throw new UserError(
        `The catalog would have two columns "${name}"`,
        'Rename the label or the window of that name in cannon.yaml, and infer again.',
        'CAN360',
      );
    }
    seen.add(name.toLowerCase());
  }
}

/** There also where the table of labels has none: null then. */
const isAlways = new Set(['source_id', 'designation', 'obsid', 'ra', 'dec', 'model', 'spectrum', 'snrz', 'snr']);

const identity: readonly ColumnSpec[] = [
  column('int64', 'best', 'source_id', 'meta.id;meta.main', 'Gaia source_id; null where it is not known'),
  column('text', 'best', 'designation', 'meta.id', 'the survey’s name of the star'),
  column('bool', 'made', 'giantmodel', 'meta.code', 'whether the labels are those of the model for giants'),
  column('text', 'best', 'model', 'meta.code.class', 'name of the model whose labels these are'),
];

function labelColumns({ name, unit }: NamedLabel): ColumnSpec[] {
  const ucd = ucdOfLabel(name);
  return [
    column('float64', 'mean', name, ucd, 'label', { unit }),
    column('float64', 'error', `e_${name}`, `stat.error;${ucd}`, 'its formal error', { unit }),
    column('float64', 'best', `cv_${name}`, `stat.stdev;${ucd}`, 'its scatter in the model’s cross-validation', {
      unit,
    }),
    column(
      'float64',
      'best',
      `theta_${name}`,
      `stat.error.sys;${ucd}`,
      'what errors of θ may move it by, in all observations alike',
      {
        unit,
      },
    ),
  ];
}

const isKiel = (label: string): boolean => /^(teff|logg)$/i.test(label);

/** Which labels a column of extrapolation is about, in the order of the columns. */
export function extrapolationOf(labels: readonly NamedLabel[]): { column: string; labels: string[] }[] {
  const names = labels.map(({ name }) => name);
  const kiel = names.filter(isKiel);
  return [
    ...(kiel.length > 0 ? [{ column: 'kiel_extrap', labels: kiel }] : []),
    ...names.filter((name) => !isKiel(name)).map((name) => ({ column: `${name}_extrap`, labels: [name] })),
  ];
}

function extrapolation(labels: readonly NamedLabel[]): ColumnSpec[] {
  return extrapolationOf(labels).map(({ column: name, labels: about }) =>
    column(
      ...(['bool', 'made', name, 'meta.code.qual'] as const),
      `whether ${about.join(' or ')} lies where the model is not believed, in any observation`,
    ),
  );
}

/** The label of an element, whose name its columns bear: "Mg" is of mg_fe. Without one, the element in small letters. */
export function columnOfElement(element: string, labels: readonly NamedLabel[]): string {
  const own = labels.filter(({ name }) => elementOfLabel(name) === element).map(({ name }) => name);
  const small = /^[A-Z][a-z]?$/.test(element) ? element.toLowerCase() : element;
  return own.find((name) => /_fe$/i.test(name)) ?? own[0] ?? small;
}

function fitColumns({ labels, elements }: CatalogShape): ColumnSpec[] {
  const fit = (of: string, source: string, where: string): ColumnSpec[] => [
    column('float64', 'sum', `chi2${of}`, 'stat.fit.chi2', `χ² ${where}`, {
      source: `chi2${source}`,
    }),
    column('int32', 'sum', `n_pixels${of}`, 'meta.number', `pixels in it`, { source: `n_pixels${source}` }),
  ];
  return [
    ...fit('', '', 'of the whole spectrum'),
    ...elements.flatMap((element) => {
      const name = columnOfElement(element, labels);
      const deeper = `residual in the windows of ${element} over its error, below 0 where the lines are deeper than the model’s`;
      return [
        ...fit(`_${name}`, `_${element}`, `in the windows of ${element}`),
        column('float64', 'significance', `pull_${name}`, 'stat.fit.residual', deeper, { source: `pull_${element}` }),
      ];
    }),
  ];
}

const whereAndWhen: readonly ColumnSpec[] = [
  column('float64', 'together', 'snrz', 'stat.snr', 'S/N a pixel in the z band, by the header'),
  column('float64', 'together', 'snr', 'stat.snr', 'S/N a pixel, median over the model’s grid'),
  column('float64', 'best', 'ra', 'pos.eq.ra;meta.main', 'right ascension, ICRS', { unit: 'deg' }),
  column('float64', 'best', 'dec', 'pos.eq.dec;meta.main', 'declination, ICRS', { unit: 'deg' }),
  column('text', 'best', 'obsid', 'meta.id;obs', 'id of the observation'),
  column('text', 'best', 'spectrum', 'meta.id;meta.file', 'path of its file, as cannon.yaml matches it'),
  column('float64', 'mean', 'rv', 'spect.dopplerVeloc.opt', 'velocity fitted along, beside the redshift in the file', {
    unit: 'km/s',
  }),
  column('float64', 'error', 'e_rv', 'stat.error;spect.dopplerVeloc.opt', 'its formal error', { unit: 'km/s' }),
];

const extreme = (by: string, rest: Rest = {}): Rest => ({ by, ...rest });

const diagnostics: readonly ColumnSpec[] = [
  column(
    ...(['float64', 'extreme', 'bad_fraction', 'arith.factor'] as const),
    'part of the pixels between its ends that cannot be used',
    extreme('bad_fraction'),
  ),
  column(
    ...(['float64', 'extreme', 'emission', 'stat.fit.residual'] as const),
    'strongest emission above the model, in units of its error',
    extreme('emission'),
  ),
  column('text', 'extreme', 'emission_line', 'meta.note', 'the line of that emission', extreme('emission')),
  column(
    ...(['float64', 'extreme', 'binary_delta_chi2', 'stat.fit.chi2'] as const),
    'by how much χ² falls with a second star at another velocity',
    extreme('binary_delta_chi2'),
  ),
  column(
    ...(['float64', 'extreme', 'binary_velocity', 'spect.dopplerVeloc.opt'] as const),
    'velocity of that star against the first',
    extreme('binary_delta_chi2', { unit: 'km/s' }),
  ),
  column(
    ...(['float64', 'extreme', 'binary_share', 'arith.factor'] as const),
    'its share of the light',
    extreme('binary_delta_chi2'),
  ),
  column(
    ...(['float64', 'extreme', 'rv_residual', 'spect.dopplerVeloc.opt'] as const),
    'shift that the residuals ask for',
    extreme('rv_residual', { unit: 'km/s' }),
  ),
  column(
    ...(['float64', 'extreme', 'e_rv_residual', 'stat.error;spect.dopplerVeloc.opt'] as const),
    'its error',
    extreme('rv_residual', { unit: 'km/s' }),
  ),
  column(
    ...(['float64', 'extreme', 'rv_delta_chi2', 'stat.fit.chi2'] as const),
    'by how much χ² falls with it',
    extreme('rv_residual'),
  ),
  column(
    ...(['float64', 'extreme', 'bad_stretch', 'stat.fit.residual'] as const),
    'how much worse than the rest the worst stretch of the spectrum fits, in units of the spread expected',
    extreme('bad_stretch'),
  ),
  column(
    ...(['float64', 'extreme', 'bad_stretch_at', 'em.wl'] as const),
    'the middle of that stretch',
    extreme('bad_stretch', { unit: 'Angstrom' }),
  ),
  column('int32', 'extreme', 'n_rivals', 'meta.number', 'other minima of χ²', extreme('n_rivals')),
  column(
    ...(['float64', 'extreme', 'rival_delta_chi2', 'stat.fit.chi2'] as const),
    'by how much χ² is higher at the best of them',
    extreme('n_rivals'),
  ),
  column('text', 'best', 'problem', 'meta.note', 'why there are no labels'),
];

const verdictColumns: readonly ColumnSpec[] = [
  column('int32', 'made', 'flags', 'meta.code.qual', 'bits that say when not to believe it'),
  column('text', 'made', 'extrapolating', 'meta.note', 'labels that lie where the model is not believed'),
  column('text', 'made', 'high_windows', 'meta.note', 'elements whose windows the model describes badly'),
  column('text', 'made', 'large_errors', 'meta.note', 'labels with a large error'),
  column('text', 'made', 'at_bound', 'meta.note', 'labels, or rv, at the end of what is searched'),
  column('float64', 'made', 'surprise', 'stat.value', 'how surprising the star is: larger is more'),
  column('text', 'made', 'verdict', 'meta.note', 'what review.yaml says of the star'),
  column('text', 'made', 'enriched_in', 'meta.note', 'elements in which review.yaml calls the star enriched'),
];

/** Of two labels, the one whose name comes first in the alphabet first: `cov_fe_h_teff`. */
export function covarianceColumns(
  labels: readonly NamedLabel[],
): { name: string; unit: string; ucd: string; of: [a: string, b: string] }[] {
  const sorted = [...labels].sort((a, b) => (a.name < b.name ? -1 : 1));
  const pairs = sorted.flatMap((a, i) => sorted.slice(i + 1).map((b): [NamedLabel, NamedLabel] => [a, b]));
  return pairs.map(([a, b]) => ({
    ...{ name: `cov_${a.name}_${b.name}`, unit: productOf(a.unit, b.unit), ucd: 'stat.covariance' },
    of: [a.name, b.name],
  }));
}

function productOf(a: string, b: string): string {
  return a === '' || b === '' ? a + b : `${a}.${b}`;
}
