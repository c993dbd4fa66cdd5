/** Figure 9 of Wheeler et al. 2020 for any catalog: chemical distances of pairs and of random pairs, and which labels tell them apart. */
import { axesOf, frameOf } from '../picture/frame';
import { curvePath, histogramOf, stepsPath } from '../picture/histogram';
import { labelMarkup, linePath, px, sheet, text } from '../picture/svg';
import type { PairsResult } from './pairs';
import { quantile } from '../cannon/agreement';
import { sortedFinite } from './statistics';
import { thousands } from './words';

const width = 900;
const plotHeight = 250;

export function pairsSvg(result: PairsResult, title: string, ironName: string): string {
  const nLabels = result.labels.length;
  const height = Math.max(530, 130 + 22 * nLabels);
  const { whole, pairs, random } = result;
  return sheet({
    ...{ width, height, title },
    description: `${pairs.length} pairs and ${random.length} random pairs of the same difference in metallicity. A random pair lies further apart than a pair with the probability ${whole.separation.toFixed(3)} ± ${whole.error.toFixed(3)}.`,
    body: [distances(result), matching(result, ironName, height), separations(result, height)].join('\n'),
  });
}

function distances({ distances, randomDistances, expected, pairs, random }: PairsResult): string {
  const [sorted, sortedRandom] = [sortedFinite(distances), sortedFinite(randomDistances)];
  const most = Math.max(quantile(sortedRandom, 0.97), quantile(sorted, 0.95));
  const range = { from: 0, to: most * 1.02 };
  // As wide as Freedman and Diaconis have it for the pairs: few pairs need wide bins.
  const binWidth = (2 * (quantile(sorted, 0.75) - quantile(sorted, 0.25))) / Math.cbrt(pairs.length);
  const nBins = Math.max(8, Math.min(50, Math.round(range.to / Math.max(binWidth, range.to / 50))));
  const ofPairs = histogramOf(distances, range, nBins);
  const ofRandom = histogramOf(randomDistances, range, nBins);
  const alike = expected === null ? null : histogramOf(expected, range, Math.max(2 * nBins, 40));
  const top = Math.max(...ofPairs.density, ...ofRandom.density, ...(alike?.density ?? [0]));
  const frame = frameOf({
    ...{ left: 66, top: 62, width: 440, height: plotHeight },
    x: { range, title: 'Chemical distance (Eq. 6)' },
    y: { range: { from: 0, to: top * 1.38 }, title: 'Share per unit distance' },
  });
  const errors = Array.from(ofPairs.density, (value, k) => {
    const [x, error] = [frame.toX(((k + 0.5) * range.to) / nBins), ofPairs.error[k]!];
    const up = Math.min(value + error, frame.y.range.to);
    return error > 0 ? `M${px(x)} ${px(frame.toY(value - error))}V${px(frame.toY(up))}` : '';
  });
  return [
    `<path class="pale" d="${stepsPath(ofRandom, frame)}Z"/>`,
    `<path class="line a dash" d="${stepsPath(ofRandom, frame)}"/>`,
    `<path class="line b" d="${stepsPath(ofPairs, frame)}"/><path class="b bar" d="${errors.join('')}"/>`,
    alike === null ? '' : `<path class="line ink" stroke-dasharray="1.5 3" d="${curvePath(alike, frame)}"/>`,
    axesOf(frame),
    legend(frame.left + frame.width - 10, frame.top + 18, [
      ['line b', '', `${pairs.length} pairs`],
      ['line a dash', '', `${thousands(random.length)} random pairs, same |Δ[Fe/H]|`],
      ...(alike === null ? [] : ([['line ink', '1.5 3', 'one composition, errors alone']] as const)),
    ]),
  ].join('\n');
}

