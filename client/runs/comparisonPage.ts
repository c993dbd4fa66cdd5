/**
 * What differs between two runs, as a Markdown page: settings, inputs, and results down to the star. Pure. The comparison comes
 * as JSON, in which numbers that do not exist, and those without bound, are null.
 */
import { basename } from 'node:path';
import type { Comparison, FilesDiffer, ModelsDiffer, ResultDiffers, StarsDiffer } from '../../engine/index';
import { commandTitle } from '../jobs/wording';
import { count, escaped, number, thousands } from './wording';

export function comparisonPage(comparison: Comparison): string {
  const { a, b, settings, files, spectra, results, isSame, sigma } = comparison;
  const lines = [
    `# ${commandTitle[a.command]}: what differs between two runs`,
    table(
      ['', 'Run', 'State'],
      [
        ['**A**', code(basename(a.folder)), a.state],
        ['**B**', code(basename(b.folder)), b.state],
      ],
    ),
  ];
  if (isSame && results.length > 0)
    return page([...lines, 'Nothing differs: settings, inputs and results are the same.']);
  lines.push('## Settings');
  if (settings.length === 0) lines.push('They are the same.');
  else
    lines.push(
      table(
        ['Key', 'A', 'B'],
        settings.map(({ where, a, b }) => [code(where), value(a), value(b)]),
      ),
    );
  lines.push('## Inputs', ...filesText('Config, tables and models', files));
  lines.push(
    ...(spectra === null ? ['Spectra: unknown, as one of the runs has not finished.'] : filesText('Spectra', spectra)),
  );
  lines.push('## Results');
  if (results.length === 0) lines.push('There are none to compare, as one of the runs has not finished.');
  for (const result of results) lines.push(...resultText(result, sigma));
  return page(lines);
}

function filesText(title: string, { same, counts, changed, onlyA, onlyB }: FilesDiffer): string[] {
  if (counts.changed + counts.onlyA + counts.onlyB === 0) return [`${title}: the same (${thousands(same)}).`];
  const list = (what: string, n: number, shown: readonly string[]): string[] =>
    n === 0
      ? []
      : [
          `${thousands(n)} ${what}:`,
          [...shown.map((path) => `- ${code(path)}`), ...(n > shown.length ? ['- …'] : [])].join('\n'),
        ];
  return [
    `${title}: ${thousands(same)} the same.`,
    ...list('changed', counts.changed, changed),
    ...list('only in A', counts.onlyA, onlyA),
    ...list('only in B', counts.onlyB, onlyB),
  ];
}

function resultText({ name, isSame, stars, model }: ResultDiffers, sigma: number): string[] {
  const head = `### ${escaped(name)}`;
  if (isSame) return [head, 'The same, byte for byte.'];
  if (stars !== null) return [head, ...starsText(stars, sigma)];
  return [head, model === null ? 'In one of the runs only.' : modelText(model)];
}

function modelText({ structure, isSame, pixels, theta, scatter }: ModelsDiffer): string {
  if (structure !== null) return `The models cannot be compared number by number: ${escaped(structure)}.`;
  if (isSame) return 'The same numbers; other header cards.';
  return `${count(pixels, 'pixel')} differ: θ by up to ${number(theta)}, the scatter by up to ${number(scatter)}.`;
}

function starsText(differ: StarsDiffer, sigma: number): string[] {
  const { stars, same, onlyA, onlyB, moved, worst, labels, labelsOnlyA, labelsOnlyB } = differ;
  const only = [onlyA > 0 ? `, ${thousands(onlyA)} only in A` : '', onlyB > 0 ? `, ${thousands(onlyB)} only in B` : ''];
  const errors = sigma === 1 ? 'their errors' : `${sigma} times their errors`;
  const changed = labels.filter(({ largest, moved }) => (largest ?? 0) > 0 || moved > 0);
  return [
    `${count(stars, 'star')} in both${only.join('')}. The labels of ${thousands(same)} are the same, bit for bit; those of ` +
      `**${thousands(moved)}** moved by more than ${errors}.`,
    ...(changed.length === 0
      ? []
      : [
          table(
            ['Label', 'Stars that moved', 'Largest change'],
            changed.map(({ label, moved, largest }) => [code(label), thousands(moved), number(largest)]),
          ),
        ]),
    ...(labelsOnlyA.length > 0 ? [`Only A has ${labelsOnlyA.map(code).join(', ')}.`] : []),
    ...(labelsOnlyB.length > 0 ? [`Only B has ${labelsOnlyB.map(code).join(', ')}.`] : []),
    ...(worst.length === 0
      ? []
      : [
          moved > worst.length ? `The ${worst.length} that moved most:` : 'These moved:',
          table(
            ['Spectrum', 'Label', 'A', 'B', 'Errors apart'],
            worst.flatMap(({ spectrum, labels }) =>
              labels.map(({ label, a, b, sigmas }, n) => [
                n === 0 ? code(spectrum) : '',
                code(label),
                figure(a),
                figure(b),
                isNumber(sigmas) ? number(sigmas) : '∞',
              ]),
            ),
          ),
        ]),
  ];
}

function isNumber(value: number | null): value is number {
  return value !== null && Number.isFinite(value);
}

function figure(value: number | null): string {
  return isNumber(value) ? String(Number(value.toPrecision(6))) : 'none';
}

function value(json: string | null): string {
  if (json === null) return '(none)';
  return code(json.length > 120 ? `${json.slice(0, 120)}…` : json);
}

/** As code: what stands in it is taken as it is, and a bar would end a cell of a table. */
function code(text: string): string {
  const line = text.replace(/\s*\n\s*/g, ' ').replaceAll('`', "'");
  return line === '' ? '' : `\`${line.replaceAll('|', '\\|')}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function page(paragraphs: readonly string[]): string {
  return `${paragraphs.join('\n\n')}\n`;
}
