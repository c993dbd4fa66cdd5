/** From a spectrum as observed to what a model sees. */
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { GaussianContinuum } from '../../engine/spectra/continuum';
import { cosineSeries } from '../../engine/spectra/cosineSeries';
import { gridWavelengths } from '../../engine/spectra/grid';
import { Normalizer } from '../../engine/spectra/normalize';
import { readSpectrum } from '../../engine/spectra/read';
import { toRestFrame } from '../../engine/spectra/resample';
import type { Spectrum } from '../../engine/spectra/spectrum';
import { dataPath, withoutData } from '../data';

const grid = { from: 3900, to: 8750, step: 1e-4 };
const gaussian = { method: 'gaussian', sigma: 50, truncate: 150 } as const;

function spectrumOf(flux: (wave: number) => number, redshift: number | null, change: Partial<Spectrum> = {}): Spectrum {
  const waveAngstrom = Float64Array.from({ length: 3909 }, (_, p) => 10 ** (3.5682 + 1e-4 * p));
  return {
    path: '/survey/star.fits',
    survey: 'lamost-lrs',
    star: 'star',
    obsid: null,
    designation: null,
    subclass: '',
    raDeg: null,
    decDeg: null,
    redshift,
    snr: { u: null, g: null, r: null, i: null, z: null },
    cards: {},
    waveAngstrom,
    flux: waveAngstrom.map(flux),
    ivar: new Float64Array(3909).fill(4),
    masked: new Uint8Array(3909),
    fluxUnit: '',
    ...change,
  };
}

describe('the grid', () => {
  test('runs in equal steps of log10 λ up to and including its end', () => {
    expect(gridWavelengths({ from: 1000, to: 10_000, step: 0.1 }).length).toBe(11);
    const wave = gridWavelengths(grid);
    expect(wave[0]).toBeCloseTo(3900, 9);
    expect(wave.at(-1)).toBeLessThanOrEqual(8750);
    expect(wave.at(-1)! * 10 ** 1e-4).toBeGreaterThan(8750);
    expect(Math.log10(wave[1000]! / wave[0]!)).toBeCloseTo(0.1, 12);
  });
});

describe('resampling', () => {
  test('is exact for flux linear in wavelength, at the rest-frame wavelength', () => {
    const wave = gridWavelengths(grid);
    const { flux, ivar, nUsable } = toRestFrame(
      spectrumOf((observed) => 3 * observed - 5, 1e-3),
      1e-3,
      wave,
    );
    expect(nUsable).toBe(wave.length);
    flux.forEach((value, p) => expect(value / (3 * wave[p]! * 1.001 - 5)).toBeCloseTo(1, 12));
    expect(Math.min(...ivar)).toBeCloseTo(4, 12);
  });

  test('gives no weight to both grid pixels beside a masked pixel, nor beyond the spectrum', () => {
    const spectrum = spectrumOf(() => 1, 0);
    spectrum.masked[2000] = 1;
    const middle = (spectrum.waveAngstrom[1999]! + spectrum.waveAngstrom[2000]!) / 2;
    const wave = Float64Array.of(3000, middle - 2, middle, spectrum.waveAngstrom[2001]! + 0.1, 9999);
    expect(Array.from(toRestFrame(spectrum, 0, wave).ivar, Math.sign)).toEqual([0, 1, 0, 1, 0]);
  });
});

describe('the Gaussian continuum', () => {
  const wave = gridWavelengths(grid);

  test('of a constant is the constant, whatever the weights', () => {
    const ivar = wave.map((_, p) => (p % 7 === 0 ? 0 : 1 + (p % 5)));
    new GaussianContinuum(wave, 50, 150)
      .fit(new Float64Array(wave.length).fill(2), ivar)
      .forEach((level) => expect(level).toBeCloseTo(2, 12));
  });

  test.each([150, Infinity])('truncated at %s Å is the plain double sum', (truncate) => {
    const flux = wave.map((value, p) => 2 + Math.sin(value / 90) + Math.cos(p * p));
    const ivar = wave.map((_, p) => (p > 900 && p < 1100 ? 0 : 1 + Math.sin(p) ** 2));
    const continuum = new GaussianContinuum(wave, 50, truncate).fit(flux, ivar);
    for (const p of [0, 700, 899, 1100, 2000, wave.length - 1]) {
      let [top, bottom] = [0, 0];
      wave.forEach((other, j) => {
        if (Math.abs(other - wave[p]!) > truncate) return;
        const weight = ivar[j]! * Math.exp(-0.5 * ((other - wave[p]!) / 50) ** 2);
        top += weight * flux[j]!;
        bottom += weight;
      });
      expect(continuum[p]! / (top / bottom)).toBeCloseTo(1, 11);
    }
  });

  test('is 0 where no pixel within reach carries weight', () => {
    const ivar = wave.map((value) => (Math.abs(value - 6000) < 400 ? 0 : 1));
    const continuum = new GaussianContinuum(wave, 50, 150).fit(new Float64Array(wave.length).fill(1), ivar);
    expect(continuum[wave.findIndex((value) => value > 6000)]).toBe(0);
  });
});

