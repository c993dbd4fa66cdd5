/** The legend of a colour map: a bar with the values at its ends and between, and what they are. */
import { h } from '../element';
import { nShades, shades } from './colours';
import type { Range, Tick } from './ticks';
import { roundTicks } from './ticks';

/** About as many letters as the bar is wide; of more numbers every other one has to do. */
const mostLetters = 22;

function spaced(ticks: readonly Tick[]): readonly Tick[] {
  const letters = ticks.reduce((sum, { label }) => sum + label.length, 0);
  return letters <= mostLetters ? ticks : ticks.filter((_, k) => k % 2 === (ticks.length % 2 === 0 ? 1 : 0));
}

/** `title` with its unit: "[Fe/H] (dex)". */
export function colourLegend(title: string, range: Range): HTMLElement {
  const stops = shades.map((shade, k) => `${shade} ${((100 * k) / (nShades - 1)).toFixed(1)}%`);
  const bar = h('span', { class: 'colour-bar' });
  // Set as a property: a style attribute would offend the page's policy.
  bar.style.background = `linear-gradient(to right, ${stops.join(', ')})`;
  const ticks = spaced(roundTicks(range)).map(({ value, label }) => {
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
