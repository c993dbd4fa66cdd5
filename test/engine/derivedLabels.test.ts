/** Labels made of others: weighted means and formulas, with errors against written-out propagation. */
import { describe, expect, it } from 'vitest';
import type { LabelSpec } from '../../engine/config/config';
import { parseConfig } from '../../engine/config/parse';
import { errorColumnOf, labelColumns, labelInRow } from '../../engine/reference/derivedLabels';
import type { Cell, Table } from '../../engine/reference/table';

function tableOf(columns: Record<string, readonly Cell[]>): Table {
  const isNumeric = (values: readonly Cell[]) => values.every((value) => typeof value === 'number');
  const named = Object.entries(columns).map(
    ([name, values]) => [name, { name, unit: '', values, isNumeric: isNumeric(values) }] as const,
  );
  return { path: '/survey/labels.csv', nRows: Object.values(columns)[0]!.length, columns: new Map(named) };
}

function parse(labels: string) {
  const head = 'survey: lamost-lrs\nspectra: "*.fits"\nreference: { file: labels.csv, match: { filename: f } }\n';
  return parseConfig(`${head}labels:\n${labels}`, '/survey/cannon.yaml');
}

function labelsOf(text: string): readonly LabelSpec[] {
  const { config, problems } = parse(text);
  expect(problems).toEqual([]);
  return config!.labels;
}

const table = tableOf({
  mg_fe: [0.1, 0.2, null, null],
  si_fe: [0.3, 0.1, 0.5, null],
  ca_fe: [0.2, null, 0.1, null],
  e_mg_fe: [0.1, 0.05, 0.1, 0.1],
  SI_FE_ERR: [0.2, 0.1, 0.1, 0.1],
  err_ca_fe: [0.05, 0.1, 0, 0.1],
});

describe('a mean of labels', () => {
  it('weights by 1 / error² over the values that a star has, and propagates to 1 / √Σ e⁻²', () => {
    const labels = labelsOf('  alpha_fe: { mean: [mg_fe, si_fe, ca_fe], weights: errors }\n');
    const { values, errors } = labelColumns(labels, table).get('alpha_fe')!;
    // Row 0: weights 100, 25, 400; row 1: 400, 100; row 2: calcium has no error above 0 and does not count; row 3: nothing.
    const expected = [(0.1 * 100 + 0.3 * 25 + 0.2 * 400) / 525, (0.2 * 400 + 0.1 * 100) / 500, 0.5];
    [...values].slice(0, 3).forEach((value, row) => expect(value).toBeCloseTo(expected[row]!, 12));
    expect([values[3], errors![3]]).toEqual([NaN, NaN]);
    [1 / Math.sqrt(525), 1 / Math.sqrt(500), 0.1].forEach((error, row) => expect(errors![row]).toBeCloseTo(error, 12));
  });

  it('weights all alike by default, and asks for as many values as it is told', () => {
    const labels = labelsOf('  a: { mean: [mg_fe, si_fe, ca_fe] }\n  b: { mean: [mg_fe, si_fe, ca_fe], atLeast: 3 }\n');
    const columns = labelColumns(labels, table);
    expect(columns.get('a')!.values[1]).toBeCloseTo(0.15, 12);
    expect([...columns.get('b')!.values].map(Number.isFinite)).toEqual([true, false, false, false]);
    // An ordinary mean of three has the error √Σ e² / 3.
    expect(columns.get('a')!.errors![0]).toBeCloseTo(Math.sqrt(0.01 + 0.04 + 0.0025) / 3, 12);
  });

  it('takes the columns of errors that it names', () => {
    const odd = tableOf({ x: [1, 1], y: [3, 3], sx: [0.1, 0.1], sy: [0.3, 0.1] });
    const labels = labelsOf('  m: { mean: [x, y], weights: errors, errors: [sx, sy] }\n');
    const { values, errors } = labelColumns(labels, odd).get('m')!;
    expect(values[0]).toBeCloseTo((100 + 3 * (1 / 0.09)) / (100 + 1 / 0.09), 12);
    expect(errors![1]).toBeCloseTo(0.1 / Math.sqrt(2), 12);
  });

  it('cannot be weighted without errors, and says whose are missing', () => {
    const labels = labelsOf('  m: { mean: [mg_fe, o_fe], weights: errors }\n');
    const without = tableOf({ mg_fe: [1], e_mg_fe: [1], o_fe: [1] });
    expect(() => labelColumns(labels, without)).toThrow(/weighted by errors, but labels.csv has none for "o_fe"/);
  });
});

