/** The language features on cannon.yaml over a real protocol stream: completion, definition, links, outline, lenses, hints, rename. */
import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type * as lsp from 'vscode-languageserver/node';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { labelEveryStar } from '../sampleLabels';
import { surveyTests } from './surveyTests';
import { positionOf, TestClient, uriOf } from './testClient';

const nStars = 48;
const cut = 'snrg >= 20 and flag_cannon == 0';
const survey = surveyTests({ stars: nStars });
let folder: string;
let path: string;
let sound: string;
let client: TestClient;

beforeAll(() => labelEveryStar(survey.sample));
beforeEach(() => {
  ({ folder, path, sound, client } = survey);
});

/** Opens a text and waits for the disk: a key that nobody knows would be told of the text alone, the lens knows both. */
async function openChecked(text: string): Promise<void> {
  await client.open(path, text);
  await lenses((found) => !found[0]!.includes('Train'));
}

/** The titles of the lenses, asked for again with each published diagnostic until they are as wanted. */
async function lenses(isWanted: (titles: string[]) => boolean): Promise<lsp.CodeLens[]> {
  for (let since = 0; ; since = client.nPublished) {
    const found = await client.connection.sendRequest<lsp.CodeLens[]>('textDocument/codeLens', {
      textDocument: { uri: uriOf(path) },
    });
    if (found.length > 0 && isWanted(found.map(({ command }) => command!.title))) return found;
    await client.diagnostics(path, () => true, since);
  }
}

/** `|` marks the cursor. */
async function complete(marked: string, asker = client): Promise<(name: string) => lsp.CompletionItem | undefined> {
  const offset = marked.indexOf('|');
  const text = marked.slice(0, offset) + marked.slice(offset + 1);
  await asker.change(path, text);
  const { items } = await asker.connection.sendRequest<lsp.CompletionList>('textDocument/completion', {
    textDocument: { uri: uriOf(path) },
    position: positionOf(text, offset),
  });
  return (name) => items.find(({ label }) => label === name);
}

const inserted = (item: lsp.CompletionItem | undefined) => item?.textEdit?.newText;

