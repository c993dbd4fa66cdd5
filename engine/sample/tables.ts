/**
 * The tables of a sample, as CSV, a line a spectrum as it is written: the reference catalog, the survey's own catalog, the truth,
 * which training never sees, and who belongs together.
 */
import { LIGHT_KMS } from './starlight';
import { strength } from './oddities';
import { referenceCells, referenceColumns, trueLabels } from './referenceCatalog';
import type { Visit } from './sources';
import type { Spectrum } from './spectrum';
import { designation, subclass, type Target } from './targets';

/** A spectrum that has been written. */
export interface Entry {
  readonly n: number;
  readonly target: Target;
  /** Relative to the sample's folder. */
  readonly file: string;
  readonly visit: Visit;
  readonly spectrum: Pick<Spectrum, 'snr' | 'measuredKms'>;
}

const bands = ['U', 'G', 'R', 'I', 'Z'] as const;
const snrColumns = bands.map((band) => `snr${band.toLowerCase()}`);
const snrCells = ({ spectrum }: Entry) => bands.map((band) => spectrum.snr[band].toFixed(2));
const placeCells = ({ visit: { source } }: Entry) => [source.raDeg.toFixed(6), source.decDeg.toFixed(6)];

const columnsOf = {
  'labels.csv': ['obsid', 'star_id', 'ra', 'dec', ...snrColumns, ...referenceColumns],
  'lamost.csv': ['obsid', 'designation', 'lmjd', 'ra', 'dec', 'class', 'subclass', 'z', 'z_err', ...snrColumns],
  'truth.csv': [
    ...['obsid', 'file', ...trueLabels.map(({ name }) => name), 'velocity_kms', 'z', ...snrColumns],
    ...['star_id', 'repeat_of', 'oddity', 'oddity_strength', 'cluster', 'companion_of'],
    ...['component', 'phase', 'age_gyr', 'mass', 'ra', 'dec'],
  ],
  'clusters.csv': ['cluster', 'obsid', 'star_id', 'ra', 'dec', 'membership'],
  'wide_binaries.csv': [
    ...['obsid1', 'obsid2', 'ra1', 'dec1', 'ra2', 'dec2'],
    ...['separation_arcsec', 'velocity_difference_kms', 'chance_alignment'],
  ],
} as const satisfies Record<string, readonly string[]>;

export type TableName = keyof typeof columnsOf;

/** Three spectra in four have a row in the reference catalog; the others stay unseen. */
function isReference(n: number): boolean {
  return n % 4 !== 3;
}

export class Tables {
  private readonly lines = new Map<TableName, string[]>(
    Object.entries(columnsOf).map(([name, columns]) => [name as TableName, [columns.join(',')]]),
  );
  /** First spectrum of each star. */
  private readonly firstSpectra = new Map<number, Entry>();

  constructor(private readonly seed: number) {}

  get referenceStars(): number {
    return this.lines.get('labels.csv')!.length - 1;
  }

  add(entry: Entry): void {
    const { n, target, visit, spectrum } = entry;
    const { source } = visit;
    const obsid = String(target.obsid);
    const z = (spectrum.measuredKms / LIGHT_KMS).toFixed(8);
    const place = placeCells(entry);
    const snr = snrCells(entry);
    if (isReference(n)) {
      this.put('labels.csv', [obsid, `${source.starId}`, ...place, ...snr, ...referenceCells(source, n, this.seed)]);
    }
    const kind = [designation(source.raDeg, source.decDeg), `${target.lmjd}`, ...place, 'STAR', subclass(source.teff)];
    this.put('lamost.csv', [obsid, ...kind, z, (3 / LIGHT_KMS).toFixed(8), ...snr]);
    this.put('truth.csv', [obsid, ...this.truth(entry, z)]);
    if (visit.repeatOf !== null) return;
    this.firstSpectra.set(source.starId, entry);
    if (source.cluster !== null)
      this.put('clusters.csv', [source.cluster, obsid, `${source.starId}`, ...place, '0.99']);
    if (source.companionOf !== null) this.addPair(entry, source.companionOf);
  }

  *[Symbol.iterator](): IterableIterator<[TableName, string]> {
    for (const [name, lines] of this.lines) yield [name, lines.join('\n') + '\n'];
  }

  private truth(entry: Entry, z: string): string[] {
    const { source, oddity, repeatOf } = entry.visit;
    return [
      ...[entry.file, ...trueLabels.map(({ of }) => of(source)), source.velocityKms.toFixed(2), z, ...snrCells(entry)],
      ...[`${source.starId}`, repeatOf === null ? '' : `${this.firstSpectra.get(source.starId)!.target.obsid}`],
      ...[oddity.kind, strength(oddity)?.toFixed(3) ?? '', source.cluster ?? ''],
      source.companionOf === null ? '' : `${this.firstSpectra.get(source.companionOf)!.target.obsid}`,
      ...[source.birth.component, source.phase, source.birth.ageGyr.toFixed(2), source.mass.toFixed(3)],
      ...placeCells(entry),
    ];
  }

  private addPair(second: Entry, starId: number): void {
    const first = this.firstSpectra.get(starId)!;
    const [a, b] = [first.visit.source, second.visit.source];
    const dRa = (a.raDeg - b.raDeg) * Math.cos((a.decDeg * Math.PI) / 180);
    this.put('wide_binaries.csv', [
      ...[`${first.target.obsid}`, `${second.target.obsid}`, ...placeCells(first), ...placeCells(second)],
      (3600 * Math.hypot(dRa, a.decDeg - b.decDeg)).toFixed(2),
      ...[Math.abs(a.velocityKms - b.velocityKms).toFixed(2), '0.01'],
    ]);
  }

  private put(name: TableName, cells: readonly string[]): void {
    this.lines.get(name)!.push(cells.join(','));
  }
}
