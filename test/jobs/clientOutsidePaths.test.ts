import { describe, expect, it } from 'vitest';
import { outsidePaths } from '../../client/jobs/outsidePaths';
import { parseConfig } from '../../engine/index';

const config = (spectra: string, reference = 'labels.csv', more = '') =>
  parseConfig(
    `survey: lamost-lrs\nspectra: ${spectra}\nreference: { file: ${reference}, match: { spectrum.OBSID: obsid } }\nlabels: { teff: { column: teff } }\n${more}`,
    '/home/ada/work/survey/cannon.yaml',
  ).config!;

describe('what lies outside the workspace', () => {
  it.each([
    ['below the survey’s folder', 'spectra/**/*.fits.gz', 'labels.csv', []],
    ['beside it, in the workspace', '../spectra/*.fits', '../labels.csv', []],
    ['above the workspace', '../../spectra/**/*.fits', 'labels.csv', ['/home/ada/spectra']],
    ['in a folder whose name only begins alike', '/home/ada/work2/*.fits', 'labels.csv', ['/home/ada/work2']],
    ['absolute', '"/data/{a,b}/*.fits"', '/etc/passwd', ['/data', '/etc/passwd']],
    ['named twice', '[/data/*.fits, /data/*.fits.gz]', 'labels.csv', ['/data']],
    ['with the other stroke', String.raw`'..\..\spectra\*.fits'`, 'labels.csv', ['/home/ada/spectra']],
    ['behind letters of globs', "'[a]/../../../spectra.fits'", 'labels.csv', ['/home/ada/spectra.fits']],
    ['hidden behind a folder', 'spectra/../../../../*.fits', 'labels.csv', ['/home']],
  ])('is told for files %s', (_, spectra, reference, expected) => {
    expect(outsidePaths(config(spectra, reference), ['/home/ada/work'])).toEqual(expected);
  });

  it('is told for spectra of a cut, too', () => {
    const cut = 'quality:\n  - windowChi2: { spectra: /hires/*.fits, survey: table }\n';
    expect(outsidePaths(config('a/*.fits', 'labels.csv', `windows: galah\n${cut}`), [])).toEqual(['/hires']);
  });
});
