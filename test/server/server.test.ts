/** The language server over a real protocol stream: diagnostics at their places, quick fixes, hovers, and what it survives. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CodeAction, Diagnostic } from 'vscode-languageserver/node';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { unpack } from '../../engine/packing';
import { plainReaders, type SpectrumDocument, type SurveyReaders } from '../../engine/index';
import { FileReaders } from '../../server/fileReaders';
import { InspectStarRequest, ReadSpectrumRequest, StarsRequest } from '../../server/protocol';
import { unmark } from '../engine/configMarkers';
import { labelEveryStar } from '../sampleLabels';
import { surveyTests } from './surveyTests';
import { positionOf, TestClient, uriOf } from './testClient';

const nStars = 48;
let folder: string;
let path: string;
let sound: string;
let client: TestClient;
let nRead = 0;

const counting: SurveyReaders = {
  ...plainReaders,
  spectrum: (...args) => {
    nRead++;
    return plainReaders.spectrum(...args);
  },
};

const survey = surveyTests({ stars: nStars }, () => new FileReaders(counting));
// Every star a reference star, so that nothing is worth a remark.
beforeAll(() => labelEveryStar(survey.sample));
beforeEach(() => {
  ({ folder, path, sound, client } = survey);
  nRead = 0;
});

/** Every star of the sample passes its one cut, which is told in each survey that can be checked. */
const remarkable = (found: readonly Diagnostic[]) => found.filter(({ code }) => code !== 'CAN141');
const clean = (since = 0) => client.diagnostics(path, (found) => remarkable(found).length === 0, since);

/** Opens the marked text and expects exactly these diagnostics at the marks. */
async function check(marked: string, ...codes: string[]): Promise<readonly Diagnostic[]> {
  const { text, ranges } = unmark(marked);
  await client.open(path, text);
  const isWanted = (all: readonly Diagnostic[]) =>
    remarkable(all)
      .map(({ code }) => code)
      .join() === codes.join();
  const found = remarkable(await client.diagnostics(path, isWanted));
  const expected = ranges.map(({ start, end }) => ({ start: positionOf(text, start), end: positionOf(text, end) }));
  expect(found.map(({ range }) => range)).toEqual(expected);
  return found;
}

