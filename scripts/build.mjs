/**
 * Bundles everything into dist/, one bundle for each world that runs on its own.
 *
 * Only the extension host may see `vscode`: the engine, the server and the workers are bundled without
 * that external, so that a value import of it there is a build error.
 */
import { build } from 'esbuild';
import { constants } from 'node:fs';
import { cp, mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fitsCodecsOnly } from './fitsCodecsOnly.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

const common = {
  absWorkingDir: root,
  bundle: true,
  sourcemap: true,
  logLevel: 'warning',
  define: { CANNON_VERSION: JSON.stringify(version) },
};
// DuckDB is a library of its own machine: it stays beside the bundles and is loaded when a table first needs it.
const node = {
  ...common,
  platform: 'node',
  target: 'node20',
  plugins: [fitsCodecsOnly],
  external: ['@duckdb/node-api'],
};
// Some CommonJS dependencies call require(); an ES module bundle has to bring its own.
const requireBanner = {
  js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
};
const esm = { ...node, format: 'esm', banner: requireBanner };
// And some ES modules ask for their own address, which CommonJS has under another name.
const cjs = {
  ...node,
  format: 'cjs',
  define: { ...common.define, 'import.meta.url': '__importMetaUrl' },
  banner: { js: "const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
};

await rm(join(root, 'dist'), { recursive: true, force: true });
await mkdir(join(root, 'dist'), { recursive: true });

const views = [];
for (const name of await readdir(join(root, 'webviews'))) {
  const entry = join(root, 'webviews', name, 'view.ts');
  if (
    await stat(entry).then(
      (s) => s.isFile(),
      () => false,
    )
  )
    views.push(entry);
}

await Promise.all([
  build({
    ...esm,
    entryPoints: ['engine/cli.ts'],
    outfile: 'dist/cannon.js',
    banner: { js: `#!/usr/bin/env node\n${requireBanner.js}` },
  }),
  build({ ...esm, entryPoints: ['engine/jobs/worker.ts'], outfile: 'dist/worker.js' }),
  build({ ...esm, entryPoints: ['engine/index.ts'], outfile: 'dist/engine.js' }),
  build({ ...cjs, entryPoints: ['server/main.ts'], outfile: 'dist/server.cjs' }),
  build({
    ...cjs,
    entryPoints: ['client/extension.ts'],
    outfile: 'dist/client.cjs',
    external: ['vscode', ...node.external],
  }),
  build({
    ...common,
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    minify: true,
    entryPoints: views,
    outbase: 'webviews',
    outdir: 'dist/webviews',
    loader: { '.ttf': 'dataurl' },
  }),
]);
// In a layer, so that a page may load them after its own styles, which then still say more.
const icons = await readFile(join(root, 'node_modules/@vscode/codicons/dist/codicon.css'), 'utf8');
await writeFile(join(root, 'dist/webviews/codicon.css'), `@layer icons {\n${icons}}\n`);
await cp(join(root, 'node_modules/@vscode/codicons/dist/codicon.ttf'), join(root, 'dist/webviews/codicon.ttf'));

// The packaged extension has no node_modules of its own: what is loaded beside the bundles goes with them, as built for this machine.
const loadedBeside = ['@duckdb/node-api', '@duckdb/node-bindings', 'detect-libc'];
const installed = await readdir(join(root, 'node_modules/@duckdb'));
const builds = installed.filter((name) => name.startsWith('node-bindings-')).map((name) => `@duckdb/${name}`);
for (const name of [...loadedBeside, ...builds])
  await cp(join(root, 'node_modules', name), join(root, 'dist/node_modules', name), {
    recursive: true,
    mode: constants.COPYFILE_FICLONE,
  });
