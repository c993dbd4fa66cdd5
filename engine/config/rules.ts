/**
 * Every problem that can be found in a survey description and in what it points at, by code.
 *
 * CAN0xx lie in the text of the file, CAN1xx in what it names on the disk. `otherCodes.ts` lists those that the parts
 * which own them raise themselves: CAN2xx (spectra and FITS), CAN3xx (the model), CAN4xx (jobs, command line), CAN900. Messages and hints are templates with
 * `{slots}`; `docs/problems.md` is generated from this table. A code never changes its meaning.
 */
import type { Problem, Severity, TextRange } from '../problems';

interface Rule {
  readonly severity: Severity;
  readonly message: string;
  readonly hint: string;
}

export const rules = {
  CAN001: { severity: 'error', message: 'The file is not valid YAML: {reason}', hint: '{hint}' },
  CAN002: {
    severity: 'error',
    message: 'The file is too large to be a survey description: {size}',
    hint: 'A survey description holds at most 256 kB; tables belong in files of their own.',
  },
  CAN003: {
    severity: 'error',
    message: 'The key "{key}" stands here twice',
    hint: 'Keep one of them; YAML allows a key once.',
  },
  CAN004: {
    severity: 'error',
    message: 'The file {path} cannot be read: {reason}',
    hint: 'Check the path and the permissions, or write a sample with `cannon sample DIR`.',
  },
  CAN005: { severity: 'error', message: 'There is no key "{key}" in {place}', hint: 'Keys here are {known}.' },
  CAN006: {
    severity: 'error',
    message: 'The key "{key}" is missing in {place}',
    hint: 'Add it, for example: {example}',
  },
  CAN007: { severity: 'error', message: '"{key}" must be {expected}, not {found}', hint: 'For example: {example}' },
  CAN008: { severity: 'error', message: '"{key}" cannot be "{value}"', hint: 'It may be {allowed}.' },
  CAN009: { severity: 'error', message: 'Spectra of "{value}" are not read yet', hint: 'What is read: {allowed}.' },
  CAN010: { severity: 'error', message: '"{key}" is {value}; it must be {range}', hint: 'For example: {example}' },
  CAN011: { severity: 'error', message: '"{key}" is empty', hint: 'For example: {example}' },
  CAN012: {
    severity: 'error',
    message: '"{name}" cannot be the name of a {what}: {reason}',
    hint: 'Use letters, digits and underscores, beginning with a letter.',
  },
  CAN013: {
    severity: 'error',
    message: 'The names "{name}" and "{other}" differ only in upper and lower case',
    hint: 'Rename one; columns of FITS tables and files on some disks do not tell them apart.',
  },
  CAN014: {
    severity: 'error',
    message: 'The model "{model}" uses "{name}", which is not a label',
    hint: 'Labels are {known}.',
  },
  CAN015: { severity: 'error', message: '{reason}', hint: '{hint}' },
  CAN016: {
    severity: 'error',
    message: '"otherwise" means "the stars that no earlier model took", but the model "{model}" is {position}',
    hint: 'Let the last model say "otherwise", after others with conditions.',
  },
  CAN017: {
    severity: 'error',
    message: 'The grid ends at {to} Å, before it begins at {from} Å',
    hint: 'Let "to" be larger than "from"; both are vacuum wavelengths in Å.',
  },
  CAN018: {
    severity: 'error',
    message: 'The grid would have {nPixels} pixels; it must have {least} to {most}',
    hint: '"step" is in log10 of the wavelength: LAMOST spectra have 1e-4.',
  },
  CAN019: {
    severity: 'error',
    message: '"match" must say one way to match, not {count}',
    hint: 'One of {forms}.',
  },
  CAN020: {
    severity: 'warning',
    message: '"{key}" has no effect, because {reason}',
    hint: 'Remove it.',
  },
  CAN021: { severity: 'error', message: '"{name}" is listed twice', hint: 'Keep one of them.' },
  CAN022: {
    severity: 'warning',
    message: 'The smoothing is cut at {truncate} Å, within one sigma ({sigma} Å): that is a box, not a Gaussian',
    hint: 'Cut at three sigma, or leave "truncate" out.',
  },
  CAN023: {
    severity: 'error',
    message: '"{name}" refers to an anchor that the file does not have',
    hint: 'A text that begins with * must stand in quotes.',
  },
  CAN024: {
    severity: 'error',
    message: 'There is a prior on "{name}", which is not a label',
    hint: 'Labels are {known}.',
  },
  CAN025: {
    severity: 'error',
    message: 'A window of "{name}" is not a pair of wavelengths, the second beyond the first',
    hint: 'For example: [[4729.90, 4730.22]]',
  },
  CAN026: {
    severity: 'warning',
    message: 'The window {from}–{to} Å of "{name}" lies outside the grid, {gridFrom}–{gridTo} Å',
    hint: 'No pixel is in it: widen the grid, or leave the window out.',
  },
  CAN027: {
    severity: 'warning',
    message: 'The window {from}–{to} Å of "{name}" is that of GALAH, which is in air',
    hint: 'Write it under "air": it is converted then.',
  },
  CAN028: {
    severity: 'error',
    message: '"{word}" is no term of a model: {reason}',
    hint: 'Terms are "linear", "quadratic", a label, a product of two as teff*logg, or a square as teff^2.',
  },
  CAN029: {
    severity: 'error',
    message: 'The label "{name}" of the model "{model}" stands in none of the terms',
    hint: 'Nothing could be learned about it: add a term with it, or take it out of the model.',
  },
  CAN030: {
    severity: 'error',
    message: 'There is a mask for "{name}", which is not a label',
    hint: 'Labels are {known}.',
  },
  CAN031: {
    severity: 'error',
    message: 'The mask of "{label}" names the window "{name}", which "windows" does not have',
    hint: 'Windows are {known}.',
  },
  CAN032: {
    severity: 'error',
    message: 'The search for a penalty ends at {to}, not beyond its beginning at {from}',
    hint: 'Let "to" be larger than "from".',
  },
  CAN034: {
    severity: 'error',
    message: '"{key}" means nothing without "{other}"',
    hint: 'Write it beside {example}, or remove it.',
  },
  CAN035: { severity: 'error', message: 'The search "{name}" cannot be used: {reason}', hint: '{hint}' },
  CAN036: {
    severity: 'warning',
    message: 'The search "{name}" does not fit the newest catalog: {reason}',
    hint: '{hint}',
  },
  CAN040: {
    severity: 'error',
    message: 'The label "{name}" is given in several ways: {ways}',
    hint: 'Keep one of "column", "mean" and "expression".',
  },
  CAN041: {
    severity: 'error',
    message: 'Labels are made of each other in a circle: {labels}',
    hint: 'Make one of them a column.',
  },
  CAN042: {
    severity: 'error',
    message: 'The mean "{name}" has {nValues} values but {nErrors} columns of errors',
    hint: 'Give one column for each value, in the same order.',
  },
  CAN043: {
    severity: 'error',
    message: 'The mean "{name}" asks for at least {atLeast} values, but lists {nValues}',
    hint: 'No star could have this label.',
  },
  CAN044: {
    severity: 'error',
    message: '"windowChi2" takes χ² either from "columns" or from "spectra"',
    hint: 'Keep one of them.',
  },
  CAN045: {
    severity: 'error',
    message: 'There are no windows of "{name}"',
    hint: 'Windows are there for {known}; others can be given with "windows".',
  },
  CAN046: {
    severity: 'error',
    message: 'The pattern "{pattern}" must have one *, which stands for the element',
    hint: 'For example: chi2_*; a single column is named after its element.',
  },
  CAN047: {
    severity: 'error',
    message: 'The models "{preset}" need labels that are not there: {missing}',
    hint: 'Add them to "labels", or divide by "where: {preset}-giants" and "where: {preset}-dwarfs" with labels of your own.',
  },
  CAN048: {
    severity: 'error',
    message: 'The model for giants, "{name}", is none of the models',
    hint: 'Models are {known}.',
  },
  CAN101: {
    severity: 'error',
    message: 'No file matches "{glob}"',
    hint: 'Globs start from {folder}; ** stands for any folders.',
  },
  CAN102: { severity: 'error', message: '{reason}', hint: '{hint}' },
  CAN103: {
    severity: 'error',
    message: 'The table {file} has no column "{column}"',
    hint: 'Its columns are {known}.',
  },
  CAN104: {
    severity: 'warning',
    message: '{nBad} of {nSpectra} spectra cannot be read: {reasons}',
    hint: 'They are left out; `cannon index` lists them all.',
  },
  CAN105: {
    severity: 'error',
    message: 'None of {nSpectra} spectra can be read: {reasons}',
    hint: 'Check "survey" and "spectra".',
  },
  CAN106: {
    severity: 'error',
    message: 'No spectrum matches a row of {file}',
    hint: 'Spectra have {seen}; the table has {expected}.',
  },
  CAN107: {
    severity: 'error',
    message: 'The column "{column}" holds {found}, which is not a number',
    hint: 'A label and a condition need a column of numbers; leave a field empty where there is none.',
  },
  CAN108: {
    severity: 'error',
    message: 'The model "{model}" has {nTerms} terms but only {nStars} training stars',
    hint: 'It needs at least {nLeast}: add stars, loosen "quality" or "where", or take fewer labels.',
  },
  CAN109: {
    severity: 'warning',
    message: 'The model "{model}" has {nTerms} terms and only {nStars} training stars',
    hint: 'Its coefficients will be noisy; have at least {nWanted}.',
  },
  CAN110: {
    severity: 'error',
    message: 'No spectrum has the header card "{card}"',
    hint: 'Cards that spectra have: {known}.',
  },
  CAN111: { severity: 'information', message: '{reason}', hint: 'See "reference" and "models".' },
  CAN112: {
    severity: 'warning',
    message: '{nShort} of {nSpectra} spectra {happens} {edge} Å in the rest frame, where the grid {side}',
    hint: 'A pixel that a star lacks carries no weight; all but 5 % of the spectra reach {reached} Å.',
  },
  CAN113: {
    severity: 'warning',
    message: '{nWithout} of {nSpectra} spectra have no redshift',
    hint: 'They cannot be moved to the rest frame and are left out; write a radial velocity as Z into their headers.',
  },
  CAN114: {
    severity: 'error',
    message: 'The label "{label}" is {value} for all {nStars} training stars of the model "{model}"',
    hint: 'A model cannot learn from a label that never changes; leave it out of that model.',
  },
  CAN115: {
    severity: 'information',
    message: '{nMissing} of {nStars} stars with a spectrum have no "{label}" in the table',
    hint: 'Models with that label leave them out.',
  },
  CAN116: {
    severity: 'warning',
    message: 'The label "{label}" runs {range}, which is not {unit}',
    hint: '{hint}',
  },
  CAN117: {
    severity: 'warning',
    message: '{nStars} training stars have {value} as their "{label}", which looks like "no value"',
    hint: 'Leave such fields of the table empty, or exclude them with a condition in "quality".',
  },
  CAN118: {
    severity: 'information',
    message: 'No training star of "{model}" has "{label}" between {from} and {to} ({nBelow} below, {nAbove} above)',
    hint: 'There the model only interpolates; stars on both sides may deserve a model each, or an outlier a look.',
  },
  CAN119: {
    severity: 'warning',
    message: 'The unit of the label "{label}" is "{unit}" here but "{columnUnit}" in the table',
    hint: 'Values are taken as they stand in the table; write its unit here.',
  },
  CAN120: {
    severity: 'warning',
    message: 'The model "{model}" has {nStars} training stars, too few for {folds} folds',
    hint: 'Cross-validation leaves at most {nTrained} stars to train on; take fewer folds than stars.',
  },
  CAN140: {
    severity: 'error',
    message: 'No star is left after "{cut}", of {nBefore} before it',
    hint: 'Loosen it, or check the column, its unit and the direction of the comparison.',
  },
  CAN141: {
    severity: 'information',
    message: 'All {nBefore} stars pass "{cut}"',
    hint: 'It drops none; that may be right.',
  },
  CAN142: {
    severity: 'error',
    message: 'The mean "{label}" is weighted by errors, but the table {file} has none for "{name}"',
    hint: 'Name the columns with "errors", or take "weights: equal". Columns there: {known}.',
  },
  CAN143: {
    severity: 'information',
    message: 'This cut fits spectra, which the editor does not wait for: stars after it are counted without it',
    hint: '`cannon check`, and every training, makes the cut and says how many stars it leaves.',
  },
  CAN144: {
    severity: 'error',
    message: 'The table {file} has no column of χ² that "windowChi2" could take',
    hint: 'Its columns are {known}.',
  },
  CAN145: {
    severity: 'warning',
    message: 'The labels "{one}" and "{other}" go together in the training stars of "{model}" (r = {r})',
    hint: 'A model can hardly tell them apart: leave one out, or add stars that have one without the other.',
  },
  CAN146: {
    severity: 'information',
    message: 'In {nEmpty} of {nCorners} corners of the labels of "{model}" there is no training star: {first}',
    hint: 'Where two labels are both far out the model extrapolates; labels found there deserve a look.',
  },
  CAN147: {
    severity: 'warning',
    message: 'Half of the {nStars} training stars of "{model}" have S/N below {median} a pixel',
    hint: 'Reference stars had better have 30 or more, as in Wheeler et al. 2020: add a condition on S/N to "quality".',
  },
  CAN160: { severity: 'error', message: '{reason}', hint: '{hint}' },
  CAN170: { severity: 'error', message: 'The verdicts in review.yaml cannot be used: {reason}', hint: '{hint}' },
  CAN171: {
    severity: 'warning',
    message: 'review.yaml has verdicts on {nUnknown} that no spectrum of the survey shows: {first}',
    hint: 'Name stars by their OBSID, designation or file, or take the lines out.',
  },
  CAN199: {
    severity: 'error',
    message: 'The check itself failed: {reason}',
    hint: 'This is a fault of the program; the log has more.',
  },
} as const satisfies Record<string, Rule>;

