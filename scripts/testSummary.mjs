/**
 * What `npm test` says at its end: a line a layer, then each test that failed or needed a second attempt with its file
 * and the first lines of its message, and last `N passed, N failed`.
 *
 * An outcome is `{ name, passed, failed, skipped, seconds, slowest, failures, secondAttempts }`; the last two hold
 * `{ file, name, message }`, `slowest` holds `{ file, seconds }`.
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';

const nSlowest = 3;
const nMessageLines = 12;
/** Colours of a message that was made for a terminal. */
// eslint-disable-next-line no-control-regex
const colours = /\x1b\[[0-9;]*m/g;

/**
 * The outcome of a layer from the report of scripts/testReporter.mjs.
 * @param exitCode of vitest; other than 0 it counts as a failure even where the report, or its absence, tells of none
 */
export async function readOutcome(name, reportFile, exitCode, seconds) {
  const report = await readFile(reportFile, 'utf8').then(JSON.parse, () => null);
  const { files = [], failures = [], secondAttempts = [] } = report ?? {};
  const states = files.flatMap(({ tests }) => tests.map(({ state }) => state));
  const count = (state) => states.filter((each) => each === state).length;
  const all = [...failures];
  if (exitCode !== 0 && all.length === 0) {
    const what = report === null ? 'ended without a report' : 'failed, though no test did';
    all.push({ file: '', name: `vitest ${what} (exit code ${exitCode})`, message: 'Its words are above.' });
  }
  // A test that neither passed nor failed nor asked to be skipped was kept from running by a failure that is counted.
  return {
    ...{ name, seconds, passed: count('passed'), failed: all.length, skipped: count('skipped') + count('pending') },
    slowest: [...files].sort((a, b) => b.seconds - a.seconds).slice(0, nSlowest),
    ...{ failures: all, secondAttempts },
  };
}

/** The outcome of something that is no vitest layer: a check, or what had to be there first. */
export function plainOutcome(name, seconds, message = null) {
  const failures = message === null ? [] : [{ file: '', name, message }];
  const failed = failures.length;
  return { name, seconds, passed: 1 - failed, failed, skipped: 0, slowest: [], failures, secondAttempts: [] };
}

/** A line about one outcome. */
export function outcomeLine({ name, passed, failed, skipped, seconds, slowest }) {
  const counts = [`${passed} passed`, `${failed} failed`, ...(skipped > 0 ? [`${skipped} skipped`] : [])].join(', ');
  const slow = slowest.map((file) => `${basename(file.file)} ${file.seconds.toFixed(1)} s`).join(', ');
  const most = slow === '' ? '' : `   slowest: ${slow}`;
  return `${name.padEnd(12)} ${seconds.toFixed(1).padStart(6)} s   ${counts}${most}`;
}

/** Everything after the lines of the layers; the last line is `N passed, N failed`. */
export function summaryText(outcomes) {
  const listed = (title, key) => {
    const entries = outcomes.flatMap((outcome) => outcome[key]);
    return entries.length === 0 ? [] : ['', title, ...entries.flatMap(entryLines)];
  };
  const sum = (key) => outcomes.reduce((total, outcome) => total + outcome[key], 0);
  const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : '';
  return [
    ...listed('Passed at the second attempt:', 'secondAttempts'),
    ...listed('Failed:', 'failures'),
    '',
    `${sum('passed')} passed, ${sum('failed')} failed${skipped}`,
  ].join('\n');
}

/** Whether all is well. */
export const isWell = (outcomes) =>
  outcomes.every(({ failed }) => failed === 0) && outcomes.some(({ passed }) => passed > 0);

function entryLines({ file, name, message }) {
  const lines = message.replace(colours, '').trim().split('\n');
  const more = lines.length > nMessageLines ? [`… and ${lines.length - nMessageLines} lines`] : [];
  return [
    `  ${[file, name].filter(Boolean).join(' > ')}`,
    ...[...lines.slice(0, nMessageLines), ...more].map((line) => `      ${line}`),
  ];
}
