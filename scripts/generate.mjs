/** Writes the files that are generated from the code: the JSON schema and the reference pages. */
import { build } from 'esbuild';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { fitsCodecsOnly } from './fitsCodecsOnly.mjs';
import { panelKeys } from './panelKeys.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const bundle = join(root, 'out/generated.mjs');
await build({
  absWorkingDir: root,
  entryPoints: ['engine/pages/generated.ts'],
  outfile: bundle,
  bundle: true,
  platform: 'node',
  format: 'esm',
  define: { CANNON_VERSION: '""' },
  external: ['@duckdb/node-api'],
  plugins: [fitsCodecsOnly],
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
});
const { generatedFiles } = await import(bundle);
const read = (path) => readFileSync(join(root, path), 'utf8');
const sources = { manifest: JSON.parse(read('package.json')), panelKeys: panelKeys(), read };
for (const [path, text] of Object.entries(generatedFiles(sources))) {
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, await format(text, { ...(await resolveConfig(file)), filepath: file }));
  console.log(`wrote ${path}`);
}
