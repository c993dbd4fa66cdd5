/** `cannon init`: what it finds in folders of every kind, what it says when it is not sure, and that it overwrites nothing. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { examineSurvey, loadConfig, UserError, type JobContext } from '../../engine/index';
import { seeFolder, usualLimits } from '../../engine/draft/folder';
import { initSurvey } from '../../engine/jobs/initSurvey';
import { walkSpectra } from '../../engine/reference/spectraWalk';
import { writeSample } from '../../engine/sample/sample';
import { dataPath, withoutData } from '../data';

const root = mkdtempSync(join(tmpdir(), 'cannon-init-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const context: JobContext = { signal: new AbortController().signal, report: () => undefined };

let nFolders = 0;
function folderWith(files: Readonly<Record<string, string | Buffer>>): string {
  const folder = join(root, `f${++nFolders}`);
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** A spectrum in CSV from 5000 Å on, steps of 2e-4 in log10 λ, with a line whose depth is the number of the star. */
function csvSpectrum(n: number, { ra = 10 + n, cards = '' }: { ra?: number; cards?: string } = {}): string {
  const rows = Array.from({ length: 120 }, (_, p) => {
    const flux = 1000 * (1 - (p === 60 ? 0.01 * (n + 1) : 0));
    return `${(5000 * 10 ** (2e-4 * p)).toFixed(4)},${flux},10`;
  });
  return `# Z = 0\n# RA = ${ra}\n# DEC = 20\n${cards}wavelength,flux,flux_error\n${rows.join('\n')}\n`;
}

/** Spectra star0.csv … and rows of labels for all of them. */
function surveyOf(nStars: number, head: string, row: (n: number) => string, cards: (n: number) => string = () => '') {
  const names = Array.from({ length: nStars }, (_, n) => `spectra/star${n}.csv`);
  const spectra = names.map((name, n) => [name, csvSpectrum(n, { cards: cards(n) })]);
  return { ...Object.fromEntries(spectra), 'labels.csv': `${head}\n${names.map((_, n) => row(n)).join('\n')}\n` } as Record<string, string>; // prettier-ignore
}

const labelsOf = (n: number) => `${5000 + 40 * ((n * 7) % 30)},${(4 + 0.03 * ((n * 11) % 30)).toFixed(3)},${(-0.5 + 0.02 * ((n * 13) % 30)).toFixed(3)}`; // prettier-ignore

/** What is wrong with the file that was written, as `cannon check` finds it: errors, then warnings, by their codes. */
async function checked(folder: string) {
  const parsed = await loadConfig(join(folder, 'cannon.yaml'));
  const { problems, facts } = await examineSurvey(parsed, context);
  const all = [...parsed.problems, ...problems];
  const codes = (severity: string) => all.filter((one) => one.severity === severity).map(({ code }) => code);
  return { config: parsed.config!, errors: codes('error'), warnings: codes('warning'), facts };
}

