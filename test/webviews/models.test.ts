import { describe, expect, it } from 'vitest';
import { pixelsInView } from '../../webviews/chart/decimate';
import type { PlotContent } from '../../webviews/chart/plot';
import type { Range } from '../../webviews/chart/ticks';
import * as inspector from '../../webviews/inspector/model';
import { labelText } from '../../webviews/words';
import * as spectrum from '../../webviews/spectrum/model';
import { failureOf } from '../../webviews/states';
import { newNonce, panelHtml } from '../../webviews/page';
import { UserError } from '../../engine/problems';
import { foreignDocument, mockDocument, mockFit } from './mockData';

describe('what the spectrum editor shows', () => {
  const document = mockDocument();
  const arrays = document.spectrum!;

  it('draws good pixels with their errors, and masked ones faintly and apart', () => {
    const content = spectrum.plotContent(arrays, '');
    const [faint, data] = content.lines;
    const p = arrays.masked.indexOf(1);
    expect([faint!.use![p], data!.use![p]]).toEqual([1, 0]);
    expect(faint!.use!.every((bit, k) => bit + data!.use![k]! === 1)).toBe(true);
    expect(faint!.alpha).toBeLessThan(data!.alpha);
    const q = arrays.masked.indexOf(0, 100);
    const [band] = content.bands;
    expect(band!.upper[q]! - arrays.flux[q]!).toBeCloseTo(arrays.error[q]!, 1);
    expect(arrays.flux[q]! - band!.lower[q]!).toBeCloseTo(arrays.error[q]!, 1);
  });

  it('names the flux with its unit, and with the power of ten that the ticks leave out', () => {
    expect(spectrum.fluxTitle('', 0)).toBe('flux');
    expect(spectrum.fluxTitle('erg/s/cm²/Å', -17)).toBe('flux (10⁻¹⁷ erg/s/cm²/Å)');
    const tiny = { ...arrays, flux: arrays.flux.map((value) => value * 1e-20) };
    expect(spectrum.plotContent(tiny, 'W').yTitle).toBe('flux (10⁻¹⁶ W)');
  });

  it('says how many pixels there are, how many are masked, and the redshift', () => {
    expect(spectrum.aside(document)).toBe('3908 pixels, 75 masked · z = −0.00012');
    expect(spectrum.aside({ ...document, redshift: null })).toBe('3908 pixels, 75 masked');
    expect(spectrum.aside(foreignDocument)).toBe('1 HDU');
  });

  it('reads off the pixel nearest to the pointer', () => {
    const p = 1500;
    const wave = arrays.waveAngstrom[p]!;
    const text = spectrum.readout(arrays, wave + 0.3);
    expect(text).toMatch(new RegExp(`^${wave.toFixed(2)} Å {3}\\d+ ± \\d+$`));
    expect(spectrum.readout(arrays, 5580)).toContain('(masked)');
  });

  it('finds the header cards that contain every word, in any part and case', () => {
    const { found, count } = spectrum.searchHeaders(document.hdus, 'object OF red');
    expect(found.map(({ hdu, cards }) => [hdu.name, cards.map((card) => card.keyword)])).toEqual([['primary', ['Z']]]);
    expect(count).toBe('1 of 17 cards');
    expect(spectrum.searchHeaders(document.hdus, '  ').count).toBe('17 cards');
    expect(spectrum.searchHeaders(document.hdus, 'nowhere').found).toEqual([]);
    expect(spectrum.searchHeaders(document.hdus, 'T').found).toHaveLength(2);
  });

  it('says the bits of the mask in words, and whether their pixels are used', () => {
    const mask = { name: 'SIG_SKYLINE', meaning: 'near a strong sky line', forbids: false, nPixels: 1 };
    expect(spectrum.maskCells([mask, { ...mask, name: 'BADPIX', forbids: true, nPixels: 12 }])).toEqual([
      ['SIG_SKYLINE', 'near a strong sky line', '1 pixel, used'],
      ['BADPIX', 'near a strong sky line', '12 pixels, not used'],
    ]);
  });

  it('restores what it remembers, and only what makes sense', () => {
    const state = { fromAngstrom: 5000, toAngstrom: 6000, tab: 'headers' } as const;
    expect(spectrum.restoreState(state)).toEqual(state);
    const initial = { fromAngstrom: null, toAngstrom: null, tab: 'spectrum' };
    for (const garbage of [undefined, null, 3, 'x', [], { fromAngstrom: 'a', toAngstrom: 1 }, { tab: 'other' }])
      expect(spectrum.restoreState(garbage)).toEqual(initial);
  });
});

