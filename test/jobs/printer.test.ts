/** What people at a terminal are told: progress on one line that is rewritten, or a line a stage where nothing can be rewritten; checks and drafts in sentences. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { printerFor } from '../../engine/printer';
import { ProgressBar } from '../../engine/progressBar';

/** A stream that keeps what is written to it. */
function stream(isTTY: boolean) {
  const written: string[] = [];
  return { written, stream: { isTTY, write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream };
}

describe('progress', () => {
  it('at a terminal is a line that is rewritten, and left as it stands for what follows', () => {
    const { written, stream: terminal } = stream(true);
    const bar = new ProgressBar(terminal);
    bar.update('training', 7, 28);
    bar.update('training', 28, 28);
    bar.update('listing', 12, 0);
    bar.end();
    bar.end();
    const line = `\r\x1b[K${'training'.padEnd(22)} `;
    expect(written[0]).toContain(`${line}${'█'.repeat(7)}${'░'.repeat(21)} 7/28`);
    expect(written.slice(1)).toEqual([
      `${line}${'█'.repeat(28)} 28/28`,
      '\n',
      `\r\x1b[K${'listing'.padEnd(22)} 12 so far`,
      '\n',
    ]);
  });

  it('in a file is a line a stage, when the stage is done', () => {
    const { written, stream: file } = stream(false);
    const bar = new ProgressBar(file);
    bar.update('training', 7, 28);
    bar.update('training', 28, 28);
    bar.update('listing', 12, 0);
    bar.end();
    expect(written).toEqual(['training: 28 done\n']);
  });
});

describe('what has finished', () => {
  const written: string[] = [];
  afterEach(() => vi.restoreAllMocks());
  const linesOf = (event: object) => {
    written.length = 0;
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    printerFor(false).event({ kind: 'finished', ...event } as Parameters<ReturnType<typeof printerFor>['event']>[0]);
    return written.join('').trimEnd().split('\n');
  };

  it('of a check is what there is, how many problems, the verdict and its reasons in order', () => {
    const problem = (severity: string) => ({ severity, message: `It is ${severity}`, hint: 'Mend it.' });
    const severities = ['error', 'warning', 'warning', 'information'];
    const check = {
      command: 'check',
      ...{ spectra: 90, readable: 88, matched: 40, models: [{ name: 'main', stars: 31 }] },
      problems: severities.map(problem),
      verdict: { sentence: 'It cannot be trained yet.', reasons: ['error', 'warning', 'information'].map(problem) },
    };
    expect(linesOf(check)).toEqual([
      '90 spectra, 88 readable, 40 with reference labels; main would train on 31',
      '1 error, 2 warnings, 1 remark',
      'It cannot be trained yet.',
      '  1. It is error. Mend it.',
      '  2. It is warning. Mend it.',
      '  1 remark above',
    ]);
    const calm = { ...check, spectra: 0, problems: [], verdict: { sentence: 'All is well.', reasons: [] } };
    expect(linesOf(calm)).toEqual(['No problem found', 'All is well.']);
  });

  it('of a draft is what it was made from, what is to be checked, and what comes next', () => {
    const draft = { command: 'init', config: 'cannon.yaml', spectra: 1, survey: 'lamost-lrs', reference: null };
    expect(linesOf({ ...draft, labels: ['teff', 'logg'], notes: [] })).toEqual([
      'Wrote cannon.yaml: 1 spectrum of lamost-lrs, no reference table, labels teff, logg',
      'Next: cannon check',
    ]);
    const more = {
      ...draft,
      spectra: 3,
      reference: { file: 'stars.csv' },
      labels: ['teff'],
      notes: ['Units were guessed'],
    };
    expect(linesOf(more)).toEqual([
      'Wrote cannon.yaml: 3 spectra of lamost-lrs, reference stars.csv, labels teff',
      'To be checked:',
      '  Units were guessed',
      'Next: cannon check',
    ]);
  });
});
