/** One review.yaml and several windows that judge: no verdict is lost, whoever writes at once and whoever was killed while writing. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inTurn } from '../../engine/jobs/fileTurns';
import { readReview } from '../../engine/reference/review';

const folder = mkdtempSync(join(tmpdir(), 'cannon-verdicts-'));
const program = join(folder, 'giver.mjs');
const run = promisify(execFile);
let count = 0;
const fresh = () => {
  const survey = join(folder, `survey${count++}`);
  mkdirSync(survey);
  return survey;
};

beforeAll(async () => {
  await build({
    ...{ entryPoints: [join(import.meta.dirname, '..', 'fixtures', 'verdictGiver.ts')], outfile: program },
    ...{ bundle: true, logLevel: 'warning', platform: 'node', format: 'esm', target: 'node20' },
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

it('three windows that judge at once lose none of 36 verdicts, and none of what else stands in the file', async () => {
  const survey = fresh();
  writeFileSync(
    join(survey, 'review.yaml'),
    '# of the night of the 3rd\nold-star: { verdict: exclude, note: "a blend" } # keep\n',
  );
  const names = ['ada', 'ben', 'cyd'];
  await Promise.all(names.map((name) => run(process.execPath, [program, survey, name, '12'])));
  const { entries, problems } = await readReview(survey);
  expect(problems).toEqual([]);
  const expected = names.flatMap((name) => Array.from({ length: 12 }, (_, n) => `${name}-${n}`));
  expect([...entries.keys()].sort()).toEqual([...expected, 'old-star'].sort());
  const text = readFileSync(join(survey, 'review.yaml'), 'utf8');
  expect(text).toContain('# of the night of the 3rd\n');
  expect(text).toContain('old-star: { verdict: exclude, note: "a blend" } # keep\n');
  expect(readdirSync(survey)).toEqual(['review.yaml']);
});

it('a turn that a killed window left is taken away', () => {
  const survey = fresh();
  writeFileSync(join(survey, '.review.yaml.lock'), '');
  expect(inTurn(join(survey, 'review.yaml'), () => readdirSync(survey), 50)).toEqual(['.review.yaml.lock']);
  expect(readdirSync(survey)).toEqual([]);
});

it('a turn ends with the work, also when that fails', () => {
  const path = join(fresh(), 'review.yaml');
  expect(() =>
    inTurn(path, () => {
      throw new Error('no');
    }),
  ).toThrow('no');
  expect(inTurn(path, () => 'yes')).toBe('yes');
});
