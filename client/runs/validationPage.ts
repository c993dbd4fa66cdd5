/** What a cross-validation found, as a Markdown page: how the labels of held-out stars agree with their reference labels. Pure. */
import { basename } from 'node:path';
import type { CrossValidatedModel, LabelAgreement, RunStatus } from '../../engine/index';
import { page, table } from './comparisonPage';
import { count, escaped, number, surveyName, thousands } from './wording';

/** @param run a finished run of `cv` */
export function validationPage({ job, folder, result }: RunStatus): string {
  const models = result?.command === 'cv' ? result.models : [];
  return page([
    `# Cross-validation of ${escaped(surveyName(job.config))}`,
    `Inferred − reference, for stars that the model has not seen. Run \`${basename(folder)}\`.`,
    ...models.flatMap(modelText),
  ]);
}

function modelText({ name, stars, folds, labels, bySnr, path }: CrossValidatedModel): string[] {
  const how = folds === 'leave-one-out' ? 'each left out once' : `${folds} folds`;
  const ranges = (bySnr ?? []).map(({ from, to, stars, labels: some }) => [
    `${number(from)} – ${number(to)}`,
    thousands(stars),
    ...labels.map(({ label }) => number(some.find((one) => one.label === label)?.scatter ?? null)),
  ]);
  return [
    `## ${escaped(name)}: ${count(stars, 'star')}, ${how}`,
    table(
      ['Label', 'Stars', 'Scatter', 'Robust σ', 'rms', 'Bias', 'r', 'To be believed'],
      labels.map((one) => [
        withUnit(one),
        thousands(one.stars),
        ...[one.scatter, one.mad, one.rms, one.bias].map(number),
        digits(one.correlation),
        `${number(one.lower)} – ${number(one.upper)}`,
      ]),
    ),
    'Scatter is half the 16–84 % width of the difference, bias its median, r the correlation.',
    ...(ranges.length === 0
      ? []
      : ['### Scatter by S/N', table(['S/N a pixel', 'Stars', ...labels.map(({ label }) => escaped(label))], ranges)]),
    `All stars, one by one, are in \`${path}\`.`,
  ];
}

function withUnit({ label, unit }: LabelAgreement): string {
  return `${escaped(label)}${unit && ` (${escaped(unit)})`}`;
}

function digits(value: number | null): string {
  return value === null || !Number.isFinite(value) ? '–' : value.toFixed(3);
}
