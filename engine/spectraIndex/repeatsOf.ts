/**
 * The other observations of one star, from what an index knows of a survey's spectra: those that `repeats` in cannon.yaml takes for
 * the same star, as `groupRepeats` does for a whole survey. One star costs a scan of the columns, milliseconds with 100,000 rows.
 */
import type { RepeatsSpec } from '../config/config';
import { matchKey } from '../reference/match';
import { halfWidth, isPosition, separationDeg } from '../reference/skyIndex';
import type { SpectraTable } from './spectraTable';

/** Rows of the star in `row` but that one itself, in order. Sameness is transitive: a chain of pairs is one star. */
export function repeatsOf(stars: SpectraTable, row: number, repeats: RepeatsSpec): number[] {
  const known = new Set([row]);
  for (const from of known) for (const other of sameAs(stars, from, repeats)) known.add(other);
  known.delete(row);
  return [...known].sort((a, b) => a - b);
}

/** Rows that share the id, the designation or the place of `row`; itself may be among them. */
function sameAs(stars: SpectraTable, row: number, { card, radiusArcsec }: RepeatsSpec): number[] {
  const idOf = (other: number): string | null => (card === null ? null : matchKey(stars.card(other, card) ?? null));
  const id = idOf(row);
  const found: number[] = [];
  if (id !== null) {
    // An id says more than a position: two stars of different id that touch stay two.
    for (let other = 0; other < stars.nRows; other++) if (idOf(other) === id) found.push(other);
    return found;
  }
  const designations = stars.text('designation');
  const designation = designations.at(row).trim();
  if (designation !== '')
    designations.eachContaining(designation, (other) => {
      if (designations.at(other).trim() === designation && idOf(other) === null) found.push(other);
    });
  eachNear(stars, row, radiusArcsec / 3600, (other) => idOf(other) === null && found.push(other));
  return found;
}

function eachNear(stars: SpectraTable, row: number, radiusDeg: number, visit: (row: number) => void): void {
  const [ras, decs] = [stars.number('raDeg'), stars.number('decDeg')];
  const [ra, dec] = [ras[row]!, decs[row]!];
  if (!isPosition(ra, dec)) return;
  const reach = halfWidth(dec, radiusDeg);
  for (let other = 0; other < decs.length; other++) {
    if (!(Math.abs(decs[other]! - dec) <= radiusDeg)) continue;
    const apart = Math.abs(ras[other]! - ra) % 360;
    if (Math.min(apart, 360 - apart) > reach) continue;
    if (separationDeg(ra, dec, ras[other]!, decs[other]!) <= radiusDeg) visit(other);
  }
}