describe('a first cannon.yaml', () => {
  it('of a sample says what the sample’s own says, and passes the check', async () => {
    const folder = join(root, 'sample');
    await writeSample(folder, { stars: 72, seed: 3 }, context);
    const own = (await loadConfig(join(folder, 'cannon.yaml'))).config!;
    rmSync(join(folder, 'cannon.yaml'));
    const { notes, reference, spectra, survey } = await initSurvey(folder, context);
    expect({ spectra, survey }).toEqual({ spectra: 72, survey: 'lamost-lrs' });
    expect(reference).toEqual({ file: 'labels.csv', match: '{ spectrum.OBSID: obsid }', matched: 54 });
    expect(notes).toEqual(['Other tables have labels of these stars, too: truth.csv.']);
    const { config, errors, warnings } = await checked(folder);
    expect({ errors, warnings }).toEqual({ errors: [], warnings: [] });
    for (const key of ['survey', 'spectra', 'reference', 'grid', 'continuum'] as const)
      expect(config[key]).toEqual(own[key]);
    expect(config.labels.map(({ name, column }) => [name, column])).toEqual(own.labels.map(({ name, column }) => [name, column])); // prettier-ignore
    expect(readFileSync(join(folder, 'cannon.yaml'), 'utf8')).toContain('# - flag_cannon == 0');
  });

  it('takes the grid of the spectra, the file name for a key, and the columns of one pipeline', async () => {
    const head = 'file,teff_cnn,teff_lasp,teff_lasp_err,logg_lasp,logg_cnn,feh_lasp,mg_fe,snr';
    const folder = folderWith(
      surveyOf(40, head, (n) => {
        const [teff, logg, feh] = labelsOf(n).split(',');
        return `star${n}.csv,${teff},${teff},50,${logg},${logg},${feh},0.1,${n + 8}`;
      }),
    );
    // The first pipeline in the table lacks iron.
    const { reference, notes } = await initSurvey(folder, context);
    expect(reference).toEqual({ file: 'labels.csv', match: '{ filename: file }', matched: 40 });
    expect(notes).toContain('teff could also be teff_lasp instead of teff_cnn.');
    const { config, errors } = await checked(folder);
    expect(errors).toEqual([]);
    expect(config.survey).toBe('table');
    expect(config.spectra).toEqual(['spectra/*.csv']);
    expect(config.grid).toEqual({ from: 5000, to: 5280, step: 2e-4 });
    expect(config.labels.map(({ column }) => column)).toEqual(['teff_cnn', 'logg_cnn', 'feh_lasp']);
    expect(readFileSync(join(folder, 'cannon.yaml'), 'utf8')).toContain('labels.csv also has mg_fe.');
  });

  it('matches by position where nothing else does, and by a card where that finds more', async () => {
    const bySky = folderWith(surveyOf(24, 'ra,dec,teff,logg,feh', (n) => `${10 + n},20.0001,${labelsOf(n)}`));
    expect((await initSurvey(bySky, context)).reference).toMatchObject({ match: '{ sky: 1 arcsec }', matched: 24 });
    expect((await checked(bySky)).errors).toEqual([]);
    const byCard = folderWith(
      surveyOf(
        24,
        'id,ra,dec,teff,logg,feh',
        (n) => `${70_000_001 + n},${10 + (n % 12)},20,${labelsOf(n)}`,
        (n) => `# STARID = ${70_000_001 + n}\n`,
      ),
    );
    expect((await initSurvey(byCard, context)).reference).toMatchObject({
      match: '{ spectrum.STARID: id }',
      matched: 24,
    });
    expect((await checked(byCard)).errors).toEqual([]);
  });

  it('asks less of a survey with few stars, and leaves the table out where there are too few', async () => {
    const few = folderWith(surveyOf(9, 'file,teff,logg,feh', (n) => `star${n},${labelsOf(n)}`));
    const { labels, notes } = await initSurvey(few, context);
    expect(labels).toEqual(['teff', 'logg', 'fe_h']);
    expect(notes).toContain(
      'With 9 stars only a linear model can be trained; more stars allow the usual quadratic one.',
    );
    expect((await checked(few)).errors).toEqual([]);
    const two = folderWith(surveyOf(2, 'file,teff,logg,feh', (n) => `star${n},${labelsOf(n)}`));
    const draft = await initSurvey(two, context);
    expect(draft.reference).toBeNull();
    expect(draft.notes).toContain('Too few stars of labels.csv have spectra here to train on (2).');
    expect((await checked(two)).errors).toEqual([]);
  });

  it('says so when no table matches, has labels, or can be read', async () => {
    const spectra = { 'a.csv': csvSpectrum(1), 'b.csv': csvSpectrum(2) };
    const noteOf = async (files: Readonly<Record<string, string | Buffer>>) => {
      const folder = folderWith({ ...spectra, ...files });
      const { notes, reference } = await initSurvey(folder, context);
      expect(reference).toBeNull();
      expect((await checked(folder)).errors).toEqual([]);
      return notes.join(' ');
    };
    expect(await noteOf({})).toContain('No table of labels was found; training needs one.');
    expect(await noteOf({ 'labels.csv': 'id,teff,logg\n1,5000,4\n' })).toContain('None of the spectra looked at has a row in labels.csv'); // prettier-ignore
    expect(await noteOf({ 'labels.csv': 'file,colour\na,0.5\nb,0.7\n' })).toContain(
      'no column that is known to be a label',
    );
    expect(await noteOf({ 'labels.csv': Buffer.from('PK\x03\x04 not a table') })).toMatch(/Not looked at: labels\.csv \(.* is a zip archive/); // prettier-ignore
  });

  it('leaves a table beside the spectra out of the glob', async () => {
    const spectra = Object.fromEntries(Array.from({ length: 24 }, (_, n) => [`s${n}x.csv`, csvSpectrum(n)]));
    const rows = Array.from({ length: 24 }, (_, n) => `s${n}x,${labelsOf(n)}`).join('\n');
    const folder = folderWith({
      ...spectra,
      'HD 1.csv': csvSpectrum(24),
      'labels.csv': `file,teff,logg,feh\n${rows}\n`,
    });
    expect((await initSurvey(folder, context)).reference).toMatchObject({ file: 'labels.csv', matched: 24 });
    const { config, errors, warnings, facts } = await checked(folder);
    // Twice the least number of stars would be better.
    expect({ errors, warnings }).toEqual({ errors: [], warnings: ['CAN109'] });
    expect(config.spectra).toEqual(['!(labels).csv']);
    const walked: string[] = [];
    for await (const paths of walkSpectra(config, context.signal)) walked.push(...paths);
    expect(walked).toHaveLength(25);
    expect(facts.nSpectra).toBe(25);
  });

  it('tells of files that its globs catch', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 40 }, (_, n) => [`${'stuvwxyz'[n % 8]}${n}.csv`, csvSpectrum(n)]),
    );
    const tables = Object.fromEntries([...'abcdef'].map((name) => [`${name}.csv`, 'a,b\n1,2\n']));
    const { notes } = await initSurvey(folderWith({ ...many, ...tables }), context);
    expect(notes).toContainEqual(expect.stringMatching(/^The globs match files that are no table spectra: \w\.csv/));
  });

  it('keeps line ends in names out of its comments', async () => {
    const folder = folderWith({
      'a.csv': csvSpectrum(1),
      'b.csv': csvSpectrum(2),
      'l\nlabels: 3.csv': 'id,teff\n7,5000\n',
    });
    await initSurvey(folder, context);
    const { config, errors } = await checked(folder);
    expect(errors).toEqual([]);
    expect(config.labels.map(({ name }) => name)).toEqual(['teff', 'logg', 'fe_h']);
  });
});

