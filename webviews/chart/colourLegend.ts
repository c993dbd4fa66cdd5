/** The legend of a colour map: a bar with the values at its ends and between, and what they are. */
import { h } from '../element';
import { nShades, shades } from './colours';
import type { Range, Tick } from './ticks';
import { roundTicks } from './ticks';

/** Widths of a letter and of a gap between numbers, in parts of the bar where it is narrowest. */
const letterWidth = 6.2 / 140;
const gapWidth = 6 / 140;

/** Of numbers that would touch every second, third or fourth one has to do. */
function spaced(ticks: readonly Tick[], { from, to }: Range): readonly Tick[] {
  const widest = letterWidth * Math.max(0, ...ticks.map(({ label }) => label.length)) + gapWidth;
  const apart = ticks.length > 1 ? Math.abs(ticks[1]!.value - ticks[0]!.value) / (to - from) : 1;
  const every = Math.max(1, Math.ceil(widest / apart));
  const first = Math.floor(((ticks.length - 1) % every) / 2);
  return ticks.filter((_, k) => k % every === first);
}

/** `title` with its unit: "[Fe/H] (dex)". */
export function colourLegend(title: string, range: Range): HTMLElement {
  const stops = shades.map((shade, k) => `${shade} ${((100 * k) / (nShades - 1)).toFixed(1)}%`);
  const bar = h('span', { class: 'colour-bar' });
  // Set as a property: a style attribute would offend the page's policy.
  bar.style.backgroundImage = `linear-gradient(to right, ${stops.join(', ')})`;
  const ticks = spaced(roundTicks(range), range).map(({ value, label }) => {
    const tick = h('span', { class: 'colour-tick' }, label);
    tick.style.left = `${(100 * (value - range.from)) / (range.to - range.from)}%`;
    return tick;
  });
  return h(
    'span',
    { class: 'colour-legend', role: 'img', 'aria-label': `Colour: ${title}` },
    h('span', { class: 'colour-title' }, title),
    h('span', { class: 'colour-scale' }, bar, ...ticks),
  );
}
