/** Flags of residuals where one thing explains another, how surprising stars are, and the words for it. */
import { describe, expect, it } from 'vitest';
import { maskOf } from '../../engine/catalog/flagBits';
import { reasonsOf, type ReasonRow } from '../../engine/catalog/reasons';
import { residualFlags, type ResidualRow, usualThresholds } from '../../engine/catalog/residualFlags';
import { calibrate, surpriseOf } from '../../engine/catalog/surprise';
import { normalDeviates } from './mockStars';

const quiet: ResidualRow = {
  ...{
    emission: 1,
    emissionLine: 'H alpha',
    binaryDeltaChi2: 2,
    rvResidual: 1,
    rvError: 2,
    badStretch: 2,
    badStretchAt: 5000,
  },
  pulls: [0.3, -1.2],
};
const flags = (row: Partial<ResidualRow>) => residualFlags({ ...quiet, ...row }, usualThresholds, () => 6564.6);

describe('flags of residuals', () => {
  it('are none for a quiet star, and none for numbers that do not exist', () => {
    const none = { badStretch: false, binary: false, velocity: false, emission: false, elements: [] };
    expect(flags({})).toEqual(none);
    const unknown = Object.fromEntries(Object.keys(quiet).map((key) => [key, NaN]));
    expect(flags({ ...unknown, emissionLine: '', pulls: [NaN, NaN] })).toEqual(none);
  });

  it('take what a second star does to lines and to the velocity for its own', () => {
    const found = flags({ binaryDeltaChi2: 900, rvResidual: 60, emission: 9, pulls: [-7, 5] });
    expect(found).toEqual({ badStretch: false, binary: true, velocity: false, emission: false, elements: [] });
    expect(flags({ binaryDeltaChi2: 900, rvResidual: 400 }).velocity).toBe(true);
  });

  it('take an emission line inside a bad stretch for a part of it, and one elsewhere not', () => {
    expect(flags({ badStretch: 80, badStretchAt: 6560, emission: 30 }).emission).toBe(false);
    expect(flags({ badStretch: 80, badStretchAt: 5000, emission: 30 }).emission).toBe(true);
    expect(flags({ badStretch: 80, pulls: [-9, 0] }).elements).toEqual([]);
    expect(flags({ rvResidual: 400, pulls: [-9, 0] }).elements).toEqual([]);
    expect(flags({ emission: 9, pulls: [-9, -9], lithium: 1 }).elements).toEqual([1]);
  });

  it('need a velocity that is large both in km/s and in its errors', () => {
    expect(flags({ rvResidual: -300, rvError: 2 }).velocity).toBe(true);
    expect(flags({ rvResidual: -300, rvError: 200 }).velocity).toBe(false);
    expect(flags({ rvResidual: 20, rvError: 1 }).velocity).toBe(false);
  });
});

const star = (values: Readonly<Record<string, number>>) => (name: string) => values[name] ?? NaN;
const columns = [
  'pull_Li',
  'pull_Ba',
  'emission',
  'binary_delta_chi2',
  'rv_delta_chi2',
  'bad_stretch',
  'chi2',
  'n_pixels',
];

describe('surprise', () => {
  const usual = { pull_Li: 0.5, pull_Ba: -1, emission: 1, binary_delta_chi2: 3, rv_delta_chi2: 1, bad_stretch: 2 };

  it('rises with each measurement, on and on', () => {
    for (const name of Object.keys(usual)) {
      const at = [0, 1, 3, 6, 12, 50, 300].map((value) => surpriseOf(star({ ...usual, [name]: value }), columns));
      at.forEach((value, k) => expect(value).toBeGreaterThanOrEqual(at[Math.max(0, k - 1)]!));
      expect(at.at(-1)!).toBeGreaterThan(at[1]! + 3);
      expect(at.every(Number.isFinite)).toBe(true);
    }
    expect(surpriseOf(star({ ...usual, pull_Li: -8 }), columns)).toBe(
      surpriseOf(star({ ...usual, pull_Li: 8 }), columns),
    );
  });

  it('is the −log10 of the chance where one thing is rare', () => {
    // Q(8) = 6.22096e-16 (scipy.stats.norm.sf), four looks: two signs of two elements.
    const others = { emission: NaN, binary_delta_chi2: NaN, rv_delta_chi2: NaN, bad_stretch: NaN };
    expect(surpriseOf(star({ pull_Li: 8, pull_Ba: 0, ...others }), columns)).toBeCloseTo(
      -Math.log10(4 * 6.22096e-16),
      5,
    );
    expect(surpriseOf(star({ pull_Li: NaN }), columns)).toBeNaN();
  });

  it('is calibrated by held-out stars: errors twice too small make nothing more surprising', () => {
    const normal = normalDeviates(2);
    const [once, twice] = [1, 2].map((factor) => {
      const values = Float64Array.from({ length: 4000 }, () => factor * normal());
      return calibrate((name) => (name === 'pull_Li' ? values : null), ['pull_Li']);
    });
    expect(once!.factors.get('pull_Li')).toBeLessThan(1.06);
    expect(twice!.factors.get('pull_Li')).toBeGreaterThan(1.9);
    expect(twice!.factors.get('pull_Li')).toBeLessThan(2.1);
    const six = star({ pull_Li: 6 });
    expect(surpriseOf(six, columns, twice)).toBeLessThan(surpriseOf(six, columns, once) - 5);
    expect(once!.chi2).toBeNull();
  });

  it('lets χ² speak only where held-out stars say what is usual', () => {
    const normal = normalDeviates(3);
    const chi2 = Float64Array.from({ length: 500 }, () => 3500 * Math.exp(0.2 * normal()));
    const calibration = calibrate(
      (name) => (name === 'chi2' ? chi2 : name === 'n_pixels' ? chi2.map(() => 3500) : null),
      [],
    );
    expect(calibration.chi2!.width).toBeCloseTo(0.2, 1);
    const bad = star({ ...usual, chi2: 14000, n_pixels: 3500 });
    expect(surpriseOf(bad, columns, calibration)).toBeGreaterThan(surpriseOf(bad, columns) + 8);
  });
});

