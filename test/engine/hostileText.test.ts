/** Texts of headers, tables and file names belong to whoever made the data: what a terminal or a spreadsheet would obey is shown instead. */
import { expect, it } from 'vitest';
import { csvRows, type CatalogColumn } from '../../engine/catalog/catalog';
import { fromSheetText, sheetText } from '../../engine/catalog/sheetText';
import { terminalText } from '../../engine/terminalText';

it('shows control characters and marks of direction as escapes, and leaves lines, tabs and letters', () => {
  expect(terminalText('a\x1b]0;title\x07b\x9b2J\r\x7f')).toBe('a\\u001b]0;title\\u0007b\\u009b2J\\u000d\\u007f');
  expect(terminalText('sdo\u202egpj.fits')).toBe('sdo\\u202egpj.fits');
  expect(terminalText('θ ≥ 3 ★\n\t– 星')).toBe('θ ≥ 3 ★\n\t– 星');
});

it('writes JSON that no terminal obeys, and that says the same', () => {
  const value = { name: 'a\x1b[2J\x9b2J\x7f\u202e' };
  const line = terminalText(JSON.stringify(value));
  expect(line).not.toMatch(/[\p{Cc}\u202e]/u);
  expect(JSON.parse(line)).toEqual(value);
});

it('marks texts of a CSV table that a spreadsheet would compute, so that they can be read back', () => {
  const dangerous = ['=cmd|" /C calc"!A0', '@SUM(1)', '+1+cmd', '-2+3+cmd', '\t=1', "'=1", "''@x"];
  for (const text of dangerous) {
    expect(sheetText(text)).toBe(`'${text}`);
    expect(fromSheetText(sheetText(text))).toBe(text);
  }
  for (const text of ['HD 1', '-12', '+45 12 30.5', '-1e-5', '', "O'Neill", "'"]) {
    expect(sheetText(text)).toBe(text);
    expect(fromSheetText(text)).toBe(text);
  }
  const column: CatalogColumn = { name: 'designation', unit: '', ucd: '', values: ['=1+1', 'x'] };
  expect(csvRows([column])).toBe("'=1+1\nx\n");
});
