/**
 * Units as VOTables write them (VOUnits 1.1), so that readers take them without a warning: dex, which that standard does not have, in
 * quotes as it asks for such units, and the Ångström, which it deprecates, as a tenth of a nanometre.
 */

const written: readonly (readonly [ours: string, theirs: string])[] = [
  ['dex', "'dex'"],
  ['Angstrom', '0.1nm'],
];

/** Products have points between their units. */
export function voUnit(unit: string): string {
  const theirs = new Map(written);
  return unit
    .split('.')
    .map((part) => theirs.get(part) ?? part)
    .join('.');
}

/** What `voUnit` was given; other units as they are. */
export function fromVoUnit(unit: string): string {
  return unit.replaceAll("'dex'", 'dex').replace(/(?<![\d.])0\.1nm/g, 'Angstrom');
}