export type RuleCode = keyof typeof rules;

type Slots<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Slots<Rest> : never;
type SlotsOf<Code extends RuleCode> = Slots<(typeof rules)[Code]['message'] | (typeof rules)[Code]['hint']>;

/** Where a problem lies; `fix` would replace `range`, and `instead` is what it would read then, for the hint. */
export interface ProblemPlace {
  readonly file: string;
  readonly range?: TextRange;
  readonly fix?: string;
  readonly instead?: string;
}

/** A problem of the table with its slots filled. With `instead`, the hint begins with "Did you mean". */
export function problem<Code extends RuleCode>(
  code: Code,
  slots: Record<SlotsOf<Code>, string | number>,
  place: ProblemPlace,
): Problem {
  const { severity, message, hint }: Rule = rules[code];
  const fill = (template: string) =>
    template.replace(/\{(\w+)\}/g, (_, name: string) => String((slots as Record<string, string | number>)[name]));
  return {
    code,
    severity,
    message: fill(message),
    hint: (place.instead === undefined ? '' : `Did you mean "${place.instead}"? `) + fill(hint),
    file: place.file,
    ...(place.range ? { range: place.range } : {}),
    ...(place.fix === undefined ? {} : { fix: place.fix }),
  };
}

/** What to say when a check crashed: a fault of the program must not look like a clean bill of health. */
export function internalProblem(file: string, error: unknown): Problem {
  return problem('CAN199', { reason: error instanceof Error ? error.message : String(error) }, { file });
}