/** Lines with their words, the right ends of the words at `right`. */
function legend(right: number, top: number, entries: readonly (readonly [string, string, string])[]): string {
  const longest = Math.max(...entries.map(([, , words]) => words.length));
  const x = right - 6.1 * longest - 8;
  return entries
    .map(([name, dashes, words], k) => {
      const y = top + 18 * k;
      const dashed = dashes === '' ? '' : ` stroke-dasharray="${dashes}"`;
      return `<path class="${name}"${dashed} d="M${px(x - 30)} ${px(y - 4)}h24"/>${text(words, { x, y })}`;
    })
    .join('\n');
}

/** How well the random pairs are matched: both cumulative distributions. */
function matching({ deltaIron, randomDeltaIron }: PairsResult, ironName: string, height: number): string {
  const most = Math.max(quantile(sortedFinite(randomDeltaIron), 0.995), ...deltaIron);
  const frame = frameOf({
    ...{ left: 66, top: 62 + plotHeight + 62, width: 440, height: height - plotHeight - 62 - 62 - 48 },
    x: { range: { from: 0, to: most }, title: `|Δ${labelMarkup(ironName)}| (dex)` },
    y: { range: { from: 0, to: 1 }, title: 'Cumulative' },
  });
  const path = (values: Float64Array) => {
    const sorted = sortedFinite(values);
    const points: [number, number][] = [[frame.toX(0), frame.toY(0)]];
    // Thousands of steps are not seen: two hundred of them say the same.
    const every = Math.max(1, Math.floor(sorted.length / 200));
    sorted.forEach((value, k) => {
      if (k % every !== 0 && k !== sorted.length - 1) return;
      const x = frame.toX(Math.min(value, most));
      points.push([x, points.at(-1)![1]], [x, frame.toY((k + 1) / sorted.length)]);
    });
    points.push([frame.toX(most), frame.toY(1)]);
    return linePath(points);
  };
  return [
    `<path class="line a dash" d="${path(randomDeltaIron)}"/>`,
    `<path class="line b" d="${path(deltaIron)}"/>`,
    axesOf(frame),
  ].join('\n');
}

/** The separation of each label by itself with its error, the strongest first, and of all together. */
function separations({ labels, whole }: PairsResult, height: number): string {
  const sorted = [...labels].sort((a, b) => b.separation - a.separation);
  const rows = [
    { name: 'all', markup: 'all together', ...whole },
    ...sorted.map((one) => ({ name: one.label, markup: labelMarkup(one.label), ...one })),
  ];
  const low = Math.min(0.45, ...rows.map(({ separation, error }) => separation - error));
  const high = Math.max(0.6, ...rows.map(({ separation, error }) => separation + error));
  const frame = frameOf({
    ...{ left: 628, top: 62, width: 246, height: height - 62 - 48 },
    x: { range: { from: low - 0.02, to: Math.min(1.02, high + 0.03) }, title: 'P(random pair is further apart)' },
    y: { range: { from: 0, to: rows.length } },
  });
  const step = frame.height / rows.length;
  const marks = rows.map(({ name, markup, separation, error }, k) => {
    const y = frame.top + (k + 0.5) * step;
    const x = frame.toX(separation);
    const [from, to] = [
      frame.toX(Math.max(frame.x.range.from, separation - error)),
      frame.toX(Math.min(frame.x.range.to, separation + error)),
    ];
    const mark =
      name === 'all'
        ? `<path class="b-fill" d="M${px(x)} ${px(y - 6)}l6 6-6 6-6-6z"/>`
        : `<circle class="a-fill" cx="${px(x)}" cy="${px(y)}" r="4"/>`;
    const bar = `<path class="${name === 'all' ? 'b' : 'a'} line" d="M${px(from)} ${px(y)}H${px(to)}"/>`;
    return `${bar}${mark}${text(markup, { x: frame.left - 10, y: y + 4, anchor: 'end', ...(name === 'all' && { class: 'panel' }) })}`;
  });
  const middle = frame.toX(0.5);
  return [
    `<path class="rule" d="M${px(middle)} ${px(frame.top)}V${px(frame.top + frame.height)}"/>`,
    ...marks,
    axesOf({ ...frame, y: { range: { from: 2, to: 1 } } }),
  ].join('\n');
}
