/**
 * Running other programs: quietly, with a sentence when they fail, and so that nothing stays behind.
 *
 * A long-lived program leads its own process group, which is how it is stopped together with its children.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, readFile, readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

const onWindows = process.platform === 'win32';

/** A failure whose message is a sentence for the user and whose hint says what to do about it. */
export class StepError extends Error {
  name = 'StepError';
  constructor(message, hint) {
    super(message);
    this.hint = hint;
  }
}

/** A word for cmd.exe, to which Node hands words joined by spaces: what has any, or a sign with a meaning, stands in quotation marks. */
export const forShell = (word) => (/^[\w.:\\/@=+-]+$/.test(word) ? word : `"${word.replaceAll('"', '""')}"`);

/**
 * Runs a program to its end and returns `{ code, output }`. By default its words are kept back and only serve to
 * explain a failure; with `show` they go to the terminal as they come.
 */
export function run(command, args, { cwd, env, show = false } = {}) {
  return new Promise((resolve, reject) => {
    // npm and code are scripts on Windows, which only a shell can start.
    const shell = onWindows && !command.endsWith('.exe');
    const [program, ...words] = shell ? [command, ...args].map(forShell) : [command, ...args];
    const child = spawn(program, words, {
      cwd,
      shell,
      env: { ...process.env, ...env },
      stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
    });
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (text) => (output += text));
    child.stderr?.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code: code ?? signal, output }));
  });
}

/** Like `run`, but anything other than exit code 0 is a StepError that ends with the program's own last lines. */
export async function mustRun(command, args, { failure, hint, ...options }) {
  const { code, output } = await run(command, args, options).catch((error) => ({ code: -1, output: String(error) }));
  if (code === 0) return output;
  const lastLines = output.trim().split('\n').slice(-12).join('\n');
  throw new StepError(failure, lastLines === '' ? hint : `${hint}\n${lastLines}`);
}

/** npm through the npm that started us, which need not be on the PATH. */
export function npm(args, options) {
  const script = process.env['npm_execpath'];
  const quiet = { npm_config_audit: 'false', npm_config_fund: 'false', npm_config_update_notifier: 'false' };
  const withEnv = { ...options, env: { ...quiet, ...options.env } };
  return script?.endsWith('.js')
    ? mustRun(process.execPath, [script, ...args], withEnv)
    : mustRun('npm', args, withEnv);
}

/** The full path of a program on the PATH, or null. */
export async function which(name) {
  const names = onWindows ? [`${name}.cmd`, `${name}.exe`] : [name];
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const candidate of names) {
      const path = join(folder, candidate);
      if (
        await access(path, constants.X_OK).then(
          () => true,
          () => false,
        )
      )
        return path;
    }
  }
  return null;
}

/** Starts a long-lived program as the leader of its own process group. */
export function spawnGroup(command, args, options) {
  return spawn(command, args, { ...options, detached: !onWindows, windowsHide: true });
}

/** Ends a program started by `spawnGroup` with all its children: politely, then after two seconds by force. */
export async function stopGroup(child) {
  if (child.pid === undefined) return;
  if (onWindows) {
    await run('taskkill.exe', ['/pid', String(child.pid), '/T', '/F']);
    return;
  }
  const gone = new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(undefined);
    else child.once('exit', resolve);
  });
  send(-child.pid, 'SIGTERM');
  const timer = setTimeout(() => send(-child.pid, 'SIGKILL'), 2000);
  await gone;
  clearTimeout(timer);
  send(-child.pid, 'SIGKILL');
}

/** Ends what `processesWith` finds. */
export async function endProcessesWith(name, value) {
  for (const { pid } of await processesWith(name, value)) send(pid, 'SIGKILL');
}

/** A negative `pid` is a process group. What is gone already needs no signal. */
function send(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/**
 * Processes whose environment holds `name=value`, as `{ pid, command }`: how one finds what a program left behind in
 * other process groups. Only Linux tells; elsewhere the list is empty.
 */
export async function processesWith(name, value) {
  const found = [];
  for (const entry of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(entry)) continue;
    const environment = await readFile(`/proc/${entry}/environ`, 'utf8').catch(() => '');
    if (!environment.split('\0').includes(`${name}=${value}`)) continue;
    const words = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    found.push({ pid: Number(entry), command: words.split('\0').join(' ').trim() });
  }
  return found;
}
