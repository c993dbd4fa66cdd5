/**
 * The files of which the server wants to hear when they change. The editor watches the folders of its workspace anyway; a
 * pattern only chooses among what it sees, and is no watcher a file.
 */
export const watchedFiles = [
  '**/*.{csv,tsv,parquet,vot}',
  '**/review.yaml',
  // Written last by a run, whose results are there then.
  '**/.cannon/runs/*/result.json',
  '**/*.{fits,fit,fits.gz,fit.gz,fits.Z,fits.fz}',
];

/** Whether a path or URI is that of a FITS file. */
export function isSpectrum(path: string): boolean {
  return /\.fits?(\.(gz|Z|fz))?$/i.test(path);
}
