/**
 * A Chromium for tests: an installed one, else the one in the npm package @sparticuz/chromium, else Debian's.
 *
 * The npm package carries a headless Chromium for x64 Linux as brotli archives, together with the libraries and fonts
 * that a bare machine lacks; they are unpacked once into the cache folder.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { installPackage } from './debian.mjs';
import { cacheFolder, root, say } from './prepare.mjs';
import { mustRun, run, StepError, which } from './processes.mjs';

const installedNames = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const macPath = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/** No sandbox where Chromium could not start with one (as root), and nothing that calls home. */
const args = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];

/**
 * What playwright's `launch` needs. `$CANNON_CHROMIUM` wins; a StepError says when there is no way to get one.
 */
export async function findChromium() {
  for (const find of [installed, fromNpm, fromDebian]) {
    const found = await find();
    if (found !== null) return { executablePath: found.path, env: { ...process.env, ...found.env }, args };
  }
  throw new StepError(
    'No Chromium was found, and the one from npm does not start on this machine.',
    'Install Chromium or Chrome, or set CANNON_CHROMIUM to the path of one.',
  );
}

/** Whether it gets as far as printing its version; a missing library shows here. */
async function starts(path, env = {}) {
  const { code } = await run(path, ['--version'], { env }).catch(() => ({ code: -1 }));
  return code === 0;
}

async function installed() {
  const onPath = await Promise.all(installedNames.map(which));
  for (const path of [process.env['CANNON_CHROMIUM'], ...onPath, macPath]) {
    if (path && existsSync(path) && (await starts(path))) return { path, env: {} };
  }
  return null;
}

async function fromNpm() {
  const archives = join(root, 'node_modules', '@sparticuz', 'chromium');
  if (process.platform !== 'linux' || process.arch !== 'x64' || !existsSync(archives)) return null;
  const { version } = JSON.parse(await readFile(join(archives, 'package.json'), 'utf8'));
  const folder = join(cacheFolder, `chromium-${version}`);
  if (!existsSync(folder)) await unpack(join(archives, 'bin'), folder);
  const path = join(folder, 'chromium');
  const fonts = (await hasFonts()) ? {} : { FONTCONFIG_FILE: join(folder, 'fonts.conf') };
  if (await starts(path)) return { path, env: fonts };
  const libraries = { LD_LIBRARY_PATH: join(folder, 'lib') };
  return (await starts(path, libraries)) ? { path, env: { ...fonts, ...libraries } } : null;
}

const hasFonts = () =>
  readdir('/usr/share/fonts').then(
    (names) => names.length > 0,
    () => false,
  );

async function unpack(archives, folder) {
  say(`Unpacking Chromium from the npm package @sparticuz/chromium into ${cacheFolder} …`);
  await mkdir(cacheFolder, { recursive: true });
  const work = await mkdtemp(join(cacheFolder, 'unpack-'));
  try {
    for (const name of await readdir(archives)) {
      const bytes = await promisify(brotliDecompress)(await readFile(join(archives, name)));
      const file = join(work, name.replace(/\.br$/, ''));
      await writeFile(file, bytes, { mode: 0o755 });
      if (!file.endsWith('.tar')) continue;
      const why = { failure: `${name} could not be unpacked.`, hint: 'tar said:' };
      await mustRun('tar', ['-xf', file, '-C', work], why);
      await rm(file);
    }
    // The fonts.conf of the package names folders that are not ours.
    await writeFile(
      join(work, 'fonts.conf'),
      `<fontconfig><dir>${join(folder, 'fonts')}</dir><cachedir>${join(folder, 'fonts-cache')}</cachedir></fontconfig>\n`,
    );
    await rename(work, folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function fromDebian() {
  if (!(await installPackage('chromium', 'a browser for the panel tests'))) return null;
  const path = await which('chromium');
  return path !== null && (await starts(path)) ? { path, env: {} } : null;
}
