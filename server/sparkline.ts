/**
 * A spectrum as a small picture: an SVG as a data URI, for Markdown. Each column of the picture spans the lowest to the highest
 * flux in it, so that no line is lost; masked pixels are left out. Colours are such that light and dark themes show them.
 */
import type { SpectrumArrays } from '../engine/index';

const width = 360;
const height = 84;
/** Below the curve, for the wavelengths at its ends. */
const footer = 16;
const colours = { line: '#3b8eea', text: '#8a8a8a' };

export function sparkline({ waveAngstrom, flux, masked }: SpectrumArrays): string | null {
  const usable = Array.from(masked.keys()).filter((p) => masked[p] === 0 && Number.isFinite(flux[p]));
  if (usable.length < 2) return null;
  const [from, to] = [waveAngstrom[usable[0]!]!, waveAngstrom[usable.at(-1)!]!];
  const [low, high] = robustRange(usable.map((p) => flux[p]!));
  const y = (value: number) => {
    const part = Math.min(1, Math.max(0, (value - low) / (high - low || 1)));
    return ((1 - part) * (height - footer - 4) + 2).toFixed(1);
  };
  const columns = new Map<number, { least: number; most: number }>();
  for (const p of usable) {
    const x = Math.min(width - 1, Math.floor(((waveAngstrom[p]! - from) / (to - from)) * width));
    const column = columns.get(x);
    const value = flux[p]!;
    if (!column) columns.set(x, { least: value, most: value });
    else columns.set(x, { least: Math.min(column.least, value), most: Math.max(column.most, value) });
  }
  let before = -2;
  const path = [...columns].map(([x, { least, most }]) => {
    // Columns without a pixel are gaps, unless there are more columns than pixels.
    const pen = x - before > Math.max(1, (2 * width) / usable.length) ? 'M' : 'L';
    before = x;
    return `${pen}${x} ${y(most)}L${x} ${y(least)}`;
  });
  const text = (x: number, anchor: string, words: string) =>
    `<text x="${x}" y="${height - 4}" text-anchor="${anchor}">${words}</text>`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">` +
    `<path d="${path.join('')}" fill="none" stroke="${colours.line}" stroke-width="1"/>` +
    `<g fill="${colours.text}" font-family="sans-serif" font-size="11">` +
    `${text(0, 'start', `${Math.round(from)} Å`)}${text(width, 'end', `${Math.round(to)} Å`)}</g></svg>`
  );
}

export function dataUri(svg: string): string {
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
}

/** Without the wildest half percent on either side: one cosmic ray must not flatten the rest. */
function robustRange(values: readonly number[]): [number, number] {
  const sorted = Float64Array.from(values).sort();
  const cut = Math.floor(0.005 * (sorted.length - 1));
  return [sorted[cut]!, sorted[sorted.length - 1 - cut]!];
}
