/** Codes of problems: each has one meaning, is documented, and is brought about by a test. */
import { describe, expect, it } from 'vitest';
import { otherCodes } from '../../engine/config/otherCodes';
import { problem, rules } from '../../engine/config/rules';
import { filesUnder, read } from './sources';

const used = new Map<string, Set<string>>();
for (const path of ['engine', 'server', 'client', 'webviews'].flatMap((room) => filesUnder(room, /\.ts$/))) {
  if (path === 'engine/config/rules.ts') continue;
  for (const [code] of read(path).matchAll(/(?<=')CAN\d{3}(?=')/g))
    used.set(code, (used.get(code) ?? new Set()).add(path));
}

describe('problem codes', () => {
  it('stand in one table only', () => {
    expect(Object.keys(otherCodes).filter((code) => code in rules)).toEqual([]);
    for (const code of [...Object.keys(rules), ...Object.keys(otherCodes)]) expect(code).toMatch(/^CAN\d{3}$/);
  });

  it('are all in a table, wherever they are raised', () => {
    const unknown = [...used].filter(([code]) => !(code in rules) && !(code in otherCodes));
    expect(unknown.map(([code, paths]) => `${code} in ${[...paths].join(', ')}`)).toEqual([]);
  });

  it('are all raised', () => {
    const raised = read('engine/config/rules.ts');
    const idle = [...Object.keys(rules), ...Object.keys(otherCodes)].filter(
      (code) => !used.has(code) && !raised.includes(`problem('${code}'`),
    );
    expect(idle).toEqual([]);
  });

  it('are documented', () => {
    const page = read('docs/problems.md');
    for (const code of [...Object.keys(rules), ...Object.keys(otherCodes)]) expect(page).toContain(`| ${code} `);
  });

  it('of the config and its files are each brought about by a test', () => {
    const tests = filesUnder('test', /\.test\.ts$/).filter((path) => !path.startsWith('test/contract/'));
    const text = tests.map(read).join('\n');
    expect(Object.keys(rules).filter((code) => !text.includes(`'${code}'`))).toEqual([]);
  });

  it('fill every slot of their sentences', () => {
    const found = problem(
      'CAN005',
      { key: 'grdi', place: 'the file', known: 'grid' },
      { file: '/a', instead: 'grid', fix: 'grid' },
    );
    expect(found).toEqual({
      code: 'CAN005',
      severity: 'error',
      message: 'There is no key "grdi" in the file',
      hint: 'Did you mean "grid"? Keys here are grid.',
      file: '/a',
      fix: 'grid',
    });
  });
});