describe('a Gaussian as a sum of cosines', () => {
  test.each([0.01, 1, 3, 5, 9])('is what it should be up to %s σ, with the error that is promised', (reach) => {
    const { step, amplitudes, bound } = cosineSeries(reach);
    expect(bound).toBeLessThan(1e-11);
    expect(amplitudes.length).toBeLessThan(45);
    let worst = 0;
    for (let x = -reach; x <= reach; x += reach / 500) {
      const sum = amplitudes.reduce((total, amplitude, k) => total + amplitude * Math.cos((k + 0.5) * step * x), 0);
      worst = Math.max(worst, Math.abs(sum - Math.exp(-0.5 * x * x)));
    }
    expect(worst).toBeLessThan(bound + 2e-15);
  });
});

/** The definition, summed as it stands; without truncation up to 9 σ. */
function plainContinuum(wave: Float64Array, truncate: number, flux: Float64Array, ivar: Float64Array): Float64Array {
  return wave.map((centre) => {
    let [top, bottom] = [0, 0];
    for (let j = 0; j < wave.length; j++) {
      if (Math.abs(wave[j]! - centre) > Math.min(truncate, 450)) continue;
      const weight = ivar[j]! * Math.exp(-0.5 * ((wave[j]! - centre) / 50) ** 2);
      top += weight * flux[j]!;
      bottom += weight;
    }
    return bottom > 0 ? top / bottom : 0;
  });
}

describe.each(['simd', 'plain'] as const)('the continuum by %s kernels', (kind) => {
  const wave = gridWavelengths({ ...grid, step: 3e-4 });
  const flux = wave.map((value, p) => 2 + Math.sin(value / 90) + Math.cos(p * p));
  const worstOf = (truncate: number, ivar: Float64Array) => {
    const plain = plainContinuum(wave, truncate, flux, ivar);
    const found = new GaussianContinuum(wave, 50, truncate, kind).fit(flux, ivar);
    expect(Array.from(found, (level) => level === 0)).toEqual(Array.from(plain, (level) => level === 0));
    return Math.max(...found.map((level, p) => (level === 0 ? 0 : Math.abs(level / plain[p]! - 1))));
  };

  test.each([20, 150, 300, 440, Infinity])('is the plain sum to 1e-9 everywhere, cut at %s Å', (truncate) => {
    expect(
      worstOf(
        truncate,
        wave.map((_, p) => 1 + Math.sin(p) ** 2),
      ),
    ).toBeLessThan(1e-9);
    const isolated = wave.map((_, p) => (p % 200 < 40 ? 0.3 : 0));
    expect(worstOf(truncate, isolated)).toBeLessThan(1e-9);
  });

  test('keeps to that beside pixels that weigh a trillion times as much', () => {
    const ivar = wave.map((value) => (value > 5000 && value < 5300 ? 1e12 : value > 7000 ? 1e-9 : 1));
    expect(worstOf(150, ivar)).toBeLessThan(1e-9);
    expect(worstOf(Infinity, ivar)).toBeLessThan(1e-9);
  });

  test('does not depend on which spectra go through with it', () => {
    const ivar = wave.map((_, p) => 1 + (p % 3));
    const continuum = new GaussianContinuum(wave, 50, 150, kind);
    const others = Array.from({ length: 20 }, (_, n) => ({ flux: flux.map((value) => value + n), ivar }));
    const alone = others.map((one) => continuum.fit(one.flux, one.ivar));
    const together: Float64Array[] = [];
    continuum.fitAll(others, (level) => together.push(level.slice()));
    expect(together).toEqual(alone);
  });
});

