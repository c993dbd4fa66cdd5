/** The bundled server as the editor starts it: each transport answers, and the process ends when it is told to. */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  createProtocolConnection,
  IPCMessageReader,
  IPCMessageWriter,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver-protocol/node';
import { TestClient } from './testClient';

const server = join(import.meta.dirname, '..', '..', 'dist', 'server.cjs');

const start = {
  'an IPC channel': () => {
    const child = fork(server, ['--node-ipc'], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [] });
    return { child, connection: createProtocolConnection(new IPCMessageReader(child), new IPCMessageWriter(child)) };
  },
  'standard streams': () => overStreams(['--stdio']),
  'standard streams, when no other transport is named': () => overStreams([]),
};

function overStreams(args: string[]) {
  const child = spawn(process.execPath, [server, ...args], { stdio: 'pipe' });
  const connection = createProtocolConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  return { child: child as ChildProcess, connection };
}

describe('the server process', () => {
  it.each(Object.entries(start))('serves over %s, and ends with code 0', async (_, launch) => {
    const { child, connection } = launch();
    let errors = '';
    child.stderr!.on('data', (data: Buffer) => (errors += data.toString()));
    const exit = once(child, 'exit');
    const client = new TestClient(connection);
    const early = exit.then(() => Promise.reject(new Error(`The server ended before it answered: ${errors}`)));
    const { capabilities, serverInfo } = await Promise.race([client.initialize(), early]);
    early.catch(() => undefined);
    expect(capabilities).toMatchObject({ hoverProvider: true, textDocumentSync: { openClose: true, save: true } });
    expect(serverInfo).toMatchObject({
      name: 'Cannon Spectra',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
    });
    await client.open('/nowhere/cannon.yaml', 'survy: lamost-lrs\n');
    await client.diagnostics('/nowhere/cannon.yaml', (found) => found.some(({ code }) => code === 'CAN005'));
    await connection.sendRequest('shutdown');
    await connection.sendNotification('exit');
    expect(await exit).toEqual([0, null]);
    expect(errors).toBe('');
  });
});
