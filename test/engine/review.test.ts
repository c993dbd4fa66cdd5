/** review.yaml: read with places and clear sentences, changed line by line, and heeded by the selection of training stars. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../engine/config/parse';
import { reviewStars } from '../../engine/jobs/reviewFile';
import { parseReview, type ReviewEntry } from '../../engine/reference/review';
import { verdictsIn, withVerdicts } from '../../engine/reference/reviewText';
import { selectTrainingSet } from '../../engine/reference/trainingSet';
import type { SpectrumIdentity } from '../../engine/spectra/spectrum';

const entry = (verdict: ReviewEntry['verdict'], note = '', by = '', date = ''): ReviewEntry => ({
  verdict,
  note,
  by,
  date,
});
const path = '/survey/review.yaml';
const sentences = (text: string): string[] => parseReview(text, path).problems.map(({ message }) => message);

describe('reading review.yaml', () => {
  it('takes verdicts, notes, names and dates as they are written', () => {
    const { entries, problems } = parseReview(
      `# ours\n1001605073: { verdict: exclude, note: "double-lined: two Mg b", by: ada, date: 2026-11-20 }\n` +
        `"J064726.39+223431.7": { verdict: enriched in Ba }\n0012: {verdict: real, seen: 3}\n`,
      path,
    );
    expect(problems).toEqual([]);
    expect([...entries.keys()]).toEqual(['1001605073', 'J064726.39+223431.7', '0012']);
    expect(entries.get('1001605073')).toMatchObject(entry('exclude', 'double-lined: two Mg b', 'ada', '2026-11-20'));
    expect(entries.get('0012')!.others).toEqual(['seen: 3']);
  });

  it('takes a missing, an empty and a commented-out file for no verdicts', () => {
    for (const text of ['', '\n', '# nothing yet\n', '---\n', '{}\n'])
      expect([parseReview(text, path).entries.size, sentences(text)]).toEqual([0, []]);
  });

  it.each([
    ['a list', '- 1\n', 'it holds a list, not a map of stars'],
    ['a word for a star', '7: exclude\n', 'line 1, star 7: there is the text "exclude" instead of a verdict in braces'],
    ['no verdict', '7: { note: x }\n', 'line 1, star 7: there is no verdict'],
    [
      'a misspelt verdict',
      '\n7: { verdict: exlude }\n',
      'line 2, star 7: "exlude" is no verdict (did you mean "exclude"?)',
    ],
    [
      'a star twice',
      '7: {verdict: real}\n7: {verdict: real}\n',
      'line 2, star 7: the star stands here for the second time',
    ],
    ['a note that is a list', '7: { verdict: real, note: [1] }\n', 'line 1, star 7: "note" must be a text'],
    ['broken YAML', '7: { verdict: real\n8: }\n', 'line '],
    ['a merge that git left', '<<<<<<< HEAD\n7: {verdict: real}\n', 'line '],
  ])('says what is wrong with %s, and where', (_, text, reason) => {
    const found = sentences(text);
    expect(found.length).toBeGreaterThan(0);
    expect(found[0]).toContain(`The verdicts in review.yaml cannot be used: ${reason}`);
  });

  it('keeps the entries beside one that cannot be read', () => {
    const { entries, problems } = parseReview('7: {verdict: maybe}\n8: {verdict: real}\n', path);
    expect([...entries.keys()]).toEqual(['8']);
    expect(problems[0]!.range).toEqual({ start: 0, end: 19 });
  });
});

describe('writing verdicts', () => {
  const text = [
    '# Ada: looked at by eye',
    '',
    '100: { verdict: exclude, note: "blend" } # twice',
    '# the next one is famous',
    '300: { verdict: real, seen: 3 }',
    '',
  ].join('\n');

  it('changes one line alone, and keeps comments and keys of others', () => {
    const next = withVerdicts(text, [{ star: '300', entry: entry('binary', 'Hδ double', 'ada', '2026-11-20') }]);
    expect(next).toBe(
      text.replace(
        '{ verdict: real, seen: 3 }',
        '{ verdict: binary, note: "Hδ double", by: ada, date: 2026-11-20, seen: 3 }',
      ),
    );
    expect(withVerdicts(text, [{ star: '100', entry: entry('real') }])).toContain('100: { verdict: real } # twice\n');
  });

  it('puts a new star where its name sorts, below the line before it', () => {
    const lines = withVerdicts(text, [
      { star: '200', entry: entry('exclude') },
      { star: '1000', entry: entry('exclude') },
      { star: '20', entry: entry('exclude') },
    ]).split('\n');
    expect(lines.map((line) => line.split(':')[0])).toEqual([
      ...['# Ada', '', '20', '100', '200', '# the next one is famous', '300', '1000', ''],
    ]);
  });

  it('brings the file back byte for byte when undone', () => {
    const changes = [
      { star: '100', entry: entry('ignore') },
      { star: '250', entry: entry('bad label', 'Teff of a hot star', 'bo', '2026-11-20') },
    ];
    const before = verdictsIn(text, ['100', '250']);
    expect(withVerdicts(withVerdicts(text, changes), before)).toBe(text);
  });

  it('keeps Windows line ends and indentation, and ends a last line that had no end', () => {
    const next = withVerdicts('  7: {verdict: real}\r\n  9: {verdict: real}', [{ star: '8', entry: entry('real') }]);
    expect(next).toBe('  7: {verdict: real}\r\n  8: { verdict: real }\r\n  9: {verdict: real}');
    expect(withVerdicts('7: {verdict: real}', [{ star: '8', entry: entry('real') }])).toBe(
      '7: {verdict: real}\n8: { verdict: real }\n',
    );
  });

  it('replaces an entry that is spread over lines', () => {
    const spread = '7:\n  verdict: real\n  note: |\n    long\n8: {verdict: real}\n';
    const next = withVerdicts(spread, [{ star: '7', entry: entry('ignore') }]);
    expect(parseReview(next, path).entries.get('7')).toMatchObject(entry('ignore'));
    expect(parseReview(next, path).entries.size).toBe(2);
    expect(parseReview(next, path).problems).toEqual([]);
  });

  it('refuses to touch what it cannot read', () => {
    const change = [{ star: '7', entry: entry('exclude') }];
    for (const broken of ['{7: {verdict: real}}\n', '7: { verdict: real\n', '7: {verdict: maybe}\n', '- 7\n'])
      expect(() => withVerdicts(broken, change)).toThrow(/Nothing has been changed|review\.yaml/);
  });

  it('reads back whatever it has written, for any stars and notes', () => {
    const word = fc
      .string({ unit: 'grapheme', maxLength: 30 })
      .filter((one) => !/[\ud800-\udfff](?![\udc00-\udfff])/.test(one));
    const star = fc.oneof(
      fc.bigInt(0n, 2n ** 63n).map(String),
      fc.string({ minLength: 1, maxLength: 12 }).filter((one) => one.trim() !== ''),
    );
    fc.assert(
      fc.property(fc.uniqueArray(star, { maxLength: 6 }), word, word, (stars, note, by) => {
        const wanted = entry('enriched in Ba', note, by, '2026-11-20');
        const changes = stars.map((one) => ({ star: one, entry: wanted }));
        const written = withVerdicts('', changes);
        const { entries, problems } = parseReview(written, path);
        expect(problems).toEqual([]);
        expect([...entries.keys()].sort()).toEqual([...stars].sort());
        for (const found of entries.values()) expect(found).toMatchObject(wanted);
        const gone = withVerdicts(
          written,
          stars.map((one) => ({ star: one, entry: null })),
        );
        expect(parseReview(gone, path).entries.size).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});

describe('review.yaml on the disk', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'cannon-review-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is made, changed and brought back', () => {
    const undo = reviewStars(folder, [{ star: '7', entry: entry('exclude', 'x') }]);
    expect(undo).toEqual([{ star: '7', entry: null }]);
    expect(readFileSync(join(folder, 'review.yaml'), 'utf8')).toMatch(
      /^# Verdicts.*\n7: \{ verdict: exclude, note: "x" \}\n$/,
    );
    expect(reviewStars(folder, undo)[0]!.entry).toEqual(entry('exclude', 'x'));
    expect(readFileSync(join(folder, 'review.yaml'), 'utf8')).not.toContain('7:');
  });

  it('stays as it was when it cannot be read', () => {
    writeFileSync(join(folder, 'review.yaml'), '7: {\n');
    expect(() => reviewStars(folder, [{ star: '8', entry: entry('real') }])).toThrow(/line/);
    expect(readFileSync(join(folder, 'review.yaml'), 'utf8')).toBe('7: {\n');
  });
});

describe('the selection of training stars', () => {
  const { config } = parseConfig(
    'survey: lamost-lrs\nspectra: "*.fits"\nreference: { file: labels.csv, match: { filename: f } }\n' +
      'labels: { teff: {} }\nquality: [ "teff > 4000" ]\n',
    '/survey/cannon.yaml',
  );
  const spectra = ['a', 'b', 'c', 'd', 'e'].map(
    (star) =>
      ({
        path: `/survey/${star}.fits`,
        star,
        obsid: star,
        designation: `J${star}`,
        cards: {},
      }) as unknown as SpectrumIdentity,
  );
  const column = (name: string, values: (string | number | null)[]) =>
    [name, { name, unit: '', values, isNumeric: name !== 'f' }] as const;
  const table = {
    path: '/survey/labels.csv',
    nRows: 4,
    columns: new Map([column('f', ['a', 'b', 'c', 'd']), column('teff', [5000, 5100, 3900, 5200])]),
  };
  const select = (text: string) =>
    selectTrainingSet(config!, spectra, { load: () => Promise.resolve(table), review: parseReview(text, path) });

  it('leaves out the excluded stars as a step of the funnel, by id, designation or file', async () => {
    const { funnel, fates, models, unknownReviewed } = await select(
      'a: {verdict: exclude}\nJb: {verdict: real}\nd.fits: {verdict: bad label}\nzz: {verdict: real}\n',
    );
    expect(funnel.map(({ step, stars, key }) => [step, stars, key])).toEqual([
      ['spectra', 5, 'spectra'],
      ['in the reference table', 4, 'reference/match'],
      ['not excluded in review.yaml', 2, 'review'],
      ['teff > 4000', 1, 'quality/0'],
      ['main, with all labels', 1, 'models/main'],
    ]);
    expect([...fates.droppedAt]).toEqual([2, -1, 3, 2, 1]);
    expect([...fates.model]).toEqual([-1, 0, -1, -1, -1]);
    expect(models[0]!.stars.map(({ spectrumIdx }) => spectrumIdx)).toEqual([1]);
    expect(unknownReviewed).toEqual(['zz']);
  });

  it('has no such step where nothing is excluded', async () => {
    const { funnel } = await select('a: {verdict: enriched in Ba}\n');
    expect(funnel.map(({ key }) => key)).toEqual(['spectra', 'reference/match', 'quality/0', 'models/main']);
  });

  it('does not train while a verdict cannot be read', async () => {
    await expect(select('a: {verdict: exlude}\n')).rejects.toMatchObject({ code: 'CAN170' });
  });
});