describe('no first cannon.yaml', () => {
  const refusal = async (folder: string) => {
    const error: unknown = await initSurvey(folder, context).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    return `${(error as UserError).code} ${(error as UserError).message}`;
  };

  it.each([
    ['an empty folder', {}, /^CAN421 There is no spectrum in .*: it has no files$/],
    ['a folder with a table only', { 'l.csv': 'id,teff\n1,5000\n' }, /^CAN421 .*: only a table: l\.csv$/],
    [
      'files that are nothing known',
      { 'a.fits': 'SIMPLE  = no', 'b.py': '' },
      /^CAN421 .*known here among a\.fits, b\.py$/,
    ],
    [
      'a folder with a survey',
      { 'cannon.yaml': 'mine', 'a.csv': csvSpectrum(1) },
      /^CAN420 .* has a cannon\.yaml already/,
    ],
    [
      'one with the other ending',
      { 'cannon.yml': 'mine', 'a.csv': csvSpectrum(1) },
      /^CAN420 .* has a cannon\.yml already/,
    ],
  ] as const)('is written for %s', async (_, files, sentence) => {
    const folder = folderWith(files);
    expect(await refusal(folder)).toMatch(sentence);
    for (const [name, content] of Object.entries(files)) expect(readFileSync(join(folder, name), 'utf8')).toBe(content);
    expect(readdirSync(folder).sort()).toEqual(Object.keys(files).sort());
  });

  it('is written where there is no folder', async () => {
    expect(await refusal(join(root, 'nowhere'))).toMatch(/^CAN422 There is no folder .*nowhere$/);
    expect(await refusal(join(folderWith({ 'a.txt': '' }), 'a.txt'))).toBe('CAN422 a.txt is a file, not a folder');
  });

  it('is written once the work is cancelled', async () => {
    const folder = folderWith({ 'a.csv': csvSpectrum(1) });
    const abort = new AbortController();
    abort.abort();
    await expect(initSurvey(folder, { ...context, signal: abort.signal })).rejects.toThrow('abort');
    expect(readdirSync(folder)).toEqual(['a.csv']);
  });
});

