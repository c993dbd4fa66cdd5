/** Bundles test/bench/<name>.ts into out/bench/ and runs it with the arguments that follow. */
import { build } from 'esbuild';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { fitsCodecsOnly } from './fitsCodecsOnly.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const [name = ''] = process.argv.splice(2, 1);
const outfile = join(root, 'out', 'bench', `${name}.mjs`);
await build({
  absWorkingDir: root,
  entryPoints: [`test/bench/${name}.ts`],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  logLevel: 'warning',
  plugins: [fitsCodecsOnly],
  // These find their way by where they lie; scripts/ is as far from out/bench/ as from test/bench/.
  external: ['playwright-core', 'esbuild', '@duckdb/*', '../../scripts/*'],
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
});
await import(pathToFileURL(outfile).href);
