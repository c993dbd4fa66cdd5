/** What leaves the inspector: the numbers of a fit as columns, and a program that draws it again. Pure. */
import type { StarFit } from '../../engine/index';
import type { Range } from '../chart/ticks';
import { type CsvColumn, inDocstring, pythonText } from '../export';

export function csvColumns({
  waveAngstrom,
  flux,
  error,
  modelFlux,
  scatter,
  residualSigma,
  masked,
}: StarFit): CsvColumn[] {
  return [
    { name: 'wavelength_vacuum_rest', unit: 'Angstrom', values: waveAngstrom },
    { name: 'flux_normalized', unit: '', values: flux },
    { name: 'e_flux_normalized', unit: '', values: error },
    { name: 'model', unit: '', values: modelFlux },
    { name: 'scatter', unit: '', values: scatter },
    { name: 'residual', unit: 'sigma', values: residualSigma },
    { name: 'masked', unit: '', values: masked },
  ];
}

/**
 * A program that draws the figure with astropy and matplotlib from model.fits and the numbers that the same panel exports
 * as CSV: the normalized spectrum itself is in no file of the run.
 */
export function pythonOf(fit: StarFit, range: Range, csvName: string): string {
  const text = pythonText;
  const labels = fit.labels.map(({ name, value }) => `    ${text(name)}: ${value},`).join('\n');
  return `"""Fit of star ${inDocstring(fit.star)} by the model ${inDocstring(fit.model.name)}. Needs astropy, numpy and matplotlib.

Export the same star as CSV beside this file first; the model's flux is worked out here from model.fits.
"""
import sys

import matplotlib.pyplot as plt
import numpy as np
from astropy.io import ascii, fits

data = ascii.read(sys.argv[1] if len(sys.argv) > 1 else ${text(csvName)}, format="csv")
wave, flux = data["wavelength_vacuum_rest [Angstrom]"], data["flux_normalized"]
error = np.ma.filled(data["e_flux_normalized"], np.nan)
good = data["masked"] == 0
labels = {
${labels}
}

with fits.open(${text(fit.model.path)}) as model:
    infos, terms = model["LABELS"].data, model["TERMS"].data
    theta, scatter = model["THETA"].data, model["PIXELS"].data["scatter"]
    scaled = [(labels[str(row["name"]).strip()] - row["pivot"]) / row["scale"] for row in infos]
    factor = lambda index: np.array([1.0 if k < 0 else scaled[k] for k in terms[index]])
    expected = theta @ (factor("i") * factor("j"))

residual = np.where(good, (flux - expected) / np.hypot(error, scatter), np.nan)
shown = np.where(good, flux, np.nan)
figure, (top, bottom) = plt.subplots(2, 1, sharex=True, figsize=(10, 6), height_ratios=[2, 1])
top.fill_between(wave, shown - error, shown + error, color="0.85", lw=0)
top.plot(wave, shown, lw=0.8, color="0.2", label="data")
top.plot(wave, expected, lw=0.8, color="tab:orange", label="model")
top.set_ylabel("normalized flux")
top.legend(frameon=False)
bottom.plot(wave, residual, lw=0.8, color="0.2")
for level in (-3, 0, 3):
    bottom.axhline(level, lw=0.5, color="0.5", ls="-" if level == 0 else "--")
bottom.set_ylabel("residual (σ)")
bottom.set_xlabel("vacuum wavelength (Å, rest frame)")
bottom.set_xlim(${range.from.toFixed(2)}, ${range.to.toFixed(2)})
figure.tight_layout()
figure.savefig(${text(`${fit.star}.png`)}, dpi=200)
`;
}
