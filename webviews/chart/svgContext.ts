/**
 * A canvas context that writes SVG instead of painting: plots draw themselves onto it with the code that draws them on the
 * screen, so that an exported figure is the figure seen, in vectors.
 *
 * It knows what our plots and chart.js use: paths of lines, rectangles and arcs, clips, dashes, text, translation,
 * rotation and scale. The transform is applied to coordinates as they come in; lengths assume equal scales in x and y.
 */

type Matrix = readonly [number, number, number, number, number, number];

interface Pen {
  fillStyle: string;
  strokeStyle: string;
  lineWidth: number;
  lineJoin: CanvasLineJoin;
  lineCap: CanvasLineCap;
  globalAlpha: number;
  font: string;
  textAlign: CanvasTextAlign;
  textBaseline: CanvasTextBaseline;
  dash: readonly number[];
  dashOffset: number;
  matrix: Matrix;
  /** How many groups with a clip are open. */
  clips: number;
}

const anchors: Partial<Record<CanvasTextAlign, string>> = { center: 'middle', right: 'end', end: 'end' };
/** Shift of the text's origin, in units of its size, for renderers that ignore `dominant-baseline`. */
const baselineShift: Partial<Record<CanvasTextBaseline, number>> = {
  middle: 0.35,
  top: 0.8,
  hanging: 0.75,
  bottom: -0.2,
};

const short = (value: number): string => String(Math.round(value * 100) / 100);
const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]!);

