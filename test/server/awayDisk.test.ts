/** A survey on a disk far away, which answers late and fails now and then: the server ends its index, and says nothing that is old. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver-protocol/node';
import { IndexedSurveysNotification, PlatesRequest, RefreshIndexRequest, StarsRequest } from '../../server/protocol';
import { writeManySpectra } from '../bench/manySpectra';
import { TestClient, uriOf } from './testClient';

const root = mkdtempSync(join(tmpdir(), 'cannon-away-'));
const survey = join(root, 'survey');
const nStars = 300;
const hasTypo = (found: unknown): boolean => JSON.stringify(found).includes('flgs');
let config: string;
let text: string;

beforeAll(async () => {
  config = await writeManySpectra(survey, nStars);
  text = readFileSync(config, 'utf8');
});
afterAll(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));

describe('a survey on a disk that answers late, and fails one time in twenty', () => {
  it('is indexed to its last star, and is judged as it stands in the end', async () => {
    const away = { under: survey, seed: 7, mostMs: 30, failing: 0.05 };
    const preload = join(import.meta.dirname, '..', 'fixtures', 'awayDisk.cjs');
    const server = join(import.meta.dirname, '..', '..', 'dist', 'server.cjs');
    const child = spawn(process.execPath, ['--require', preload, server, '--stdio'], {
      env: { ...process.env, CANNON_TEST_AWAY: JSON.stringify(away) },
    });
    let errors = '';
    child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
    const client = new TestClient(
      createProtocolConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin)),
    );
    await client.initialize({ storage: join(root, 'storage') });
    const { connection } = client;
    await client.open(config, text);
    await connection.sendNotification(IndexedSurveysNotification.method, { configs: [config] });

    // Typing goes on while the disk is asked: of each text, only what is true of it is said.
    for (let n = 0; n < 10; n++) {
      await client.change(config, `${text}\nflgs: ${n}\n`);
      const position = { line: text.split('\n').length, character: 0 };
      await connection.sendRequest('textDocument/completion', { textDocument: { uri: uriOf(config) }, position });
    }
    await client.diagnostics(config, hasTypo);
    await client.change(config, text);
    await client.diagnostics(config, (found) => !hasTypo(found));
    const versions = client.history(config).map(({ version }) => version!);
    expect(versions).toEqual([...versions].sort((a, b) => a - b));

    // What the disk did not give is read at a later look.
    const all = { config, filter: { text: '', where: '' } };
    await expect
      .poll(
        async () => {
          const { state, nMatching } = await connection.sendRequest<{
            state: { phase: string; nUnread: number };
            nMatching: number;
          }>(PlatesRequest.method, all);
          const sort = { by: 'path', descending: false };
          const { stars } = await connection.sendRequest<{ stars: { problem: string }[] }>(StarsRequest.method, {
            ...all,
            ...{ sort, plate: null, from: 0, count: nStars },
          });
          const isWhole = nMatching === nStars && stars.every(({ problem }) => problem === '');
          if (!isWhole && state.phase !== 'updating')
            await connection.sendRequest(RefreshIndexRequest.method, { config });
          return { ...state, nMatching, isWhole };
        },
        { timeout: 50_000, interval: 200 },
      )
      .toMatchObject({ phase: 'idle', nUnread: 0, nMatching: nStars, isWhole: true });
    await connection.sendRequest('shutdown');
    await connection.sendNotification('exit');
    expect(errors).toBe('');
  });
});
