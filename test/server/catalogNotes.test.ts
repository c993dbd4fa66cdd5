/** What the editor is told of the newest catalog without asking: flagged stars among the problems, marks in tables, and searches over its columns. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CompletionList, Diagnostic } from 'vscode-languageserver';
import { reviewStars } from '../../engine/jobs/reviewFile';
import { FlaggedRowsRequest } from '../../server/protocol';
import { TestClient, uriOf } from './testClient';

const folder = mkdtempSync(join(tmpdir(), 'cannon-notes-'));
const config = join(folder, 'cannon.yaml');
const labels = join(folder, 'labels.csv');
const catalog = join(folder, 'catalog.csv');
const run = join(folder, '.cannon', 'runs', '2026-11-20T10-00-00-catalog');
const text = `survey: lamost-lrs
spectra: spectra/*.fits
reference: { file: labels.csv, match: { spectrum.OBSID: obsid } }
labels: { teff: { column: teff, unit: K } }
flags: { snr: 20 }
searches:
  hot: teff > 5500
  odd: "tef > 1 AND snr > 5"
  broken: teff >
`;
/** Two rows of it span several lines, and hold the separator in quotes. */
const table = `# a comment
name,obsid,teff
"first, of all
and of two lines",102,5000
plain,101,5100

"one ""more""
of
three",104,5200
`;

let client: TestClient;
/** What the editor has for the setting. */
let nNamed: unknown;

async function start(): Promise<void> {
  client = await TestClient.inProcess(undefined, {
    abilities: { workspace: { configuration: true, didChangeConfiguration: { dynamicRegistration: true } } },
  });
  client.connection.onRequest('workspace/configuration', ({ items }: { items: { section: string }[] }) =>
    items.map(({ section }) => (section === 'cannon.flaggedStars.inProblems' ? nNamed : null)),
  );
}
const flagged = (found: readonly Diagnostic[]): Diagnostic[] => found.filter(({ code }) => code === 'CAN371');
const when = async (isWanted: (found: readonly Diagnostic[]) => boolean): Promise<Diagnostic[]> =>
  flagged(await client.diagnostics(config, isWanted));

beforeAll(() => {
  for (const path of [join(folder, 'spectra'), run]) mkdirSync(path, { recursive: true });
  writeFileSync(join(folder, 'spectra', 'c.fits'), '');
  writeFileSync(config, text);
  writeFileSync(labels, table);
  const job = {
    ...{ format: 2, command: 'catalog', config, resolved: {}, options: {}, seed: 1, versions: {}, inputs: {}, key: '' },
    ...{ created: '2026-11-20T10:00:00Z', attempt: 1, started: '', pid: 1, host: '', submitted: null },
  };
  writeFileSync(join(run, 'job.json'), JSON.stringify(job));
  writeFileSync(join(run, 'result.json'), JSON.stringify({ kind: 'finished', command: 'catalog', out: catalog }));
});
beforeEach(() => {
  nNamed = 2;
  rmSync(join(folder, 'review.yaml'), { force: true });
  writeFileSync(
    catalog,
    `obsid,designation,spectrum,teff,snr,flags,high_windows,surprise
101,J1,spectra/a.fits,5000.5,30,0,,1.5
102,J2,spectra/b.fits,6000.5,40,4,Ba Mg,3.5
103,J3,spectra/c.fits,5100.5,50,260,Ba,9.5
104,J4,spectra/d.fits,5200.5,60,4,Li,2.5
`,
  );
});
afterEach(() => client.close());
afterAll(() => rmSync(folder, { recursive: true }));

describe('flagged stars in the list of problems', () => {
  it('are one line a kind of flag, which counts them and names the most surprising, each at its place', async () => {
    await start();
    await client.open(config, text);
    const found = await when((all) => flagged(all).length === 2);
    expect(found.map(({ severity, range }) => [severity, range.start.line])).toEqual([
      [3, 4],
      [3, 4],
    ]);
    const [windows, binary] = found;
    expect(windows!.message).toMatch(/^3 stars of the newest catalog are flagged window_chi2: the lines of an element/);
    expect(windows!.message).toContain('The most surprising are 103, 102.');
    expect(binary!.message).toMatch(/^1 star of the newest catalog is flagged binary: .*\.\n103\. /);
    // 103 is not in the table of labels, and leads to its spectrum; 102 to the first of its lines.
    expect(
      windows!.relatedInformation!.map(({ location, message }) => [location.uri, location.range.start.line, message]),
    ).toEqual([
      [uriOf(join(folder, 'spectra', 'c.fits')), 0, expect.stringMatching(/^103: .*: Ba$/)],
      [uriOf(labels), 2, expect.stringMatching(/^102: .*: Ba, Mg$/)],
    ]);
  });

  it('lead to the review bench with their flag', async () => {
    await start();
    await client.open(config, text);
    const [, binary] = await when((all) => flagged(all).length === 2);
    const actions = await client.quickFixes(config, binary!);
    const own = actions.filter(({ command }) => command?.command === 'cannon.reviewStars');
    expect(own.map(({ title, command }) => [title, command!.arguments])).toEqual([
      ['Review stars flagged window_chi2', [{ config, focus: 'window_chi2' }]],
      ['Review stars flagged binary', [{ config, focus: 'binary' }]],
    ]);
  });

  it('follow verdicts, catalogs made anew, and the setting, which turns them off', async () => {
    await start();
    await client.open(config, text);
    await when((all) => flagged(all).length === 2);
    reviewStars(folder, [{ star: '103', entry: { verdict: 'binary', note: '', by: '', date: '' } }]);
    const tell = (path: string) =>
      client.tell({ method: 'workspace/didChangeWatchedFiles' }, { changes: [{ uri: uriOf(path), type: 2 }] });
    await tell(join(folder, 'review.yaml'));
    const [left] = await when((all) => flagged(all).length === 1);
    expect(left!.message).toContain('2 stars of the newest catalog are flagged window_chi2');
    writeFileSync(catalog, 'obsid,flags,surprise\n105,512,1\n');
    await tell(join(run, 'result.json'));
    await when((all) => /flagged emission/.test(JSON.stringify(flagged(all)[0]?.message ?? '')));
    nNamed = 0;
    await client.tell({ method: 'workspace/didChangeConfiguration' }, { settings: null });
    await when((all) => flagged(all).length === 0);
  });

  it('are five a kind for an editor without settings, and none without a catalog', async () => {
    client = await TestClient.inProcess();
    await client.open(config, text);
    const [windows] = await when((all) => flagged(all).length === 2);
    expect(windows!.relatedInformation).toHaveLength(3);
    rmSync(catalog);
    await client.tell(
      { method: 'workspace/didChangeWatchedFiles' },
      { changes: [{ uri: uriOf(join(run, 'catalog.fits')), type: 3 }] },
    );
    await when((all) => flagged(all).length === 0);
  });
});

