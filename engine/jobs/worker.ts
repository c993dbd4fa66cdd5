/** Entry of a worker thread: answers each task request of the pool with its result or its error. */
import { parentPort } from 'node:worker_threads';
import { UserError } from '../problems';
import type { PoolMessage, TaskReply, TaskRequest } from './pool';
import { tasks } from './tasks';
import { tidy } from './tidy';

const port = parentPort;
if (port === null) throw new Error('worker.js runs as a worker thread only');

port.on('message', (request: PoolMessage) => {
  // With its port closed the thread ends once nothing of it is under way.
  if (request === 'stop') return port.close();
  void answer(request).then((reply) => {
    port.postMessage(reply);
    tidy();
  });
});

async function answer({ id, task, args }: TaskRequest): Promise<TaskReply> {
  try {
    return { id, result: await (tasks[task] as (args: unknown) => unknown)(args) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const [hint, code] = error instanceof UserError ? [error.hint, error.code] : [null, systemCode(error)];
    return { id, error: { message, hint, code } };
  }
}

/** Such as ENOSPC: whoever waits for the task tells a full disk from a fault. */
function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
