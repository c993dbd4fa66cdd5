/** The reference page of the catalog, `docs/catalog.md`: its columns and flags are those of the schema. */
import { table } from '../pages/markdown';
import { flagBits } from './flagBits';
import { fixedChi2, fixedWindowChi2 } from './limits';
import { type ColumnSpec, type Combining, observationColumns, starColumns } from './schema';

const intro = `# The catalog

\`cannon catalog\` makes of the labels that \`cannon infer\` wrote a table that can be published: one row a star, with the column
names of Table 1 of Wheeler et al. (2020), units, UCDs, and flags that say when not to believe a number.

\`\`\`
cannon infer   --config cannon.yaml --out labels.fits
cannon catalog --config cannon.yaml --out catalog.fits --observations observations.fits
\`\`\`

Without \`--labels\` the table is that of the survey's newest run of \`cannon infer\`. Bounds and limits come from the \`cv.fits\` of the
models that gave the labels (\`--cv\`; else the newest of their training), verdicts from \`review.yaml\`. The program ends by telling how
many stars have each flag. It is a run as any other ([runs.md](runs.md)); its bytes depend on these files and on \`cannon.yaml\` alone.

## Formats

The ending of \`--out\`, and of \`--observations\`, says the format. Values, names, units and UCDs are the same in all of them.

| Ending     | Format                                                                   | Nothing known                             |
| ---------- | ------------------------------------------------------------------------ | ----------------------------------------- |
| \`.fits\`    | binary table: units in TUNITn, UCDs in TUCDn, descriptions in TCOMMn     | NaN; TNULL for whole numbers; empty texts |
| \`.parquet\` | Parquet; units and UCDs as VOParquet has them, a VOTable in its metadata | null; empty texts                         |
| \`.vot\`     | VOTable 1.4 with BINARY2                                                 | NaN; null for whole numbers; empty texts  |
| \`.csv\`     | a line of names; every digit of every number, but neither units nor UCDs | empty                                     |

Ids are whole numbers of 64 bits (\`source_id\`) or text (\`obsid\`), never rounded. FITS has ASCII alone: a letter beyond it in a
path becomes a question mark there. Tables are written in a stream ([scale.md](scale.md#catalogs)).

Rows are sorted by \`surprise\`, the most surprising first, those of which nothing is known last; equal ones are in the order of their
first observations. The table of observations has the order of the table of labels.

Neither FITS nor VOUnits has the unit dex. VOTables have it in quotes, as that standard asks for, and the Ångström as 0.1nm. In FITS such a column
has no TUNIT, as that standard has it of numbers without a dimension, and its description, TCOMM, ends with “in dex”: TOPCAT shows it, and
\`cannon\` reads it back as the unit. So astropy reads both without a warning, where it warns of each column whose TUNIT is dex.

Labels that are read from CSV are rounded as that file has them, to eight digits; give \`cannon infer\` an \`--out\` in FITS or Parquet to
keep all. Covariances of labels (\`--covariance\`) are there when \`cannon infer\` was told to keep them, with \`--covariance\` as well: of ten
labels they are 45 columns, so they are not kept unasked.

\`\`\`python
from astropy.table import Table

stars = Table.read("catalog.fits")
stars[stars["flags"] == 0]                       # nothing was found against them
binary = (stars["flags"] & (1 << 8)) != 0        # one flag: its bit is in the table below
stars[binary]["designation", "binary_delta_chi2"]
\`\`\`

## Stars

Spectra are of one star when they share the header card that \`repeats.card\` names, else the designation, or lie within
\`repeats.within\` of each other. Labels are averaged over the observations whose labels are of the star's model, that of the
observation with the highest S/N, each weighted by its S/N in the band of \`repeats.weight\`; where the header has none, by the S/N that was
measured. Errors and covariances are those of independent observations. A column \`…_extrap\` is true when any observation, or
the average, lies beyond the bounds.
`;

const combiningWords: Readonly<Record<Combining, string>> = {
  best: 'of the observation with the highest S/N',
  mean: 'mean weighted by S/N',
  error: 'error of that mean',
  covariance: 'covariance of two such means',
  sum: 'sum',
  together: 'root of the sum of squares',
  significance: 'Σ x / √n',
  extreme: 'of the observation where it is furthest from 0',
  made: 'made here',
};

