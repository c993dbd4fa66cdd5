/** The numbers behind a plot as columns, and a program that draws it again from cv.fits. Pure. */
import type { Region } from '../chart/scatter';
import { type CsvColumn, inDocstring, pythonText } from '../export';
import { labelWithUnit } from '../words';
import { againstOf, columnsOf } from './columns';
import { colourOf, foldWords, type Scene } from './model';
import { pullFacts, pulls, residuals } from './statistics';

/** Labels of the reference table come in single precision; so few digits are meant. */
const asRead = (values: Float64Array): Float64Array | Float32Array =>
  values.every((value) => Number.isNaN(value) || Math.fround(value) === value) ? Float32Array.from(values) : values;

export function csvColumns(scene: Scene): CsvColumn[] {
  const { run, label, state } = scene;
  const of = (name: string, unit: string, values: ArrayLike<number | string>): CsvColumn => ({ name, unit, values });
  if (state.view === 'precision') {
    const { labels } = run;
    const number = (name: string, values: readonly (number | null)[]): CsvColumn =>
      of(name, '', values.map((value) => value ?? NaN)); // prettier-ignore
    return [
      of('label', '', labels.map((one) => one.label)), // prettier-ignore
      of('unit', '', labels.map(({ unit }) => unit)), // prettier-ignore
      ...(['stars', 'scatter', 'mad', 'rms', 'bias', 'mean', 'correlation', 'spearman', 'lower', 'upper'] as const).map(
        (key) => number(key, labels.map((one) => one[key])), // prettier-ignore
      ),
      number('relative_precision', labels.map(({ relativePrecision }) => relativePrecision)), // prettier-ignore
    ];
  }
  const name = label.label;
  const column = state.view === 'residual' ? againstOf(columnsOf(run, label), state.against) : null;
  const known = ['snr', 'fold', 'pixels', 'inferred', 'error', 'residual', 'pull', `true_${name}`];
  return [
    of('star', '', run.stars),
    of('spectrum', '', run.spectra),
    of('fold', '', run.fold),
    of('snr', '', run.snr),
    of('chi2', '', run.chi2),
    of('n_pixels', '', run.nPixels),
    of(`true_${name}`, label.unit, asRead(label.truth)),
    of(name, label.unit, label.inferred),
    of(`e_${name}`, label.unit, label.error),
    of('residual', label.unit, residuals(label)),
    of('pull', '', pulls(label)),
    ...(column && !known.includes(column.key) ? [of(column.title, '', column.values)] : []),
  ];
}

const text = pythonText;

/** Needs astropy, numpy and matplotlib; the files are those of the runs, by their paths. */
export function pythonOf(scene: Scene, view: Region): string {
  const drawn = { recovery, residual, pulls: pullsProgram, precision }[scene.state.view](scene);
  const limits =
    scene.state.view === 'precision'
      ? ''
      : `\nax.set_xlim(${view.x.from}, ${view.x.to})\nax.set_ylim(${view.y.from}, ${view.y.to})`;
  return `"""Cross-validation of ${inDocstring(scene.run.model)} (${foldWords(scene.run.folds)}). Needs astropy, numpy and matplotlib."""
import matplotlib.pyplot as plt
import numpy as np
from astropy.io import fits

paths = [${[scene.run, ...(scene.other ? [scene.other] : [])].map(({ path }) => text(path)).join(', ')}]
label = ${text(scene.label.label)}


def read(path, table):
    with fits.open(path) as hdus:
        return hdus[table].data.copy()


figure, ax = plt.subplots(figsize=(7, 6))
${drawn}${limits}
figure.tight_layout()
figure.savefig("validation.png", dpi=200)
`;
}

const title = ({ label }: Scene): string => labelWithUnit({ name: label.label, unit: label.unit });

/** Points of every run; those of a single one coloured as on the screen. */
function points(scene: Scene, x: string, y: string): string {
  const colour = colourOf(scene);
  const coloured =
    colour === null
      ? '    points = ax.scatter(x, y, s=5, label=path)'
      : `    shade = ${colour.python}
    points = ax.scatter(x, y, c=shade, s=5, vmin=np.nanpercentile(shade, 2), vmax=np.nanpercentile(shade, 98))
    figure.colorbar(points, label=${text(colour.title)})`;
  const legend = scene.other ? '\nax.legend(fontsize=6)' : '';
  return `for path in paths:
    cv = read(path, "CV")
    x = ${x}
    y = ${y}
${coloured}${legend}`;
}

