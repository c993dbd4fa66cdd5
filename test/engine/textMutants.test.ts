/** Some of the random texts of `npm run bench:reliability -- texts`: each gives problems, or something that can be worked with. */
import { readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseExpression } from '../../engine/config/expression';
import { parseConfig } from '../../engine/config/parse';
import { filterProblem } from '../../engine/catalogQuery/filter';
import { examineSurvey } from '../../engine/jobs/check';
import { parseReview } from '../../engine/reference/review';
import { writeSample } from '../../engine/sample/sample';
import { FileReaders } from '../../server/fileReaders';
import { changedText } from '../bench/configChanges';
import { everyKey, pickFrom, textMutant, wordsOf } from '../bench/configMutants';

const folder = mkdtempSync(join(tmpdir(), 'cannon-mutants-'));
const path = join(folder, 'cannon.yaml');
const signal = new AbortController().signal;
const seed = 11;

beforeAll(() => writeSample(folder, { stars: 40, seed: 5, oddities: 0 }, { signal, report: () => undefined }));
afterAll(() => rmSync(folder, { recursive: true }));

it('are the same for the same seed, and others for another', () => {
  const text = readFileSync(path, 'utf8');
  const some = (of: number) => Array.from({ length: 20 }, (_, n) => textMutant([text], of, n));
  expect(some(1)).toEqual(some(1));
  expect(some(1)).not.toEqual(some(2));
  const changed = (of: number) => Array.from({ length: 20 }, (_, n) => changedText([text], of, n));
  expect(changed(1)).toEqual(changed(1));
  expect(changed(1)).not.toEqual(changed(2));
});

it('of cannon.yaml, damaged or changed as a person might, have problems at places in the text, or can be checked against the disk', async () => {
  const text = readFileSync(path, 'utf8').replace('step: 1e-4', 'step: 8e-4');
  const texts = [text, everyKey(text)];
  const readers = new FileReaders();
  const counts = { refused: 0, sound: 0 };
  for (let n = 0; n < 200; n++) {
    const mutant = n % 2 === 0 ? changedText(texts, seed, n) : textMutant(texts, seed, n);
    const parsed = parseConfig(mutant, path);
    // Any other files than the survey's own are the machine's, which may have a million of them.
    const isOwn = parsed.config?.spectra.every((glob) => !/^\/|\.\./.test(glob)) ?? true;
    const found = isOwn ? (await examineSurvey(parsed, { signal }, readers)).problems : [];
    for (const { code, message, range } of [...parsed.problems, ...found]) {
      expect(code, `mutant ${n}: ${message}`).not.toBe('CAN900');
      expect(message).not.toBe('');
      if (range) expect(0 <= range.start && range.start <= range.end && range.end <= mutant.length).toBe(true);
    }
    if (parsed.config === null) expect(parsed.problems.length).toBeGreaterThan(0);
    counts[[...parsed.problems, ...found].some(({ severity }) => severity === 'error') ? 'refused' : 'sound']++;
  }
  expect(counts.refused).toBeGreaterThan(50);
  expect(counts.sound).toBeGreaterThan(30);
});

it('of review.yaml, conditions and searches are read, or refused with a sentence', () => {
  const line = (n: number) => `${1001 + n}: { verdict: exclude, note: "n ${n}", by: ada, date: 2026-11-20 }\n`;
  const review = Array.from({ length: 6 }, (_, n) => line(n)).join('');
  for (let n = 0; n < 300; n++) {
    const { problems } = parseReview(textMutant([review], seed, n), path);
    expect(problems.filter(({ code, message }) => code !== 'CAN170' || message === '')).toEqual([]);
    const { expression, problem } = parseExpression(wordsOf('condition', pickFrom(seed, n)));
    expect(expression === null ? problem!.message : 'read').not.toBe('');
    expect(filterProblem(wordsOf('search', pickFrom(seed, n)))?.message).not.toBe('');
  }
});