const flagsIntro = `## Flags

\`flags\` is a whole number whose bits say what is the matter. A bit that is not set says that nothing was found, which is
less than that nothing is there: a bit whose column the table of labels does not have is never set, and \`cannon catalog\` says which those
are. Bits of a star are those of its observations together; labels, errors and S/N are judged as they are averaged.
\`extrapolating\`, \`high_windows\` and \`large_errors\` name the labels and elements, with spaces between. [flags.md](flags.md) has what the
residuals tell, and how often the flags are right.
`;

const limits = `## Limits

The limits are keys of \`flags\` in [cannon.yaml](configuration.md#flags). Where they come from:

- **extrapolating**: a label beyond the bounds within which cross-validation recovers it (the 90 % rule, see
  [validation.md](validation.md)); where that rule tells none, beyond the range of the training stars.
- **chi2**: χ² a pixel above the 99th percentile of the model's own held-out stars, so that one in a hundred good stars has it. Without a
  cross-validation it is that percentile of the model's stars in the table of labels itself: one in a hundred, whatever they are like. Of
  less than 40 stars there is no percentile: the limit is then ${fixedChi2}.
- **window_chi2**: χ² a pixel in an element's windows, so high that all elements together flag one star in a hundred: with n
  elements the percentile is 100 − 1 / n. Where \`cv.fits\` has no windows (an earlier version, or a config without \`windows\`) it is that of the
  table, too; of less than 40 stars the limit is ${fixedWindowChi2}.
- **large_error**: the formal error above a fifth of the range between the bounds, as large as the spread of the training stars. Such a
  number says little more than that the star is one of the kind that was trained on.
- **low_snr**: below 5 a pixel; the scatter by S/N that \`cannon cv\` prints tells what your model makes of it.
- **rival**: another minimum of χ² at most 50 higher.
- **observations_disagree**: two observations differ in a label by more than 5 of their errors, or are labelled by different models. Formal
  errors can be too small; where 40 stars or more were observed more than once, errors count as large as the differences of those stars show them to
  be, label by label: by the 98th percentile of the largest difference of each star, over that of a normal distribution.
- Where these figures come from, and what they find, is in [flags.md](flags.md#thresholds-and-where-they-come-from).
- **bad_pixels, binary, emission, rv_residual** and the pulls of elements: [flags.md](flags.md).
`;

export function catalogPage(): string {
  const label = { name: '‹label›', unit: '‹unit›' };
  const shape = { labels: [label], elements: ['‹X›'], covariance: false, has: () => true };
  // How observations are combined has a column of its own here.
  const plain = new Map(observationColumns(shape).map(({ name, description }) => [name, description]));
  const starSpecs = starColumns(shape).map((spec) => ({
    ...spec,
    description: plain.get(spec.name) ?? spec.description,
  }));
  const stars = starSpecs.flatMap((spec) => (spec.name === '‹label›_extrap' ? [kiel, spec] : [spec]));
  const own = observationColumns(shape).filter(({ name }) => !stars.some((spec) => spec.name === name));
  return [
    intro,
    '## Columns\n',
    'Each label has the columns of ‹label›, each element whose windows are named those of ‹X›: `chi2_mg_fe` where `mg_fe` is a label, else `chi2_mg`.\n',
    columnTable(stars),
    'With `--covariance` there is `cov_‹a›_‹b›` for each two labels, the one first that comes first in the alphabet.\n',
    'The table of `--observations` has the same columns of one observation each, `n_obs` apart, and before them:\n',
    columnTable(own),
    flagsIntro,
    table(
      ['Bit', 'Name', 'Meaning', 'Named in', 'Limit in `flags`'],
      flagBits.map(({ bit, name, words, column, limits: keys }) => [
        String(bit),
        `\`${name}\``,
        words,
        column === null ? '' : `\`${column}\``,
        keys.map((key) => `\`${key}\``).join(', '),
      ]),
    ),
    limits,
  ].join('\n');
}

const kiel: ColumnSpec = {
  ...{ name: 'kiel_extrap', type: 'bool', unit: '', ucd: 'meta.code.qual', combining: 'made', source: null },
  description:
    'whether teff or logg, which have no column of their own, lies where the model is not believed, in any observation',
};

function columnTable(columns: readonly ColumnSpec[]): string {
  return table(
    ['Column', 'Type', 'Unit', 'UCD', 'Meaning', 'Of several observations'],
    columns.map(({ name, type, unit, ucd, description, combining }) => [
      ...[`\`${name}\``, type, unit, `\`${ucd}\``, description, combiningWords[combining]],
    ]),
  );
}