/** The range in which a content is shown at first. */
const range = (content: PlotContent): Range => content.yRangeOf(0, content.waveAngstrom.length);

describe('what the inspector shows', () => {
  const fit = mockFit();
  const plain = { smoothing: 0, element: null, showLines: false, lineShiftKms: 0, pinned: [] };

  it('rounds labels to their errors and measures the distance from the reference in errors', () => {
    expect(fit.labels.map(inspector.labelRow)).toMatchObject([
      { label: { text: 'T', subscript: 'eff' }, unit: 'K', fit: '5771', error: '42', reference: '5590', delta: '+4.3', extrapolated: false }, // prettier-ignore
      { label: { text: 'log g' }, fit: '4.071', error: '0.083', reference: '4.123', delta: '−0.6' },
      { label: { text: '[Fe/H]' }, fit: '−0.413', error: '0.041', reference: '−0.371', delta: '−1.0', extrapolated: true }, // prettier-ignore
    ]);
  });

  it('leaves open what is not known', () => {
    const unknown = { name: 'teff', unit: 'K', value: 5771.3, error: NaN, reference: null, extrapolated: false };
    expect(inspector.labelRow(unknown)).toMatchObject({ fit: '5771', error: '–', reference: '–', delta: '–' });
    expect(inspector.labelRow({ ...unknown, reference: 5600 }).delta).toBe('–');
    expect(inspector.labelRow(unknown).thetaError).toBeNull();
    expect(inspector.labelRow({ ...unknown, error: 42, thetaError: 23.4 }).thetaError).toBe('23');
    expect(inspector.qualityFacts({ ...fit, chi2: NaN }).map((fact) => fact.value)).toContain('–');
  });

  it('writes labels as astronomers do', () => {
    const written = ['teff', 'vmic', 'logg', 'feh', 'fe_h', 'mg_fe', 'alpha_fe', 'o_fe', 'age'].map((name) => {
      const { text, subscript } = labelText(name);
      return subscript === '' ? text : `${text}_${subscript}`;
    });
    expect(written).toEqual(['T_eff', 'v_mic', 'log g', '[Fe/H]', '[Fe/H]', '[Mg/Fe]', '[α/Fe]', '[O/Fe]', 'age']);
  });

  it('gives χ² by pixel and counts the pixels', () => {
    const facts = new Map(inspector.qualityFacts(fit).map(({ name, value }) => [name, value]));
    expect(facts.get('χ²/n')).toBe((fit.chi2 / fit.nPixels).toFixed(2));
    expect(facts.get('n pixels')).toBe(`${fit.nPixels} of ${fit.masked.length}`);
    expect(facts.get('converged')).toBe('yes');
    expect(new Map(inspector.qualityFacts({ ...fit, nPixels: 0, chi2: 0 }).map(({ name, value }) => [name, value])).get('χ²/n')).toBe('–'); // prettier-ignore
  });

  it('does not draw the filler of masked pixels as if it were data', () => {
    const flux = fit.flux.slice();
    const p = fit.masked.indexOf(1);
    const q = fit.masked.indexOf(1, p + 1);
    flux[q] = 0.7;
    const faint = inspector.fluxContent({ ...fit, flux }, plain).lines[0]!.use!;
    expect([faint[p], faint[q]]).toEqual([0, 1]);
    expect(faint[fit.masked.indexOf(0)]).toBe(0);
  });

  it('shows the model with its scatter at every pixel, masked or not', () => {
    const content = inspector.fluxContent(fit, plain);
    const [, band] = content.bands;
    expect([band!.use, content.lines[2]!.use]).toEqual([null, null]);
    expect(band!.upper[9]! - fit.modelFlux[9]!).toBeCloseTo(fit.scatter[9]!, 6);
  });

  it('fits the flux to the pixels in view', () => {
    const content = inspector.fluxContent(fit, plain);
    const quiet = content.yRangeOf(...pixelsInView(fit.waveAngstrom, { from: 7000, to: 7100 }));
    expect(range(content).from).toBeLessThan(0.3);
    expect(quiet.from).toBeGreaterThan(0.8);
    expect(quiet.to).toBeLessThan(1.2);
  });

  it('always has room for ±3σ, and marks multiples of three', () => {
    const quiet = inspector.residualContent({ ...fit, residualSigma: fit.residualSigma.map((r) => r / 100) }, plain);
    expect(range(quiet).to).toBeGreaterThan(3);
    expect(inspector.sigmaTicks(range(quiet)).map((tick) => tick.label)).toEqual(['−3σ', '0', '+3σ']);
    const wild = inspector.residualContent({ ...fit, residualSigma: fit.residualSigma.map((r) => 30 * r) }, plain);
    const ticks = inspector.sigmaTicks(range(wild)).map((tick) => tick.value);
    expect(ticks.length).toBeLessThanOrEqual(7);
    expect(ticks).toContain(0);
    expect(
      range(inspector.residualContent({ ...fit, residualSigma: fit.residualSigma.map(() => NaN) }, plain)).to,
    ).toBe(4.5);
  });

  it('reads off data, model and residual under the pointer', () => {
    const p = fit.masked.indexOf(0, 2000);
    const text = inspector.readout(fit, fit.waveAngstrom[p]!);
    expect(text).toMatch(/^\d{4}\.\d\d Å {3}data 0?[01]\.\d+ ± 0\.\d+ {3}model [01]\.\d+ {3}[+−]?\d+\.\dσ$/);
    expect(inspector.readout(fit, 5580)).toMatch(/masked {3}model/);
  });

  it('remembers that the residual was hidden', () => {
    expect(inspector.restoreState({ showResidual: false }).showResidual).toBe(false);
    expect(inspector.restoreState(undefined)).toEqual({
      fromAngstrom: null,
      toAngstrom: null,
      showResidual: true,
      showLines: false,
      smoothing: 0,
      axis: 'rest',
      lineShiftKms: 0,
      element: null,
    });
    expect(inspector.restoreState({ smoothing: 4, axis: 'sideways', element: 3 })).toMatchObject({
      smoothing: 0,
      axis: 'rest',
      element: null,
    });
  });
});