function recovery(scene: Scene): string {
  const bounds = `

# Where the truth lies for an inferred value: Gaussian kernels with the stars' covariance, Silverman's rule.
cv = read(paths[0], "CV")
known = np.isfinite(cv[label]) & np.isfinite(cv[f"true_{label}"])
inferred, truth = cv[label][known].astype(float), cv[f"true_{label}"][known].astype(float)
covariance = np.cov(truth, inferred)
h = known.sum() ** (-1 / 6)
slope = covariance[0, 1] / covariance[1, 1]
sigma = h * np.sqrt(covariance[0, 0] - slope * covariance[0, 1])
width = h * np.sqrt(covariance[1, 1])
levels = np.linspace(inferred.min(), inferred.max(), 49)
t = np.linspace(truth.min() - 4 * sigma, truth.max() + 4 * sigma, 800)
quantiles = []
for level in levels:
    weight = np.exp(-0.5 * ((level - inferred) / width) ** 2)
    mean = truth + slope * (level - inferred)
    total = np.cumsum((weight * np.exp(-0.5 * ((t[:, None] - mean) / sigma) ** 2)).sum(axis=1))
    quantiles.append(np.interp([0.1, 0.5, 0.9], total / total[-1], t))
for k, style in enumerate(["--", "-", "--"]):
    ax.plot(np.array(quantiles)[:, k], levels, style, lw=0.8, color="tab:orange")
labels = read(paths[0], "LABELS")
row = [str(name).strip() for name in labels["label"]].index(label)
for bound, end in [(labels["lower"][row], -1), (labels["upper"][row], 1)]:
    if np.isfinite(bound):
        ax.axhspan(bound, bound + end * 1000 * np.ptp(inferred), color="0.5", alpha=0.15, lw=0)`;
  return `${points(scene, 'cv[f"true_{label}"]', 'cv[label]')}
ax.axline((${scene.label.truth.find(Number.isFinite) ?? 0},) * 2, slope=1, color="0.5", lw=0.8)${scene.state.showsBounds ? bounds : ''}
ax.set_xlabel(${text(`true ${title(scene)}`)})
ax.set_ylabel(${text(`inferred ${title(scene)}`)})`;
}

function residual(scene: Scene): string {
  const column = againstOf(columnsOf(scene.run, scene.label), scene.state.against);
  return `${points(scene, column.python, 'cv[label] - cv[f"true_{label}"]')}
ax.axhline(0, color="0.5", lw=0.8)

# Median and 16-84 % of the first run, in parts of equal size.
cv = read(paths[0], "CV")
x, y = ${column.python}, cv[label] - cv[f"true_{label}"]
known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
parts = np.array_split(known[np.argsort(x[known])], max(1, min(12, known.size // 25)))
middle = [np.median(x[part]) for part in parts]
for percent, style in [(16, "--"), (50, "-"), (84, "--")]:
    ax.plot(middle, [np.percentile(y[part], percent) for part in parts], style, lw=0.8, color="tab:orange")
ax.set_xlabel(${text(column.title)})
ax.set_ylabel(${text(`inferred - true ${title(scene)}`)})`;
}

function pullsProgram(scene: Scene): string {
  const { extra } = pullFacts(scene.label);
  // As on the screen: the fold of the first run.
  const fold =
    scene.state.fold === null ? '' : `\n    if path == paths[0]:\n        known &= cv["fold"] == ${scene.state.fold}`;
  return `extra = ${scene.other ? 0 : extra}  # added in quadrature to every error, for the dashed outline
bins = np.arange(-5, 5.01, 0.25)
for path in paths:
    cv = read(path, "CV")
    difference, error = cv[label] - cv[f"true_{label}"], cv[f"e_{label}"]
    known = np.isfinite(difference) & (error > 0)${fold}
    weights = np.full(known.sum(), 1 / known.sum() / 0.25)
    ax.hist((difference / error)[known], bins, weights=weights, histtype="step", label=path)
    if extra > 0:
        ax.hist((difference / np.hypot(error, extra))[known], bins, weights=weights, histtype="step", ls="--")
z = np.linspace(-5, 5, 201)
ax.plot(z, np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi), color="tab:orange", lw=1)
ax.set_xlabel(f"pull of {label}: (inferred - true) / formal error")
ax.set_ylabel("share of the stars per unit")`;
}

function precision({ other }: Scene): string {
  return `for path in paths:
    labels = read(path, "LABELS")
    names = [str(name).strip() for name in labels["label"]]
    ax.plot(100 * labels["relative_precision"], names, "o", label=path)
ax.invert_yaxis()${other ? '\nax.legend(fontsize=6)' : ''}
ax.set_xlim(left=0)
ax.set_xlabel("relative precision: 2 x scatter over the unbiased range (%)")`;
}