describe('the look at a folder', () => {
  it('ends at its limits, and says that there is more', async () => {
    const files = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`p${n % 3}/s${n}.csv`, '']));
    const folder = folderWith({ ...files, 'labels.csv': '', '.hidden/x.csv': '', 'node_modules/y.csv': '' });
    const look = (limits: Partial<typeof usualLimits>) =>
      seeFolder(folder, context.signal, { ...usualLimits, ...limits });
    expect(await look({})).toMatchObject({ isWhole: true, files: expect.objectContaining({ length: 31 }) as unknown });
    expect((await look({})).files[0]).toBe('labels.csv');
    expect(await look({ entries: 12 })).toMatchObject({ isWhole: false });
    expect(await look({ folders: 2 })).toMatchObject({ isWhole: false, files: { length: 11 } });
    expect(await look({ entriesOfFolder: 4 })).toMatchObject({ isWhole: false, files: { length: 13 } });
    expect(await look({ depth: 0 })).toEqual({ isWhole: false, files: ['labels.csv'] });
  });

  it('does not follow a link in circles', async () => {
    const folder = folderWith({ 'a/s.csv': '' });
    symlinkSync(folder, join(folder, 'a', 'again'));
    const { files, isWhole } = await seeFolder(folder, context.signal);
    expect(isWhole).toBe(false);
    expect(files.length).toBeLessThan(10);
  });
});

describe.skipIf(withoutData)(`real spectra${withoutData ? ' (skipped: no data)' : ''}`, () => {
  /** A folder with links to so many files of each of these folders, and to these tables. */
  const linked = (folders: readonly string[], tables: readonly string[], most = 1000): string => {
    const folder = folderWith({});
    for (const name of folders) {
      const below = join(folder, name.split('/').at(-1)!);
      mkdirSync(below);
      for (const file of readdirSync(dataPath(name)).slice(0, most))
        symlinkSync(dataPath(name, file), join(below, file));
    }
    for (const name of tables) symlinkSync(dataPath(name), join(folder, name.split('/').at(-1)!));
    return folder;
  };

  it('of LAMOST DR10 are matched by OBSID, with the usual grid and a cut on S/N', async () => {
    const plates = ['A', 'F', 'G'].map((type) => `lamost_lrs/dr10_${type}`);
    const folder = linked(plates, ['lamost_lrs/dr10_labels.csv'], 25);
    const { notes, reference } = await initSurvey(folder, context);
    expect({ notes, reference }).toEqual({
      notes: [],
      reference: { file: 'dr10_labels.csv', match: '{ spectrum.OBSID: obsid }', matched: 75 },
    });
    const { config, errors, warnings } = await checked(folder);
    expect({ errors, warnings }).toEqual({ errors: [], warnings: [] });
    expect(config.grid).toEqual({ from: 3900, to: 8750, step: 1e-4 });
    expect(config.spectra).toEqual(['**/*.fits.gz']);
    expect(config.labels.map(({ name, column }) => [name, column])).toEqual([['teff', 'teff'], ['logg', 'logg'], ['fe_h', 'feh']]); // prettier-ignore
  });

  it('of LAMOST DR1, which have no OBSID, are matched by name, with as many labels as seven stars allow', async () => {
    const folder = linked(['lamost_lrs/dr1_B6212'], ['lamost_lrs/dr1_labels.csv']);
    const { labels, reference } = await initSurvey(folder, context);
    expect(reference).toEqual({ file: 'dr1_labels.csv', match: '{ filename: filename }', matched: 7 });
    expect(labels).toEqual(['teff', 'logg']);
    const { config, errors } = await checked(folder);
    expect(errors).toEqual([]);
    expect(config.labels[0]).toMatchObject({ column: 'teff', error: 'teff_err', unit: 'K' });
  });

  it.each([
    ['apogee', 'apogee_aspcapStar', '*.fits', { from: 15150, to: 16950, step: 6e-6 }, 'none'],
    // Only the third arm of these stars is here.
    ['galah', 'galah_hermes', '*3.fits', { from: 6480, to: 6730, step: 4e-6 }, 'gaussian'],
  ] as const)('of %s are recognized without a table', async (survey, name, glob, grid, method) => {
    const folder = linked([`spectra_other/${name}`], []);
    expect((await initSurvey(folder, context)).reference).toBeNull();
    const { config, errors } = await checked(folder);
    expect(errors).toEqual([]);
    expect(config).toMatchObject({ survey, grid, spectra: [`${name}/${glob}`], continuum: { method } });
  });

  it('of two surveys are not mixed', async () => {
    const folder = linked(['lamost_lrs/dr6_dr7_lrs_mrs', 'lamost_lrs/dr8_F5902'], []);
    const { notes, survey } = await initSurvey(folder, context);
    expect(survey).toBe('lamost-lrs');
    expect(notes).toContainEqual(expect.stringMatching(/spectra of other surveys as well \(about 1 of lamost-mrs\)/));
    expect((await checked(folder)).config.spectra).toEqual(['**/spec-*.fits.gz']);
  });
});
