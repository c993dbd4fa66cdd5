/** What leaves the panel of coefficients: the numbers of a term as columns, and a program that draws the plots again. Pure. */
import type { ModelAnatomy } from '../../engine/index';
import type { Range } from '../chart/ticks';
import { type CsvColumn, inDocstring, pythonText } from '../export';
import { column, type LabelInformation, otherColumn, typicalSnr } from './model';

/** What is drawn, and how. */
export interface Drawn {
  readonly model: ModelAnatomy;
  /** Drawn over it, dashed; null for none. */
  readonly other: ModelAnatomy | null;
  readonly term: number;
  /** θ over its error instead of θ. */
  readonly inSigma: boolean;
  /** Null for the constant. */
  readonly information: LabelInformation | null;
}

export function csvColumns({ model, other, term, information }: Drawn): CsvColumn[] {
  const name = model.termNames[term]!;
  const theirs = other && otherColumn(model, other, term, false);
  return [
    { name: 'wavelength_vacuum', unit: 'Angstrom', values: model.waveAngstrom },
    { name: `theta_${name}`, unit: '', values: column(model.theta, model, term) },
    ...(model.thetaError.length > 0
      ? [{ name: `e_theta_${name}`, unit: '', values: column(model.thetaError, model, term) }]
      : []),
    ...(theirs ? [{ name: `theta_${name}_compared`, unit: '', values: theirs }] : []),
    { name: 'scatter', unit: '', values: model.scatter },
    { name: 'n_stars', unit: '', values: model.nStars },
    { name: 'converged', unit: '', values: model.converged },
    ...(information
      ? [
          {
            name: `information_${model.labels[information.label]!.name}`,
            unit: 'permille',
            values: information.perMille,
          },
        ]
      : []),
  ];
}

/** A program that draws the same plots from the files of the models with astropy and matplotlib. */
export function pythonOf({ model, other, term, inSigma, information }: Drawn, range: Range): string {
  const text = pythonText;
  const paths = [model, ...(other ? [other] : [])].map(({ path }) => text(path));
  const isInSigma = inSigma && model.thetaError.length > 0;
  const hasBand = model.thetaError.length > 0 && !isInSigma;
  const label = information && model.labels[information.label]!.name;
  const plots = label === null ? 'top, bottom' : 'top, middle, bottom';
  return `"""Coefficients of ${inDocstring(model.termNames[term]!)} in the model ${inDocstring(model.name)}. Needs astropy, numpy and matplotlib."""
import matplotlib.pyplot as plt
import numpy as np
from astropy.io import fits

paths = [${paths.join(', ')}]
term = ${text(model.termNames[term]!)}

figure, axes = plt.subplots(${label === null ? 2 : 3}, 1, sharex=True, figsize=(10, ${label === null ? 6 : 7.5}), height_ratios=[2${', 1'.repeat(label === null ? 1 : 2)}])
${plots} = axes
for path, style in zip(paths, ["-", "--"]):
    with fits.open(path) as model:
        names = [str(name).strip() for name in model["TERMS"].data["name"]]
        if term not in names:
            continue
        k = names.index(term)
        pixels, theta = model["PIXELS"].data.copy(), model["THETA"].data.copy()
        error = model["THETA_ERR"].data[:, k].copy() if "THETA_ERR" in model else np.full(len(theta), np.nan)
    wave, scatter = pixels["wavelength"], pixels["scatter"]
    known = np.isfinite(scatter)
    shown = np.where(known, theta[:, k]${isInSigma ? ' / np.where(error > 0, error, np.nan)' : ''}, np.nan)
    top.plot(wave, shown, style, lw=0.8, label=path)
    bottom.plot(wave, np.where(known, scatter, np.nan), style, lw=0.8)${
      hasBand
        ? `
    if path == paths[0]:
        top.fill_between(wave, shown - error, shown + error, alpha=0.3, lw=0)`
        : ''
    }
top.axhline(0, lw=0.5, color="0.5")
top.set_ylabel(f"theta of {term}${isInSigma ? ' (sigma)' : ''}")
bottom.set_ylabel("scatter s")
bottom.set_xlabel("vacuum wavelength (Å, rest frame)")
bottom.set_xlim(${range.from.toFixed(2)}, ${range.to.toFixed(2)})
${other ? 'top.legend(fontsize=6)\n' : ''}${label === null ? '' : informationProgram(label)}figure.tight_layout()
figure.savefig("coefficients.png", dpi=200)
`;
}

/** What each pixel adds to 1 / σ² of a label at the pivots, the gradients of all other labels regressed away. */
const informationProgram = (label: string): string => `
# What each pixel tells of a label, all others free, in a spectrum of S/N ${typicalSnr} a pixel.
label = ${pythonText(label)}
with fits.open(paths[0]) as model:
    labels = [str(name).strip() for name in model["LABELS"].data["name"]]
    names = [str(name).strip() for name in model["TERMS"].data["name"]]
    theta, pixels = model["THETA"].data, model["PIXELS"].data
    known = np.isfinite(pixels["scatter"])
    weight = 1 / np.sqrt(pixels["scatter"][known] ** 2 + 1 / ${typicalSnr}**2)
    slopes = {name: weight * theta[known, names.index(name)] for name in labels}
    own = slopes.pop(label)
    if slopes:
        others = np.column_stack([slope / np.linalg.norm(slope) for slope in slopes.values()])
        own = own - others @ np.linalg.lstsq(others, own, rcond=None)[0]
    middle.plot(pixels["wavelength"][known], 1000 * own**2 / np.sum(own**2), lw=0.8, color="0.2")
middle.set_ylabel(f"information on {label} (permille)")
`;
