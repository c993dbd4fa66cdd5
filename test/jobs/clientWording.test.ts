import { describe, expect, it } from 'vitest';
import { advance, notStarted, type JobState } from '../../client/jobs/state';
import { outcomeText, percentOf, progressText } from '../../client/jobs/wording';
import { TimeLeft, type StampedEvent } from '../../engine/index';

const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

function stateAfter(...events: StampedEvent[]): JobState {
  const timeLeft = new TimeLeft();
  return events.reduce((state, event) => advance(state, event, timeLeft), notStarted);
}

describe('how far a job is', () => {
  it('says that it is starting as long as nothing is known', () => {
    expect(progressText(notStarted)).toBe('Starting');
    expect(
      progressText(stateAfter({ time: at(0), kind: 'started', command: 'train', total: 10, resumedFrom: 0 })),
    ).toBe('Starting');
  });

  it('tells stage, percent and the time left at the pace of the events themselves', () => {
    const state = stateAfter(
      { time: at(0), kind: 'progress', stage: 'fitting pixels', done: 0, total: 400 },
      { time: at(14), kind: 'progress', stage: 'fitting pixels', done: 100, total: 400 },
    );
    // 100 pixels in 14 s leave 300 pixels for 42 s.
    expect(progressText(state)).toBe('Fitting pixels: 25 % · time left 0:42');
  });

  it('forgets the time left when a new stage begins', () => {
    const state = stateAfter(
      { time: at(0), kind: 'progress', stage: 'reading spectra', done: 0, total: 10 },
      { time: at(5), kind: 'progress', stage: 'reading spectra', done: 10, total: 10 },
      { time: at(5), kind: 'progress', stage: 'fitting pixels', done: 0, total: 400 },
    );
    expect(progressText(state)).toBe('Fitting pixels: 0 %');
  });

  it('says 100 percent only when all is done', () => {
    expect(percentOf(999, 1000)).toBe(99);
    expect(percentOf(1000, 1000)).toBe(100);
    expect(percentOf(0, 0)).toBe(0);
  });
});

describe('how a job ended', () => {
  it('counts stars, pixels and pixels that did not converge, by model', () => {
    const model = { name: 'main', path: '/r/main/model.fits', stars: 360, pixels: 3510, unconverged: 12 };
    const one = { kind: 'finished', command: 'train', models: [model] } as const;
    expect(outcomeText('train', { kind: 'finished', event: one })).toBe(
      'Trained main on 360 stars (3510 pixels, 12 not converged).',
    );
    const two = {
      ...one,
      models: [
        { ...model, unconverged: 0 },
        { ...model, name: 'dwarfs', stars: 1 },
      ],
    };
    expect(outcomeText('train', { kind: 'finished', event: two })).toBe(
      'Trained main on 360 stars (3510 pixels, all converged); dwarfs on 1 star (3510 pixels, 12 not converged).',
    );
  });

  it('gives the scatter of each label after a cross-validation', () => {
    const label = (name: string, unit: string, scatter: number) => ({
      label: name,
      unit,
      stars: 727,
      ...{ scatter, mad: scatter, rms: scatter, bias: 0, mean: 0, correlation: 1, spearman: 1 },
      ...{ lower: null, upper: null, lowerExcluded: false, upperExcluded: false, relativePrecision: null },
    });
    const labels = [label('teff', 'K', 57.81), label('logg', 'dex', 0.1112), label('x', '', 0.04)];
    const models = [{ name: 'main', path: '/r/main/cv.fits', stars: 727, folds: 12, labels, bySnr: [] }];
    const event = { kind: 'finished', command: 'cv', models } as const;
    expect(outcomeText('cv', { kind: 'finished', event })).toBe(
      'Cross-validated main on 727 stars (teff ±58 K, logg ±0.11 dex, x ±0.040).',
    );
  });

  it('counts labelled spectra and those with problems', () => {
    const event = {
      kind: 'finished',
      command: 'infer',
      out: '/l.csv',
      spectra: 42,
      labelled: 40,
      problems: 2,
    } as const;
    expect(outcomeText('infer', { kind: 'finished', event })).toBe('Labelled 40 of 42 spectra, 2 problems.');
    const clean = { ...event, spectra: 1, labelled: 1, problems: 0 };
    expect(outcomeText('infer', { kind: 'finished', event: clean })).toBe('Labelled 1 of 1 spectrum.');
  });

  it('joins a failure and its hint as sentences', () => {
    expect(
      outcomeText('train', { kind: 'failed', message: 'No star passed the cuts', hint: 'Loosen "quality".' }),
    ).toBe('No star passed the cuts. Loosen "quality".');
  });

  it('quotes the log of a process that died', () => {
    const lastLines = 'Reading spectra: 480 done\nError: out of memory\n    at train (cannon.js:1:1)\n\nNode.js v20';
    const died = 'Training stopped without a word, and its log';
    expect(outcomeText('train', { kind: 'died', lastLines })).toBe(`${died} ends with: Error: out of memory`);
    expect(outcomeText('train', { kind: 'died', lastLines: 'a\nb\n' })).toBe(`${died} ends with: b`);
    expect(outcomeText('train', { kind: 'died', lastLines: '' })).toBe(`${died} is empty.`);
  });
});