describe('normalizing', () => {
  test('does not depend on the scale of the flux', () => {
    const flux = (wave: number) => 1 + 0.3 * Math.sin(wave / 7);
    const one = new Normalizer(grid, gaussian).normalize(spectrumOf(flux, 2e-4));
    const scaled = spectrumOf((wave) => 1e-15 * flux(wave), 2e-4, { ivar: new Float64Array(3909).fill(4e30) });
    const other = new Normalizer(grid, gaussian).normalize(scaled);
    other.flux.forEach((value, p) => expect(value).toBeCloseTo(one.flux[p]!, 10));
    other.ivar.forEach((value, p) => expect(value / one.ivar[p]!).toBeCloseTo(1, 10));
  });

  test('leaves flux 1 and ivar 0 where the spectrum is masked, even where its flux is not a number', () => {
    const spectrum = spectrumOf((wave) => (wave > 5000 && wave < 5100 ? NaN : 3), 0);
    spectrum.waveAngstrom.forEach((wave, p) => wave > 5000 && wave < 5100 && (spectrum.masked[p] = 1));
    const normalizer = new Normalizer(grid, gaussian);
    const { flux, ivar } = normalizer.normalize(spectrum);
    normalizer.waveAngstrom.forEach((wave, p) => {
      expect(flux[p]).toBeCloseTo(1, 12);
      if (wave > 5000 && wave < 5100) expect(ivar[p]).toBe(0);
      else if (wave < 4998 || wave > 5102) expect(ivar[p]).toBeCloseTo(36, 9);
    });
  });

  test('masks pixels whose continuum is not above 0', () => {
    const { flux, ivar } = new Normalizer(grid, gaussian).normalize(spectrumOf((wave) => (wave < 5000 ? -1 : 1), 0));
    expect([flux[0], ivar[0]]).toEqual([1, 0]);
    expect(ivar.at(-1)).toBeGreaterThan(0);
  });

  test('with method none only moves and resamples', () => {
    const { flux, ivar } = new Normalizer(grid, { method: 'none' }).normalize(spectrumOf(() => 0.7, 0));
    expect(flux[100]).toBeCloseTo(0.7, 12);
    expect(ivar[100]).toBeCloseTo(4, 12);
  });

  test('says in a sentence when there is no redshift, or nothing on the grid', () => {
    const normalizer = new Normalizer(grid, gaussian);
    expect(() => normalizer.normalize(spectrumOf(() => 1, null))).toThrow(
      'star.fits has no redshift, so it cannot be moved to the rest frame.',
    );
    expect(() => normalizer.normalize(spectrumOf(() => 1, 3))).toThrow(
      'star.fits has no usable pixel on the wavelength grid.',
    );
  });
});

describe.skipIf(withoutData)('real spectra (skipped: no data)', () => {
  test('come out as the reference continuum has them, to the precision of its float32', async () => {
    const lines = readFileSync(dataPath('reference', 'lamost_gaussnorm.csv'), 'utf8')
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('#'));
    const columns = lines[0]!.split(',');
    const table = lines.slice(1).map((line) => line.split(',').map(Number));
    const obsids = columns.flatMap((name) => (name.startsWith('norm_') ? [name.slice(5)] : []));
    const normalizer = new Normalizer(
      { from: 10 ** 3.5843, to: 10 ** (3.5843 + 0.3579), step: 1e-4 },
      { method: 'gaussian', sigma: 50, truncate: Infinity },
    );
    expect(normalizer.waveAngstrom.length).toBe(table.length);
    let found = 0;
    for (const folder of ['dr10_A', 'dr10_F', 'dr10_G']) {
      for (const name of readdirSync(dataPath('lamost_lrs', folder))) {
        const spectrum = await readSpectrum(dataPath('lamost_lrs', folder, name), 'lamost-lrs');
        if (!obsids.includes(spectrum.obsid!)) continue;
        found++;
        // The reference forbids only pixels of ivar 0; ours also those whose flux is not above 0.
        const masked = Uint8Array.from(spectrum.ivar, (value) => (value > 0 ? 0 : 1));
        const { flux, ivar } = normalizer.normalize({ ...spectrum, masked });
        const [fluxColumn, ivarColumn] = [
          columns.indexOf(`norm_${spectrum.obsid!}`),
          columns.indexOf(`ivarnorm_${spectrum.obsid!}`),
        ];
        let worst = 0;
        table.forEach((row, p) => {
          if (ivar[p] === 0 || row[ivarColumn] === 0) expect([p, ivar[p]]).toEqual([p, row[ivarColumn]]);
          else
            worst = Math.max(worst, Math.abs(flux[p]! - row[fluxColumn]!), Math.abs(ivar[p]! / row[ivarColumn]! - 1));
        });
        expect(worst).toBeLessThan(2e-7);
      }
    }
    expect(found).toBe(obsids.length);
    expect(found).toBeGreaterThanOrEqual(3);
  });
});
