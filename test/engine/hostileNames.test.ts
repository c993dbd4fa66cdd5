/** Names that mean something to the language, to file systems or to YAML are names and nothing else, or are refused. */
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../engine/config/parse';
import { appendOwn, writeAtomically } from '../../engine/durable';
import { parseReview } from '../../engine/reference/review';

const folder = mkdtempSync(join(tmpdir(), 'cannon-names-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const inherited = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
const survey = 'survey: lamost-lrs\nspectra: x.fits\n';

describe('names that objects inherit', () => {
  it.each(inherited)('%s is no key of cannon.yaml, and changes no object', (name) => {
    const texts = [
      `${survey}labels: { teff: {} }\n${name}: { polluted: yes }`,
      `${survey}labels: { teff: { ${name}: { polluted: yes } } }`,
      `${survey}labels: { teff: {} }\ngrid: { ${name}: 3 }`,
    ];
    for (const text of texts)
      expect(parseConfig(text, '/cannon.yaml').problems.map(({ code }) => code)).toContain('CAN005');
    expect('polluted' in {}).toBe(false);
  });

  it.each(inherited)('%s may be a label, a model or a set of windows, or is refused', (name) => {
    const text = `${survey}labels: { teff: {}, ${name}: {} }\nmodels: { ${name}: {} }\nwindows: { ${name}: { vacuum: [[1, 2]] } }`;
    const { config, problems } = parseConfig(text, '/cannon.yaml');
    if (problems.length === 0) expect(config?.labels.map((label) => label.name)).toEqual(['teff', name]);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it.each(inherited)('%s is no function of conditions', (name) => {
    const text = `${survey}labels: { teff: {} }\nreference: { file: a.csv, match: { filename: b } }\nquality: ["${name}(teff) > 1"]`;
    expect(parseConfig(text, '/cannon.yaml').problems.map(({ severity }) => severity)).toEqual(['error']);
  });

  it.each(inherited)('%s may be a star of review.yaml', (name) => {
    const { entries, problems } = parseReview(`${name}: { verdict: exclude, note: ${name} }\n`, '/review.yaml');
    expect(problems).toEqual([]);
    expect([...entries].map(([star, { verdict, note }]) => [star, verdict, note])).toEqual([[name, 'exclude', name]]);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

describe('names that lead to other places', () => {
  it.each(['../up', '/etc/passwd', 'a/b', 'a\\b', '..', '.', 'C:', 'a\u0000b', 'con.fits'])(
    'no model and no label is called %j, for folders and columns are named like them',
    (name) => {
      for (const text of [
        `${survey}labels: { teff: {} }\nmodels: { ${JSON.stringify(name)}: {} }`,
        `${survey}labels: { ${JSON.stringify(name)}: {} }`,
      ])
        expect(parseConfig(text, '/cannon.yaml').problems.some(({ severity }) => severity === 'error')).toBe(true);
    },
  );
});

describe('YAML that would grow', () => {
  it('is refused at once: aliases of aliases, and nests without end', () => {
    const laughs = Array.from(
      { length: 30 },
      (_, n) => `a${n + 1}: &a${n + 1} [${Array(9).fill(`*a${n}`).join(', ')}]`,
    );
    const texts = [`a0: &a0 x\n${laughs.join('\n')}\n${survey}labels: *a30`, `${survey}labels: ${'['.repeat(20_000)}`];
    const from = performance.now();
    for (const text of texts) expect(parseConfig(text, '/cannon.yaml').problems.length).toBeGreaterThan(0);
    expect(performance.now() - from).toBeLessThan(10_000);
  });
});

describe('links in the place of a run’s files', () => {
  const victim = join(folder, 'victim');

  it('are not followed: a run adds to no file but its own', () => {
    writeFileSync(victim, 'mine\n');
    const log = join(folder, 'log.txt');
    symlinkSync(victim, log);
    expect(() => appendOwn(log, 'line\n', true)).toThrow(/is a link/);
    expect(readFileSync(victim, 'utf8')).toBe('mine\n');
  });

  it('give way to results, which appear by rename', () => {
    writeFileSync(victim, 'mine\n');
    const result = join(folder, 'result.json');
    symlinkSync(victim, result);
    writeAtomically(result, '{}');
    expect([readFileSync(victim, 'utf8'), readFileSync(result, 'utf8')]).toEqual(['mine\n', '{}']);
  });

  it('leave other files alone that are written to their end', () => {
    const own = join(folder, 'own.txt');
    appendOwn(own, 'a\n', false);
    appendOwn(own, 'b\n', true);
    expect(readFileSync(own, 'utf8')).toBe('a\nb\n');
    expect(existsSync(`${own}.part`)).toBe(false);
  });
});
