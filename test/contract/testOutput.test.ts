/** What `npm test` says: nothing of what passes, and all about what fails, once where it happens and once at the end. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  isWell,
  outcomeLine,
  plainOutcome,
  readOutcome,
  summaryText,
  type Outcome,
} from '../../scripts/testSummary.mjs';

const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'cannon-output-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a layer with failures', () => {
  let printed: string;
  let outcome: Outcome;

  beforeAll(async () => {
    copyFileSync(join(root, 'test', 'fixtures', 'failing.mjs'), join(folder, 'failing.test.mjs'));
    writeFileSync(join(folder, 'broken.test.mjs'), "import './absent.mjs';");
    const report = join(folder, 'report.json');
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const reporter = `--reporter=${join(root, 'scripts', 'testReporter.mjs')}`;
    const { stdout, stderr, status } = spawnSync(process.execPath, [vitest, 'run', '--globals', reporter], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], NO_COLOR: '1', CI: '1', CANNON_TEST_REPORT: report },
    });
    printed = stdout + stderr;
    outcome = await readOutcome('spectra', report, status ?? -1, 1.5);
  });

  it('shows each where it fails, with the difference, the place and what the test printed', () => {
    expect(printed).toContain('✗ failing.test.mjs > a spectrum > has a flux');
    expect(printed).toMatch(/-\s+3,\n\+\s+2,/);
    expect(printed).toContain('failing.test.mjs:7:');
    expect(printed).toContain('printed by what fails');
    expect(printed).toContain('no window');
  });

  it('says nothing of what passes, and colours nothing', () => {
    expect(printed).not.toContain('printed by what passes');
    expect(printed).not.toContain('\u001b[');
  });

  it('counts them, hooks and files that do not load among them', () => {
    expect(outcomeLine(outcome)).toMatch(
      /^spectra {9}1\.5 s {3}2 passed, 3 failed, 2 skipped {3}slowest: \w+\.test\.mjs/,
    );
  });

  it('names each at the end, and each test that needed a second attempt', () => {
    const [second, failed] = summaryText([outcome]).split('Failed:');
    expect(second).toMatch(
      /at the second attempt:\n {2}failing\.test\.mjs > a spectrum > is opened\n {6}not yet\n {6}at all\n/,
    );
    expect(failed).toMatch(
      /failing\.test\.mjs > a spectrum > has a flux\n {6}expected \[ 1, 2 \] to deeply equal \[ 1, 3 \]\n/,
    );
    expect(failed).toMatch(/failing\.test\.mjs > a star \(before or after its tests\)\n {6}no window\n/);
    expect(failed).toMatch(/broken\.test\.mjs > outside its tests\n {6}.*absent\.mjs/);
    expect(failed).not.toContain('is opened');
    expect(failed!.split('\n').at(-1)).toBe('2 passed, 3 failed, 2 skipped');
  });
});

describe('the summary', () => {
  it('ends with the counts and nothing else when all is well', () => {
    const outcomes = [plainOutcome('types', 3), plainOutcome('lint', 4)];
    expect(summaryText(outcomes)).toBe('\n2 passed, 0 failed');
    expect(isWell(outcomes)).toBe(true);
  });

  it('counts a layer that ended without a report as failed, and says how it ended', async () => {
    const outcome = await readOutcome('jobs', join(folder, 'absent.json'), 137, 9);
    expect(isWell([plainOutcome('types', 3), outcome])).toBe(false);
    expect(summaryText([outcome])).toMatch(/vitest ended without a report \(exit code 137\)[^]*\n0 passed, 1 failed$/);
  });

  it('counts a layer as failed whose tests passed though vitest did not', async () => {
    const report = join(folder, 'passed.json');
    const tests = [{ name: 'a', state: 'passed', seconds: 1, attempts: 1 }];
    writeFileSync(
      report,
      JSON.stringify({ files: [{ file: 'a.test.ts', seconds: 1, tests }], failures: [], secondAttempts: [] }),
    );
    expect(summaryText([await readOutcome('jobs', report, 1, 9)])).toMatch(/\n1 passed, 1 failed$/);
    expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({ failures: [] });
  });

  it('shows no more than the first lines of a long message', () => {
    const message = Array.from({ length: 40 }, (_, k) => `line ${k}`).join('\n');
    const text = summaryText([plainOutcome('lint', 3, message)]);
    expect(text).toContain('line 11');
    expect(text).not.toContain('line 12');
    expect(text).toContain('… and 28 lines');
  });

  it('is not well when nothing was tried', () => {
    expect(isWell([])).toBe(false);
  });
});