describe('steps from star to star', () => {
  it('add up while a star is still on its way', async () => {
    const asked: number[] = [];
    const arrivals: (() => void)[] = [];
    const queue = new inspector.StepQueue((by) => {
      asked.push(by);
      return new Promise((resolve) => arrivals.push(resolve));
    });
    const first = queue.step(1);
    void queue.step(1);
    void queue.step(1);
    void queue.step(-1);
    arrivals[0]!();
    await Promise.resolve();
    await Promise.resolve();
    arrivals[1]!();
    await first;
    expect(asked).toEqual([1, 1]);
    const again = queue.step(-1);
    arrivals[2]!();
    await again;
    expect(asked).toEqual([1, 1, -1]);
  });

  it('go on after one that failed', async () => {
    const asked: number[] = [];
    const queue = new inspector.StepQueue((by) => {
      asked.push(by);
      return asked.length === 1 ? Promise.reject(new Error('no')) : Promise.resolve();
    });
    await expect(queue.step(1)).rejects.toThrow('no');
    await queue.step(1);
    expect(asked).toEqual([1, 1]);
  });
});

describe('the page of a panel', () => {
  const page = {
    title: 'A & <b>',
    script: 'begin("x")',
    style: 'p { color: red }',
    iconsUri: 'https://x/icons.css',
    cspSource: 'https://x',
    nonce: 'abc',
  };

  it('allows its own script and styles, and nothing else', () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/
      .exec(panelHtml(page))![1]!
      .replaceAll('&#39;', "'");
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'nonce-abc'",
      "style-src https://x 'nonce-abc'",
      'font-src https://x',
      'img-src https://x data:',
    ]);
  });

  it('escapes the title', () => {
    expect(panelHtml(page)).toContain('<title>A &#38; &#60;b&#62;</title>');
  });

  it('names no file that it would have to be loaded with: icons come later, from the address that it holds', () => {
    const html = panelHtml(page);
    expect(html).not.toMatch(/<link|<img|@import|url\(|src=/);
    expect(html).toContain('data-icons="https://x/icons.css"');
    expect(html.indexOf('p { color: red }')).toBeLessThan(html.indexOf('begin("x")'));
  });

  it('is not made with a bundle that would end its script or style early', () => {
    for (const text of ['"</script>"', '"<!-- <script>"', 'a </style> b'])
      expect(() => panelHtml({ ...page, script: text })).toThrow('cannot stand in a page');
  });

  it('gets a new nonce each time', () => {
    expect(newNonce()).toMatch(/^[0-9a-f]{32}$/);
    expect(newNonce()).not.toBe(newNonce());
  });
});

it('takes message and hint of any error', () => {
  expect(failureOf(new UserError('No.', 'Yes.'))).toEqual({ message: 'No.', hint: 'Yes.' });
  expect(failureOf(new Error('No.'))).toEqual({ message: 'No.', hint: '' });
  expect(failureOf('No')).toEqual({ message: 'No.', hint: '' });
});
