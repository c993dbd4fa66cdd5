/**
 * The funnel of a training set as a picture: a bar for what each cut has left, then one for each model. SVG, written into run folders
 * and shown in the editor; it draws its own ground, follows light and dark, and says in words what it shows. Pure.
 */
import type { FunnelStep } from '../reference/funnel';

const width = 860;
const rowHeight = 30;
const top = 46;
/** Where bars begin, and how long the longest is. */
const left = 330;
const longest = 340;
const textColumns = 46;

const style = `
  :root { color-scheme: light dark; }
  .ground { fill: #ffffff; } text { fill: #1f2328; font: 13px system-ui, sans-serif; } .title { font-size: 15px; font-weight: 600; }
  .number { font-variant-numeric: tabular-nums; } .lost { fill: #57606a; font-size: 11px; }
  .bar { fill: #2f6db5; } .model { fill: #2c8a57; } .pending { fill: none; stroke: #2f6db5; stroke-dasharray: 4 3; }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #1e1e1e; } text { fill: #e6e6e6; } .lost { fill: #a9b1ba; }
    .bar { fill: #6aa5e8; } .model { fill: #5fc78d; } .pending { stroke: #6aa5e8; }
  }`;

/** The picture of these steps; `name` is what it is of, such as the name of the survey's folder. */
export function funnelSvg(steps: readonly FunnelStep[], name: string): string {
  const height = top + rowHeight * steps.length + 14;
  // A survey may be a thousand times its training set: bars are scaled to what matched, and what is more has an open end.
  const scale = longest / Math.max(1, ...steps.slice(1).map(({ stars }) => stars));
  const title = `From ${number(steps[0]?.stars ?? 0)} spectra to the training set: ${name}`;
  const rows = steps.map((step, k) => row(step, lostIn(steps, k), top + rowHeight * k, scale));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title desc">
<title id="title">${escape(title)}</title>
<desc id="desc">${escape(steps.map(inWords).join('; '))}.</desc>
<style>${style}
</style>
<rect class="ground" width="${width}" height="${height}"/>
<text class="title" x="16" y="28">${escape(clip(title, 90))}</text>
${rows.join('\n')}
</svg>
`;
}

function row(step: FunnelStep, lost: number, y: number, scale: number): string {
  const { stars, isPending, model } = step;
  const length = Math.min(longest, stars * scale);
  const kind = isPending ? 'bar pending' : model === undefined ? 'bar' : 'bar model';
  const at = left + length + 8;
  const end = lost > 0 ? ` <tspan class="lost">−${number(lost)}</tspan>` : '';
  const open =
    stars * scale > longest ? `<path class="ground" d="M${left + longest - 6} ${y}l4 9-4 9h3l4-9-4-9z"/>` : '';
  return `<g><title>${escape(inWords(step))}</title><text x="${left - 10}" y="${y + 14}" text-anchor="end">${escape(clip(step.step, textColumns))}</text><rect class="${kind}" x="${left}" y="${y}" width="${Math.max(1, length).toFixed(1)}" height="18" rx="2"/>${open}<text class="number" x="${at.toFixed(1)}" y="${y + 14}">${isPending ? '≤ ' : ''}${number(stars)}${end}</text></g>`;
}

/** How many stars a cut has dropped; models divide what is left, and drop none. */
function lostIn(steps: readonly FunnelStep[], k: number): number {
  const [before, step] = [steps[k - 1], steps[k]!];
  return before === undefined || step.model !== undefined ? 0 : before.stars - step.stars;
}

function inWords({ step, stars, isPending }: FunnelStep): string {
  return `${isPending ? 'at most ' : ''}${number(stars)} ${step}`;
}

/** Thousands apart by a thin space. */
function number(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, '\u2009');
}

function clip(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (mark) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[mark]!);
}