describe('a formula', () => {
  it('takes labels before columns, its own name as the column, and stands before or after them', () => {
    const labels = labelsOf(
      '  mg_fe: { expression: "mg_h - fe_h" }\n  fe_h: { column: feh }\n  teff: { expression: "teff - 30" }\n',
    );
    const columns = labelColumns(labels, tableOf({ mg_h: [0.5], feh: [0.2], fe_h: [99], teff: [5030] }));
    expect(columns.get('mg_fe')!.values[0]).toBeCloseTo(0.3, 12);
    expect(columns.get('teff')!.values[0]).toBe(5000);
    expect(columns.get('mg_fe')!.errors).toBeNull();
  });

  it('propagates errors from the columns it comes from, not counting a shared one twice', () => {
    const labels = labelsOf(
      '  fe_h: { column: feh, error: sfeh }\n  mg_fe: { expression: "mg_h - fe_h" }\n  mg_h2: { expression: "mg_fe + fe_h" }\n  square: { expression: "mg_h * mg_h" }\n',
    );
    const columns = labelColumns(labels, tableOf({ mg_h: [0.5], e_mg_h: [0.03], feh: [0.2], sfeh: [0.04] }));
    expect(columns.get('mg_fe')!.errors![0]).toBeCloseTo(0.05, 12);
    // [Mg/Fe] + [Fe/H] is [Mg/H] again: the error of iron cancels.
    expect(columns.get('mg_h2')!.errors![0]).toBeCloseTo(0.03, 12);
    expect(columns.get('square')!.errors![0]).toBeCloseTo(2 * 0.5 * 0.03, 12);
  });

  it('is unknown where an ingredient is', () => {
    const labels = labelsOf('  x: { expression: "a / b" }\n  y: { expression: "if(a > 0, 1, b)" }\n');
    const columns = labelColumns(labels, tableOf({ a: [1, null, 1], b: [0, 1, null] }));
    expect([...columns.get('x')!.values]).toEqual([NaN, NaN, NaN]);
    expect([...columns.get('y')!.values]).toEqual([1, NaN, 1]);
  });
});

describe('errors of columns', () => {
  it('are found by custom, in any case, or as the label says', () => {
    const names = ['TEFF_ERR', 'e_logg', 'sigma_feh', 'fe_h_error'];
    const some = tableOf(Object.fromEntries(names.map((name) => [name, [1]])));
    expect(errorColumnOf('teff', some)).toBe('TEFF_ERR');
    expect(errorColumnOf('logg', some)).toBe('e_logg');
    expect(errorColumnOf('mg_fe', some)).toBeNull();
    const [label] = labelsOf('  fe_h: { column: feh }\n');
    expect(errorColumnOf(label!, some)).toBe('sigma_feh');
    expect(errorColumnOf({ ...label!, error: 'given' }, some)).toBe('given');
  });
});

describe('contradictions in the text are problems:', () => {
  it.each([
    ['two ways at once', '  a: { column: x, mean: [y] }\n', 'CAN040', /"column" and "mean"/],
    ['a circle', '  a: { expression: "b + 1" }\n  b: { mean: [a, x] }\n', 'CAN041', /"a" from "b" from "a"/],
    [
      'errors that do not go with the values',
      '  a: { mean: [x, y], weights: errors, errors: [ex] }\n',
      'CAN042',
      /2 values but 1/,
    ],
    ['more values than there are', '  a: { mean: [x, y], atLeast: 3 }\n', 'CAN043', /at least 3/],
    ['weights without a mean', '  a: { column: x, weights: errors }\n', 'CAN020', /not a mean/],
    ['a value twice', '  a: { mean: [x, x] }\n', 'CAN021', /listed twice/],
    ['a condition for a formula', '  a: { expression: "x > 1" }\n', 'CAN015', /true or false where a number is needed/],
    ['broken formulas', '  a: { expression: "x -" }\n', 'CAN015', /ends where a value should stand/],
  ])('%s', (_, text, code, words) => {
    const { problems } = parse(text);
    expect(problems.map((one) => one.code)).toContain(code);
    const found = problems.find((one) => one.code === code)!;
    expect(found.message).toMatch(words);
    expect(found.range).toBeDefined();
  });
});

describe('one row', () => {
  it('has the same labels as the whole table, and none where it lacks what they need', () => {
    const labels = labelsOf(
      '  alpha_fe: { mean: [mg_fe, si_fe, ca_fe], weights: errors }\n  half: { expression: "alpha_fe / 2" }\n  other: { column: nope }\n',
    );
    const whole = labelColumns(labels.slice(0, 2), table);
    for (const row of [0, 1, 2]) {
      expect(labelInRow(labels, table, 'half', row)).toBe(whole.get('half')!.values[row]);
    }
    expect([labelInRow(labels, table, 'half', 3), labelInRow(labels, table, 'other', 0)]).toEqual([null, null]);
  });
});
