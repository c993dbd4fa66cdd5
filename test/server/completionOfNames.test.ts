/** Names that are offered where the user may choose one: elements in `windows`, labels in priors. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CompletionList } from 'vscode-languageserver/node';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { positionOf, TestClient, uriOf } from './testClient';

const path = join(tmpdir(), 'nowhere', 'cannon.yaml');
const start = 'survey: lamost-lrs\nspectra: "*.fits"\nlabels:\n  teff: { column: t }\n';
let client: TestClient;
beforeEach(async () => {
  client = await TestClient.inProcess();
});
afterEach(() => client.close());

/** What is offered at the end of the text. */
async function offers(end: string): Promise<Map<string, string | undefined>> {
  const text = start + end;
  await client.open(path, text);
  const { items } = await client.connection.sendRequest<CompletionList>('textDocument/completion', {
    textDocument: { uri: uriOf(path) },
    position: positionOf(text, text.length),
  });
  return new Map(items.map(({ label, textEdit }) => [label, textEdit?.newText]));
}

it('offers elements as names of windows, those that are there already left out', async () => {
  const found = await offers('windows:\n  Mg: { air: [[4729.90, 4730.22]] }\n  ');
  expect(found.get('Ba')).toContain('air: [[4729.90, 4730.22]]');
  expect([found.has('Mg'), found.has('model'), found.size]).toEqual([false, false, 20]);
});

it('offers the windows of GALAH', async () => {
  expect([...(await offers('windows: ')).keys()][0]).toBe('galah');
});

it('offers air and vacuum within an element', async () => {
  expect([...(await offers('windows:\n  Mg:\n    ')).keys()]).toEqual(['air', 'vacuum']);
});

it('offers labels as names of priors', async () => {
  expect((await offers('inference:\n  prior:\n    ')).get('teff')).toContain('mean');
});
