/** The language of conditions: what parses, what it means with missing values, and where a mistake is said to lie. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runInNewContext } from 'node:vm';
import { evaluate, nameNodes, parseExpression, writtenName } from '../../engine/config/expression';

const star: Record<string, number | boolean | null> = {
  teff: 5000,
  logg: 4.2,
  snrg: 40,
  flag: 0,
  isGood: true,
  gone: null,
  nan: NaN,
  'spectrum.SNRG': 31,
  '[Fe/H]': -0.5,
  and: 7,
};

function holds(text: string): boolean {
  const { expression, problem } = parseExpression(text);
  expect(problem, text).toBeUndefined();
  return evaluate(expression!, (name) => star[name]);
}

describe('a condition', () => {
  it.each([
    ['teff >= 5000', true],
    ['teff > 5000', false],
    ['teff == 5e3 and logg != 4', true],
    ['4500 < teff < 5000', false],
    ['4500 < teff <= 5000 <= 6000', true],
    ['6000 > teff > 5500', false],
    ['-6e-4 * teff + 7.3 > logg', true],
    ['logg < if(teff < 5200, 4.18, -6e-4 * teff + 7.3)', false],
    ['logg < if(teff < 4000, 4.18, -6e-4 * teff + 7.3)', true],
    ['spectrum.SNRG >= 30', true],
    ['`[Fe/H]` > -1', true],
    ['`and` == 7', true],
    ['isGood', true],
    ['not isGood or flag == 0', true],
    ['not flag', true],
    ['teff - 1000 - 500 == 3500', true],
    ['teff / 10 / 5 == 100', true],
    ['2 + 3 * 4 == 14 and (2 + 3) * 4 == 20', true],
    ['- -1 == 1 and 2 - -1 == 3', true],
    ['flag == 1 or snrg > 30 and teff < 4000', false],
    ['min(3, 1, 2) == 1 and max(3, 1, 2) == 3', true],
    ['log10(1000) == 3 and abs(-2) == 2', true],
    ['.5 < 1. and 1E3 == 1000', true],
    ['if(isGood, teff > 1, teff < 1)', true],
  ])('%s is %s', (text, expected) => {
    expect(holds(text)).toBe(expected);
  });

  it.each([
    'gone > 1',
    'gone <= 1',
    'gone != 1',
    'not gone > 1',
    'nan == nan',
    'gone + 1 > 0',
    'max(gone, 9) > 1',
    'if(gone > 1, 1 < 2, 1 < 2)',
    'log10(-1) < 0',
    'nowhere == 0',
    'gone',
  ])('%s does not hold, because a value is missing', (text) => {
    expect(holds(text)).toBe(false);
  });

  it('is known where the missing value does not matter', () => {
    expect(holds('gone > 1 or teff > 1')).toBe(true);
    expect(holds('teff > 1 or gone > 1')).toBe(true);
    expect(holds('not (gone > 1 and teff < 1)')).toBe(true);
    expect(holds('gone > 1 and teff > 1')).toBe(false);
  });

  it('lists the names that it uses, each once, and crosses threads', () => {
    const { expression } = parseExpression('teff > 1 and `[Fe/H]` < teff + spectrum.Z');
    expect(expression!.names).toEqual(['teff', '[Fe/H]', 'spectrum.Z']);
    expect(structuredClone(expression)).toEqual(expression);
    expect(nameNodes(expression!.root).map(({ start, end }) => expression!.text.slice(start, end))).toEqual([
      'teff',
      '`[Fe/H]`',
      'teff',
      'spectrum.Z',
    ]);
  });

  it.each([
    ['snrg >', 6, 6],
    ['snrg = 30', 5, 6, '=='],
    ['a > 1 && b > 1', 6, 8, 'and'],
    ['a > 1 || b > 1', 6, 8, 'or'],
    ['!flag', 0, 1, 'not'],
    ['a <> 1', 2, 4, '!='],
    ['snrg > 30 or 20', 13, 15],
    ['teff + 1', 0, 8],
    ['(a > 1', 6, 6],
    ['a > 1)', 5, 6],
    ['a > 1 b', 6, 7],
    ['sin(a) > 1', 0, 3],
    ['if(a > 1, 2) > 1', 0, 12],
    ['log10(1, 2) > 1', 0, 11],
    ['min() > 1', 4, 5],
    ['max > 1', 0, 3],
    ['a == "G2"', 5, 6],
    ['a ^ 2 > 1', 2, 3],
    ['`` > 1', 0, 2],
    ['', 0, 0],
    ['a > and', 4, 7],
  ])('%j has its mistake at %i to %i', (text, start, end, fix?: string) => {
    const { expression, problem } = parseExpression(text);
    expect(expression).toBeNull();
    expect(problem).toMatchObject({ start, end, ...(fix === undefined ? {} : { fix }) });
    expect(problem!.message).toMatch(/^["A-Z].*[^.]$/);
    expect(problem!.hint).toMatch(/\.$/);
  });

  it.each([
    ['`` > 1', 'The backquotes hold no name', 'Write the name of a column between them.'],
    ['a ^ 2 > 1', '"^" has no meaning in an expression', 'There is no power; multiply instead.'],
    ["a == 'G2'", `"'" has no meaning in an expression`, 'Texts cannot be compared; use a column of numbers.'],
  ])('says of %j what is wrong and what to write', (text, message, hint) => {
    expect(parseExpression(text).problem).toMatchObject({ message, hint });
  });

  it('refuses what would exhaust the stack, and bears what only looks like it', () => {
    expect(parseExpression('('.repeat(900) + 'a > 1' + ')'.repeat(900)).problem!.message).toMatch(/too deeply/);
    expect(parseExpression('not '.repeat(400) + 'a').problem!.message).toMatch(/too deeply/);
    expect(parseExpression('a > 1 and '.repeat(300) + 'a > 1').problem!.message).toMatch(/characters/);
    expect(parseExpression('a > 1' + ' + 1'.repeat(400)).problem).toBeUndefined();
  });

  it('never throws, and always points into its text', () => {
    const word = fc.constantFrom(
      'a',
      'if',
      'min',
      'and',
      'or',
      'not',
      '(',
      ')',
      ',',
      '<',
      '==',
      '=',
      '-',
      '*',
      '1',
      '2e3',
      '`x`',
      '`',
      '"',
      '.',
      ' ',
      '𝛼',
      '\n',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word).map((words) => words.join(' ')),
        ),
        (text) => {
          const { expression, problem } = parseExpression(text);
          expect(expression === null).toBe(problem !== undefined);
          if (problem) {
            expect(problem.start).toBeGreaterThanOrEqual(0);
            expect(problem.end).toBeGreaterThanOrEqual(problem.start);
            expect(problem.end).toBeLessThanOrEqual(text.length);
          } else evaluate(expression!, () => 1);
        },
      ),
    );
  });

  it('binds its operators as arithmetic does everywhere', () => {
    const number = fc.integer({ min: 1, max: 9 }).map(String);
    const sum = fc.array(fc.tuple(fc.constantFrom('+', '-', '*', '/'), number), { maxLength: 6 });
    const side = fc.tuple(number, sum).map(([first, rest]) => [first, ...rest.flat()].join(' '));
    fc.assert(
      fc.property(side, fc.constantFrom('<', '<=', '>', '>=', '==', '!='), side, (left, comparison, right) => {
        const text = `${left} ${comparison} ${right}`;
        expect(evaluate(parseExpression(text).expression!, () => null)).toBe(runInNewContext(text));
      }),
    );
  });

  it('means what its parts mean, however they are nested', () => {
    const { condition } = fc.letrec<{ value: [string, number]; condition: [string, boolean] }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.double({ min: 0, max: 1e6, noNaN: true }).map((x): [string, number] => [String(x), x]),
        fc.constantFrom<[string, number]>(['teff', 5000], ['spectrum.SNRG', 31]),
        fc.tuple(tie('value'), tie('value')).map(([[a, x], [b, y]]): [string, number] => [`(${a} + ${b})`, x + y]),
        fc
          .tuple(tie('value'), tie('value'))
          .map(([[a, x], [b, y]]): [string, number] => [`min(${a}, -${b})`, Math.min(x, -y)]),
        fc
          .tuple(tie('condition'), tie('value'), tie('value'))
          .map(([[c, z], [a, x], [b, y]]): [string, number] => [`if(${c}, ${a}, ${b})`, z ? x : y]),
      ),
      condition: fc.oneof(
        { depthSize: 'small' },
        fc.tuple(tie('value'), tie('value')).map(([[a, x], [b, y]]): [string, boolean] => [`${a} < ${b}`, x < y]),
        fc
          .tuple(tie('condition'), tie('condition'))
          .map(([[a, x], [b, y]]): [string, boolean] => [`(${a} and not (${b}))`, x && !y]),
        fc
          .tuple(tie('condition'), tie('condition'))
          .map(([[a, x], [b, y]]): [string, boolean] => [`(${a} or ${b})`, x || y]),
      ),
    }));
    fc.assert(
      fc.property(condition, ([text, expected]) => {
        fc.pre(text.length <= 2000);
        const { expression } = parseExpression(text);
        expect(evaluate(expression!, (name) => star[name])).toBe(expected);
      }),
    );
  });
});

describe('writtenName', () => {
  it('puts odd names and reserved words in backquotes, so that they parse as that name', () => {
    for (const name of ['teff', 'spectrum.SNRG', '[Fe/H]', 'not', 'T eff', 'log10', '2mass']) {
      expect(parseExpression(`${writtenName(name)} > 1`).expression!.names).toEqual([name]);
    }
    expect(writtenName('teff')).toBe('teff');
  });
});