describe('lines of a table of labels', () => {
  const marks = async (file: string, content: string) =>
    (await client.ask(FlaggedRowsRequest, { file, text: content })).rows.map(({ star, line, lastLine, flags }) => [
      ...[star, line, lastLine],
      flags.join(),
    ]);

  it('are marked over all lines of the row of a flagged star, whatever stands in quotes', async () => {
    await start();
    expect(await marks(labels, table)).toEqual([
      ['102', 2, 3, 'window_chi2'],
      ['104', 6, 8, 'window_chi2'],
    ]);
  });

  it('are found by any id, with any separator and end of line', async () => {
    await start();
    expect(await marks(join(folder, 'sub', 'x.tsv'), 'a\tDesignation\r\n1\tJ3\r\n"2\r\n"\tJ2\r\n')).toEqual([
      ['J3', 1, 1, 'window_chi2,binary'],
      ['J2', 2, 3, 'window_chi2'],
    ]);
    expect(await marks(labels, 'spectrum;x\nspectra/b.fits;"1;2"\n')).toEqual([
      ['spectra/b.fits', 1, 1, 'window_chi2'],
    ]);
  });

  it('bear the verdict that somebody gave', async () => {
    await start();
    reviewStars(folder, [{ star: '102', entry: { verdict: 'real', note: '', by: '', date: '' } }]);
    const { rows } = await client.ask(FlaggedRowsRequest, { file: labels, text: 'obsid\n102\n' });
    expect(rows).toMatchObject([{ verdict: 'real', reasons: [expect.stringContaining('Ba, Mg')] }]);
  });

  it('are left alone in a text that is no table as it stands, without ids, or outside of a survey', async () => {
    await start();
    expect(await marks(labels, 'obsid,teff\n102,"50')).toEqual([]);
    expect(await marks(labels, 'star,teff\n102,50\n')).toEqual([]);
    expect(await marks(labels, '')).toEqual([]);
    expect(await marks(join(tmpdir(), 'labels.csv'), 'obsid\n102\n')).toEqual([]);
  });
});

describe('saved searches', () => {
  it('that the newest catalog has no column for are marked at the name, with the nearest one', async () => {
    await start();
    await client.open(config, text);
    const found = await client.diagnostics(config, (all) => all.some(({ code }) => code === 'CAN036'));
    const [odd, ...others] = found.filter(({ code }) => code === 'CAN036');
    expect(others).toEqual([]);
    expect(odd!.message).toMatch(/^The search "odd" does not fit the newest catalog: .*"tef"\./);
    expect(odd!.range).toEqual({ start: { line: 7, character: 8 }, end: { line: 7, character: 11 } });
    const [fix] = await client.quickFixes(config, odd!);
    expect(fix!.edit!.changes![uriOf(config)]).toEqual([{ range: odd!.range, newText: 'teff' }]);
    // What cannot be read at all is told once, as an error of the description.
    expect(found.filter(({ message }) => JSON.stringify(message).includes('broken')).map(({ code }) => code)).toEqual([
      'CAN035',
    ]);
  });

  it('are completed with columns, flags and functions, in the quotes that stand there', async () => {
    await start();
    const offered = async (line: string) => {
      const content = `${text}${line.replace('|', '')}\n`;
      await client.open(config, content);
      const at = content.indexOf('  new:') + line.indexOf('|');
      const { items } = await client.at<CompletionList>(
        'completion',
        config,
        content,
        '  new:',
        at - content.indexOf('  new:'),
      );
      return items.map(({ label, textEdit }) => [label, textEdit!.newText]);
    };
    const plain = await offered('  new: snr > 5 AND te|');
    expect(plain).toContainEqual(['teff', 'teff']);
    expect(plain).toContainEqual(["has('window_chi2', 'Ba')", "has('window_chi2', 'Ba')"]);
    expect(await offered("  new: 'te|'")).toContainEqual(["has('binary')", "has(''binary'')"]);
    const flags = await offered('  new: "has(\'win|\')"');
    expect(flags).toContainEqual(['window_chi2', 'window_chi2']);
    expect(flags.map(([label]) => label)).not.toContain('teff');
    expect(await offered("  new: designation LIKE 'J|")).toEqual([]);
  });
});
