/** Single packages from the npm registry, beside those of package-lock.json: programs to test with, libraries of other platforms. */
import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { mustRun, npm, StepError } from './processes.mjs';

export const offline = 'Check that the npm registry can be reached (`npm ping`), then run the command again. npm said:';

/**
 * Downloads one package and unpacks some of its files into `folder`, below `package/`.
 * @param name with its version
 * @param integrity as in package-lock.json; a package that is another is a StepError. npm compares with the registry's own.
 */
export async function unpackPackage(name, folder, members = [], integrity = null) {
  const why = { cwd: folder, failure: `${name} could not be fetched.`, hint: offline };
  // npm's warnings share the output; the file's name is its last line.
  const file = (await npm(['pack', '--loglevel=error', name], why)).trim().split('\n').at(-1);
  if (integrity !== null) {
    const [algorithm] = integrity.split('-');
    const found = createHash(algorithm)
      .update(await readFile(join(folder, file)))
      .digest('base64');
    if (`${algorithm}-${found}` !== integrity)
      throw new StepError(`${name} is not the package that package-lock.json names.`, 'Nothing was made of it.');
  }
  await mustRun('tar', ['-xzf', file, ...members], {
    ...why,
    failure: `${file} could not be unpacked.`,
    hint: 'tar said:',
  });
  await rm(join(folder, file));
}
