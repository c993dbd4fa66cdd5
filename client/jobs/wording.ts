/** What is said about a job, in sentences. Pure. */
import {
  formatDuration,
  roundTo,
  type Command,
  type CrossValidatedModel,
  type FinishedEvent,
  type TrainedModel,
} from '../../engine/index';
import type { JobState, Outcome } from './state';

/** What a job was asked for, as in the palette where it is there. */
export const commandTitle: Readonly<Record<Command, string>> = {
  sample: 'Create Sample Survey',
  init: 'New cannon.yaml',
  check: 'Check',
  index: 'Index',
  train: 'Train',
  cv: 'Cross-Validate',
  infer: 'Infer Labels',
  catalog: 'Make Catalog',
  analyse: 'Analyse Catalog',
  inspect: 'Inspect Star',
};

/** What a job is doing. */
export const activity: Readonly<Record<Command, string>> = {
  sample: 'Writing a sample survey',
  init: 'Writing a first cannon.yaml',
  check: 'Checking',
  index: 'Indexing',
  train: 'Training',
  cv: 'Cross-validating',
  infer: 'Inferring labels',
  catalog: 'Making a catalog',
  analyse: 'Analysing a catalog',
  inspect: 'Fitting a star',
};

/** "Fitting pixels: 42 % · time left 0:42". */
export function progressText({ stage, done, total, secondsLeft }: JobState): string {
  if (stage === '') return 'Starting';
  const capitalized = stage.charAt(0).toUpperCase() + stage.slice(1);
  const percent = total > 0 ? `: ${percentOf(done, total)} %` : '';
  const left = secondsLeft === null ? '' : ` · time left ${formatDuration(secondsLeft)}`;
  return `${capitalized}${percent}${left}`;
}

/** Whole percent, rounded down so that 100 means done. */
export function percentOf(done: number, total: number): number {
  return total > 0 ? Math.min(100, Math.floor((100 * done) / total)) : 0;
}

/** One or two sentences on how the job ended. */
export function outcomeText(command: Command, outcome: Outcome): string {
  switch (outcome.kind) {
    case 'finished':
      return finishedText(outcome.event);
    case 'cancelled':
      return `${activity[command]} was cancelled.`;
    case 'failed':
      return [outcome.message, outcome.hint].map(asSentence).filter(Boolean).join(' ');
    case 'died': {
      const words = lastWords(outcome.lastLines);
      return `${activity[command]} stopped without a word, and its log ${words === '' ? 'is empty.' : `ends with: ${words}`}`;
    }
    default:
      return outcome satisfies never;
  }
}

function finishedText(event: FinishedEvent): string {
  switch (event.command) {
    case 'train':
      return `Trained ${event.models.map(trainedModel).join('; ')}.`;
    case 'infer': {
      const unread = event.problems === 0 ? '' : `, ${count(event.problems, 'problem')}`;
      return `Labelled ${event.labelled} of ${count(event.spectra, 'spectrum', 'spectra')}${unread}.`;
    }
    case 'catalog':
      return `Made a catalog of ${count(event.stars, 'star')}, ${event.labelled} with labels.`;
    case 'cv':
      return `Cross-validated ${event.models.map(crossValidatedModel).join('; ')}.`;
    case 'index':
      return `Read ${event.readable} of ${count(event.spectra, 'spectrum', 'spectra')}.`;
    case 'check':
      return event.problems.length === 0 ? 'No problems.' : `Found ${count(event.problems.length, 'problem')}.`;
    case 'analyse':
      return event.finding;
    case 'init': {
      const n = event.notes.length;
      const found = `Wrote cannon.yaml for ${count(event.spectra, 'spectrum', 'spectra')} of ${event.survey}`;
      const reference =
        event.reference === null ? 'without a reference table' : `with labels from ${event.reference.file}`;
      return `${found}, ${reference}.${n === 0 ? '' : ` ${count(n, 'guess', 'guesses')} to be checked: ${event.notes[0]}${n > 1 ? ' …' : ''}`}`;
    }
    case 'inspect':
      return `Fitted ${count(event.fits.length, 'spectrum', 'spectra')}.`;
    case 'sample':
      return `Wrote ${count(event.spectra, 'spectrum', 'spectra')} to ${event.folder}.`;
    default:
      return event satisfies never;
  }
}

function trainedModel({ name, stars, pixels, unconverged }: TrainedModel): string {
  const convergence = unconverged === 0 ? 'all converged' : `${unconverged} not converged`;
  return `${name} on ${count(stars, 'star')} (${count(pixels, 'pixel')}, ${convergence})`;
}

function crossValidatedModel({ name, stars, labels }: CrossValidatedModel): string {
  const scatter = labels.map(({ label, unit, scatter }) => `${label} ±${roundTo(scatter, 2)}${unit && ` ${unit}`}`);
  return `${name} on ${count(stars, 'star')} (${scatter.join(', ')})`;
}

function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

function asSentence(text: string): string {
  const trimmed = text.trim();
  return trimmed === '' || /[.!?…]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

/** The line of a log that says most about its end. A notification has room for no more. */
function lastWords(log: string): string {
  const lines = log.split('\n').filter((line) => line.trim() !== '');
  const line = lines.findLast((candidate) => /error|killed|abort/i.test(candidate)) ?? lines.at(-1) ?? '';
  return line.length > 200 ? `${line.slice(0, 200)}…` : line.trim();
}
