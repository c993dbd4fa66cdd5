/**
 * Finds a star of an index by its id in microseconds: a hash table of row numbers with open addressing, 8 bytes an id.
 * A search through the text of the columns takes milliseconds with 100,000 stars, which is too long for each hover.
 */
import type { SpectraTable } from '../engine/index';

const idColumns = ['obsid', 'designation', 'star'] as const;

export class IdLookup {
  /** Row × 3 + column + 1, or 0 for nothing. Its length is a power of two, at least twice the number of ids. */
  private readonly slots: Int32Array;

  constructor(private readonly stars: SpectraTable) {
    const nIds = idColumns.length * stars.nRows;
    this.slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * nIds + 2)));
    for (let row = 0; row < stars.nRows; row++) {
      const known = new Set(['']);
      idColumns.forEach((_, column) => {
        const id = this.idOf(row, column);
        if (!known.has(id)) this.insert(id, row * idColumns.length + column + 1);
        known.add(id);
      });
    }
  }

  /** The first row that has this id, designation or name, in any case; −1 where none has. */
  rowOf(id: string): number {
    const wanted = canonical(id);
    for (let at = this.home(wanted); this.slots[at] !== 0; at = this.after(at)) {
      const entry = this.slots[at]! - 1;
      const row = Math.floor(entry / idColumns.length);
      if (this.idOf(row, entry % idColumns.length) === wanted) return row;
    }
    return -1;
  }

  private insert(id: string, entry: number): void {
    let at = this.home(id);
    while (this.slots[at] !== 0) at = this.after(at);
    this.slots[at] = entry;
  }

  private idOf(row: number, column: number): string {
    return canonical(this.stars.text(idColumns[column]!).at(row));
  }

  private home(id: string): number {
    // FNV-1a
    let hash = 0x811c9dc5;
    for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
    return (hash ^ (hash >>> 15)) & (this.slots.length - 1);
  }

  private after(slot: number): number {
    return (slot + 1) & (this.slots.length - 1);
  }
}

/** Designations are written with and without the survey: "LAMOST J0640" and "J0640". */
function canonical(id: string): string {
  return id.toLowerCase().replace(/^[a-z]+ +(?=j\d)/, '');
}
