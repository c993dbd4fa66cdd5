/**
 * Arrays that are used again, for whoever reads spectra one after the other and keeps none: new ones for each spectrum
 * cost more than filling them does, as memory outside the heap makes the collector look through all of it.
 */
export class PixelRoom {
  readonly #arrays: Float64Array[] = [];
  #nTaken = 0;
  readonly #masks: Uint8Array[] = [];
  #nMasks = 0;

  /** From here on all arrays may be taken again. */
  clear(): void {
    this.#nTaken = 0;
    this.#nMasks = 0;
  }

  /** Holds what it held before: whoever takes it fills it. */
  readonly take = (length: number): Float64Array => {
    const slot = this.#nTaken++;
    let array = this.#arrays[slot];
    if (array === undefined || array.length < length) this.#arrays[slot] = array = new Float64Array(length);
    return array.length === length ? array : array.subarray(0, length);
  };

  readonly takeMask = (length: number): Uint8Array => {
    const slot = this.#nMasks++;
    let mask = this.#masks[slot];
    if (mask === undefined || mask.length < length) this.#masks[slot] = mask = new Uint8Array(length);
    return mask.length === length ? mask : mask.subarray(0, length);
  };
}
