/**
 * One colour map for numbers, from dark violet over teal to pale yellow. Its lightness rises in equal steps (OKLab L from 0.30 to
 * 0.90), so that it reads in grey, in print and with any colour vision. Both ends stay off light and dark grounds. Pure: plots
 * in panels and pictures of jobs share it.
 */

/** Equal steps in lightness, hue from 305° to 100° in OKLab. */
const stops: readonly (readonly [number, number, number])[] = [
  [0x3e, 0x0f, 0x62],
  [0x39, 0x2c, 0x7f],
  [0x25, 0x47, 0x96],
  [0x01, 0x63, 0x9a],
  [0x07, 0x7b, 0x98],
  [0x07, 0x92, 0x9a],
  [0x09, 0xa9, 0x98],
  [0x42, 0xbe, 0x89],
  [0x85, 0xcd, 0x7a],
  [0xbe, 0xd8, 0x6e],
  [0xf3, 0xe0, 0x6f],
];

/** Enough that no step shows, few enough that points can be painted colour by colour. */
export const nShades = 64;

/** The map in `nShades` steps, as CSS colours, from the lowest value to the highest. */
export const shades: readonly string[] = Array.from({ length: nShades }, (_, k) => {
  const at = (k / (nShades - 1)) * (stops.length - 1);
  const [low, high] = [stops[Math.floor(at)]!, stops[Math.ceil(at)]!];
  const mixed = low.map((channel, i) => Math.round(channel + (at % 1) * (high[i]! - channel)));
  return `rgb(${mixed.join(', ')})`;
});

/** The shade of `value` between `from` and `to`; values beyond take the end's. −1 where there is no value. */
export function shadeOf(value: number, { from, to }: { readonly from: number; readonly to: number }): number {
  if (!Number.isFinite(value)) return -1;
  const share = to > from ? (value - from) / (to - from) : 0.5;
  return Math.max(0, Math.min(nShades - 1, Math.round(share * (nShades - 1))));
}
