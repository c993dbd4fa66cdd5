/**
 * Units that the FITS standard does not have: the dex, by itself or in a product. In TUNITn astropy would warn of each, so such a
 * column has none there, as the standard has it of numbers without a dimension; the unit ends its description in TCOMMn, which TOPCAT shows.
 */

export function isForeignUnit(unit: string): boolean {
  return /\bdex\d*\b/.test(unit);
}

/** As the description of a column ends. */
export function inWords(unit: string): string {
  return `in ${unit}`;
}

/** The unit that ends a description; empty where none does. */
export function unitInWords(description: string): string {
  const unit = /(?:^|, )in (\S+)$/.exec(description)?.[1] ?? '';
  return isForeignUnit(unit) ? unit : '';
}
