/**
 * The tables of a mock survey without its spectra: thousands of stars in a second, with planted truth. Wide binaries and members of
 * clusters were born with one composition; the errors of the reference catalog are those that its labels have but for bad fits.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
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

/** Errors with which the planted catalog has its labels. */
export const plantedErrors = {
  ...{ teff: 40, logg: 0.06, fe_h: 0.03, o_fe: 0.05, mg_fe: 0.04, al_fe: 0.04, mn_fe: 0.04, ba_fe: 0.05, eu_fe: 0.05 },
} as const;

/**
 * A catalog with a row an observation whose labels are the truth with Gaussian errors, exactly as large as stated: catalog.csv beside the
 * tables of the mock survey. Errors of S/N below 60 are larger.
 */
export function writePlantedCatalog(folder: string, nSpectra: number, seed = 1): void {
  writeMockTables(folder, nSpectra, seed);
  const [head, ...lines] = readFileSync(join(folder, 'truth.csv'), 'utf8').trim().split('\n');
  const names = head!.split(',');
  const labels = Object.entries(plantedErrors);
  const columns = ['obsid', 'star_id', 'ra', 'dec', 'cluster', 'snrz'];
  const rows = lines.map((line, n) => {
    const cells = line.split(',');
    const cell = (name: string) => cells[names.indexOf(name === 'fe_h' ? 'feh' : name)]!;
    const random = new Random(seed + 1000, 'reference', n);
    const worse = Math.max(1, 60 / Number(cell('snrz')));
    const measured = labels.flatMap(([name, error]) => [
      random.normal(Number(cell(name)), error * worse).toFixed(4),
      (error * worse).toFixed(5),
    ]);
    return [...columns.map(cell), ...measured].join(',');
  });
  const header = [...columns, ...labels.flatMap(([name]) => [name, `e_${name}`])].join(',');
  writeFileSync(join(folder, 'catalog.csv'), `${[header, ...rows].join('\n')}\n`);
}
