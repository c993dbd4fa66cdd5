/** Writes the spectra, labels.csv and cannon.yaml into `folder`, and returns the path of cannon.yaml. */
export function writeManySpectra(folder: string, nStars: number, say?: (text: string) => void): Promise<string>;
/** Star `n` of a survey of `nStars` with another id, as its file would be: `path` is relative to the survey's folder. */
export function changedSpectrum(n: number, nStars: number): { path: string; obsid: string; bytes: Uint8Array };
export const starsPerPlate: number;
