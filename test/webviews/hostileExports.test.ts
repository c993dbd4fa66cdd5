/** What leaves a panel goes to Python and to spreadsheets: no header, path, column or condition may become a program there. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import type { Selection } from '../../engine/index';
import { csvOf, inDocstring, pythonText } from '../../webviews/export';
import { pythonOf as inspectorProgram } from '../../webviews/inspector/exports';
import { pythonOf as reviewProgram } from '../../webviews/review/exports';
import type { Bench } from '../../webviews/review/protocol';
import { mockFit } from './mockData';

const hostile = ['"""\nimport os', 'a\\', "'''", '"', '\u2028x', '{evil()}', 'x\ry'];

it('keeps texts of headers and paths within the head of a Python program', () => {
  for (const text of hostile) {
    const program = inspectorProgram({ ...mockFit('x'), star: text }, { from: 4000, to: 5000 }, `${text}.csv`);
    expect(program.split('"""')).toHaveLength(3);
    expect(program.split('"""')[1]!.split('\n')[0]).toBe(
      `Fit of star ${inDocstring(text)} by the model giants. Needs astropy, numpy and matplotlib.`,
    );
    expect(inDocstring(text)).not.toMatch(/"|[\n\r\u2028]|(?<!\\)(?:\\\\)*\\$/);
  }
});

it('keeps conditions and names of columns within the strings of a Python program', () => {
  const about = { title: '', nRows: 1, columns: [], flags: [], searches: [], surprise: null, reviewProblem: '' };
  for (const text of hostile) {
    const bench: Bench = { ...about, catalog: text };
    const order = { sort: text, descending: true, flags: 0, search: '', reviewed: 'all' } as const;
    const selection: Selection = { ...order, where: `note LIKE '${text}'` };
    const program = reviewProgram(bench, selection);
    expect(program).toContain(`    ${pythonText(`(note LIKE '${text}')`)},\n`);
    expect(program).toContain(pythonText(` ORDER BY "${text.replaceAll('"', '""')}" DESC NULLS LAST`));
    // Only those that open and close the head; all others stand behind a backslash.
    expect(program.split('"""')).toHaveLength(3);
  }
});

it('marks texts that a spreadsheet would compute, and no numbers', () => {
  const values = ['=1+1', '@SUM(1)', '+cmd', '-2+cmd', '+45 12 30', '-12', 'HD 1', ''];
  expect(
    csvOf([{ name: 'text', unit: '', values }])
      .split('\n')
      .slice(1, -1),
  ).toEqual([...["'=1+1", "'@SUM(1)", "'+cmd", "'-2+cmd"], ...['+45 12 30', '-12', 'HD 1', '']]);
  expect(csvOf([{ name: 'x', unit: 'K', values: [-1.5, NaN] }])).toBe('x [K]\n-1.5\n\n');
});

it('writes numbers with the digits that are meant', () => {
  const written = (values: ArrayLike<number>): string[] =>
    csvOf([{ name: 'x', unit: '', values }])
      .split('\n')
      .slice(1, -1);
  const single = [3.83, -0.0123456789, 16777216, 1e-30, 5772.5];
  expect(written(Float32Array.from(single))).toEqual(['3.83', '-0.012345679', '16777216', '1e-30', '5772.5']);
  for (const [k, text] of written(Float32Array.from(single)).entries())
    expect(Math.fround(Number(text))).toBe(Math.fround(single[k]!));
  expect(written([3899.999999999999, 0.1 + 0.2, 938501119])).toEqual(['3900', '0.3', '938501119']);
});

it.skipIf(process.platform === 'win32')('writes texts that Python reads back letter by letter', async () => {
  const python = promisify(execFile)('python3', ['-c', `print([${hostile.map(pythonText).join(', ')}])`]);
  const said = await python.then(
    ({ stdout }) => stdout,
    () => null,
  );
  if (said !== null) expect(said.match(/import os/g)).toHaveLength(1);
});