describe('diagnostics', () => {
  it('stand where the text is wrong, with code, sentence and hint', async () => {
    const [first] = await check(
      sound.replace('survey:', '«survy»:').replace('step: 1e-4', 'step: «-1»'),
      'CAN005',
      'CAN010',
    );
    expect(first).toMatchObject({ source: 'cannon', severity: 1 });
    expect(first!.message).toMatch(/^There is no key "survy" in the file\.\nDid you mean "survey"\?/);
  });

  it('stand where the disk does not bear the text out', async () => {
    await check(
      sound.replace('spectra/**/*.fits.gz', '«nowhere/*.fits»').replace('column: feh', 'column: «fhe»'),
      'CAN101',
      'CAN103',
    );
  });

  it('come for spectra that cannot be read', async () => {
    const [plate] = readdirSync(join(folder, 'spectra'));
    writeFileSync(join(folder, 'spectra', plate!, 'broken.fits.gz'), 'not a spectrum');
    const [found] = await check(sound.replace('spectra/**/*.fits.gz', '«spectra/**/*.fits.gz»'), 'CAN104');
    expect(found).toMatchObject({ severity: 2, message: expect.stringContaining('1 of 49 spectra') as string });
  });

  it('go when the mistake is mended, and when the document is closed', async () => {
    await check(sound.replace('labels.csv', '«labels.cvs»'), 'CAN102');
    const since = client.nPublished;
    await client.change(path, sound);
    await client.diagnostics(path, (found) => found.length === 0, since);
    await client.change(path, `${sound}x: 1\n`);
    await client.codes(path, 'CAN005');
    await client.notify(path, 'didClose');
    await clean(client.nPublished - 1);
  });

  it('of the disk move with the text around them until the disk has been asked again', async () => {
    await check(sound.replace('labels.csv', '«labels.cvs»'), 'CAN102');
    const since = client.nPublished;
    const { text, ranges } = unmark(`# one more line\n${sound.replace('labels.csv', '«labels.cvs»')}`);
    await client.change(path, text);
    // The first answer to an edit comes from the text alone, before typing has paused.
    await client.diagnostics(path, () => true, since);
    const [first] = client.history(path).slice(-1);
    expect(first!.diagnostics.map(({ code, range }) => ({ code, start: range.start }))).toEqual([
      { code: 'CAN102', start: positionOf(text, ranges[0]!.start) },
    ]);
  });

  it('are looked for again when the file is saved', async () => {
    await check(sound.replace('labels.csv', '«other.csv»'), 'CAN102');
    writeFileSync(join(folder, 'other.csv'), readFileSync(join(folder, 'labels.csv')));
    await client.notify(path, 'didSave');
    await clean();
  });

  it('are looked for again when a table changes, but not when a job writes in its own folder', async () => {
    await check(sound.replace('labels.csv', '«other.csv»'), 'CAN102');
    expect(client.watched).toContain('**/*.{csv,tsv,parquet,vot}');
    writeFileSync(join(folder, 'other.csv'), readFileSync(join(folder, 'labels.csv')));
    const tell = (file: string) =>
      client.connection.sendNotification('workspace/didChangeWatchedFiles', {
        changes: [{ uri: uriOf(join(folder, file)), type: 1 }],
      });
    const before = client.nPublished;
    await tell('.cannon/runs/1/labels.csv');
    await client.hover(path, sound, 'grid');
    expect(client.nPublished).toBe(before);
    await tell('other.csv');
    await clean();
  });

  it('do not read spectra again that have not changed', async () => {
    await client.open(path, sound.replace('teff, unit', 'tef, unit'));
    await client.codes(path, 'CAN103');
    expect(nRead).toBe(nStars);
    await client.change(path, sound);
    await clean(client.nPublished);
    const [plate] = readdirSync(join(folder, 'spectra'));
    const [name] = readdirSync(join(folder, 'spectra', plate!));
    expect(nRead).toBe(nStars);
    writeFileSync(join(folder, 'spectra', plate!, name!), 'changed');
    await client.notify(path, 'didSave');
    await client.diagnostics(path, (found) => found.some(({ code }) => code === 'CAN104'));
    expect(nRead).toBe(nStars + 1);
  });

  it('check a document without a file by its text alone', async () => {
    const uri = 'untitled:Untitled-1';
    const published = new Promise<{ diagnostics: Diagnostic[] }>((resolve) => {
      client.connection.onNotification('textDocument/publishDiagnostics', resolve);
    });
    await client.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId: 'cannon', version: 1, text: 'survy: x\n' },
    });
    expect((await published).diagnostics.map(({ code }) => code)).toEqual(['CAN005', 'CAN006', 'CAN006']);
  });
});

describe('a check that is overtaken or crashes', () => {
  it('is dropped when the text has changed since', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    let hasStarted = () => {};
    const started = new Promise<void>((resolve) => (hasStarted = resolve));
    let isFirst = true;
    const slow: SurveyReaders = {
      ...plainReaders,
      table: async (file) => {
        if (isFirst) {
          isFirst = false;
          hasStarted();
          await gate;
        }
        return plainReaders.table(file);
      },
    };
    const other = await TestClient.inProcess(new FileReaders(slow));
    await other.open(path, sound.replace('labels.csv', 'nowhere.csv').replace('column: feh', 'column: fhe'));
    await started;
    await other.change(path, sound.replace('labels.csv', './labels.csv'));
    const done = other.diagnostics(path, (found) => found.length === 0, other.nPublished);
    release();
    await done;
    const codes = other.history(path).flatMap(({ diagnostics }) => diagnostics.map(({ code }) => code));
    expect(codes).toEqual([]);
    await other.close();
  });

  it('says so at the head of the file and in the log, and the server goes on', async () => {
    const crashing: SurveyReaders = {
      ...plainReaders,
      spectrum: () => Promise.reject(new TypeError('a fault of the program')),
    };
    const other = await TestClient.inProcess(new FileReaders(crashing));
    await other.open(path, sound);
    const [found] = await other.codes(path, 'CAN199');
    expect(found!.message).toContain('a fault of the program');
    expect(other.logged.join()).toContain('check: TypeError: a fault of the program');
    expect(await other.hover(path, sound, 'grid')).toContain('grid');
    await other.close();
  });
});

