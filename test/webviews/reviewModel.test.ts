import { describe, expect, it, vi } from 'vitest';
import type { CellValue } from '../../engine/index';
import { completionsAt, taken } from '../../webviews/review/completion';
import { pythonOf } from '../../webviews/review/exports';
import { InOrder } from '../../webviews/review/inOrder';
import {
  cellText,
  columnsOf,
  flagsOf,
  idOf,
  labelsOf,
  maskOf,
  type QueueRow,
  restoreState,
  reviewedText,
  rowsOf,
  selectionOf,
  titleOf,
  wantedColumns,
} from '../../webviews/review/model';
import type { Bench } from '../../webviews/review/protocol';
import { RowPages } from '../../webviews/review/rowPages';
import { barLength, lastTop, scrollAt, topAt, topShowing } from '../../webviews/review/scroll';
import {
  elementOf,
  elementsOffered,
  linePulls,
  withDeed,
  withRedone,
  withUndone,
} from '../../webviews/review/verdicts';

const number = (name: string, unit = ''): Bench['columns'][number] => ({ name, unit, ucd: '', kind: 'number' });
const text = (name: string): Bench['columns'][number] => ({ name, unit: '', ucd: '', kind: 'text' });
const bench: Bench = {
  catalog: '/survey/catalog.fits',
  title: 'catalog.fits',
  nRows: 10,
  columns: [
    { ...number('source_id'), kind: 'integer' },
    ...[text('designation'), text('obsid'), number('surprise'), { ...number('flags'), kind: 'integer' as const }],
    ...['teff', 'logg', 'fe_h', 'ba_fe'].flatMap((name) => [number(name, 'K'), number(`e_${name}`)]),
    ...[number('chi2'), { ...number('n_pixels'), kind: 'integer' as const }, number('snr'), text('high_windows')],
    text('verdict'),
  ],
  flags: [
    { bit: 1, name: 'chi2', words: 'χ² is high' },
    { bit: 2, name: 'window_chi2', words: 'χ² of a window is high' },
    { bit: 16, name: 'reviewed_real', words: 'real' },
  ],
  searches: [],
  surprise: 'surprise',
  reviewProblem: '',
};
const row = (values: Readonly<Record<string, CellValue>>): QueueRow => ({
  row: 3,
  values: new Map(Object.entries(values)),
  verdict: null,
});
const state = restoreState(undefined);

describe('the selection', () => {
  it('takes stars with any flag that asks for a look, the most surprising first', () => {
    expect(selectionOf(bench, state)).toEqual({
      ...{ where: '', flags: 0b110, search: '', reviewed: 'all' },
      ...{ sort: 'surprise', descending: true },
    });
  });

  it('narrows to chosen flags, takes all stars where asked, and forgets flags that the catalog does not have', () => {
    expect(maskOf(bench, { ...state, flags: ['window_chi2'] })).toBe(4);
    expect(maskOf(bench, { ...state, showsUnflagged: true })).toBe(0);
    expect(maskOf(bench, { ...state, flags: ['emission', 'reviewed_real'] })).toBe(0b110);
  });

  it('orders by a column that is there, else by surprise, else not at all', () => {
    expect(selectionOf(bench, { ...state, sort: 'snr' }).sort).toBe('snr');
    expect(selectionOf(bench, { ...state, sort: 'age' }).sort).toBe('surprise');
    expect(selectionOf({ ...bench, surprise: null }, state).sort).toBeNull();
  });
});

it('what is remembered of another version, or of nobody’s making, gives the beginning', () => {
  const odd = { where: 7, flags: ['chi2', 3], top: -1, done: [{ row: 1 }, { row: 2, changes: [] }], star: {} };
  expect(restoreState(odd)).toEqual({ ...state, flags: ['chi2'], done: [{ row: 2, changes: [] }] });
  expect(restoreState('x')).toEqual(state);
});

describe('the columns', () => {
  const keys = (widthPx: number, sort: string | null = 'surprise'): string[] =>
    columnsOf(bench, sort, widthPx).map(({ key }) => key);
  it('give way with the width, the star, its flags and its verdict last', () => {
    expect(keys(1200)).toEqual(['star', 'surprise', 'flags', 'teff', 'logg', 'fe_h', 'snr', 'chi2', 'verdict']);
    expect(keys(660)).toEqual(['star', 'surprise', 'flags', 'teff', 'verdict']);
    expect(keys(840)).toEqual(['star', 'surprise', 'flags', 'teff', 'logg', 'snr', 'verdict']);
    expect(keys(300)).toEqual(['star', 'surprise', 'flags', 'verdict']);
  });

  it('always hold the one that orders', () => {
    expect(keys(300, 'ba_fe')).toEqual(['star', 'surprise', 'flags', 'ba_fe', 'verdict']);
    expect(wantedColumns(bench, 'ba_fe')).toContain('e_ba_fe');
  });

  it('of labels are those with an error', () => {
    expect(labelsOf(bench).map(({ name }) => name)).toEqual(['teff', 'logg', 'fe_h', 'ba_fe']);
  });
});

