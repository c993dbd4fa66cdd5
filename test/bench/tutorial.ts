/**
 * Follows docs/tutorial.md: runs every command that it shows, in its order, and compares what is printed with what the page says,
 * numbers and all. Only the times of runs and the folder that the survey lies in may differ. `npm run bench:tutorial`
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(project, 'docs/tutorial.md'), 'utf8');
const shown = [...page.matchAll(/^```\n\$ cannon (.*)\n([^]*?)^```$/gm)].map(([, command, output]) => ({
  command: command!,
  output: output!,
}));
if (shown.length < 7) throw new Error(`Only ${shown.length} commands were found in docs/tutorial.md`);

const root = mkdtempSync(join(tmpdir(), 'tutorial-'));
/** Steps after the first are taken in the folder of the survey. */
const folderOf = (k: number) => (k === 0 ? root : join(root, 'survey'));

/** A time stands for every time. A listing tells how far it is only where it takes more than a second. */
function comparable(text: string): string[] {
  return text
    .replaceAll(`${root}/`, '')
    .replace(/\d{4}-\d\d-\d\dT[\d:.-]*\dZ?/g, 'TIME')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('Listing spectra'));
}

let differences = 0;
for (const [k, { command, output }] of shown.entries()) {
  const args = [join(project, 'dist/cannon.js'), ...command.split(' ')];
  const began = performance.now();
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: folderOf(k), encoding: 'utf8' });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  // People read both streams in one terminal, where progress comes before what was found.
  const printed = comparable(stderr + stdout);
  const expected = comparable(output);
  const same = status === 0 && printed.join('\n') === expected.join('\n');
  console.log(`${same ? 'as the page says' : 'DIFFERENT'}  ${seconds} s  cannon ${command}`);
  if (same) continue;
  differences++;
  for (const line of expected.filter((one) => !printed.includes(one))) console.log(`  page   ${line}`);
  for (const line of printed.filter((one) => !expected.includes(one))) console.log(`  prints ${line}`);
}
rmSync(root, { recursive: true });
if (differences > 0) process.exitCode = 1;
