/** Prints a job's events: as JSON lines for programs, or as progress, sentences and tables for people. */
import type { RepeatsSummary } from './catalog/repeats';
import type { AgreementBySnr, FinishedEvent, JobEvent, LabelAgreement, LabelValidation } from './jobs/events';
import type { PrintedProblem } from './jobs/commands';
import { inspectLines } from './jobs/inspectText';
import { ProgressBar } from './progressBar';
import { terminalText } from './terminalText';

export interface Printer {
  event(event: JobEvent): void;
  /** A problem in the config, with its place. */
  problem(problem: PrintedProblem): void;
}

export function printerFor(json: boolean): Printer {
  return json ? jsonPrinter : peoplePrinter();
}

const jsonPrinter: Printer = {
  event: (event) => void process.stdout.write(terminalText(`${JSON.stringify(event)}\n`)),
  // Problems of a check are in its finished event; for other commands the failed event says the first.
  problem: () => undefined,
};

function peoplePrinter(): Printer {
  const bar = new ProgressBar(process.stderr);
  const say = (text: string) => {
    bar.end();
    process.stderr.write(terminalText(`${text}\n`));
  };
  return {
    problem: ({ place, severity, code, message, hint }) => say(`${place} ${severity} ${code} ${message}\n    ${hint}`),
    event(event) {
      switch (event.kind) {
        case 'started':
        case 'resumed':
        case 'checkpoint':
          return;
        case 'shardFinished':
          return say(`Shard ${event.shard.index} of ${event.shard.count}: ${event.chunks} chunks are done`);
        case 'submitted':
          return say(submittedText(event));
        case 'progress':
          return bar.update(event.stage, event.done, event.total);
        case 'funnel':
          return say(event.steps.map(({ step, stars }) => `${stars} ${step}`).join(' → '));
        case 'warning':
          return say(`warning ${event.code} ${event.message}\n    ${event.hint}`);
        case 'cancelled':
          return say('Cancelled');
        case 'failed':
          return say(`error ${event.code} ${event.message}\n    ${event.hint}`);
        case 'finished':
          bar.end();
          return void process.stdout.write(terminalText(`${summary(event).join('\n')}\n`));
        default:
          event satisfies never;
      }
    },
  };
}

function submittedText({ id, run, shards }: Extract<JobEvent, { kind: 'submitted' }>): string {
  const work = shards === 0 ? '' : ` with ${shards} ${shards === 1 ? 'shard' : 'shards'}`;
  return `Submitted to Slurm as ${id}${work}: ${run}\n    The run needs this terminal no longer; \`cannon runs show\` tells how far it is.`;
}

function summary(event: FinishedEvent): string[] {
  switch (event.command) {
    case 'sample':
      return [`Wrote ${event.spectra} spectra, ${event.referenceStars} with reference labels, and ${event.config}`];
    case 'init':
      return draftLines(event);
    case 'check':
      return [...readiness(event), countBySeverity(event.problems), ...verdictLines(event)];
    case 'index':
      return [
        ...event.problems.map(({ spectrum, message }) => `${spectrum}: ${message}`),
        `${event.spectra} spectra, ${event.readable} readable, ${event.problems.length} with a problem`,
      ];
    case 'train':
      return event.models.map(
        ({ name, path, stars, pixels, unconverged }) =>
          `Trained ${name} on ${stars} stars: ${pixels} pixels, not converged in ${unconverged}. ${path}`,
      );
    case 'cv':
      return event.models.flatMap(({ name, path, stars, labels, bySnr }) => [
        `${name}: ${stars} stars, ${path}`,
        ...agreementTable(labels),
        ...beliefTable(labels),
        ...scatterBySnr(bySnr),
      ]);
    case 'analyse':
      return [...event.text, '', `Picture: ${event.picture}`, `Page: ${event.page}`, `Table: ${event.table}`];
    case 'catalog':
      return catalogLines(event);
    case 'inspect':
      return inspectLines(event);
    case 'infer':
      return [
        `Labelled ${event.labelled} of ${event.spectra} spectra, ${event.problems} with a problem: ${event.out}`,
        ...(event.average === undefined ? [] : [`One row a star: ${event.average}`]),
        ...(event.repeats === undefined ? [] : repeatLines(event.repeats)),
      ];
  }
}

/** What was found, what was guessed, and what comes next. */
function draftLines({
  config,
  survey,
  spectra,
  reference,
  labels,
  notes,
}: FinishedEvent & { command: 'init' }): string[] {
  const trained = reference === null ? 'no reference table' : `reference ${reference.file}`;
  return [
    `Wrote ${config}: ${spectra} ${spectra === 1 ? 'spectrum' : 'spectra'} of ${survey}, ${trained}, labels ${labels.join(', ')}`,
    ...(notes.length === 0 ? [] : ['To be checked:', ...notes.map((note) => `  ${note}`)]),
    'Next: cannon check',
  ];
}

/** "1 error, 2 warnings, 10 remarks": what merely deserves a look is no problem. */
function countBySeverity(problems: readonly { readonly severity: string }[]): string {
  const words = { error: 'error', warning: 'warning', information: 'remark' };
  const counts = Object.entries(words).flatMap(([severity, word]) => {
    const n = problems.filter((one) => one.severity === severity).length;
    return n === 0 ? [] : [`${n} ${word}${n === 1 ? '' : 's'}`];
  });
  return counts.length === 0 ? 'No problem found' : counts.join(', ');
}

