/** The table that `npm start` prints must show exactly the unseen stars, and their agreement by its definition. */
import { describe, expect, it } from 'vitest';
import { agreement, formatTables, unseenStars } from '../../scripts/recovered.mjs';

const labels = [
  { name: 'teff', unit: 'K', column: 'teff' },
  { name: 'fe_h', unit: '', column: 'feh' },
];
const inferredRow = (obsid: string, teff: string, feH: string, problem = '') => ({
  obsid,
  teff,
  e_teff: '42.4',
  fe_h: feH,
  e_fe_h: '0.053',
  problem,
});

describe('unseenStars', () => {
  const inferred = [
    inferredRow('1', '5000', '0.1'),
    inferredRow('2', '5100', '-0.2'),
    inferredRow('3', '', '', 'truncated file'),
    inferredRow('4', '5200', '0.3'),
  ];
  const truth = ['1', '2', '3'].map((obsid) => ({ obsid, teff: '5050', feh: '0.0' }));

  it('leaves out reference stars, stars without truth and spectra with a problem', () => {
    const stars = unseenStars({ inferred, truth, reference: [{ obsid: '1' }], labels });
    expect(stars).toEqual([
      {
        obsid: '2',
        labels: [
          { value: 5100, error: 42.4, truth: 5050 },
          { value: -0.2, error: 0.053, truth: 0 },
        ],
      },
    ]);
  });

  it('takes an empty cell for no number rather than for zero', () => {
    const [star] = unseenStars({ inferred: [inferredRow('2', '', '0.1')], truth, reference: [], labels });
    expect(star?.labels[0]?.value).toBeNaN();
  });
});

describe('agreement', () => {
  const star = (value: number, truth: number) => ({ obsid: 'x', labels: [{ value, error: 1, truth }] });
  const teff = labels.slice(0, 1);

  it('measures half the 16–84 % width, the median and the correlation of the differences', () => {
    // Differences 0, 1, …, 100: their quantiles are 16, 50 and 84.
    const stars = Array.from({ length: 101 }, (_, i) => star(5000 + i, 5000));
    expect(agreement(stars, teff)[0]).toMatchObject({ nStars: 101, scatter: 34, bias: 50 });
  });

  it('finds correlation 1 when every value is off by the same amount, and −1 when they run against each other', () => {
    const truths = [4800, 5100, 5500, 6000];
    expect(
      agreement(
        truths.map((truth) => star(truth + 7, truth)),
        teff,
      )[0]?.correlation,
    ).toBeCloseTo(1, 12);
    expect(
      agreement(
        truths.map((truth) => star(-truth, truth)),
        teff,
      )[0]?.correlation,
    ).toBeCloseTo(-1, 12);
  });

  it('does not count stars without a number', () => {
    expect(agreement([star(5000, 4990), star(NaN, 5000)], teff)[0]).toMatchObject({ nStars: 1, bias: 10 });
  });
});

describe('formatTables', () => {
  const stars = [
    {
      obsid: '1001605073',
      labels: [
        { value: 5771.26, error: 42.4, truth: 5790 },
        { value: -0.2041, error: 0.053, truth: -0.18 },
      ],
    },
  ];

  it('rounds values to their errors and prints real minus signs', () => {
    const text = formatTables(stars, labels);
    expect(text).toContain('5771 ± 42');
    expect(text).toContain('−0.204 ± 0.053');
    expect(text).toContain('−0.180');
  });

  it('shows no more stars than asked for, and says what it has no number for', () => {
    const lines = formatTables([...stars, ...stars, ...stars], labels, 2).split('\n');
    expect(lines.filter((line) => line.startsWith('1001605073'))).toHaveLength(2);
    const unknown = { obsid: '7', labels: [{ value: NaN, error: NaN, truth: 5000 }] };
    expect(formatTables([unknown], labels.slice(0, 1))).toContain('– ± –');
  });
});