describe('completion', () => {
  it('offers the keys that are not there yet, with what the schema says of them and a value to begin with', async () => {
    await client.open(path, sound);
    const offer = await complete(`${sound}\nmo|`);
    expect(offer('survey')).toBeUndefined();
    expect(inserted(offer('models'))).toMatch(/^models: \{ giants: \{ where: "logg < 3.8"/);
    expect((offer('crossValidation')!.documentation as { value: string }).value).toContain(
      'stars they were not trained on',
    );
    const inner = await complete(sound.replace('{ from: 3900, to', '{ |, to'));
    expect(inserted(inner('from'))).toBe('from: 3900');
    expect(inner('to')).toBeUndefined();
  });

  it('writes tab stops for editors that have them', async () => {
    const other = await TestClient.inProcess(undefined, {
      abilities: { textDocument: { completion: { completionItem: { snippetSupport: true } } } },
    });
    await other.open(path, sound);
    const offer = await complete(sound.replace('{ from: 3900, to', '{ |, to'), other);
    expect(offer('from')).toMatchObject({ insertTextFormat: 2, textEdit: { newText: 'from: ${1:3900}' } });
    await other.close();
  });

  it('offers surveys, and leaves the key alone where a value follows', async () => {
    await client.open(path, sound);
    expect((await complete(sound.replace('lamost-lrs', '|')))('lamost-lrs')).toBeDefined();
    const offer = await complete(sound.replace('from: 3900', 'fr|: 3900'));
    expect(inserted(offer('from'))).toBe('from');
  });

  it('offers columns of the table, quoted where YAML wants it', async () => {
    const table = await readFile(join(folder, 'labels.csv'), 'utf8');
    writeFileSync(join(folder, 'labels.csv'), table.replace('feh', '[Fe/H]'));
    await openChecked(sound.replace('column: feh', 'column: "[Fe/H]"'));
    const offer = await complete(sound.replace('column: feh', 'column: |'));
    expect(inserted(offer('[Fe/H]'))).toBe('"[Fe/H]"');
    expect(inserted(offer('snrg'))).toBe('snrg');
    expect(offer('snrg')!.documentation).toBeUndefined();
    const looked = await client.connection.sendRequest<lsp.CompletionItem>('completionItem/resolve', offer('snrg'));
    expect((looked.documentation as { value: string }).value).toMatch(/48 values from/);
    const quoted = await complete(sound.replace('column: feh', 'column: "|"'));
    expect(inserted(quoted('[Fe/H]'))).toBe('[Fe/H]');
    const match = await complete(sound.replace('OBSID: obsid', 'OBSID: |'));
    expect(match('obsid')).toBeDefined();
  });

  it('offers a label for each column that has none', async () => {
    await openChecked(sound);
    const offer = await complete(sound.replace('  fe_h: {', '  |\n  fe_h: {'));
    expect(inserted(offer('snrg'))).toBe('snrg: { column: snrg }');
    expect(offer('teff')).toBeUndefined();
    expect(offer('feh')).toBeUndefined();
  });

  it('offers header cards of the spectra, and their column', async () => {
    await openChecked(sound);
    const offer = await complete(sound.replace('{ spectrum.OBSID: obsid }', '{ | }'));
    expect(inserted(offer('spectrum.OBSID'))).toBe('spectrum.OBSID: obsid');
    expect(offer('filename')).toBeDefined();
    const one = await complete(sound.replace('OBSID: obsid }', 'OBSID: obsid, | }'));
    expect(one('sky')).toBeUndefined();
  });

  it('offers labels to models, each once', async () => {
    await openChecked(sound);
    const offer = await complete(`${sound}\nmodels:\n  a: { labels: [teff, |] }\n`);
    expect(offer('teff')).toBeUndefined();
    expect(offer('fe_h')!.detail).toBe('label, dex');
  });

  it('offers in conditions what may stand there', async () => {
    await openChecked(sound);
    const start = await complete(`${sound}\nmodels:\n  a: { where: "|" }\n`);
    expect(start('otherwise')).toBeDefined();
    expect(start('teff')!.sortText! < start('snrg')!.sortText!).toBe(true);
    expect(start('log10')!.detail).toBe('log10(x)');
    const card = await complete(sound.replace(cut, 'spectrum.SNR| > 3'));
    expect(card('spectrum.SNRG')!.detail).toMatch(/header card, such as \d/);
    expect(card('teff')).toBeUndefined();
    const range = card('spectrum.SNRG')!.textEdit as { range: lsp.Range };
    expect(range.range.end.character - range.range.start.character).toBe('spectrum.SNR'.length);
    const after = await complete(sound.replace(cut, '"snrg >= 20 |"'));
    expect(['and', 'teff'].map((word) => after(word) !== undefined)).toEqual([true, false]);
    const next = await complete(sound.replace(cut, '"snrg >= 20 and te|ff"'));
    const { end } = (next('teff')!.textEdit as { range: lsp.Range }).range;
    expect(end).toEqual(positionOf(sound.replace(cut, '"snrg >= 20 and teff'), sound.indexOf(cut) + 20));
  });

  it('offers files and folders beside the description, and a glob over spectra', async () => {
    await client.open(path, sound);
    const table = await complete(sound.replace('labels.csv', '|'));
    expect(table('truth.csv')).toBeDefined();
    expect(table('cannon.yaml')).toBeUndefined();
    const spectra = await complete(sound.replace('spectra/**/*.fits.gz', 'spectra/|'));
    expect(spectra('**/*.fits.gz')).toBeDefined();
  });

  it('offers nothing in comments, nor at each blank of a condition', async () => {
    await client.open(path, sound);
    const { items } = await client.at<lsp.CompletionList>('completion', path, sound, 'A mock survey', 2);
    expect(items).toEqual([]);
    const blank = { context: { triggerKind: 2, triggerCharacter: ' ' } };
    const found = await client.at<lsp.CompletionList>('completion', path, sound, 'snrg >= 20', 5, blank);
    expect(found.items).toEqual([]);
  });
});

describe('definitions and links', () => {
  const target = async (text: string, passage: string, within = 1) =>
    (await client.at<lsp.LocationLink[]>('definition', path, text, passage, within))[0];

  it('lead from a label to its column, and from its uses to the label', async () => {
    const text = `${sound}\nmodels:\n  a: { where: "abs(fe_h) < 1", labels: [teff, fe_h] }\n`;
    await client.open(path, text);
    const [header] = (await readFile(join(folder, 'labels.csv'), 'utf8')).split('\n');
    const cell = (name: string) => ({
      start: { line: 0, character: header!.indexOf(name) },
      end: { line: 0, character: header!.indexOf(name) + name.length },
    });
    const table = uriOf(join(folder, 'labels.csv'));
    expect(await target(text, 'fe_h: {')).toMatchObject({ targetUri: table, targetRange: cell('feh') });
    expect(await target(text, 'feh }')).toMatchObject({ targetUri: table, targetRange: cell('feh') });
    expect(await target(text, 'snrg >= 20')).toMatchObject({ targetUri: table, targetRange: cell('snrg') });
    const label = { targetUri: uriOf(path), targetRange: { start: positionOf(text, text.indexOf('fe_h: {')) } };
    expect(await target(text, 'fe_h) < 1')).toMatchObject(label);
    expect(await target(text, 'fe_h] }')).toMatchObject(label);
  });

  it('find a column below comments, between quotes and in tables with other separators', async () => {
    writeFileSync(
      join(folder, 'labels.csv'),
      '\ufeff# from somewhere\n"x;y";obsid; "feh" ;teff;logg;snrg\n1;2;3;4;5;6\n',
    );
    await client.open(path, sound);
    const found = await target(sound, 'feh }');
    expect(found!.targetRange).toEqual({ start: { line: 1, character: 14 }, end: { line: 1, character: 17 } });
    writeFileSync(join(folder, 'labels.csv'), '# from somewhere\n# obsid,teff,logg,feh,snrg\n\n1,2,3,4,5\n');
    const inComment = await target(sound, 'feh }');
    expect(inComment!.targetRange).toEqual({ start: { line: 1, character: 18 }, end: { line: 1, character: 21 } });
  });

  it('lead to the table and to the first spectrum', async () => {
    await client.open(path, sound);
    expect((await target(sound, 'labels.csv'))!.targetUri).toBe(uriOf(join(folder, 'labels.csv')));
    expect((await target(sound, 'spectra/**'))!.targetUri).toMatch(/\.fits\.gz$/);
    const links = await client.connection.sendRequest<lsp.DocumentLink[]>('textDocument/documentLink', {
      textDocument: { uri: uriOf(path) },
    });
    expect(links).toHaveLength(2);
    // No glob is followed before somebody follows the link.
    expect(links.map((link) => link.target)).toEqual([undefined, undefined]);
    const [spectra, table] = await Promise.all(
      links.map((link) => client.connection.sendRequest<lsp.DocumentLink>('documentLink/resolve', link)),
    );
    expect(spectra!.target).toMatch(/\/spectra\/.*\.fits\.gz$/);
    expect(table!.target).toBe(uriOf(join(folder, 'labels.csv')));
  });

  it('lead nowhere from a word without an origin', async () => {
    await client.open(path, sound);
    expect(await target(sound, 'gaussian')).toBeUndefined();
  });
});

describe('the outline', () => {
  it('has the keys as they are nested', async () => {
    await client.open(path, sound);
    const symbols = await client.connection.sendRequest<lsp.DocumentSymbol[]>('textDocument/documentSymbol', {
      textDocument: { uri: uriOf(path) },
    });
    const names = (all: lsp.DocumentSymbol[]): unknown => all.map(({ name, children }) => [name, names(children!)]);
    expect(names(symbols)).toEqual([
      ['survey', []],
      ['spectra', []],
      [
        'reference',
        [
          ['file', []],
          ['match', [['spectrum.OBSID', []]]],
        ],
      ],
      [
        'grid',
        [
          ['from', []],
          ['to', []],
          ['step', []],
        ],
      ],
      [
        'continuum',
        [
          ['method', []],
          ['sigma', []],
          ['truncate', []],
        ],
      ],
      [
        'labels',
        [
          [
            'teff',
            [
              ['column', []],
              ['unit', []],
            ],
          ],
          ['logg', [['column', []]]],
          ['fe_h', [['column', []]]],
        ],
      ],
      ['quality', [[cut, []]]],
    ]);
    for (const { range, selectionRange } of symbols)
      expect(range.end.line).toBeGreaterThanOrEqual(selectionRange.end.line);
  });
});

describe('lenses', () => {
  it('say whether the data are ready and run what can be run, for this survey', async () => {
    await client.open(path, sound);
    const found = await lenses((titles) => titles[0]!.includes('spectra'));
    expect(found.map(({ command }) => command!.title)).toEqual([
      `$(pass) Ready · ${nStars} spectra · ${nStars} with labels · ${nStars} to train on`,
      '$(play) Train',
      '$(checklist) Cross-validate',
      '$(tag) Infer labels',
      '$(graph-line) Inspect a star',
      '$(graph-scatter) Training set',
      '$(checklist) Review',
      '$(graph-scatter) Which pixels carry them',
    ]);
    for (const { command } of found) expect(command!.arguments).toEqual([{ config: path }]);
    expect(found[0]!.range.start).toEqual(positionOf(sound, sound.indexOf('survey:')));
    expect(found.at(-1)!.range.start).toEqual(positionOf(sound, sound.indexOf('labels:')));
  });

  it('count what has to be mended first', async () => {
    await client.open(path, sound.replace('column: feh', 'column: fhe'));
    const [first] = await lenses((titles) => titles[0]!.includes('problem'));
    expect(first!.command!.title).toBe('$(error) Not ready: 1 problem to mend');
  });
});

describe('inlay hints', () => {
  const whole = { range: { start: { line: 0, character: 0 }, end: { line: 1000, character: 0 } } };
  const hints = (text: string) => client.at<lsp.InlayHint[]>('inlayHint', path, text, text, 0, whole);

  it('tell how many stars each condition leaves, and each model has', async () => {
    const labels = (await readFile(join(folder, 'labels.csv'), 'utf8')).trim().split('\n');
    const teff = labels[0]!.split(',').indexOf('teff');
    const values = labels.slice(1).map((line) => Number(line.split(',')[teff]));
    const middle = [...values].sort((a, b) => a - b)[nStars / 2]!;
    const nWarm = values.filter((value) => value >= middle).length;
    const text = `${sound}  - teff >= ${middle}\n  - logg > -9\nmodels:\n  all: { where: "spectrum.OBSID > 0" }\n`;
    await openChecked(text);
    const found = await hints(text);
    expect(found.map(({ label }) => label)).toEqual([
      `${nStars} matched`,
      `${nStars} stars`,
      `${nWarm} stars`,
      `${nWarm} stars`,
      `${nWarm} stars`,
    ]);
    expect(found[3]!.position).toEqual(positionOf(text, text.indexOf('logg > -9') + 'logg > -9'.length));
    expect((found[3]!.tooltip as { value: string }).value).toContain(
      `by itself holds for ${nStars} of ${nStars} stars`,
    );
    const hover = await client.hover(path, text, '>= ' + middle, 1);
    expect(hover).toContain(`holds for ${nWarm} of ${nStars} stars`);
  });

  it('are silent about a condition that has changed since it was checked, and about those after it', async () => {
    const text = `${sound}  - logg > -9\n  - teff > 0\n`;
    await openChecked(text);
    const edited = text.replace('logg > -9', 'logg > -8');
    await client.change(path, edited);
    expect((await hints(edited)).map(({ label }) => label)).toEqual([`${nStars} matched`, `${nStars} stars`]);
  });
});

describe('hovers', () => {
  it('draw how the values of a label are distributed', async () => {
    await openChecked(sound);
    const hover = await client.hover(path, sound, 'teff:');
    const [, bars, scale] = /```text\n([ ▁▂▃▄▅▆▇█]{32})\n(.*)\n```/.exec(hover!)!;
    expect(bars).toContain('█');
    expect(scale!.length).toBe(32);
    expect(scale).toMatch(/^\d{4}.* \d{4}/);
  });

  it('tell what a header card holds', async () => {
    const text = sound.replace(cut, 'spectrum.SNRG >= 20');
    await openChecked(text);
    expect(await client.hover(path, text, 'spectrum.SNRG', 3)).toMatch(
      /a card of the primary header, for example `\d+/,
    );
  });
});

describe('rename', () => {
  const text = () => `${sound}  - abs(fe_h) < 9\nmodels:\n  a: { labels: [teff, fe_h] }\n`;

  it('changes a label in all its uses', async () => {
    await client.open(path, text());
    const prepared = await client.at<{ placeholder: string }>('prepareRename', path, text(), 'fe_h) < 9', 2);
    expect(prepared.placeholder).toBe('fe_h');
    const { changes } = await client.at<lsp.WorkspaceEdit>('rename', path, text(), 'fe_h] }', 1, { newName: 'm_h' });
    const edits = changes![uriOf(path)]!;
    const starts = [...text().matchAll(/fe_h/g)].map(({ index }) => positionOf(text(), index));
    const byLine = (a: { line: number }, b: { line: number }) => a.line - b.line;
    expect(edits.map(({ range }) => range.start).sort(byLine)).toEqual(starts);
    expect(edits.every(({ newText }) => newText === 'm_h')).toBe(true);
  });

  it('lists the uses', async () => {
    await client.open(path, text());
    const context = { context: { includeDeclaration: true } };
    const found = await client.at<lsp.Location[]>('references', path, text(), 'fe_h: {', 1, context);
    expect(found).toHaveLength(3);
  });

  it('refuses what is no label, and names that cannot be', async () => {
    await client.open(path, text());
    const failure = (asked: Promise<unknown>) => asked.catch((error: Error) => error.message);
    expect(await failure(client.at('prepareRename', path, text(), 'gaussian', 1))).toBe('Only labels can be renamed');
    expect(await failure(client.at('rename', path, text(), 'fe_h: {', 1, { newName: 'log10' }))).toContain(
      '"log10" cannot be the name of a label',
    );
  });
});