describe('a cell', () => {
  const cell = (key: string, values: Readonly<Record<string, CellValue>>): string =>
    cellText(
      columnsOf(bench, key, 1200).find((column) => column.key === key)!,
      row(values),
    );
  it('rounds a label to its error, χ² to a pixel, S/N to what it is known to', () => {
    expect(cell('teff', { teff: 5771.43, e_teff: 41.9 })).toBe('5771 ± 42');
    expect(cell('fe_h', { fe_h: -0.1234, e_fe_h: null })).toBe('−0.1234');
    expect(cell('chi2', { chi2: 3510, n_pixels: 2700 })).toBe('1.30');
    expect(cell('snr', { snr: 9.26 })).toBe('9.3');
    expect(cell('snr', { snr: null })).toBe('–');
  });

  it('names flags in words with what they are about', () => {
    const names = flagsOf(bench, row({ flags: 6 | (1 << 16), high_windows: 'Ba Eu' })).map((flag) => flag.text);
    expect(names).toEqual(['χ²', 'window χ²: Ba Eu']);
    expect(flagsOf(bench, row({ flags: null }))).toEqual([]);
  });

  it('calls a star by its designation, else by its id, to the last digit', () => {
    expect(idOf(row({ designation: 'J0101', obsid: '17' }))).toBe('J0101');
    expect(idOf(row({ designation: '', obsid: null, source_id: '4611686018427387905' }))).toBe('4611686018427387905');
  });
});

it('rows of an answer carry the verdicts that it names', () => {
  const verdict = { verdict: 'real' as const, note: 'n', by: 'ada', date: '2026-11-20' };
  const answer = { nSelected: 9, rows: [4, 7], values: [['a', 'b']], verdicts: [{ at: 1, ...verdict }] };
  const [first, second] = rowsOf(answer, ['obsid']);
  expect(first).toEqual({ row: 4, values: new Map([['obsid', 'a']]), verdict: null });
  expect(second!.verdict).toEqual(verdict);
});

it('counts are told in thousands', () => {
  expect(reviewedText(12, 1431)).toBe('12 of 1\u202f431 reviewed');
  expect(reviewedText(0, 0)).toBe('no star');
});

describe('the scroll bar', () => {
  it.each([100, 1_000_000, 40_000_000])(
    'of %i rows stays short, reaches both ends, and leads back where it came from',
    (nRows) => {
      const extent = { nRows, viewPx: 480 };
      expect(barLength(extent)).toBeLessThanOrEqual(4_000_000);
      expect(topAt(extent, barLength(extent) - 480)).toBeCloseTo(lastTop(extent), 6);
      for (const top of [0, 1, 17.5, lastTop(extent) / 3, lastTop(extent)])
        expect(topAt(extent, scrollAt(extent, top))).toBeCloseTo(top, 4);
    },
  );

  it('moves no farther than needed to show a row', () => {
    const extent = { nRows: 100, viewPx: 240 };
    expect(topShowing(extent, 20, 25)).toBe(20);
    expect(topShowing(extent, 20, 30)).toBe(21);
    expect(topShowing(extent, 20, 3)).toBe(3);
    expect(topShowing(extent, 20, 99)).toBe(90);
    expect(topShowing({ nRows: 4, viewPx: 240 }, 0, 3)).toBe(0);
  });
});

describe('pages of rows', () => {
  const source = () => {
    const asked: { from: number; signal: AbortSignal; answer: () => Promise<void> }[] = [];
    const changed = vi.fn();
    const pages = new RowPages({
      fetch: (from, count, signal) =>
        new Promise((resolve) => {
          const rows = Array.from({ length: count }, (_, k) => ({ ...row({}), row: from + k }));
          const answer = async (): Promise<void> => {
            resolve(rows);
            await Promise.resolve();
          };
          asked.push({ from, signal, answer });
        }),
      ...{ changed, failed: vi.fn() },
    });
    pages.reset(1234);
    return { pages, asked, changed };
  };

  it('are asked for once, and only those in view', async () => {
    const { pages, asked, changed } = source();
    pages.want(190, 230);
    pages.want(195, 235);
    expect(asked.map(({ from }) => from)).toEqual([100, 200]);
    expect(pages.at(200)).toBeNull();
    for (const { answer } of asked) await answer();
    await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(2));
    expect(pages.at(233)?.row).toBe(233);
    expect(pages.at(1234)).toBeNull();
  });

  it('that have left the view before they came are given up', () => {
    const { pages, asked } = source();
    pages.want(0, 20);
    pages.want(900, 920);
    expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  });

  it('stay on show until their successors are there, and take a verdict at once', async () => {
    const { pages, asked, changed } = source();
    pages.want(0, 20);
    await asked[0]!.answer();
    await vi.waitFor(() => expect(changed).toHaveBeenCalled());
    pages.amend(7, { verdict: { verdict: 'real', note: '', by: '', date: '' } });
    pages.reset(1233);
    expect(pages.at(7)?.verdict?.verdict).toBe('real');
    expect(pages.isFresh(7)).toBe(false);
    pages.want(0, 20);
    await asked[1]!.answer();
    await vi.waitFor(() => expect(pages.isFresh(7)).toBe(true));
    expect(pages.at(7)?.verdict).toBeNull();
  });
});

