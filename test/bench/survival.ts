/**
 * Kills train, cv and infer at random instants and compares what they make with uninterrupted runs, bit for bit:
 * `npm run bench:survival [-- kills seed stars]` (300, 1, 200). The test of the same kills fifty times on a smaller survey.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cannon } from '../jobs/command';
import { fractions, resultsOf, survive } from '../jobs/killing';

const [nKills = 300, seed = 1, stars = 200] = process.argv
  .slice(2)
  .filter((arg) => arg !== '--')
  .map(Number);
const folder = mkdtempSync(join(tmpdir(), 'cannon-survival-'));
const config = join(folder, 'survey', 'cannon.yaml');
const alone = join(folder, 'survey', 'alone.yaml');
const model = join(folder, 'train', 'main', 'model.fits');
const commands = {
  train: ['train', '--config', config],
  cv: ['cv', '--config', config],
  leaveOneOut: ['cv', '--config', alone],
  infer: ['infer', '--config', config, '--model', model, '--samples', '20'],
};
const say = (text: string) => void process.stdout.write(`${text}\n`);

try {
  await cannon(['sample', join(folder, 'survey'), '--stars', String(stars), '--seed', String(seed)]);
  const text = readFileSync(config, 'utf8');
  writeFileSync(config, `${text}\ncrossValidation: { folds: 5, seed: 1 }\n`);
  writeFileSync(alone, `${text}\ncrossValidation: { folds: leave-one-out, seed: 1 }\n`);
  const durations = new Map<string, number>();
  for (const [name, args] of Object.entries(commands)) {
    const start = Date.now();
    const { exitCode, stderr } = await cannon([...args, '--run', join(folder, name)]);
    if (exitCode !== 0) throw new Error(stderr);
    durations.set(name, Date.now() - start);
  }
  const random = fractions(seed);
  let [kills, atWork, rounds, different] = [0, 0, 0, 0];
  for (; kills < nKills; rounds++) {
    const [name, args] = Object.entries(commands)[rounds % 4]!;
    const run = join(folder, 'killed');
    const ordeal = await survive({ args, run, durationMs: durations.get(name)! }, Math.min(10, nKills - kills), random);
    kills += ordeal.kills;
    atWork += ordeal.atWork;
    const [made, expected] = [resultsOf(run), resultsOf(join(folder, name))];
    const isSame = JSON.stringify([...made]) === JSON.stringify([...expected]);
    const wasWhole = ordeal.early.every(([path, hash]) => expected.get(path) === hash);
    if (!isSame || !wasWhole) different++;
    say(`${name}: ${ordeal.kills} kills, ${isSame && wasWhole ? 'the same bytes' : 'OTHER BYTES'} (${kills} in all)`);
  }
  say(
    `${kills} kills in ${rounds} runs, ${atWork} of them of a job at work; ${different} gave other bytes than an uninterrupted run`,
  );
  process.exitCode = different === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
