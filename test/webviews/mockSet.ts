/** Made-up reference stars for panels: giants and dwarfs along an isochrone, some of them dropped by cuts, in the shape of the engine's. */
import type { TrainingSetView } from '../../engine/index';
import { normal, randomNumbers } from './mockData';

/** Stars dropped at: 2 review, 3 S/N, 4 flag; 5 and 6 are the models. */
export function mockSet(nStars = 1800, seed = 3): TrainingSetView {
  const random = randomNumbers(seed);
  const of = () => new Float32Array(nStars);
  const [teff, logg, feh, mg, ba, snr] = [of(), of(), of(), of(), of(), of()];
  const model = new Float32Array(nStars);
  const droppedAt = new Float32Array(nStars).fill(-1);
  for (let n = 0; n < nStars; n++) {
    const isGiant = random() < 0.35;
    feh[n] = Math.max(-2.2, Math.min(0.5, isGiant ? -0.35 + 0.4 * normal(random) : -0.1 + 0.22 * normal(random)));
    logg[n] = isGiant ? 1 + 2.6 * Math.sqrt(random()) : 3.9 + 0.25 * normal(random) ** 2 * 0.6 + 0.3 * random();
    teff[n] = isGiant
      ? 3900 + 430 * logg[n]! - 180 * feh[n]! + 60 * normal(random)
      : 6500 - 900 * (logg[n]! - 3.8) - 120 * feh[n]! + 330 * normal(random);
    mg[n] = (feh[n]! < -0.4 ? 0.28 : -0.25 * feh[n]! + 0.05) + 0.06 * normal(random);
    ba[n] = random() < 0.06 ? NaN : 0.1 - 0.1 * feh[n]! + 0.18 * normal(random);
    snr[n] = Math.exp(3.6 + 0.6 * normal(random));
    model[n] = isGiant ? 0 : 1;
    if (n % 211 === 7) droppedAt[n] = 2;
    else if (snr[n]! < 20) droppedAt[n] = 3;
    else if (n % 37 === 0) droppedAt[n] = 4;
    else if (Number.isNaN(ba[n]!) && isGiant) droppedAt[n] = 5;
    if (droppedAt[n]! >= 0 && droppedAt[n]! < 5) model[n] = -1;
  }
  const left = (step: number): number => droppedAt.filter((at) => at < 0 || at > step).length;
  const inModel = (m: number): number => droppedAt.filter((at, n) => at < 0 && model[n] === m).length;
  const label = (name: string, unit: string, values: Float32Array, column: string | null = name) =>
    ({ name, unit, kind: 'label', column, values }) as const;
  const excluded = [...droppedAt.keys()].filter((n) => droppedAt[n] === 2);
  return {
    config: '/survey/cannon.yaml',
    table: { path: '/survey/labels.csv', nRows: nStars + 40 },
    columns: [
      label('teff', 'K', teff),
      label('logg', 'dex', logg),
      label('fe_h', 'dex', feh, 'feh'),
      label('mg_fe', 'dex', mg),
      label('ba_fe', 'dex', ba, null),
      { name: 'e_teff', unit: 'K', kind: 'error', column: null, values: teff.map(() => 60) },
      { name: 'snr', unit: '', kind: 'snr', column: null, values: snr },
    ],
    tableColumns: ['obsid', 'teff', 'logg', 'feh', 'mg_fe', 'flag'],
    models: [
      { name: 'giants', labels: ['teff', 'logg', 'fe_h', 'mg_fe', 'ba_fe'] },
      { name: 'dwarfs', labels: ['teff', 'logg', 'fe_h', 'mg_fe'] },
    ],
    steps: [
      { step: 'spectra', stars: 12_480, key: 'spectra' },
      { step: 'in the reference table', stars: nStars, key: 'reference/match' },
      { step: 'not excluded in review.yaml', stars: left(2), key: 'review' },
      { step: 'spectrum.SNRZ >= 20', stars: left(3), key: 'quality/0' },
      { step: 'flag_cannon == 0 and flag_sp == 0 and red_flag == 0', stars: left(4), key: 'quality/1' },
      { step: 'giants, with all labels', stars: inModel(0), key: 'models/giants', model: 'giants' },
      { step: 'dwarfs, with all labels', stars: inModel(1), key: 'models/dwarfs', model: 'dwarfs' },
    ],
    nOutside: 0,
    stars: Array.from({ length: nStars }, (_, n) => String(1_001_600_000 + 17 * n)),
    paths: Array.from({ length: nStars }, (_, n) => `spectra/p${n % 5}/spec-${n}.fits.gz`),
    rows: Float64Array.from({ length: nStars }, (_, n) => n + 20),
    model,
    droppedAt,
    verdicts: excluded.map((star) => ({
      star,
      verdict: 'exclude',
      note: 'double-lined',
      by: 'ada',
      date: '2026-11-20',
    })),
  };
}
