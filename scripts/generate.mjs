/** Writes the files that are generated from the schema and the rules: the JSON schema and two reference pages. */
import { build } from 'esbuild';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';

const root = new URL('..', import.meta.url).pathname;
const bundle = join(root, 'out/generated.mjs');
await build({
  absWorkingDir: root,
  entryPoints: ['engine/config/generated.ts'],
  outfile: bundle,
  bundle: true,
  platform: 'node',
  format: 'esm',
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
});
const { generatedFiles } = await import(bundle);
for (const [path, text] of Object.entries(generatedFiles())) {
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, await format(text, { ...(await resolveConfig(file)), filepath: file }));
  console.log(`wrote ${path}`);
}
