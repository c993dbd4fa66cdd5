/**
 * The tables of a mock survey without its spectra: thousands of stars in a second, with planted truth. Wide binaries and members of
 * clusters were born with one composition; the errors of the reference catalog are those that its labels have but for bad fits.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../../engine/sample/random';
import { Sources } from '../../engine/sample/sources';
import { Tables } from '../../engine/sample/tables';
import { pathInSample, targetOf } from '../../engine/sample/targets';

/** Writes labels.csv, truth.csv, clusters.csv, wide_binaries.csv and lamost.csv into a new folder. */
export function writeMockTables(folder: string, nSpectra: number, seed = 1): void {
  const sources = new Sources(seed, 0);
  const tables = new Tables(seed);
  for (let n = 0; n < nSpectra; n++) {
    const visit = sources.visit(n);
    const target = targetOf(n);
    const snr = 20 + 180 * new Random(seed, 'observation', n).uniform() ** 2;
    const bands = { U: 0.4 * snr, G: 0.8 * snr, R: snr, I: 1.1 * snr, Z: 0.9 * snr };
    const spectrum = { snr: bands, measuredKms: visit.source.velocityKms };
    tables.add({ n, target, file: pathInSample(target), visit, spectrum });
  }
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of tables) writeFileSync(join(folder, name), text);
}
