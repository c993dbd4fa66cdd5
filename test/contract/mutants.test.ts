/** Mutation testing: faults are put where they should be, one at a time, and arguments are about lines that there are. */
import { describe, expect, it } from 'vitest';
import { draw, mutantsOf, withMutant, withSwitches } from '../../scripts/mutations.mjs';
import { read } from './sources';

const source = `
  if (x < limit && !isOff) total += weights[0] * x;
  else total -= Math.max(x, 2);
  return total / -x;
`;
const mutants = mutantsOf('a.ts', `function f() {${source}}`).map((mutant) => ({
  ...mutant,
  start: mutant.start - 'function f() {'.length,
  end: mutant.end - 'function f() {'.length,
}));
const run = (body: string, x: number, isOff: boolean): number =>
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
  new Function('x', 'isOff', 'limit', 'weights', 'total', body)(x, isOff, 3, [5], 1) as number;

describe('mutants', () => {
  it('are of every kind that the line offers', () => {
    const kinds = mutants.map(({ kind }) => kind);
    for (const kind of [
      '< → <=',
      '&& → ||',
      'negation lost',
      'sign lost',
      'Math.max → Math.min',
      'constant + 1',
      '+= → -=',
    ])
      expect(kinds).toContain(kind);
    for (const kind of ['right side of * dropped', 'condition never holds', 'statement removed'])
      expect(kinds).toContain(kind);
  });

  it('act when they are switched on, alone, and not before', () => {
    const reached = new Set<number>();
    const switches = { active: -1, noted: [], reach: (id: number) => void reached.add(id) };
    Object.assign(globalThis, { __mutants: switches });
    const all = withSwitches(
      source,
      mutants.map((mutant, id) => ({ ...mutant, id })),
    );
    for (const [x, isOff] of [
      [2, false],
      [2, true],
      [3, false],
      [7, false],
    ] as const) {
      // prettier-ignore
      switches.active = -1;
      expect(run(all, x, isOff)).toBe(run(source, x, isOff));
      mutants.forEach((mutant, id) => {
        switches.active = id;
        expect(run(all, x, isOff)).toBe(run(withMutant(source, mutant), x, isOff));
      });
    }
    expect(reached.size).toBe(mutants.length);
  });

  it('are drawn by the seed', () => {
    const drawn = (seed: number) => draw(mutants, 5, seed, `function f() {${source}}`);
    expect(drawn(1)).toHaveLength(5);
    expect(drawn(1)).toEqual(drawn(1));
    expect(drawn(2)).not.toEqual(drawn(1));
  });
});

describe('a mutant that is argued to change nothing', () => {
  const argued = JSON.parse(read('test/equivalentMutants.json')) as Record<
    'file' | 'code' | 'was' | 'text' | 'reason',
    string
  >[];

  it('is one of a line that is still there, with a reason', () => {
    const stale = argued.filter(({ file, code, was, text }) => {
      const lines = read(file).split('\n');
      return !mutantsOf(file, read(file)).some(
        (mutant) => lines[mutant.line - 1]!.trim() === code && mutant.was === was && mutant.text === text,
      );
    });
    expect(stale.map(({ file, code }) => `${file}: ${code}`)).toEqual([]);
    expect(argued.filter(({ reason }) => !/^[A-Z].*\.$/.test(reason))).toEqual([]);
  });
});