describe('quick fixes', () => {
  it('replace what was meant otherwise, and leave nothing to mend', async () => {
    const { text } = unmark(sound.replace('survey:', 'survy:').replace('column: feh', 'column: fhe'));
    await client.open(path, text);
    const found = await client.diagnostics(path, (all) => all.some(({ code }) => code === 'CAN005'));
    const [fix] = await client.quickFixes(path, found[0]!);
    expect(fix).toMatchObject({ title: 'Replace with survey', kind: 'quickfix', isPreferred: true });
    const mended = apply(text, fix!);
    await client.change(path, mended);
    const [next] = await client.codes(path, 'CAN103');
    const [second] = await client.quickFixes(path, next!);
    await client.change(path, apply(mended, second!));
    await clean();
    expect(apply(mended, second!)).toBe(sound);
  });

  it('are not offered elsewhere', async () => {
    await client.open(path, sound.replace('survey:', 'survy:'));
    const [found] = await client.diagnostics(path, (all) => all.some(({ code }) => code === 'CAN005'));
    const elsewhere = { ...found!, range: { start: { line: 0, character: 0 }, end: { line: 0, character: 3 } } };
    expect(await client.quickFixes(path, elsewhere)).toEqual([]);
  });

  function apply(text: string, { edit }: CodeAction): string {
    const [{ range, newText }] = edit!.changes![uriOf(path)]! as [{ range: Diagnostic['range']; newText: string }];
    const lines = text.split('\n');
    const line = lines[range.start.line]!;
    lines[range.start.line] = line.slice(0, range.start.character) + newText + line.slice(range.end.character);
    return lines.join('\n');
  }
});

