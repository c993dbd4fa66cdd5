/** The Python programs that panels export draw figures from files that the engine wrote. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crossValidate } from '../../engine/cannon/crossValidate';
import { modelBytes } from '../../engine/cannon/modelFile';
import { trainModel } from '../../engine/cannon/train';
import { readValidationDetail, type ValidationDetail } from '../../engine/cannon/validationDetail';
import { validationBytes } from '../../engine/cannon/validationFile';
import type { Config } from '../../engine/config/config';
import { modelAnatomy } from '../../engine/jobs/modelAnatomy';
import { inferStar } from '../../engine/cannon/infer';
import { predictFlux } from '../../engine/cannon/model';
import { type Drawn, pythonOf as coefficientsProgram } from '../../webviews/coefficients/exports';
import { labelInformation } from '../../webviews/coefficients/model';
import { csvOf } from '../../webviews/export';
import { csvColumns, pythonOf as inspectorProgram } from '../../webviews/inspector/exports';
import { pythonOf as validationProgram } from '../../webviews/validation/exports';
import { contentOf, restoreState, type Scene } from '../../webviews/validation/model';
import type { ValidationViewState } from '../../webviews/validation/protocol';
import type { StarFit } from '../../engine/cannon/starFit';
import { mockStars } from '../engine/mockStars';
import { mockFit } from './mockData';
import { pngSize, runProgram, withoutPrograms } from './programs';

const folder = mkdtempSync(join(tmpdir(), 'cannon-exported-'));
const set = mockStars(120, 30, 2, 6);
let runs: [ValidationDetail, ValidationDetail];

beforeAll(async () => {
  const made = (['leave-one-out', 5] as const).map(async (folds) => {
    const result = await crossValidate(set, { name: 'main', folds, seed: 1 });
    const path = join(folder, `${folds}.fits`);
    const groups = set.stars.map((_, n) => n);
    const identities = set.stars.map(() => null);
    writeFileSync(path, validationBytes({ model: 'main', folds, set, identities, groups, result, provenance: {} }));
    return readValidationDetail(path);
  });
  const [alone, five] = await Promise.all(made);
  runs = [five!, alone!];
});
afterAll(() => rmSync(folder, { recursive: true }));

function program(change: Partial<ValidationViewState>, compares = false): string {
  const [run, other] = runs;
  const state = { ...restoreState(null), label: 'label0', ...change };
  const scene: Scene = { run, other: compares ? other : null, label: run.labels[0]!, state };
  const { xAxis, yAxis } = contentOf(scene);
  return validationProgram(scene, { x: xAxis.home, y: yAxis.home });
}

async function draws(code: string, name: string): Promise<void> {
  const { files, said } = await runProgram(code);
  expect(said).toBe('');
  const [width, height] = pngSize(files.get(name)!);
  expect(width * height).toBeGreaterThan(500_000);
  expect(files.get(name)!.length).toBeGreaterThan(10_000);
}

describe.skipIf(withoutPrograms)('a program from the panel of validation (skipped: no astropy)', () => {
  it.each([
    ['recovery with bounds, coloured by S/N', { view: 'recovery' }, false],
    ['recovery of two runs', { view: 'recovery' }, true],
    ['residuals against χ², coloured by what lies beyond', { view: 'residual', against: 'chi2', colour: 'extrapolated' }, false], // prettier-ignore
    ['pulls', { view: 'pulls' }, false],
    ['pulls of two runs', { view: 'pulls' }, true],
    ['precision of two runs', { view: 'precision' }, true],
  ] as const)('draws %s', async (_, change, compares) => {
    await draws(program(change, compares), 'validation.png');
  });

  it('finds the quantiles of truth where the panel draws them', async () => {
    const code = program({ view: 'recovery', colour: null });
    const asked = 'print(*(f"{value:.6g}" for value in np.array(quantiles)[24]))\n';
    const { said } = await runProgram(`${code}${asked}`);
    const panel = contentOf({ run: runs[0], other: null, label: runs[0].labels[0]!, state: restoreState(null) });
    const curves = panel.curves.filter(({ ink }) => ink === 'model');
    expect(curves).toHaveLength(3);
    const span = panel.xAxis.home.to - panel.xAxis.home.from;
    said.split(' ').forEach((value, k) => {
      // The program sums over 800 steps.
      expect(Math.abs(Number(value) - curves[k]!.x[24]!)).toBeLessThan(0.003 * span);
    });
  });
});

describe.skipIf(withoutPrograms)('a program from the panel of coefficients (skipped: no astropy)', () => {
  async function drawn(): Promise<Drawn> {
    const path = join(folder, 'model.fits');
    writeFileSync(path, modelBytes(await trainModel(set, { name: 'main', provenance: { SURVEY: 'lamost-lrs' } })));
    const model = await modelAnatomy({ windows: [] } as unknown as Config, path);
    return { model, other: null, term: 1, inSigma: false, information: labelInformation(model, 0) };
  }
  const all = ({ model: { waveAngstrom } }: Drawn) => ({ from: waveAngstrom[0]!, to: waveAngstrom.at(-1)! });

  it.each([
    ['θ of a term with its error, the information and the scatter', {}],
    ['the constant, which is of no label', { term: 0, information: null }],
    ['θ over its error', { inSigma: true }],
  ] as const)('draws %s', async (_, change) => {
    const shown = { ...(await drawn()), ...change };
    await draws(coefficientsProgram(shown, all(shown)), 'coefficients.png');
  });

  it('draws another model over it, dashed', async () => {
    const shown = await drawn();
    await draws(coefficientsProgram({ ...shown, other: shown.model }, all(shown)), 'coefficients.png');
  });

  it('finds the information that the panel shows', async () => {
    const shown = await drawn();
    const asked = 'print(*(f"{value:.6g}" for value in 1000 * own**2 / np.sum(own**2)))\n';
    const { said } = await runProgram(coefficientsProgram(shown, all(shown)) + asked);
    const { perMille } = shown.information!;
    const found = said.split(' ').map(Number);
    expect(found).toHaveLength(perMille.length);
    // The panel has coefficients in single precision.
    found.forEach((value, p) => expect(Math.abs(value - perMille[p]!)).toBeLessThan(1e-3 * Math.max(1, value)));
  });
});

describe.skipIf(withoutPrograms)('a program from the inspector (skipped: no astropy)', () => {
  it('draws a fit, with the model worked out from model.fits as the panel shows it', async () => {
    const path = join(folder, 'fit.fits');
    const model = await trainModel(set, { name: 'main', provenance: { SURVEY: 'lamost-lrs' } });
    writeFileSync(path, modelBytes(model));
    const nPixels = model.waveAngstrom.length;
    const row = (matrix: Float64Array): Float64Array => matrix.slice(7 * nPixels, 8 * nPixels);
    const [flux, ivar] = [row(set.flux), row(set.ivar)];
    const { labels, errors, covariance } = inferStar(model, flux, ivar, {});
    const expected = predictFlux(model, labels);
    const fit: StarFit = {
      ...mockFit('star 7'),
      model: { name: 'main', path },
      waveAngstrom: model.waveAngstrom,
      flux: Float32Array.from(flux),
      error: Float32Array.from(ivar, (weight) => 1 / Math.sqrt(weight)),
      masked: Uint8Array.from(ivar, (weight) => (weight > 0 ? 0 : 1)),
      modelFlux: Float32Array.from(expected),
      scatter: Float32Array.from(model.scatter),
      residualSigma: Float32Array.from(
        flux,
        (value, p) => (value - expected[p]!) / Math.hypot(1 / Math.sqrt(ivar[p]!), model.scatter[p]!),
      ),
      labels: model.labels.map(({ name, unit }, i) => ({
        name,
        unit,
        value: labels[i]!,
        error: errors[i]!,
        reference: null,
        extrapolated: false,
      })),
      covariance,
    };
    const csv = join(folder, 'star.csv');
    writeFileSync(csv, csvOf(csvColumns(fit)));
    const range = { from: fit.waveAngstrom[0]!, to: fit.waveAngstrom.at(-1)! };
    const asked = 'print(float(np.nanmax(np.abs(expected - data["model"]))))\n';
    const { files, said } = await runProgram(inspectorProgram(fit, range, csv) + asked);
    expect(Number(said)).toBeLessThan(1e-6);
    const [width, height] = pngSize(files.get('star 7.png')!);
    expect(width * height).toBeGreaterThan(500_000);
  });
});
