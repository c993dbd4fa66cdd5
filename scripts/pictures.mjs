/**
 * Takes the pictures of the documentation from those that tests made, of panels in real VS Code and of analyses: run
 * `npm test` first. Those of the walkthrough are made of them. `npm run pictures`
 */
import { copyFile, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeWalkthroughPictures } from './walkthroughPictures.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const panels = ['inspector', 'coefficients', 'validation', 'trainingSet', 'review'];
const themes = ['light', 'dark', 'high-contrast'];
const analyses = ['pairs', 'cluster', 'repeats', 'map'];

await mkdir(join(root, 'docs', 'images'), { recursive: true });
const pictures = [
  ...panels.flatMap((panel) => themes.map((theme) => ['vscode', `${panel}-${theme}.png`])),
  ...analyses.map((analysis) => ['analyses', `analysis-${analysis}.svg`]),
];
for (const [folder, name] of pictures) {
  const made = join(root, 'artifacts', folder, name);
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
if (process.exitCode === undefined) await makeWalkthroughPictures(root);
