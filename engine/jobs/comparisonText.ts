/** A comparison of two runs as text for a terminal. Pure. */
import type { MovedLabel, ResultDiffers, StarsDiffer } from './compareResults';
import type { Comparison, Difference, FilesDiffer } from './compareRuns';

export function comparisonText(comparison: Comparison): string {
  const { a, b, settings, files, spectra, results, isSame, sigma } = comparison;
  const lines = [`A  ${a.folder}  ${a.state}`, `B  ${b.folder}  ${b.state}`];
  if (isSame && results.length > 0)
    return [...lines, 'Nothing differs: settings, inputs and results are the same', ''].join('\n');
  lines.push(settings.length === 0 ? 'Settings: the same' : 'Settings', ...settings.map(settingText));
  lines.push(...filesText('Config, tables, models', files));
  lines.push(
    ...(spectra === null ? ['Spectra: unknown, as one of the runs has not finished'] : filesText('Spectra', spectra)),
  );
  if (results.length === 0) lines.push('Results: none to compare, as one of the runs has not finished');
  for (const result of results) lines.push(...resultText(result, sigma));
  return [...lines, ''].join('\n');
}

function settingText({ where, a, b }: Difference): string {
  return `  ${where.replace(/^resolved\./, '')}: ${a ?? '(none)'} → ${b ?? '(none)'}`;
}

function filesText(title: string, { same, counts, changed, onlyA, onlyB }: FilesDiffer): string[] {
  if (counts.changed + counts.onlyA + counts.onlyB === 0) return [`${title}: the same (${same})`];
  const list = (what: string, count: number, shown: readonly string[]) =>
    count === 0
      ? []
      : [`  ${count} ${what}`, ...shown.map((path) => `    ${path}`), ...(count > shown.length ? ['    …'] : [])];
  return [
    `${title}: ${same} the same`,
    ...list('changed', counts.changed, changed),
    ...list('only in A', counts.onlyA, onlyA),
    ...list('only in B', counts.onlyB, onlyB),
  ];
}

function resultText({ name, isSame, stars, model }: ResultDiffers, sigma: number): string[] {
  if (isSame) return [`Results, ${name}: the same, byte for byte`];
  if (stars !== null) return [`Results, ${name}`, ...starsText(stars, sigma)];
  if (model === null) return [`Results, ${name}: in one of the runs only`];
  if (model.structure !== null) return [`Results, ${name}: ${model.structure}`];
  if (model.isSame) return [`Results, ${name}: the same numbers, other header cards`];
  const [theta, scatter] = [model.theta.toPrecision(3), model.scatter.toPrecision(3)];
  return [`Results, ${name}: ${model.pixels} pixels differ; θ by up to ${theta}, scatter by up to ${scatter}`];
}

function starsText(differ: StarsDiffer, sigma: number): string[] {
  const { stars, same, onlyA, onlyB, moved, worst, labels, labelsOnlyA, labelsOnlyB } = differ;
  const only = [onlyA > 0 ? `, ${onlyA} only in A` : '', onlyB > 0 ? `, ${onlyB} only in B` : ''].join('');
  return [
    `  ${stars} stars in both${only}; labels of ${same} are the same, of ${moved} moved by more than ${sigma} σ`,
    ...labels
      .filter(({ largest, moved }) => largest > 0 || moved > 0)
      .map(
        ({ label, moved, largest }) => `  ${label}: ${moved} moved, the largest change is ${largest.toPrecision(3)}`,
      ),
    ...(labelsOnlyA.length > 0 ? [`  Only A has ${labelsOnlyA.join(', ')}`] : []),
    ...(labelsOnlyB.length > 0 ? [`  Only B has ${labelsOnlyB.join(', ')}`] : []),
    ...worst.map((star) => `  ${star.spectrum}: ${star.labels.map(movedText).join(', ')}`),
    ...(moved > worst.length ? ['  …'] : []),
  ];
}

/** Without σ where there is none to count in. */
function movedText({ label, a, b, sigmas }: MovedLabel): string {
  const by = Number.isFinite(sigmas) ? ` (${sigmas.toPrecision(2)} σ)` : '';
  return `${label} ${shown(a)} → ${shown(b)}${by}`;
}

function shown(value: number): string {
  return Number.isNaN(value) ? 'none' : String(Number(value.toPrecision(6)));
}