export class SvgContext {
  readonly #parts: string[] = [];
  readonly #stack: Pen[] = [];
  readonly #measure = document.createElement('canvas').getContext('2d')!;
  #path: string[] = [];
  #nClips = 0;
  #pen: Pen = {
    fillStyle: '#000',
    strokeStyle: '#000',
    lineWidth: 1,
    lineJoin: 'miter',
    lineCap: 'butt',
    globalAlpha: 1,
    font: '10px sans-serif',
    textAlign: 'start',
    textBaseline: 'alphabetic',
    dash: [],
    dashOffset: 0,
    matrix: [1, 0, 0, 1, 0, 0],
    clips: 0,
  };

  /** `canvas` stands in for the one that is painted on: chart.js asks contexts for it. */
  constructor(readonly canvas: HTMLCanvasElement) {}

  /** What was drawn since the beginning, as elements of an SVG. */
  get content(): string {
    return this.#parts.join('\n') + '</g>'.repeat(this.#pen.clips);
  }

  set fillStyle(value: string) {
    this.#pen.fillStyle = value;
  }
  get fillStyle(): string {
    return this.#pen.fillStyle;
  }
  set strokeStyle(value: string) {
    this.#pen.strokeStyle = value;
  }
  get strokeStyle(): string {
    return this.#pen.strokeStyle;
  }
  set lineWidth(value: number) {
    this.#pen.lineWidth = value;
  }
  set lineJoin(value: CanvasLineJoin) {
    this.#pen.lineJoin = value;
  }
  set lineCap(value: CanvasLineCap) {
    this.#pen.lineCap = value;
  }
  set lineDashOffset(value: number) {
    this.#pen.dashOffset = value;
  }
  set globalAlpha(value: number) {
    this.#pen.globalAlpha = value;
  }
  set font(value: string) {
    this.#pen.font = value;
  }
  get font(): string {
    return this.#pen.font;
  }
  set textAlign(value: CanvasTextAlign) {
    this.#pen.textAlign = value;
  }
  set textBaseline(value: CanvasTextBaseline) {
    this.#pen.textBaseline = value;
  }

  setLineDash(dash: readonly number[]): void {
    this.#pen.dash = dash;
  }

  save(): void {
    this.#stack.push({ ...this.#pen });
  }

  restore(): void {
    const pen = this.#stack.pop();
    if (!pen) return;
    this.#parts.push('</g>'.repeat(this.#pen.clips - pen.clips));
    this.#pen = pen;
  }

  translate(x: number, y: number): void {
    this.#transform([1, 0, 0, 1, x, y]);
  }
  rotate(angle: number): void {
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    this.#transform([cos, sin, -sin, cos, 0, 0]);
  }
  scale(x: number, y: number): void {
    this.#transform([x, 0, 0, y, 0, 0]);
  }
  setTransform(a: number, b: number, c: number, d: number, e: number, f: number): void {
    this.#pen.matrix = [a, b, c, d, e, f];
  }
  resetTransform(): void {
    this.#pen.matrix = [1, 0, 0, 1, 0, 0];
  }
  #transform([a, b, c, d, e, f]: Matrix): void {
    const [A, B, C, D, E, F] = this.#pen.matrix;
    this.#pen.matrix = [
      A * a + C * b,
      B * a + D * b,
      A * c + C * d,
      B * c + D * d,
      A * e + C * f + E,
      B * e + D * f + F,
    ];
  }

  beginPath(): void {
    this.#path = [];
  }
  closePath(): void {
    this.#path.push('Z');
  }
  moveTo(x: number, y: number): void {
    this.#path.push(`M${this.#at(x, y)}`);
  }
  lineTo(x: number, y: number): void {
    this.#path.push(`${this.#path.length === 0 ? 'M' : 'L'}${this.#at(x, y)}`);
  }
  bezierCurveTo(ax: number, ay: number, bx: number, by: number, x: number, y: number): void {
    this.#path.push(`C${this.#at(ax, ay)} ${this.#at(bx, by)} ${this.#at(x, y)}`);
  }
  rect(x: number, y: number, width: number, height: number): void {
    this.moveTo(x, y);
    this.lineTo(x + width, y);
    this.lineTo(x + width, y + height);
    this.lineTo(x, y + height);
    this.closePath();
  }
  /** In two halves, because one arc of SVG cannot close a circle. */
  arc(x: number, y: number, radius: number, from: number, to: number): void {
    const size = short(radius * this.#zoom());
    const end = (angle: number): string => this.#at(x + radius * Math.cos(angle), y + radius * Math.sin(angle));
    this.lineTo(x + radius * Math.cos(from), y + radius * Math.sin(from));
    for (const angle of [(from + to) / 2, to])
      this.#path.push(`A${size} ${size} 0 0 ${to > from ? 1 : 0} ${end(angle)}`);
  }

  fill(): void {
    this.#add(`<path d="${this.#path.join('')}" fill="${escaped(this.#pen.fillStyle)}"${this.#opacity()}/>`);
  }

  stroke(): void {
    const { strokeStyle, lineWidth, lineJoin, lineCap, dash, dashOffset } = this.#pen;
    const dashes =
      dash.length === 0
        ? ''
        : ` stroke-dasharray="${dash.map(short).join(' ')}" stroke-dashoffset="${short(dashOffset)}"`;
    const width = short(lineWidth * this.#zoom());
    const ends = `stroke-linejoin="${lineJoin}" stroke-linecap="${lineCap}"`;
    this.#add(
      `<path d="${this.#path.join('')}" fill="none" stroke="${escaped(strokeStyle)}" stroke-width="${width}" ${ends}${dashes}${this.#opacity()}/>`,
    );
  }

  clip(): void {
    const id = `clip${++this.#nClips}`;
    this.#parts.push(`<clipPath id="${id}"><path d="${this.#path.join('')}"/></clipPath><g clip-path="url(#${id})">`);
    this.#pen.clips++;
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    this.#apart(() => {
      this.rect(x, y, width, height);
      this.fill();
    });
  }
  strokeRect(x: number, y: number, width: number, height: number): void {
    this.#apart(() => {
      this.rect(x, y, width, height);
      this.stroke();
    });
  }
  /** A fresh drawing has nothing to clear. */
  clearRect(): void {
    this.beginPath();
  }

  fillText(text: string, x: number, y: number): void {
    const { font, fillStyle, textAlign, textBaseline, matrix } = this.#pen;
    const size = parseFloat(/([\d.]+)px/.exec(font)?.[1] ?? '10');
    const family = /px(?:\/\S+)?\s+(.*)$/.exec(font)?.[1] ?? 'sans-serif';
    const weight = /\b(bold|[5-9]00)\b/.test(font) ? ' font-weight="bold"' : '';
    const shift = size * (baselineShift[textBaseline] ?? 0);
    const place = `transform="matrix(${matrix.map(short).join(' ')})" x="${short(x)}" y="${short(y + shift)}"`;
    const face = `font-family="${escaped(family)}" font-size="${short(size)}"${weight} text-anchor="${anchors[textAlign] ?? 'start'}"`;
    this.#add(`<text ${place} ${face} fill="${escaped(fillStyle)}"${this.#opacity()}>${escaped(text)}</text>`);
  }

  measureText(text: string): TextMetrics {
    this.#measure.font = this.#pen.font;
    return this.#measure.measureText(text);
  }

  #apart(draw: () => void): void {
    const path = this.#path;
    this.#path = [];
    draw();
    this.#path = path;
  }
  #add(element: string): void {
    this.#parts.push(element);
  }
  #opacity(): string {
    return this.#pen.globalAlpha === 1 ? '' : ` opacity="${short(this.#pen.globalAlpha)}"`;
  }
  #zoom(): number {
    const [a, b] = this.#pen.matrix;
    return Math.hypot(a, b);
  }
  #at(x: number, y: number): string {
    const [a, b, c, d, e, f] = this.#pen.matrix;
    return `${short(a * x + c * y + e)},${short(b * x + d * y + f)}`;
  }
}
