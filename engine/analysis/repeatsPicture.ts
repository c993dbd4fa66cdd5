/** A row a label: its pulls against the unit Gaussian, and the scatter of one observation against S/N beside the formal error. */
import { axesOf, frameOf, rangeAround } from '../picture/frame';
import { curvePath, histogramOf, stepsPath } from '../picture/histogram';
import { labelMarkup, linePath, px, sheet, text } from '../picture/svg';
import type { LabelPulls } from './analyseRepeats';
import { withUncertainty } from './words';

const panel = { width: 190, height: 118, gapX: 74, gapY: 62 } as const;
const [left, top] = [70, 74];
const pullRange = { from: -5, to: 5 };

/** Two labels side by side, each with two plots where S/N is known. */
export function repeatsSvg(labels: readonly LabelPulls[], title: string, snrName: string): string {
  const hasSnr = labels.some(({ bySnr }) => bySnr.length > 0);
  const plots = hasSnr ? 2 : 1;
  const nColumns = Math.min(labels.length, hasSnr ? 2 : 3);
  const nRows = Math.ceil(labels.length / nColumns);
  const stepX = plots * (panel.width + panel.gapX);
  const drawn = labels.map((label, k) => {
    const x = left + (k % nColumns) * stepX;
    const y = top + Math.floor(k / nColumns) * (panel.height + panel.gapY);
    return [
      pullsOf(label, x, y),
      label.bySnr.length > 0 ? againstSnr(label, x + panel.width + panel.gapX, y, snrName) : '',
    ].join('\n');
  });
  return sheet({
    width: Math.max(480, left + nColumns * stepX - panel.gapX + 24),
    height: top + nRows * (panel.height + panel.gapY) - 4,
    title,
    description: labels
      .map(({ label, pairs, pullWidth, pullWidthError }) => {
        return `${label}: ${pairs} pairs, width of the pulls ${withUncertainty(pullWidth, pullWidthError)}.`;
      })
      .join(' '),
    body: [legendOf(hasSnr), ...drawn].join('\n'),
  });
}

function legendOf(hasSnr: boolean): string {
  const y = 48;
  const entry = (x: number, mark: string, words: string) => `${mark}${text(words, { x: x + 30, y })}`;
  return [
    entry(
      left,
      `<path class="pale" d="M${left} ${y - 9}h22v9h-22z"/><path class="line a" d="M${left} ${y - 9}h22"/>`,
      'pulls of pairs',
    ),
    entry(
      left + 140,
      `<path class="line b dash" d="M${left + 140} ${y - 4}h24"/>`,
      hasSnr ? 'unit Gaussian; formal error' : 'unit Gaussian',
    ),
    hasSnr
      ? entry(
          left + 350,
          `<circle class="a-fill" cx="${left + 362}" cy="${y - 4}" r="3.5"/>`,
          'scatter of one observation',
        )
      : '',
  ].join('\n');
}

function pullsOf(label: LabelPulls, x: number, y: number): string {
  const { difference, firstError, secondError } = label.pairsOf;
  const pulls = difference.map((d, k) => d / Math.hypot(firstError[k]!, secondError[k]!));
  const nBins = Math.max(10, Math.min(40, 2 * Math.round(Math.sqrt(pulls.length))));
  const found = histogramOf(pulls, pullRange, nBins);
  const bins = 100;
  const gaussian = {
    ...{ range: pullRange, error: new Float64Array(bins) },
    density: Float64Array.from({ length: bins }, (_, k) => {
      const at = pullRange.from + ((k + 0.5) / bins) * (pullRange.to - pullRange.from);
      return Math.exp(-0.5 * at * at) / Math.sqrt(2 * Math.PI);
    }),
  };
  const frame = frameOf({
    ...{ left: x, top: y, width: panel.width, height: panel.height },
    x: { range: pullRange, title: `Δ${labelMarkup(label.label)} / its error` },
    y: { range: { from: 0, to: 1.12 * Math.max(0.42, ...found.density) }, title: 'Density' },
  });
  return [
    `<path class="pale" d="${stepsPath(found, frame)}Z"/><path class="line a" d="${stepsPath(found, frame)}"/>`,
    `<path class="line b dash" d="${curvePath(gaussian, frame)}"/>`,
    axesOf(frame),
    text(`width ${withUncertainty(label.pullWidth, label.pullWidthError)}`, {
      ...{ x: x + panel.width, y: y - 6, anchor: 'end', class: 'number' },
    }),
    text(labelMarkup(label.label), { x, y: y - 6, class: 'panel' }),
  ].join('\n');
}

function againstSnr({ label, unit, bySnr }: LabelPulls, x: number, y: number, snrName: string): string {
  const logRange = (values: readonly number[]) => {
    const { from, to } = rangeAround(values.map(Math.log), 0.08)!;
    return { from: Math.exp(from), to: Math.exp(to) };
  };
  // The relative error of a width is about that of its pulls.
  const errors = bySnr.map(({ scatter, pullWidth, pullWidthError }) => (scatter * pullWidthError) / pullWidth);
  const ends = bySnr.flatMap(({ scatter, medianError }, k) => {
    return [Math.max(scatter - errors[k]!, scatter / 3), scatter + errors[k]!, medianError];
  });
  const frame = frameOf({
    ...{ left: x, top: y, width: panel.width, height: panel.height },
    x: { range: logRange(bySnr.flatMap(({ from, to }) => [from, to])), isLog: true, title: `S/N (${snrName})` },
    y: { range: logRange(ends), isLog: true, title: `σ ${labelMarkup(label, unit)}` },
  });
  const marks = bySnr.map(({ medianSnr, scatter }, k) => {
    const [at, error] = [frame.toX(medianSnr), errors[k]!];
    const bar = `M${px(at)} ${px(frame.toY(Math.max(scatter - error, scatter / 3)))}V${px(frame.toY(scatter + error))}`;
    return `<path class="line a" d="${bar}"/><circle class="a-fill" cx="${px(at)}" cy="${px(frame.toY(scatter))}" r="3.5"/>`;
  });
  const formal = linePath(
    bySnr.map(({ medianSnr, medianError }) => [frame.toX(medianSnr), frame.toY(medianError)] as const),
  );
  return [`<path class="line b dash" d="${formal}"/>`, ...marks, axesOf(frame)].join('\n');
}
