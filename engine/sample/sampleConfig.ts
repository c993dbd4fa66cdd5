/** The cannon.yaml of a sample: what a newcomer reads first, every key with the reason for it. */
export const sampleConfig = `# A mock survey, written by "cannon sample". Everything here works as it stands: start with
#   cannon check     is everything in order?
#   cannon train     train a model on the reference stars
#   cannon cv        how well are labels of unseen stars recovered?
#   cannon infer     label all spectra
# truth.csv holds the true labels of every star, the unseen ones among them.

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
  teff: { column: teff, unit: K }
  logg: { column: logg }
  fe_h: { column: feh }

# Only reference stars that fulfil all of these are trained on.
quality:
  - snrg >= 20
`;
