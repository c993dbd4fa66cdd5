/**
 * Compiles the AssemblyScript kernels and writes them, in base64, to `engine/kernels/wasmModule.ts`.
 *
 * A module of the source tree is what tests, bundles and the extension's package all read alike: no file to find at
 * run time. A test compiles again and compares, so the two cannot drift apart.
 */
import asc from 'assemblyscript/asc';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const flags = '-O3 --noAssert --runtime stub --importMemory --sharedMemory --initialMemory 1 --maximumMemory 65536';
const features = ['simd', 'threads', 'bulk-memory'].flatMap((name) => ['--enable', name]);

/** @returns {Promise<string>} the module's text */
export async function compileKernels() {
  const files = new Map();
  const { error, stderr } = await asc.main(
    ['engine/kernels/wasm/index.ts', '--baseDir', root, '--outFile', 'kernels.wasm', ...flags.split(' '), ...features],
    { writeFile: (name, contents) => void files.set(name, contents) },
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
