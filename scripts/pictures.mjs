/**
 * Takes the pictures of the documentation from those that the tests in real VS Code made of the sample survey: run
 * `npm test` first. `npm run pictures`
 */
import { copyFile, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const panels = ['inspector', 'coefficients', 'validation', 'trainingSet', 'review'];
const themes = ['light', 'dark', 'high-contrast'];

await mkdir(join(root, 'docs', 'images'), { recursive: true });
for (const panel of panels) {
  for (const theme of themes) {
    const name = `${panel}-${theme}.png`;
    const made = join(root, 'artifacts', 'vscode', name);
    const age = await stat(made).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => null,
    );
    if (age === null) {
      process.stderr.write(`${name} has not been made: run "npm test" first\n`);
      process.exitCode = 1;
      continue;
    }
    await copyFile(made, join(root, 'docs', 'images', name));
    process.stdout.write(`docs/images/${name}\n`);
  }
}
