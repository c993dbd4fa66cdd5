/**
 * A vitest reporter that says nothing of what passes and everything of what fails, once, as it happens: file, name, time,
 * the difference, the place in the source, and what the test printed.
 *
 * What became of the layer goes to the JSON file that `$CANNON_TEST_REPORT` names, for `npm test` to add up:
 * `{ files: [{ file, seconds, tests: [{ name, state, seconds, attempts, message }] }], failures, secondAttempts }`,
 * the last two as `{ file, name, message }`.
 */
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';

export default class CompactReporter {
  /** What tests printed, by the id of the test or, between tests, of the file. */
  printed = new Map();
  nFilesDone = 0;
  nFiles = 0;

  onInit(vitest) {
    this.vitest = vitest;
  }

  onTestRunStart(specifications) {
    this.nFiles = specifications.length;
  }

  onUserConsoleLog({ taskId = '', content }) {
    this.printed.set(taskId, (this.printed.get(taskId) ?? '') + content);
  }

  onTestCaseResult(test) {
    if (test.result().state === 'failed') this.show(`✗ ${placeOf(test)} > ${test.fullName}`, test);
  }

  /** Hooks that failed: tests of this suite did not run, or left something behind. */
  onTestSuiteResult(suite) {
    if (suite.errors().length > 0)
      this.show(`✗ ${placeOf(suite)} > ${suite.fullName} (before or after its tests)`, suite);
  }

  onTestModuleEnd(module) {
    if (module.errors().length > 0) this.show(`✗ ${placeOf(module)} (outside its tests)`, module);
    this.nFilesDone++;
    if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${this.nFilesDone} of ${this.nFiles} files\r`);
  }

  onTestRunEnd(modules, unhandled) {
    if (unhandled.length > 0) this.vitest.logger.printUnhandledErrors(unhandled);
    const report = {
      files: modules.map(fileReport),
      failures: [...modules.flatMap(failuresOf), ...unhandled.map((error) => failure('', 'outside any test', [error]))],
      secondAttempts: modules
        .flatMap((module) => [...module.children.allTests('passed')])
        .filter(isSecondAttempt)
        .map(testFailure),
    };
    const path = process.env['CANNON_TEST_REPORT'];
    if (path) writeFileSync(path, JSON.stringify(report, null, 1));
  }

  show(title, task) {
    const seconds = secondsOf(task);
    this.vitest.logger.error(`\n${title}${seconds === null ? '' : ` (${seconds.toFixed(1)} s)`}`);
    const errors = task.type === 'test' ? task.result().errors : task.errors();
    for (const error of errors) this.vitest.logger.printError(error, { project: task.project });
    const printed = this.printed.get(task.id);
    if (printed) this.vitest.logger.error(`It printed:\n${printed}`);
  }
}

const moduleOf = (task) => (task.type === 'module' ? task : task.module);
const placeOf = (task) => relative(process.cwd(), moduleOf(task).moduleId);
const isSecondAttempt = (test) => (test.diagnostic()?.retryCount ?? 0) > 0;

function secondsOf(task) {
  const diagnostic = task.type === 'suite' ? undefined : task.diagnostic();
  return diagnostic === undefined ? null : diagnostic.duration / 1000;
}

function fileReport(module) {
  const tests = [...module.children.allTests()].map((test) => ({
    name: test.fullName,
    state: test.result().state,
    seconds: secondsOf(test) ?? 0,
    attempts: 1 + (test.diagnostic()?.retryCount ?? 0),
  }));
  const { duration, collectDuration, prepareDuration } = module.diagnostic();
  return { file: placeOf(module), seconds: (duration + collectDuration + prepareDuration) / 1000, tests };
}

function failuresOf(module) {
  const suites = [...module.children.allSuites()].filter((suite) => suite.errors().length > 0);
  return [
    ...(module.errors().length > 0 ? [failure(placeOf(module), 'outside its tests', module.errors())] : []),
    ...suites.map((suite) => failure(placeOf(suite), `${suite.fullName} (before or after its tests)`, suite.errors())),
    ...[...module.children.allTests('failed')].map(testFailure),
  ];
}

const testFailure = (test) => failure(placeOf(test), test.fullName, test.result().errors ?? []);

function failure(file, name, errors) {
  return { file, name, message: errors.map(({ message }) => message ?? 'no message').join('\n') };
}
