/** The process that runs tests under mutation (`mutantHost.mjs`): started, asked, and killed with its workers when it hangs. */
import { fork } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folder, log } from './mutantLog.mjs';
import { root } from './prepare.mjs';

/** Without a line in the log for so long, a worker hangs; with a mutant, when it takes so many times what the test takes without. */
const patience = { seconds: 240, withMutant: 12, factor: 8 };

/** Seconds to wait for the next line, after the last one. */
function patienceAfter(line) {
  const { begun, seconds } = line === '' ? {} : JSON.parse(line);
  return begun === undefined ? patience.seconds : patience.withMutant + patience.factor * seconds;
}

/** A vitest in a process group of its own, begun anew after a mutant that hung. */
export function testHost(slowest) {
  let child = null;
  const start = async () => {
    const environment = { ...process.env, CANNON_MUTANTS: log };
    const script = join(root, 'scripts', 'mutantHost.mjs');
    child = fork(script, [join(folder, 'list.json')], {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: environment,
    });
    await answerOf(child);
  };
  const stop = () => {
    if (child === null) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
    child = null;
  };
  process.once('exit', stop);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  const ask = async (message) => {
    if (child === null) await start();
    child.send(message);
    const answer = await answerOf(child);
    if (answer === null) stop();
    return answer;
  };
  const run = (test, active) => {
    writeFileSync(`${log}.order`, JSON.stringify({ active, slowest }));
    return ask({ test });
  };
  return { run, renewKernels: () => ask({ kernels: true }), stop };
}

/** The next message of a child, or null when it ends or the log has not grown for too long. */
function answerOf(child) {
  return new Promise((resolve) => {
    let [size, since] = [-1, Date.now()];
    const watch = setInterval(() => {
      const text = readFileSync(log, 'utf8').trimEnd();
      if (text.length !== size) [size, since] = [text.length, Date.now()];
      else if (Date.now() - since > 1000 * patienceAfter(text.slice(text.lastIndexOf('\n') + 1))) finish(null);
    }, 1000);
    const ended = () => finish(null);
    const finish = (answer) => {
      clearInterval(watch);
      child.off('message', finish);
      child.off('exit', ended);
      resolve(answer);
    };
    child.once('message', finish);
    child.once('exit', ended);
  });
}
