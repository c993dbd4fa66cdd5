/** A list of byte offsets that grows: where the rows and cells of a table lie in its file. Four bytes each. */
export class Offsets {
  private kept: Uint32Array;
  private count = 0;

  constructor(capacity = 1024) {
    this.kept = new Uint32Array(capacity);
  }

  get length(): number {
    return this.count;
  }

  push(offset: number): void {
    if (this.count === this.kept.length) {
      const longer = new Uint32Array(2 * this.kept.length);
      longer.set(this.kept);
      this.kept = longer;
    }
    this.kept[this.count++] = offset;
  }

  at(i: number): number {
    return this.kept[i]!;
  }
}
