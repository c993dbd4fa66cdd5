/** From code to panels: actions at a line of cannon.yaml; and the problems of review.yaml at their own file. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CodeAction } from 'vscode-languageserver/node';
import { describe, expect, it } from 'vitest';
import { positionOf, uriOf } from './testClient';
import { ReviewStarsRequest } from '../../server/protocol';
import { surveyTests } from './surveyTests';

const survey = surveyTests();

describe('an action that leads to a panel', () => {
  /** At the beginning of `passage`. */
  const actionsAt = async (text: string, passage: string): Promise<CodeAction[]> => {
    const position = positionOf(text, text.indexOf(passage));
    const params = {
      textDocument: { uri: uriOf(survey.path) },
      range: { start: position, end: position },
      context: { diagnostics: [] },
    };
    return survey.client.connection.sendRequest<CodeAction[]>('textDocument/codeAction', params);
  };
  const commandsAt = async (text: string, passage: string) =>
    (await actionsAt(text, passage)).map(({ title, kind, command }) => [
      title,
      kind,
      command?.command,
      command?.arguments,
    ]);

  it('opens the one that is about this line, at its label or element', async () => {
    const { path, client } = survey;
    const text = `${survey.sound.replace(/^windows:.*\n/m, '')}windows:\n  Mg: { vacuum: [[5165, 5190]] }\n`;
    await client.open(path, text);
    const config = path;
    expect(await commandsAt(text, 'teff:')).toEqual([
      ['Show which pixels carry teff', 'source.cannon', 'cannon.showCoefficients', [{ config, focus: 'teff' }]],
    ]);
    expect(await commandsAt(text, 'Mg:')).toEqual([
      ['Inspect a star in the windows of Mg', 'source.cannon', 'cannon.inspectStar', [{ config, focus: 'Mg' }]],
    ]);
    expect(await commandsAt(text, 'quality:')).toEqual([
      ['Show the training set', 'source.cannon', 'cannon.showTrainingSet', [{ config }]],
    ]);
    expect(await actionsAt(text, 'survey:')).toEqual([]);
  });

  it('stands beside the problem of a line, after what mends it', async () => {
    const { path, client } = survey;
    const text = survey.sound.replace('column: feh', 'column: fhe');
    await client.open(path, text);
    await client.codes(path, 'CAN103');
    const actions = await actionsAt(text, 'fhe');
    expect(actions.map(({ title, kind }) => [title, kind])).toEqual([
      ['Replace with feh', 'quickfix'],
      [expect.stringMatching(/^Show which pixels carry f/), 'quickfix'],
    ]);
    expect(actions[1]!.diagnostics).toMatchObject([{ code: 'CAN103' }]);
  });
});

describe('problems of review.yaml', () => {
  it('stand in that file, at their lines, while the survey is open', async () => {
    const { client, folder, path, sound } = survey;
    const review = join(folder, 'review.yaml');
    const changed = () =>
      client.connection.sendNotification('workspace/didChangeWatchedFiles', {
        changes: [{ uri: uriOf(review), type: 2 }],
      });
    writeFileSync(review, '# verdicts\n1: { verdict: real }\n2: { verdict: reel }\n');
    await client.open(path, sound);
    const [found] = await client.diagnostics(review, (all) => all.length === 1);
    expect(found).toMatchObject({ code: 'CAN170', severity: 1, source: 'cannon' });
    expect(found!.range.start.line).toBe(2);
    writeFileSync(review, '# verdicts\n1: { verdict: real }\n2: { verdict: real }\n');
    await changed();
    await client.diagnostics(review, (all) => all.length === 0);
    writeFileSync(review, '1: [\n');
    await changed();
    await client.diagnostics(review, (all) => all.length > 0);
    await client.notify(path, 'didClose');
    await client.diagnostics(review, (all) => all.length === 0);
    rmSync(review);
  });
});

describe('stars in review.yaml', () => {
  it('are found where they are named, also on a line with a problem', async () => {
    const { client, folder } = survey;
    const text = '# verdicts\n1001605073: { verdict: real }\n"LAMOST J0640": { verdict: reel }\n7: exclude\n';
    const found = await client.connection.sendRequest<{ star: string; start: number; end: number }[]>(
      ReviewStarsRequest.method,
      { path: join(folder, 'review.yaml'), text },
    );
    expect(found.map(({ star, start, end }) => [star, text.slice(start, end)])).toEqual([
      ['1001605073', '1001605073'],
      ['LAMOST J0640', '"LAMOST J0640"'],
      ['7', '7'],
    ]);
  });

  it('are none in a text that cannot be read', async () => {
    const { client, folder } = survey;
    for (const text of ['', '1: [', '- 1', '1'.repeat(10)])
      expect(
        await client.connection.sendRequest(ReviewStarsRequest.method, { path: join(folder, 'review.yaml'), text }),
      ).toEqual([]);
  });
});