describe('verdicts', () => {
  it('know an element by its symbol in any case', () => {
    expect(['ba', ' EU ', 'C', 'iron', '4', ''].map(elementOf)).toEqual(['Ba', 'Eu', 'C', null, null, null]);
  });

  it('offer the element whose lines are deepest against the model first', () => {
    const values = { pull_ba: -6.1, pull_mg: 2, pull_eu: NaN, pull_o: -1, chi2_ba: 9, pull_al: null };
    expect(elementsOffered(values).map(({ element }) => element)).toEqual(['Ba', 'O', 'Mg']);
    // The s-process is a group of elements, and no sulphur.
    const group = { ...values, pull_s: -43 };
    expect(elementsOffered(group).map(({ element }) => element)).toEqual(['Ba', 'O', 'Mg']);
    expect(linePulls(group)[0]).toEqual({ name: 's-process', column: 's', pull: -43 });
  });

  it('are undone from the last, done again from there, and a new one ends that', () => {
    const deed = (at: number) => ({ row: at, changes: [{ star: String(at), entry: null }] });
    const two = withDeed(withDeed({ done: [], undone: [] }, deed(1)), deed(2));
    const undone = withUndone(two, deed(22));
    expect(undone).toEqual({ done: [deed(1)], undone: [deed(22)] });
    expect(withRedone(undone, deed(2))).toEqual(two);
    expect(withDeed(undone, deed(3))).toEqual({ done: [deed(1), deed(3)], undone: [] });
  });
});

it('a star is titled without the survey that named it, and found by its whole name', () => {
  const star = row({ designation: 'LAMOST J064726.39+223431.7', spectrum: 'a/b.fits' });
  expect(titleOf(star)).toBe('J064726.39+223431.7');
  expect(idOf(star)).toBe('LAMOST J064726.39+223431.7');
  expect(titleOf(row({ spectrum: 'a/b.fits' }))).toBe('b.fits');
});

describe('completion', () => {
  const offered = (typed: string): string[] | undefined =>
    completionsAt(typed, typed.length, bench)?.items.map((item) => item.text);
  it('offers columns that begin with the word, then those that hold it', () => {
    expect(offered('snr > 20 AND te')).toEqual(['teff', 'e_teff']);
    expect(offered("has('win")).toEqual(['window_chi2']);
  });

  it('is silent in texts, in numbers, and at a word that is whole', () => {
    for (const typed of ["designation = 'te", 'teff', 'snr > 2', '', 'teff ']) expect(offered(typed)).toBeUndefined();
  });

  it('replaces the word and leaves the cursor behind it', () => {
    const found = completionsAt('te > 5000', 2, bench)!;
    expect(taken('te > 5000', found, found.items[0]!)).toEqual({ text: 'teff > 5000', cursor: 4 });
  });
});

it('the exported program says the same condition, and nothing of the page gets into its strings', () => {
  const selection = { ...selectionOf(bench, { ...state, sort: 'snr', where: "note LIKE '{x}' AND teff > 5000" }) };
  const program = pythonOf(bench, selection);
  expect(program).toContain(`    "(note LIKE '{x}' AND teff > 5000)",`);
  expect(program).toContain('f"flags & {mask} <> 0"');
  expect(pythonOf(bench, { ...selection, where: '', flags: 0 })).toContain('    "true",');
});

it('keys that come while a star is on its way wait for it, in their order', () => {
  let isThere = false;
  const done: string[] = [];
  const order = new InOrder(() => isThere);
  order.run(() => done.push('travel'), false);
  order.run(() => done.push('verdict'), true);
  order.run(() => done.push('on'), false);
  expect(done).toEqual(['travel']);
  isThere = true;
  order.drain();
  expect(done).toEqual(['travel', 'verdict', 'on']);
  isThere = false;
  order.run(() => done.push('late'), true);
  order.clear();
  isThere = true;
  order.drain();
  expect(done).toHaveLength(3);
});
