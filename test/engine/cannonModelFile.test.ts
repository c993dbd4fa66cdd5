import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Model } from '../../engine/cannon/model';
import { modelBytes, modelOf, readModel } from '../../engine/cannon/modelFile';
import { trainModel } from '../../engine/cannon/train';
import { openFits } from '../../engine/fits/fitsFile';
import { UserError } from '../../engine/problems';
import { hasAstropy, python } from '../python';
import { mockStars } from './mockStars';

let folder: string;
let model: Model;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cannon-model-'));
  const mock = mockStars(50, 20, 2, 6);
  for (let n = 0; n < 45; n++) mock.ivar[n * 20 + 3] = 0; // one pixel without a model
  const provenance = { SURVEY: 'lamost-lrs', GRIDSTEP: 1e-4, SEED: 7, CONFHASH: 'f'.repeat(64) };
  const trained = await trainModel(mock, { name: 'giants', provenance, l1: 20, thetaCovariance: 'full' });
  model = { ...trained, modes: Float64Array.from({ length: 40 }, (_, k) => k / 7) };
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('model.fits', () => {
  test('gives the model back, to the last bit', async () => {
    const path = join(folder, 'back.fits');
    writeFileSync(path, modelBytes(model));
    expect(await readModel(path)).toEqual(model);
    expect(model.scatter[3]).toBe(Infinity);
    const { record, ...plain } = { ...model, modes: new Float64Array(0) };
    expect(record!.l1).toEqual(new Float64Array(20).fill(20));
    expect(record!.thetaCovariance).toHaveLength(20 * 21);
    expect([record!.condition[3], record!.thetaError[3 * 6]]).toEqual([NaN, NaN]);
    // What earlier versions wrote.
    writeFileSync(path, modelBytes(plain));
    expect(await readModel(path)).toEqual(plain);
    const { l1, thetaCovariance, ...usual } = record!;
    writeFileSync(path, modelBytes({ ...plain, record: usual }));
    expect(await readModel(path)).toEqual({ ...plain, record: usual });
  });

  test.skipIf(!hasAstropy)('opens in astropy without a warning (skipped: no astropy)', () => {
    const path = join(folder, 'model.fits');
    writeFileSync(path, modelBytes(model));
    const script = `
import json, sys, warnings
warnings.simplefilter('error')
from astropy.io import fits
from astropy.table import Table
with fits.open(sys.argv[1]) as f:
    f.verify('exception')
    theta = f['THETA'].data
    print(json.dumps({
        'shape': theta.shape, 'modes': f['MODES'].data.shape, 'theta': theta.ravel().tolist(), 'card': f[0].header['CONFHASH'], 'model': f[0].header['MODEL'],
        'scatter': [repr(float(x)) for x in f['PIXELS'].data['scatter']],
        'converged': f['PIXELS'].data['converged'].tolist(), 'n': f['PIXELS'].data['n_stars'].tolist(),
        'errors': [f['THETA_ERR'].data.shape, f['THETA_COV'].data.shape, repr(float(f['THETA_ERR'].data[0, 1]))],
        'pixel': [repr(float(f['PIXELS'].data[name][0])) for name in ('condition', 'iterations', 'l1')],
        'unit': f['PIXELS'].columns['wavelength'].unit,
        'labels': f['LABELS'].data['name'].tolist(),
        'pivot': f['LABELS'].data['pivot'].tolist(),
        'terms': list(zip(f['TERMS'].data['name'].tolist(), f['TERMS'].data['i'].tolist(), f['TERMS'].data['j'].tolist()))}))
Table.read(sys.argv[1], hdu='PIXELS')
`;
    const printed = execFileSync(python, ['-c', script, path], { encoding: 'utf8' });
    const seen = JSON.parse(printed) as Record<string, unknown>;
    expect(seen).toEqual({
      shape: [20, 6],
      modes: [2, 20],
      theta: [...model.theta],
      card: 'f'.repeat(64),
      model: 'giants',
      scatter: expect.arrayContaining(['inf']) as string[],
      converged: [...model.converged].map((flag) => flag === 1),
      n: [...model.nStars],
      errors: [[20, 6], [20, 21], expect.any(String)],
      pixel: [model.record!.condition[0], model.record!.iterations[0], 20].map(
        (x) => expect.stringMatching(`^${x}(\\.0)?$`) as string,
      ),
      unit: 'Angstrom',
      labels: ['label0', 'label1'],
      pivot: model.labels.map((label) => label.pivot),
      terms: [
        ['1', -1, -1],
        ['label0', 0, -1],
        ['label1', 1, -1],
        ['label0^2', 0, 0],
        ['label0*label1', 0, 1],
        ['label1^2', 1, 1],
      ],
    });
  });

  test('is not written with terms that its tables cannot hold', () => {
    const cubic = { ...model, terms: [...model.terms.slice(1), [0, 0, 0]] };
    expect(() => modelBytes(cubic)).toThrow('up to degree 2');
  });
});

