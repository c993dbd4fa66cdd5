/**
 * Compiles the AssemblyScript kernels and writes them, in base64, to `engine/kernels/wasmModule.ts`.
 *
 * A module of the source tree is what tests, bundles and the extension's package all read alike: no file to find at
 * run time. A test compiles again and compares, so the two cannot drift apart.
 */
import asc from 'assemblyscript/asc';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const flags = '-O3 --noAssert --runtime stub --importMemory --sharedMemory --initialMemory 1 --maximumMemory 65536';
const features = ['simd', 'threads', 'bulk-memory'].flatMap((name) => ['--enable', name]);

/**
 * @param {(path: string) => string | null} instead another text for a source, by its path from the root; null leaves it
 * @returns {Promise<string>} the module's text
 */
export async function compileKernels(instead = () => null) {
  const files = new Map();
  const readFile = (name, base) => {
    const path = resolve(base, name);
    return instead(relative(root, path)) ?? (existsSync(path) ? readFileSync(path, 'utf8') : null);
  };
  const { error, stderr } = await asc.main(
    ['engine/kernels/wasm/index.ts', '--baseDir', root, '--outFile', 'kernels.wasm', ...flags.split(' '), ...features],
    { readFile, writeFile: (name, contents) => void files.set(name, contents) },
  );
  if (error !== null) throw new Error(`The kernels do not compile: ${stderr.toString() || error.message}`);
  const base64 = Buffer.from(files.get('kernels.wasm')).toString('base64');
  return `/** The compiled \`wasm/\` folder, in base64. Written by \`npm run kernels\`; do not edit. */
export const wasmBase64 =
  '${base64}';
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(new URL('../engine/kernels/wasmModule.ts', import.meta.url), await compileKernels());
}
