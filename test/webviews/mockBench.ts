/**
 * The host of a review bench over a catalog of any length, run inside the page of a test: rows are worked out from their
 * number, so that a million of them cost nothing. Verdicts are kept as the extension would write them.
 */
import type { CellValue, ReviewChange, ReviewEntry, SelectedRows, Selection } from '../../engine/index';
import type { Bench, ReviewHost } from '../../webviews/review/protocol';

type Asked<K extends keyof ReviewHost['requests']> = Parameters<ReviewHost['requests'][K]>[0];

/** Prepares the answers for a catalog of so many stars, every third of them flagged. Sent to the page as text: it uses nothing from outside itself. */
export function benchInPage(nRows: number): void {
  const random = (row: number, salt: number): number => {
    const x = Math.sin(row * 12.9898 + salt * 78.233) * 43758.5453;
    return x - Math.floor(x);
  };
  const kinds = [
    { bit: 0, name: 'extrapolating', words: 'a label lies where the model is not believed' },
    { bit: 1, name: 'chi2', words: 'the model describes the spectrum worse than nearly all cross-validated stars' },
    {
      bit: 2,
      name: 'window_chi2',
      words: 'the model describes the windows of an element worse than those of nearly all such stars',
    },
    { bit: 3, name: 'rival', words: 'other labels describe the spectrum nearly as well' },
    { bit: 6, name: 'low_snr', words: 'the signal to noise is low' },
    { bit: 8, name: 'binary', words: 'two spectra at different velocities describe it better than one' },
    { bit: 9, name: 'emission', words: 'there is emission that the model does not have' },
    { bit: 16, name: 'reviewed_real', words: 'somebody looked at it and found it real' },
  ];
  const unitOf: Readonly<Record<string, string>> = { teff: 'K', logg: 'dex', fe_h: 'dex', ba_fe: 'dex', mg_fe: 'dex' };
  const labels = ['teff', 'logg', 'fe_h', 'mg_fe', 'ba_fe'];
  const text = ['designation', 'obsid', 'spectrum', 'extrapolating', 'high_windows', 'large_errors', 'verdict'];
  const names = [
    ...['designation', 'obsid', 'spectrum', 'surprise', 'flags', 'extrapolating', 'high_windows', 'large_errors'],
    ...labels.flatMap((name) => [name, `e_${name}`]),
    ...['snr', 'chi2', 'n_pixels', 'n_obs', 'verdict'],
  ];
  const columns = names.map((name) => ({
    name,
    unit: unitOf[name.replace(/^e_/, '')] ?? '',
    kind: text.includes(name) ? ('text' as const) : name === 'flags' ? ('integer' as const) : ('number' as const),
  }));
  const flagsOf = (row: number): number => {
    if (row % 3 !== 0 && row % 40 !== 1) return 0;
    const first = kinds[Math.floor(random(row, 1) * 7)]!.bit;
    const second = random(row, 2) < 0.4 ? kinds[Math.floor(random(row, 3) * 7)]!.bit : first;
    return (1 << first) | (1 << second);
  };
  const labelOf: Readonly<Record<string, (row: number) => number>> = {
    teff: (row) => 4100 + 2300 * random(row, 4),
    logg: (row) => 1.2 + 3.4 * random(row, 5),
    fe_h: (row) => -1.6 + 2 * random(row, 6),
    mg_fe: (row) => 0.4 * random(row, 7),
    ba_fe: (row) => 1.4 * random(row, 8) - 0.2,
  };
  const errorOf: Readonly<Record<string, number>> = { teff: 38, logg: 0.084, fe_h: 0.041, mg_fe: 0.052, ba_fe: 0.11 };
  const valueOf = (row: number, name: string): CellValue => {
    const bits = flagsOf(row);
    const has = (bit: number): boolean => (bits & (1 << bit)) !== 0;
    if (labelOf[name]) return labelOf[name](row);
    if (name.startsWith('e_')) return errorOf[name.slice(2)]! * (0.7 + 0.8 * random(row, 9));
    switch (name) {
      case 'designation':
        return `J${String(10_000_000 + row).slice(1)}.31+40${String(10_000 + row).slice(-4)}.8`;
      case 'obsid':
        return String(1_001_600_000 + row);
      case 'spectrum':
        return `spectra/${1_001_600_000 + row}.fits`;
      case 'surprise':
        return bits === 0 ? random(row, 10) : 2 + 40 * (1 - row / nRows);
      case 'flags':
        return bits | (verdicts.has(row) ? 1 << 16 : 0);
      case 'extrapolating':
        return has(0) ? 'logg ba_fe' : '';
      case 'high_windows':
        return has(2) ? ['Ba', 'Ba Mg', 'Eu'][row % 3]! : '';
      case 'snr':
        return 12 + 110 * random(row, 11);
      case 'chi2':
        return 3510 * (0.9 + (has(1) ? 2.1 : 0.2) * random(row, 12));
      case 'n_pixels':
        return 3510;
      case 'n_obs':
        return row % 9 === 0 ? 3 : 1;
      case 'verdict':
        return verdicts.get(row)?.verdict ?? null;
      default:
        return '';
    }
  };
  const starOf = (row: number): string => String(1_001_600_000 + row);
  const rowOf = (star: string): number => Number(star) - 1_001_600_000;
  const verdicts = new Map<number, ReviewEntry>();
  const kept = JSON.parse(sessionStorage.getItem('verdicts') ?? '[]') as [number, ReviewEntry][];
  for (const [row, entry] of kept) verdicts.set(row, entry);
  const write = (changes: readonly ReviewChange[]): ReviewChange[] => {
    const before = changes.map(({ star }) => ({ star, entry: verdicts.get(rowOf(star)) ?? null }));
    for (const { star, entry } of changes)
      if (entry === null) verdicts.delete(rowOf(star));
      else verdicts.set(rowOf(star), entry);
    sessionStorage.setItem('verdicts', JSON.stringify([...verdicts]));
    setTimeout(() => window.fakeHost.rpc.notify('act' as never, 'judged' as never));
    return before;
  };
  const orders = new Map<string, number[]>();
  const order = (selection: Selection): number[] => {
    const { flags, where, reviewed, sort, descending } = selection;
    const key = JSON.stringify([
      flags,
      where,
      sort,
      descending,
      reviewed,
      reviewed === 'all' ? 0 : [...verdicts.keys()],
    ]);
    const found = orders.get(key);
    if (found) return found;
    const least = Number(/teff > (\d+)/.exec(where)?.[1] ?? -Infinity);
    const rows = Array.from({ length: nRows }, (_, row) => row).filter(
      (row) =>
        (flags === 0 || (flagsOf(row) & flags) !== 0) &&
        (reviewed === 'all' || verdicts.has(row) === (reviewed === 'yes')) &&
        labelOf['teff']!(row) > least,
    );
    // A million rows come in the order of their surprise already.
    if (sort !== null && !(sort === 'surprise' && descending && flags !== 0)) {
      const sign = descending ? -1 : 1;
      rows.sort((a, b) => {
        const [p, q] = [valueOf(a, sort), valueOf(b, sort)];
        return sign * (typeof p === 'number' && typeof q === 'number' ? p - q : String(p).localeCompare(String(q)));
      });
    }
    orders.set(key, rows);
    return rows;
  };
  const bench: Bench = {
    catalog: '/survey/.cannon/catalog.parquet',
    title: 'catalog.parquet',
    nRows,
    columns: columns.map((column) => ({ ...column, ucd: '' })),
    flags: kinds,
    searches: [
      { name: 'barium stars', where: 'ba_fe > 0.8', problem: null },
      { name: 'hot', where: 'teff > 6000', problem: null },
    ],
    surprise: 'surprise',
    reviewProblem: '',
  };
  const problemOf = (where: string): ReturnType<ReviewHost['requests']['select']>['problem'] => {
    const start = where.indexOf('tef ');
    if (start < 0) return null;
    return { message: 'There is no column “tef”.', hint: 'Did you mean “teff”?', start, end: start + 3, fix: 'teff' };
  };
  const counts = (selection: Selection): ReturnType<ReviewHost['requests']['readCounts']> => {
    const rows = order(selection);
    return {
      nSelected: rows.length,
      nReviewed: rows.length > 10_000 ? verdicts.size : rows.filter((row) => verdicts.has(row)).length,
      flags: kinds.map(({ name, bit }) => ({
        name,
        count: rows.length > 10_000 ? 47_619 : rows.filter((row) => (flagsOf(row) & (1 << bit)) !== 0).length,
      })),
      verdicts: [],
    };
  };
  const readRows = ({ selection, from, count, columns: wanted }: Asked<'readRows'>): SelectedRows => {
    const all = order(selection);
    const rows = all.slice(from, from + count);
    return {
      nSelected: all.length,
      rows,
      values: wanted.map((name) => rows.map((row) => valueOf(row, name))),
      verdicts: rows.flatMap((row, at) => (verdicts.has(row) ? [{ at, ...verdicts.get(row)! }] : [])),
    };
  };
  const repeat = (row: number, k: number): object => ({
    obsid: String(1_001_800_000 + 10 * row + k),
    path: `/survey/spectra/${1_001_800_000 + 10 * row + k}.fits`,
    values: {
      snr: 30 + 10 * k,
      surprise: [2, 9, 1][k],
      ...Object.fromEntries(
        labels.flatMap((name) => [
          [name, labelOf[name]!(row) + (k - 1) * errorOf[name]!],
          [`e_${name}`, 1.2 * errorOf[name]!],
        ]),
      ),
    },
    flags: k === 2 ? ['low_snr'] : [],
  });
  const neighbour = (k: number): object => ({
    star: String(1_001_700_000 + k),
    path: `/survey/spectra/${1_001_700_000 + k}.fits`,
    distance: 0.31 + 0.09 * k,
    labels: [4790 + 11 * k, 2.51 + 0.03 * k, -0.22 - 0.02 * k],
  });
  // More is known once the spectra of the star and of those nearest to it have been read.
  const reasons = ({ row, nNearest }: Asked<'readReasons'>): object => ({
    star: starOf(row),
    // Of several observations that of the most surprising.
    path: `/survey/spectra/${row % 9 === 0 ? 1_001_800_000 + 10 * row + 1 : starOf(row)}.fits`,
    summary: flagsOf(row) & 4 ? 'likely Ba-enhanced' : '',
    reasons: [
      {
        flag: 'window_chi2',
        text:
          nNearest === 0
            ? 'Ba: lines deeper than the model by 7.1σ; not extrapolating'
            : 'Ba: both windows deeper than the model by 6σ and 4σ; five nearest training stars fit; not extrapolating',
      },
      { flag: 'chi2', text: 'χ² a pixel is 2.3, more than in nearly all stars that the model was tested on' },
      { flag: 'low_snr', text: 'The signal to noise is low: 14 a pixel' },
    ].slice(0, 2 + (row % 2)),
    values: Object.fromEntries(
      [...names, 'pull_ba', 'pull_eu', 'pull_mg'].map((name, k) => [
        name,
        name.startsWith('pull_') ? -6.1 + 2.4 * (k - names.length) : (valueOf(row, name) ?? ''),
      ]),
    ),
    verdict: verdicts.get(row) ?? null,
    repeats: row % 9 === 0 ? [0, 1, 2].map((k) => repeat(row, k)) : [],
    odd: row % 9 === 0 ? 1 : -1,
    nearest:
      nNearest === 0
        ? null
        : {
            model: 'giants',
            labels: ['teff', 'logg', 'fe_h'].map((name) => ({ name, unit: unitOf[name] })),
            stars: Array.from({ length: nNearest }, (_, k) => neighbour(k)),
          },
    nearestProblem: '',
  });
  Object.assign(window.fakeHost.answers, {
    openCatalog: bench,
    readFocus: null,
    listCatalogs: [{ path: bench.catalog, title: bench.title }],
    select: ({ selection }: Asked<'select'>) => {
      const problem = problemOf(selection.where);
      return { nSelected: problem ? 0 : order(selection).length, nRows, problem };
    },
    readRows,
    readCounts: ({ selection }: Asked<'readCounts'>) => counts(selection),
    findStar: ({ selection, star }: Asked<'findStar'>) =>
      order(selection).findIndex((row) => valueOf(row, 'designation') === star || starOf(row) === star),
    readReasons: reasons,
    judge: ({ row, verdict, note }: Asked<'judge'>) =>
      write([{ star: starOf(row), entry: verdict === null ? null : { verdict, note, by: 'ada', date: '2026-11-20' } }]),
    restore: ({ changes }: Asked<'restore'>) => write(changes),
    ...{ inspect: null, revealKey: null, saveSearch: true, chooseCatalog: null, makeCatalog: null },
    saveFile: '/survey/review.csv',
  });
}