describe('a file that is no good model', () => {
  const changed = (edit: (bytes: Buffer) => void) => {
    const bytes = Buffer.from(modelBytes(model));
    edit(bytes);
    return () => modelOf(openFits(bytes, 'x.fits'));
  };
  const put = (bytes: Buffer, from: string, to: string) => {
    const at = bytes.indexOf(from);
    expect(at).toBeGreaterThan(0);
    bytes.write(to, at, 'latin1');
  };
  const other = (part: Partial<Model>) => () => modelOf(openFits(modelBytes({ ...model, ...part }), 'x.fits'));

  test.each([
    [
      'another FITS file',
      'CAN330',
      'x.fits is not a Cannon model',
      () => changed((b) => put(b, 'cannon-model', 'other-format')),
    ],
    [
      'a newer format',
      'CAN331',
      'x.fits was written by a newer version of Cannon Spectra',
      () => changed((b) => put(b, 'FORMATV =                    1', 'FORMATV =                    2')),
    ],
    [
      'a missing table',
      'CAN332',
      'x.fits is a damaged Cannon model: it has no extension TERMS',
      () => changed((b) => put(b, "'TERMS   '", "'WORDS   '")),
    ],
    [
      'terms of labels that are not there',
      'CAN332',
      'x.fits is a damaged Cannon model: row 2 of TERMS names a label that is not there',
      () => other({ terms: [[], [5], [1], [0, 0], [0, 1], [1, 1]] }),
    ],
    [
      'fewer terms than coefficients',
      'CAN332',
      'x.fits is a damaged Cannon model: THETA is 20 × 6, but there are 20 pixels and 5 terms',
      () => changed((b) => put(b, 'NAXIS2  =                    6', 'NAXIS2  =                    5')),
    ],
    [
      'a θ that is not a number',
      'CAN332',
      'x.fits is a damaged Cannon model: THETA holds values that are not numbers',
      () => other({ theta: model.theta.map((x, k) => (k === 8 ? NaN : x)) }),
    ],
    [
      'modes on another grid',
      'CAN332',
      'x.fits is a damaged Cannon model: MODES has 10 pixels, but THETA 20',
      () => changed((b) => put(b, 'NAXIS1  =                   20', 'NAXIS1  =                   10')),
    ],
    [
      'errors of other terms',
      'CAN332',
      'x.fits is a damaged Cannon model: THETA_ERR has 100 numbers, but THETA 120',
      () =>
        changed((bytes) => {
          const header = bytes.indexOf("'THETA_ERR") - 2880;
          const at = bytes.indexOf('NAXIS1  =                    6', Math.max(0, header));
          bytes.write('NAXIS1  =                    5', at, 'latin1');
        }),
    ],
    [
      'a negative scatter',
      'CAN332',
      'x.fits is a damaged Cannon model: a scatter is negative or not a number',
      () => other({ scatter: model.scatter.map((s) => -s) }),
    ],
    [
      'a label of infinite scale',
      'CAN332',
      'x.fits is a damaged Cannon model: label label0 has no usable pivot and scale',
      () => other({ labels: model.labels.map((label, i) => (i === 0 ? { ...label, scale: Infinity } : label)) }),
    ],
    [
      'a label of no scale',
      'CAN332',
      'x.fits is a damaged Cannon model: label label0 has no usable pivot and scale',
      () => other({ labels: model.labels.map((label, i) => (i === 0 ? { ...label, scale: 0 } : label)) }),
    ],
    [
      'wavelengths of which two are the same',
      'CAN332',
      'x.fits is a damaged Cannon model: the wavelengths do not rise',
      () => other({ waveAngstrom: model.waveAngstrom.map((wave, p, all) => (p === 1 ? all[0]! : wave)) }),
    ],
  ])('is refused with one sentence: %s', (_, code, message, attempt) => {
    let thrown: unknown;
    try {
      attempt()();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(UserError);
    expect(thrown).toMatchObject({ code, message });
  });

  test('is refused when it is cut short', async () => {
    const path = join(folder, 'cut.fits');
    writeFileSync(path, modelBytes(model));
    writeFileSync(path, readFileSync(path).subarray(0, 9000));
    await expect(readModel(path)).rejects.toMatchObject({ name: 'UserError', code: 'CAN202' });
  });
});