describe('hovers', () => {
  it('explain a key with its unit, default, values and an example', async () => {
    await client.open(path, sound);
    const from = await client.hover(path, sound, 'from:');
    expect(from).toMatch(/\*\*grid\.from\*\* a number from 1000 to 30000 Å/);
    expect(from).toContain('The wavelength of the first pixel.');
    expect(from).toContain('Default: `3900`');
    expect(from).toContain('```yaml\nfrom: 3900\n```');
    expect(await client.hover(path, sound, 'method:')).toContain('- `none`: the spectra are normalized already');
    expect(await client.hover(path, sound, 'spectrum.OBSID', 3)).toContain('header card');
    expect(await client.hover(path, sound, 'gaussian')).toContain('weighted by a Gaussian');
  });

  it('tell what a label is in the table, wherever it is named', async () => {
    const text = `${sound}models: { main: { where: "4000 < teff and snrg > 1", labels: [teff, fe_h] } }\n`;
    await client.open(path, text);
    const teff = await hoverUntil(text, 'teff:', /values/);
    expect(teff).toMatch(
      /\*\*teff\*\* a label, in K: the column `teff` of the reference table\.\s+48 values from \d{4}.* to \d{4}.* K\./,
    );
    const inCondition = await client.hover(path, text, '< teff and', 3);
    expect(inCondition!.startsWith(teff)).toBe(true);
    expect(inCondition).toContain('`4000 < teff and snrg > 1` holds for 48 of 48 stars');
    expect(await client.hover(path, text, 'teff, fe_h]', 1)).toBe(teff);
    expect(await client.hover(path, text, 'feh }', 1)).toMatch(/^\*\*`feh`\*\* 48 values from −/);
    expect(await client.hover(path, text, 'snrg > 1', 1)).toMatch(/^\*\*`snrg`\*\* 48 values/);
  });

  it('tell how many spectra there are, match, and pass', async () => {
    const text = `${sound}models: { warm: { where: "teff > 100" } }\n`;
    await client.open(path, text);
    expect(await hoverUntil(text, 'spectra:', /here/)).toContain('48 files here, all readable.');
    expect(await client.hover(path, text, 'reference:')).toContain(
      '`labels.csv` has 48 rows; 48 of 48 spectra match one.',
    );
    expect(await client.hover(path, text, 'quality:')).toContain('- `snrg >= 20 and flag_cannon == 0`: 48');
    expect(await client.hover(path, text, 'warm')).toContain('48 training stars in this survey.');
  });

  it('are silent where there is nothing to say, and in documents that are not open', async () => {
    await client.open(path, sound);
    expect(await client.hover(path, sound, 'labels.csv', 2)).toBeNull();
    expect(await client.hover(join(folder, 'other.yaml'), sound, 'grid')).toBeNull();
  });

  it('work in text that is broken further down', async () => {
    const text = `${sound}quality: [\n`;
    await client.open(path, text);
    expect(await client.hover(path, text, 'step:')).toContain('log10');
  });

  /** Asks again with each published diagnostic, until the check behind the hover is done. */
  async function hoverUntil(text: string, passage: string, wanted: RegExp): Promise<string> {
    for (let since = 0; ; since = client.nPublished) {
      const found = await client.hover(path, text, passage);
      if (found !== null && wanted.test(found)) return found;
      await client.diagnostics(path, () => true, since);
    }
  }
});

describe('requests', () => {
  const listed = (config: string) =>
    client.ask(StarsRequest, {
      config,
      filter: { text: '', where: '' },
      sort: { by: 'path', descending: false },
      plate: null,
      from: 0,
      count: 100,
    });

  it('read a spectrum, with its arrays', async () => {
    const [star] = (await listed(path)).stars;
    const document = unpack<SpectrumDocument>(await client.ask(ReadSpectrumRequest, { path: star!.path }));
    expect(document.problem).toBeNull();
    expect(document.spectrum!.flux).toBeInstanceOf(Float32Array);
    expect(document.spectrum!.waveAngstrom).toHaveLength(document.spectrum!.flux.length);
    expect(document.hdus.length).toBeGreaterThan(0);
  });

  it('answer a mistake of the user with its sentence and hint', async () => {
    const [star] = (await listed(path)).stars;
    const failure = (asked: Promise<unknown>) => asked.catch((error: unknown) => error);
    expect(await failure(client.ask(InspectStarRequest, { config: path, path: star!.path }))).toMatchObject({
      message: expect.stringContaining('No model has been trained') as string,
      data: { hint: expect.stringContaining('Train') as string, code: 'CAN340' },
    });
    expect(await failure(client.ask(ReadSpectrumRequest, { path: join(folder, 'nowhere.fits') }))).toMatchObject({
      data: { code: 'CAN209' },
    });
    expect(await failure(listed(join(folder, 'no.yaml')))).toMatchObject({
      data: { code: 'CAN004' },
    });
    writeFileSync(path, 'survy: x\n');
    expect(await failure(listed(path))).toMatchObject({ data: { code: 'CAN005' } });
  });

  it('answer a fault of the program with an error, and the log has the place', async () => {
    const error: unknown = await client.connection
      .sendRequest(ReadSpectrumRequest.method, { path: 5 })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: expect.stringMatching(/^Internal error/) as string });
    expect(client.logged.join()).toMatch(/cannon\/readSpectrum: TypeError/);
    expect(await listed(path)).toMatchObject({ nMatching: nStars });
  });
});
