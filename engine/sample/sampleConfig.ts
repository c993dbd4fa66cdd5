/** The cannon.yaml of a sample: what a newcomer reads first, every key with the reason for it. */

/** A model of the first so many labels of `labelNames`, or the two models of Wheeler et al. 2020. */
export type LabelChoice = number | 'paper';

const labelNames = ['teff', 'logg', 'fe_h', 'mg_fe', 'vmic', 'o_fe', 'al_fe', 'mn_fe', 'ba_fe', 'eu_fe'] as const;

export const labelCounts = { from: 3, to: labelNames.length } as const;

/** Iron has the name in the table that LAMOST gives it. */
const columnOf = (name: string) => (name === 'fe_h' ? 'feh' : name);

const line = (name: string) => `  ${name}: { column: ${columnOf(name)}${name === 'teff' ? ', unit: K' : ''} }`;

const head = `# A mock survey, written by "cannon sample". Everything here works as it stands: start with
#   cannon check     is everything in order?
#   cannon train     train a model on the reference stars
#   cannon cv        how well are labels of unseen stars recovered?
#   cannon infer     label all spectra
# truth.csv holds the true labels of every star, the unseen ones among them, and what is odd about it.

# How a spectrum is read: LAMOST low resolution.
survey: lamost-lrs

# Which files are spectra, relative to this file.
spectra: spectra/**/*.fits.gz

# The stars whose labels are trusted, and how a row finds its spectrum:
# the card OBSID of the primary header equals the column obsid.
reference:
  file: labels.csv
  match: { spectrum.OBSID: obsid }

# The pixels of the model: vacuum Å in the rest frame, equal steps in log10 of the wavelength.
grid: { from: 3900, to: 8750, step: 1e-4 }

# Each spectrum is divided by a smooth version of itself, so that only lines remain. Å.
continuum: { method: gaussian, sigma: 50, truncate: 150 }

# What the model describes a star by, and the columns that hold it.
labels:
`;

const oneModel = (nLabels: number) => `${labelNames.slice(0, nLabels).map(line).join('\n')}

# Only reference stars that fulfil this are trained on: enough signal here, and no doubts in the reference survey.
quality:
  - snrg >= 20 and flag_cannon == 0
`;

/** Labels, cuts and models of the paper: its sections 2.1 and 2.2. */
const paper = `${['teff', 'logg', 'vmic', 'fe_h', 'o_fe', 'eu_fe', 'mg_fe', 'al_fe', 'mn_fe', 'ba_fe', 'sc_fe'].map(line).join('\n')}
  # Means over elements of one origin, weighted by the columns e_mg_fe and so on: α, and the s-process.
  alpha_fe: { mean: [mg_fe, si_fe, ca_fe, ti_fe], weights: errors }
  s_fe: { mean: [ba_fe, y_fe], weights: errors }

# Only reference stars that pass all of these are trained on, in this order: signal to noise here and in the reference survey,
# its own doubts, and last its fit in the windows of each element.
quality:
  - snrz >= 30
  - snr_c1 >= 30
  - chi2_cannon <= 4
  - flag_cannon == 0
  - windowChi2: { percentile: 85, columns: chi2_* }

# Giants and dwarfs, each with its labels, as in Wheeler et al. 2020.
models: wheeler2020

# χ² of each fit in the windows of each element: Table 2 of that paper.
windows: galah
`;

export function sampleConfigFor(choice: LabelChoice): string {
  return head + (choice === 'paper' ? paper : oneModel(choice));
}

/** What a sample has unless it is told otherwise. */
export const sampleConfig = sampleConfigFor(labelCounts.from);
