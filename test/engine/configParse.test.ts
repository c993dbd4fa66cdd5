/** From the text of cannon.yaml to a config: what it becomes, and each mistake at its place. */
import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lineAndColumn, loadConfig, parseConfig } from '../../engine/config/parse';
import { UserError } from '../../engine/problems';
import { codesAt, soundConfig, unmark } from './configMarkers';

const path = '/survey/cannon.yaml';
const folder = mkdtempSync(join(tmpdir(), 'cannon-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The sound config with one passage replaced. */
const changed = (from: string | RegExp, to: string) => soundConfig.replace(from, to);
const added = (lines: string) => `${soundConfig}${lines}\n`;

describe('a sound description', () => {
  it('becomes a config with the documented defaults', () => {
    const { config, problems } = parseConfig(soundConfig, path);
    expect(problems).toEqual([]);
    expect(config).toEqual({
      path,
      folder: '/survey',
      survey: 'lamost-lrs',
      spectra: ['spectra/**/*.fits.gz'],
      reference: { file: 'labels.csv', match: { by: 'card', card: 'OBSID', column: 'obsid' } },
      grid: { from: 3900, to: 8750, step: 1e-4 },
      continuum: { method: 'gaussian', sigma: 50, truncate: 150 },
      labels: [
        { name: 'teff', column: 'teff', unit: 'K', error: null, derived: null },
        { name: 'logg', column: 'logg', unit: 'dex', error: null, derived: null },
        { name: 'fe_h', column: 'feh', unit: 'dex', error: null, derived: null },
      ],
      quality: [],
      models: [{ name: 'main', where: null, labels: ['teff', 'logg', 'fe_h'] }],
      training: {
        terms: ['quadratic'],
        masks: [],
        missingLabels: 'leave-out',
        labelErrors: 'ignore',
        l1: 0,
        l1Search: { from: 1, to: 1e5, steps: 11, per: 'model' },
        ridge: 0,
        scatterEstimator: 'ml',
        modes: 10,
        thetaCovariance: 'diagonal',
      },
      crossValidation: { folds: 12, seed: 1, groups: null },
      repeats: { card: null, radiusArcsec: 1, weight: 'z' },
      windows: [],
      inference: { velocity: 0, diagnostics: 'all', prior: [] },
      catalog: { giants: 'giants', sourceId: null },
      flags: {
        ...{ snr: 5, chi2: null, windowChi2: null, percentile: 99, badPixels: 0.3, largeError: 0.2 },
        ...{
          disagreement: 5,
          pull: 5,
          rival: 50,
          emission: 6,
          binary: 100,
          velocity: 5,
          velocityKms: 30,
          badStretch: 40,
        },
      },
      searches: [],
    });
  });

  it('keeps everything that is given', () => {
    const text = `survey: lamost-lrs
spectra: [a/*.fits, 'b/*.fits']
reference: { file: /data/x.fits, match: { sky: 2 arcmin } }
grid: { from: 4000, to: 5000, step: 2e-4 }
continuum: { sigma: 30, truncate: none }
labels: { feh: { column: "[Fe/H]", unit: dex } }
quality: snrg >= 30
models:
  giants: { where: "feh < 0", labels: [feh] }
  dwarfs: { where: otherwise }
training: { modes: 3, scatterEstimator: reml, ridge: 100 }
crossValidation: { folds: 5, seed: 7 }
inference:
  prior: { feh: { mean: 0, sigma: 0.2 } }
windows: { Mg: { air: [[4705, 4706], [4729.90, 4730.22]] }, hbeta: { vacuum: [[4850, 4875]] } }
`;
    const { config, problems } = parseConfig(text, path);
    expect(problems).toEqual([]);
    expect(config).toMatchObject({
      spectra: ['a/*.fits', 'b/*.fits'],
      reference: { file: '/data/x.fits', match: { by: 'sky', radiusArcsec: 120 } },
      grid: { from: 4000, to: 5000, step: 2e-4 },
      continuum: { method: 'gaussian', sigma: 30, truncate: Infinity },
      labels: [{ name: 'feh', column: '[Fe/H]', unit: 'dex' }],
      quality: [{ text: 'snrg >= 30', names: ['snrg'] }],
      models: [
        { name: 'giants', where: { text: 'feh < 0' }, labels: ['feh'] },
        { name: 'dwarfs', where: 'otherwise', labels: ['feh'] },
      ],
      training: { modes: 3, scatterEstimator: 'reml', ridge: 100 },
      crossValidation: { folds: 5, seed: 7 },
      inference: { velocity: 0, diagnostics: 'all', prior: [{ label: 'feh', mean: 0, sigma: 0.2 }] },
      windows: [{ name: 'Mg' }, { name: 'hbeta', windows: [[4850, 4875]] }],
    });
    // The refractive index of air there is 1.000279.
    expect(config!.windows[0]!.windows[1]![0]).toBeCloseTo(4731.22, 1);
  });

  it.each([
    [
      'a continuum cut at three sigma by default',
      'continuum: { sigma: 20 }',
      { continuum: { method: 'gaussian', sigma: 20, truncate: 60 } },
    ],
    ['no continuum', 'continuum: { method: none }', { continuum: { method: 'none' } }],
    ['keys without values', 'grid:\ncontinuum:\ncrossValidation:', { grid: { from: 3900, to: 8750, step: 1e-4 } }],
    [
      'an anchor and its alias',
      'quality: [&cut "teff > 1", *cut]',
      { quality: [{ text: 'teff > 1' }, { text: 'teff > 1' }] },
    ],
  ])('may have %s', (_, lines, expected) => {
    const { config, problems } = parseConfig(added(lines), path);
    expect(problems).toEqual([]);
    expect(config).toMatchObject(expected);
  });

  it('may match by file name, and stand with a byte order mark and line ends of Windows', () => {
    const text = changed('spectrum.OBSID: obsid', 'filename: file').replaceAll('\n', '\r\n');
    const { config, problems } = parseConfig(`\uFEFF${text}`, path);
    expect(problems).toEqual([]);
    expect(config!.reference!.match).toEqual({ by: 'filename', column: 'file' });
  });

  it('does without a reference table, for labelling with a trained model', () => {
    const { config, problems } = parseConfig(changed(/reference:[^]*?(?=labels:)/, ''), path);
    expect(problems).toEqual([]);
    expect(config!.reference).toBeNull();
  });

  it('says where each key stands', () => {
    const { places, text } = parseConfig(soundConfig, path);
    const shown = (at: string) => {
      const { key, value } = places.get(at)!;
      return [key && text.slice(key.start, key.end), text.slice(value.start, value.end)];
    };
    expect(shown('reference/match/spectrum.OBSID')).toEqual(['spectrum.OBSID', 'obsid']);
    expect(shown('labels/teff/unit')).toEqual(['unit', 'K']);
    expect(shown('labels/logg')).toEqual(['logg', 'logg']);
    expect(shown('spectra/0')).toEqual([null, 'spectra/**/*.fits.gz']);
  });
});

/** Each: title, text with marks where problems are expected, their codes in order, and the fix of the first. */
const mistakes: [title: string, marked: string, codes: string[], fix?: string][] = [
  ['an unknown key, with what was meant', changed('survey', '«survy»'), ['CAN005'], 'survey'],
  ['an unknown key deep inside', changed('unit: K', '«unti»: K'), ['CAN005'], 'unit'],
  ['an unknown key that resembles none', added('«wavelength»: 5000'), ['CAN005']],
  ['a header card without its "spectrum."', changed('spectrum.OBSID', '«OBSID»'), ['CAN005'], 'spectrum.OBSID'],
  ['missing keys', '«»«»grid: { from: 4000 }\nspectra: x\n', ['CAN006', 'CAN006']],
  ['an empty file', '«»«»«»', ['CAN006', 'CAN006', 'CAN006']],
  ['missing keys inside', changed(/reference:[^]*?(?=labels:)/, 'reference: ««{}»»\n'), ['CAN006', 'CAN006']],
  ['a key given twice', added('«survey»: lamost-lrs'), ['CAN003']],
  ['a list for a map', '«- a\n- b»', ['CAN007']],
  ['a number for a text', changed('file: labels.csv', 'file: «42»'), ['CAN007'], '"42"'],
  ['a text for a number', added('grid: { step: «"1e-4"» }'), ['CAN007'], '0.0001'],
  ['a word for a number', added('continuum: { truncate: «never» }'), ['CAN007']],
  ['a list of labels', changed(/labels:[^]*/, 'labels: «[teff, logg]»\n'), ['CAN007']],
  ['no value where there must be one', changed('spectra: spectra/**/*.fits.gz', '«spectra»:'), ['CAN007']],
  ['an unknown survey', changed('lamost-lrs', '«lamost-lr»'), ['CAN008'], 'lamost-lrs'],
  ['a survey that is not read yet', changed('lamost-lrs', '«desi»'), ['CAN009']],
  ['a wavelength in nm', added('grid: { from: «390», to: 8750 }'), ['CAN010']],
  ['a prior on no label', added('inference: { prior: { «helium»: { mean: 0, sigma: 1 } } }'), ['CAN024']],
  ['a prior without width', added('inference: { prior: { teff: { mean: 0, sigma: «0» } } }'), ['CAN010']],
  ['a window that ends before it begins', added('windows: { a: { air: [[5100, 5200], «[5200, 5100]»] } }'), ['CAN025']],
  ['a window of one wavelength', added('windows: { a: { vacuum: [«[5200]»] } }'), ['CAN025']],
  ['a window outside the grid', added('windows: { a: { vacuum: [«[15200, 15300]»] } }'), ['CAN026']],
  ['windows of GALAH taken for vacuum', added('windows: { Mg: { vacuum: [«[5710.86, 5711.30]»] } }'), ['CAN027']],
  ['windows of no known table', added('windows: «ges»'), ['CAN007']],
  ['too few folds', added('crossValidation: { folds: «1», seed: «1.5» }'), ['CAN010', 'CAN010']],
  ['a number that is none', added('continuum: { sigma: «.inf» }'), ['CAN010']],
  ['an empty list', changed('spectra/**/*.fits.gz', '«[]»'), ['CAN011']],
  ['an empty text', changed('spectra/**/*.fits.gz', '«""»'), ['CAN011']],
  ['no labels', changed(/labels:[^]*/, 'labels: «{}»\n'), ['CAN011']],
  ['a label named as a word of conditions', changed('teff: {', '«if»: {'), ['CAN012']],
  ['a label that hides a column of catalogs', changed('teff: {', '«chi2»: {'), ['CAN012']],
  ['a label named with odd characters', changed('teff: {', '«"[Fe/H]"»: {'), ['CAN012']],
  ['a model that cannot be a folder', added('models: { «../main»: {} }'), ['CAN012']],
  ['labels that differ in case only', changed('logg:', '«TEFF»:'), ['CAN013']],
  ['a model with an unknown label', added('models: { main: { labels: [«tef», logg] } }'), ['CAN014'], 'teff'],
  ['a condition with a mistake', added('quality: ["snrg > 3", "snrg «=» 30"]'), ['CAN015'], '=='],
  [
    'a condition in a model with a mistake',
    added("models: { main: { where: 'teff > «(»' } }").replace('«(»', '(«»'),
    ['CAN015'],
  ],
  ['a condition written with escapes, marked as a whole', added('quality: «"a\\x20= 3"»'), ['CAN015']],
  ['a number for a condition', added('quality: [«5»]'), ['CAN007']],
  ['"otherwise" first', added('models: { a: { where: «otherwise» }, b: { where: "teff > 1" } }'), ['CAN016']],
  [
    '"otherwise" before the last',
    added('models: { a: { where: "teff > 1" }, b: { where: «otherwise» }, c: {} }'),
    ['CAN016'],
  ],
  ['a grid that runs backwards', added('grid: { from: 8000, to: «4000» }'), ['CAN017']],
  ['a grid that ends before the default begins', added('grid: { to: «3000» }'), ['CAN017']],
  ['a grid with too many pixels', added('grid: { step: «1e-7» }'), ['CAN018']],
  ['a grid with too few pixels', added('grid: { step: «0.1» }'), ['CAN018']],
  ['two ways to match', changed('{ spectrum.OBSID: obsid }', '«{ spectrum.OBSID: obsid, sky: 1 arcsec }»'), ['CAN019']],
  ['no way to match', changed('{ spectrum.OBSID: obsid }', '«{}»'), ['CAN019']],
  ['an angle without its unit', changed('spectrum.OBSID: obsid', 'sky: «1»'), ['CAN007'], '1 arcsec'],
  ['too large an angle', changed('spectrum.OBSID: obsid', 'sky: «2 deg»'), ['CAN010']],
  ['a key without effect', added('continuum: { method: none, «sigma»: 3 }'), ['CAN020']],
  ['a label listed twice', added('models: { main: { labels: [teff, «teff»] } }'), ['CAN021']],
  ['a Gaussian cut within its sigma', added('continuum: { sigma: 50, truncate: «20» }'), ['CAN022']],
  [
    'a glob that YAML takes for an alias',
    changed('spectra/**/*.fits.gz', '«**/*.fits.gz»'),
    ['CAN023'],
    '"**/*.fits.gz"',
  ],
  ['an alias to itself', changed('spectra/**/*.fits.gz', '&loop [«*loop»]'), ['CAN007']],
  ['broken YAML, and nothing but that', changed('spectra: ', 'spectra: "'), ['CAN001']],
];

describe('a mistake is found at its place:', () => {
  it.each(mistakes)('%s', (_, marked, codes, fix) => {
    const { text, ranges } = unmark(marked);
    const { problems } = parseConfig(text, path);
    expect(problems.map(({ code }) => code)).toEqual(codes);
    // What the parser of YAML calls the place of broken text is its own affair.
    if (ranges.length > 0) expect(problems.map(({ range }) => range)).toEqual(ranges);
    expect(problems[0]!.fix).toBe(fix);
    for (const { message, hint, file } of problems) {
      expect(file).toBe(path);
      expect(message).toMatch(/^["A-Z].*[^.]$/);
      expect(hint).not.toMatch(/[{}]\w*undefined/);
    }
  });

  it.each(mistakes.filter(([, , codes, fix]) => fix !== undefined && codes.length === 1))(
    '%s: the fix mends it',
    (_, marked) => {
      const { text } = unmark(marked);
      const [problem] = parseConfig(text, path).problems;
      const { start, end } = problem!.range!;
      const mended = text.slice(0, start) + problem!.fix! + text.slice(end);
      expect(parseConfig(mended, path).problems).toEqual([]);
    },
  );

  it('several of them, each, in the order of the file', () => {
    const { text, ranges } = unmark('«survy»: lamost-lrs\nspectra: «[]»\nlabels: { teff: { column: «3» } }\n');
    expect(codesAt(parseConfig(text, path).problems)).toEqual(
      ['CAN005', 'CAN011', 'CAN007'].map((code, n) => ({ code, range: ranges[n] })),
    );
  });
});

describe('YAML that is broken or hostile', () => {
  it.each([
    ['tabs', 'grid:\n\tfrom: 3900\n', /tabs/],
    ['two documents', 'survey: lamost-lrs\n---\nsurvey: x\n', /more than one document/],
    ['a second colon', 'survey: lamost: lrs\n', /second colon/],
    ['an open quote', 'survey: "lamost\n', /quote "/],
    ['deep brackets', '['.repeat(100_000), /too deeply/],
    ['deep dashes', '- '.repeat(100_000), /too deeply/],
    ['deep indentation', Array.from({ length: 300 }, (_, n) => `${' '.repeat(n)}a:`).join('\n'), /too deeply/],
  ])('with %s is said to be so, with the place', (_, text, message) => {
    const { config, problems } = parseConfig(text, path);
    expect(config).toBeNull();
    expect(problems[0]).toMatchObject({ code: 'CAN001', message: expect.stringMatching(message) as string });
    expect(problems[0]!.range).toBeDefined();
  });

  it('with aliases of aliases costs no more than its length', () => {
    const bomb = Array.from(
      { length: 25 },
      (_, n) => `a${n}: &a${n} [${`*a${n - 1}, `.repeat(n === 0 ? 0 : 9)}x]`,
    ).join('\n');
    const { problems } = parseConfig(`${bomb}\nspectra: *a24\n`, path);
    expect(problems.length).toBeLessThanOrEqual(50);
    expect(problems.some(({ code }) => code === 'CAN007')).toBe(true);
  });

  it('of more than 256 kB is refused unread', () => {
    expect(parseConfig('#'.repeat(256_001), path)).toMatchObject({ config: null, problems: [{ code: 'CAN002' }] });
  });

  it('never throws, and marks only what is there', () => {
    const line = fc.constantFrom(
      'survey: lamost-lrs',
      'spectra: *x',
      'labels: {a: {column: &x b}}',
      'grid: [',
      'models: {a: {where: "a > ("}}',
      '? x',
      '- y',
      '}',
      '"',
      '\t',
      ': :',
      'quality: |\n  a > 1',
      '!!int x',
      '%YAML 1.2',
      '---',
      '\u0000',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(line).map((lines) => lines.join('\n')),
        ),
        (text) => {
          for (const { range } of parseConfig(text, path).problems) {
            expect(range!.start).toBeLessThanOrEqual(range!.end);
            expect(range!.end).toBeLessThanOrEqual(text.length);
          }
        },
      ),
    );
  });

  it('survives the loss of any one character of a sound description', () => {
    for (let n = 0; n < soundConfig.length; n++) {
      const { config, problems } = parseConfig(soundConfig.slice(0, n) + soundConfig.slice(n + 1), path);
      if (config === null) expect(problems.length).toBeGreaterThan(0);
    }
  });
});

describe('loadConfig', () => {
  it('reads a file, whose relative paths start from its folder', async () => {
    const file = join(folder, 'cannon.yaml');
    writeFileSync(file, soundConfig);
    expect((await loadConfig(file)).config).toMatchObject({ path: file, folder });
  });

  it.each([
    ['does not exist', 'nowhere.yaml'],
    ['is a folder', '.'],
  ])('says that the file %s', async (reason, name) => {
    const error = await loadConfig(join(folder, name)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ code: 'CAN004', message: expect.stringContaining(reason) as string });
  });

  it('does not read a file that cannot be a description', async () => {
    const file = join(folder, 'large.yaml');
    writeFileSync(file, '#'.repeat(2_000_000));
    expect(await loadConfig(file)).toMatchObject({ config: null, problems: [{ code: 'CAN002' }] });
  });
});

describe('lineAndColumn', () => {
  it('counts from one, with every kind of line end', () => {
    expect(lineAndColumn('ab\ncd', 0)).toEqual({ line: 1, column: 1 });
    expect(lineAndColumn('ab\ncd', 4)).toEqual({ line: 2, column: 2 });
    expect(lineAndColumn('ab\r\ncd', 4)).toEqual({ line: 2, column: 1 });
  });
});