/** Stars, observations, and how many stars have each flag. */
function catalogLines(event: FinishedEvent & { command: 'catalog' }): string[] {
  const { out, stars, observations, labelled, repeated, flags, unset, observationsOut } = event;
  const set = flags.filter((flag) => flag.stars > 0);
  const width = Math.max(0, ...set.map(({ name }) => name.length));
  const percent = (n: number) => `${((100 * n) / Math.max(1, stars)).toFixed(1)} %`;
  return [
    `${stars} stars of ${observations} observations, ${labelled} with labels, ${repeated} observed more than once: ${out}`,
    ...(observationsOut === undefined ? [] : [`One row an observation: ${observationsOut}`]),
    ...set.map(
      (flag) => `  ${flag.name.padEnd(width)} ${String(flag.stars).padStart(9)} ${percent(flag.stars).padStart(8)}`,
    ),
    ...(unset.length === 0 ? [] : [`Never set, for want of a column: ${unset.join(', ')}`]),
  ];
}

/** How far the observations of a star lie apart, in their errors: 1 where the errors are right. */
function repeatLines({ repeated, observations, labels }: RepeatsSummary): string[] {
  return [
    `${repeated} stars have ${observations} observations; their labels differ, in units of their errors, by`,
    ...labels.map(({ label, unit, pairs, pullWidth, scatter }) => {
      const withUnit = `${Number(scatter.toPrecision(3))}${unit === '' ? '' : ` ${unit}`}`;
      return `  ${label}: ${pullWidth.toFixed(2)} (an observation’s error is ${withUnit}; ${pairs} pairs)`;
    }),
  ];
}

/** The verdict, and its reasons in order of weight. */
function verdictLines({ verdict: { sentence, reasons } }: FinishedEvent & { command: 'check' }): string[] {
  const weighty = reasons.filter(({ severity }) => severity !== 'information');
  const nRemarks = reasons.length - weighty.length;
  return [
    sentence,
    ...weighty.map(({ message, hint }, k) => `  ${k + 1}. ${message}. ${hint}`),
    ...(nRemarks === 0 ? [] : [`  ${nRemarks} ${nRemarks === 1 ? 'remark' : 'remarks'} above`]),
  ];
}

/** What there is to train on, in a line. */
function readiness({ spectra, readable, matched, models }: FinishedEvent & { command: 'check' }): string[] {
  if (spectra === 0) return [];
  const labelled = matched === null ? '' : `, ${matched} with reference labels`;
  const trained = models?.map(({ name, stars }) => `${name} would train on ${stars}`).join(', ');
  return [`${spectra} spectra, ${readable} readable${labelled}${trained === undefined ? '' : `; ${trained}`}`];
}

/** Scatter, bias and correlation of held-out labels, one line a label. */
function agreementTable(labels: readonly LabelAgreement[]): string[] {
  const width = Math.max(5, ...labels.map(({ label, unit }) => label.length + (unit === '' ? 0 : unit.length + 3)));
  const number = (value: number) => value.toPrecision(3).replace('-', '−').padStart(10);
  return [
    `  ${'label'.padEnd(width)} ${'scatter'.padStart(10)} ${'bias'.padStart(10)} ${'r'.padStart(7)}`,
    ...labels.map(
      ({ label, unit, scatter, bias, correlation }) =>
        `  ${(unit === '' ? label : `${label} (${unit})`).padEnd(width)} ${number(scatter)} ${number(bias)} ${correlation.toFixed(3).replace('-', '−').padStart(7)}`,
    ),
  ];
}

/** Robust and ordinary versions of the same, and the range in which each label is to be believed. */
function beliefTable(labels: readonly LabelValidation[]): string[] {
  const width = Math.max(5, ...labels.map(({ label }) => label.length));
  const number = (value: number | null, digits = 3) =>
    (value === null ? '–' : Number.isFinite(value) ? String(Number(value.toPrecision(digits))) : 'NaN').replace(
      '-',
      '−',
    );
  const row = (cells: readonly string[]) =>
    `  ${cells.map((cell, k) => (k === 0 ? cell.padEnd(width) : cell.padStart(k > 4 ? 18 : 10))).join(' ')}`;
  const percent = (part: number | null) => (part === null ? '–' : `${(100 * part).toFixed(1)} %`);
  const end = (value: number | null, isExcluded: boolean) => `${number(value, 4)}${isExcluded ? '' : ' (last star)'}`;
  return [
    row(['label', 'MAD', 'rms', 'mean', 'Spearman', 'believed from', 'to', 'precision ÷ range']),
    ...labels.map((label) =>
      row([
        ...[label.label, number(label.mad), number(label.rms), number(label.mean), label.spearman.toFixed(3)],
        ...[end(label.lower, label.lowerExcluded), end(label.upper, label.upperExcluded)],
        percent(label.relativePrecision),
      ]),
    ),
  ];
}

/** Scatter of each label from stars of low to high S/N. */
function scatterBySnr(parts: readonly AgreementBySnr[]): string[] {
  if (parts.length === 0) return [];
  const row = (snr: string, stars: string, cells: readonly string[]) =>
    `  ${snr.padEnd(16)} ${stars.padStart(6)} ${cells.map((cell) => cell.padStart(10)).join(' ')}`;
  return [
    row(
      'scatter by S/N',
      'stars',
      parts[0]!.labels.map(({ label }) => label),
    ),
    ...parts.map(({ from, to, stars, labels }) =>
      row(
        `${from.toFixed(0)}–${to.toFixed(0)}`,
        String(stars),
        labels.map(({ scatter }) => scatter.toPrecision(3)),
      ),
    ),
  ];
}