function row(numbers: Readonly<Record<string, number>>, texts: Readonly<Record<string, string>> = {}): ReasonRow {
  return {
    number: (name) => numbers[name] ?? NaN,
    text: (name) => texts[name] ?? '',
    columns: [...Object.keys(numbers), ...Object.keys(texts)],
  };
}

describe('reasons', () => {
  it('name the lines of an element, its neighbours and what is likely', () => {
    const barium = row({ flags: maskOf(['window_chi2']), pull_ba_fe: -7.2, pull_li: 0.4 });
    const lines = [{ element: 'Ba', pulls: [-6.1, -4.2] }];
    expect(reasonsOf(barium, { nearest: { count: 5, fitting: 5 }, lines })).toEqual({
      summary: 'likely Ba-enhanced',
      reasons: [
        {
          flag: 'window_chi2',
          text: 'Ba: both windows deeper than the model by 6.1σ and 4.2σ; five nearest training stars fit; not extrapolating',
        },
      ],
    });
    expect(reasonsOf(barium).reasons[0]!.text).toBe('Ba: lines deeper than the model by 7.2σ; not extrapolating');
  });

  it('doubt the model where its nearest stars do not fit either, and are careful where it extrapolates', () => {
    const lithium = row(
      { flags: maskOf(['window_chi2', 'extrapolating']), pull_Li: -9 },
      { extrapolating: 'teff logg' },
    );
    expect(reasonsOf(lithium, { nearest: { count: 5, fitting: 1 } }).summary).toBe(
      'likely the model, which does not describe such stars',
    );
    const alone = reasonsOf(lithium);
    expect(alone.summary).toBe('perhaps Li-enhanced');
    expect(alone.reasons[1]!.text).toBe('teff and logg lie where the model is not believed');
  });

  it('give the numbers of each flag with real minus signs', () => {
    const all = row(
      {
        ...{
          flags: maskOf([
            'binary',
            'rv_residual',
            'emission',
            'bad_pixels',
            'rival',
            'low_snr',
            'chi2',
            'not_converged',
          ]),
        },
        ...{
          binary_delta_chi2: 1710,
          binary_velocity: -207,
          binary_share: 0.364,
          rv_residual: -326.2,
          e_rv_residual: 2.2,
        },
        ...{
          emission: 12.8,
          bad_stretch: 47.3,
          bad_stretch_at: 6556.4,
          rival_delta_chi2: 3.21,
          snr: 8.4,
          chi2: 7000,
          n_pixels: 3500,
        },
      },
      { emission_line: 'H alpha' },
    );
    expect(reasonsOf(all).reasons.map(({ text }) => text)).toEqual([
      'Around 6556 Å the spectrum fits worse than elsewhere by 47 of its spreads',
      'A second star at −207 km/s, with 36 % of the light lowers χ² by 1710',
      'The lines are shifted by −326 ± 2 km/s against the model',
      'Hα is above the model by 13σ',
      'Other labels describe the spectrum nearly as well: their χ² is higher by 3.2',
      'The search for the labels did not end in a minimum',
      'χ² a pixel is 2, more than in nearly all stars that the model was tested on',
      'The signal to noise is low: 8.4 a pixel',
    ]);
  });

  it('judge a row of the table of labels by its residuals, and say nothing of a quiet star', () => {
    const labels = {
      emission: 1,
      binary_delta_chi2: 2,
      rv_residual: 3,
      e_rv_residual: 3,
      bad_stretch: 2,
      pull_Li: -10.8,
    };
    expect(reasonsOf(row(labels, { flags: 'rival' })).summary).toBe('likely Li-enhanced');
    expect(reasonsOf(row({ ...labels, pull_Li: 1 }))).toEqual({ summary: '', reasons: [] });
    expect(reasonsOf(row({}, { problem: 'The file is damaged.' })).reasons[0]!.text).toBe('The file is damaged');
  });
});
