/**
 * Figures and numbers leave a panel through here: PNG and SVG of what is shown, CSV of the numbers behind it with errors
 * and units, and a Python program that draws the figure again from the run's files. The host asks where to put the file;
 * a page has no way of saving by itself.
 */
import type { Chart } from 'chart.js';
import { sheetText } from '../engine/browser';
import { SvgContext } from './chart/svgContext';
import { h, iconButton } from './element';

/** What the host of any panel that exports answers. */
export interface SavingHost {
  requests: {
    /** Ask for a place, and write the file there. The path, or null when nobody chose one. */
    saveFile: (params: { suggestedName: string; content: string | Uint8Array }) => string | null;
  };
}

export type ExportKind = 'png' | 'svg' | 'csv' | 'py';

/** The ways out of a panel, some or all; called when they are chosen. */
export type Exports = Readonly<Partial<Record<ExportKind, () => Promise<string | Uint8Array> | string>>>;

const kinds: Readonly<Record<ExportKind, string>> = {
  png: 'PNG, at twice the size of the screen',
  svg: 'SVG, in vectors',
  csv: 'CSV, the numbers with errors and units',
  py: 'Python, a program that draws the figure from the run’s files',
};

interface Placed {
  readonly chart: Chart;
  readonly left: number;
  readonly top: number;
}

/** The charts on show, placed as they are on the screen, from the corner of what encloses them. */
function placed(charts: readonly Chart[]): { placed: Placed[]; width: number; height: number } {
  const shown = charts
    .map((chart) => ({ chart, box: chart.canvas.getBoundingClientRect() }))
    .filter(({ box }) => box.width > 0 && box.height > 0);
  const left = Math.min(...shown.map(({ box }) => box.left));
  const top = Math.min(...shown.map(({ box }) => box.top));
  return {
    placed: shown.map(({ chart, box }) => ({ chart, left: box.left - left, top: box.top - top })),
    width: Math.max(0, ...shown.map(({ box }) => box.right - left)),
    height: Math.max(0, ...shown.map(({ box }) => box.bottom - top)),
  };
}

const background = (): string =>
  getComputedStyle(document.body).getPropertyValue('--vscode-editor-background').trim() || '#ffffff';

/** Where chart.js keeps the context that it paints on, and how it decides to hand over paths that cannot be read back. */
interface Internals {
  ctx: CanvasRenderingContext2D;
  readonly scales: Record<string, { ctx: CanvasRenderingContext2D }>;
  getSortedVisibleDatasetMetas(): {
    readonly controller: { _ctx: CanvasRenderingContext2D };
    readonly dataset?: { options: { segment?: unknown } };
  }[];
}

/** Draws `chart` once on another context than its own. */
function drawOn(chart: Chart, context: CanvasRenderingContext2D): void {
  const internals = chart as unknown as Internals;
  const screen = internals.ctx;
  const turnTo = (target: CanvasRenderingContext2D): void => {
    internals.ctx = target;
    for (const scale of Object.values(internals.scales)) scale.ctx = target;
    for (const { controller, dataset } of internals.getSortedVisibleDatasetMetas()) {
      controller._ctx = target;
      // With segments to style, lines are drawn point by point instead of from a cached Path2D, which has no text form.
      if (dataset) dataset.options.segment = target === screen ? undefined : true;
    }
  };
  turnTo(context);
  try {
    chart.draw();
  } finally {
    turnTo(screen);
    chart.draw();
  }
}

/** The charts on show as one SVG, with a title for those who do not see it. */
export function svgOf(charts: readonly Chart[], title: string): string {
  const { placed: figures, width, height } = placed(charts);
  const groups = figures.map(({ chart, left, top }) => {
    const context = new SvgContext(chart.canvas);
    drawOn(chart, context as unknown as CanvasRenderingContext2D);
    // Clips are numbered a figure: their names must not meet in one file.
    const content = context.content.replaceAll(/(id="|url\(#)clip/g, `$1f${Math.round(left)}-${Math.round(top)}-clip`);
    return `<g transform="translate(${left} ${top})">${content}</g>`;
  });
  const text = title.replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c]!);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${text}</title>`,
    `<rect width="100%" height="100%" fill="${background()}"/>`,
    ...groups,
    '</svg>\n',
  ].join('\n');
}

/** The charts on show as one PNG, at twice the size of the screen. */
export async function pngOf(charts: readonly Chart[]): Promise<Uint8Array> {
  const { placed: figures, width, height } = placed(charts);
  const sheet = document.createElement('canvas');
  [sheet.width, sheet.height] = [2 * width, 2 * height];
  const context = sheet.getContext('2d')!;
  context.fillStyle = background();
  context.fillRect(0, 0, sheet.width, sheet.height);
  for (const { chart, left, top } of figures) {
    const ratio = chart.currentDevicePixelRatio;
    chart.options.devicePixelRatio = 2;
    chart.resize();
    context.drawImage(chart.canvas, 2 * left, 2 * top);
    chart.options.devicePixelRatio = ratio;
    chart.resize();
  }
  const blob = await new Promise<Blob | null>((resolve) => sheet.toBlob(resolve, 'image/png'));
  if (!blob) throw new Error('The picture is too large for a PNG. Make the panel smaller.');
  return new Uint8Array(await blob.arrayBuffer());
}

export interface CsvColumn {
  readonly name: string;
  /** "" where there is none. */
  readonly unit: string;
  readonly values: ArrayLike<number | string>;
}

/** A text as Python writes it: the escapes of JSON are those of Python. */
export function pythonText(text: string): string {
  return JSON.stringify(text);
}

/** A text within the words at the head of a program: whatever a header says, it does not end them. */
export function inDocstring(text: string): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replaceAll('\\', '\\\\')
    .replaceAll('"', "'");
}

/** The shortest text that single precision reads as the same number: 3.83, not 3.829999923706055. */
function singleText(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}

/**
 * A table as CSV: names with units in the head ("teff [K]"), numbers with the digits that are meant (of single precision the shortest
 * that stand for the same number, else fifteen), nothing where there is none. Texts that a spreadsheet would compute are marked as texts.
 */
export function csvOf(columns: readonly CsvColumn[]): string {
  const quoted = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const number = (value: number, isSingle: boolean): string =>
    Number.isFinite(value) ? (isSingle ? singleText(value) : String(Number(value.toPrecision(15)))) : '';
  const cells = columns.map(({ values }) => {
    const isSingle = values instanceof Float32Array;
    return (n: number): string => {
      const value = values[n];
      return typeof value === 'number' ? number(value, isSingle) : quoted(sheetText(value ?? ''));
    };
  });
  const nRows = Math.max(0, ...columns.map(({ values }) => values.length));
  const head = columns.map(({ name, unit }) => quoted(unit === '' ? name : `${name} [${unit}]`)).join(',');
  const rows = Array.from({ length: nRows }, (_, n) => cells.map((cell) => cell(n)).join(','));
  return [head, ...rows, ''].join('\n');
}

/**
 * The dialog that `E` opens.
 * @param save the host's `saveFile`; @param failed shows why a file could not be written.
 */
export class ExportDialog {
  readonly #dialog: HTMLDialogElement;

  constructor(
    private readonly options: {
      /** Name of the file without its ending. */
      readonly name: () => string;
      readonly exports: Exports;
      /** What a way out gives, where that is not a figure. */
      readonly words?: Readonly<Partial<Record<ExportKind, string>>>;
      readonly save: (suggestedName: string, content: string | Uint8Array) => Promise<string | null>;
      readonly failed: (error: unknown) => void;
    },
  ) {
    const choose = (kind: ExportKind): HTMLElement =>
      h(
        'button',
        { type: 'button', class: 'text-button', 'data-kind': kind, click: () => void this.#export(kind) },
        options.words?.[kind] ?? kinds[kind],
      );
    this.#dialog = h(
      'dialog',
      { class: 'keys export', 'aria-labelledby': 'export-title' },
      h(
        'header',
        {},
        h('h2', { id: 'export-title' }, 'Export'),
        iconButton('close', 'Close', 'Esc', () => this.#dialog.close()),
      ),
      ...(Object.keys(kinds) as ExportKind[]).filter((kind) => options.exports[kind] !== undefined).map(choose),
    );
    this.#dialog.addEventListener('click', (event) => event.target === this.#dialog && this.#dialog.close());
    document.body.append(this.#dialog);
  }

  open(): void {
    this.#dialog.showModal();
  }

  async #export(kind: ExportKind): Promise<void> {
    this.#dialog.close();
    try {
      const { name, exports, save } = this.options;
      const content = await exports[kind]?.();
      if (content !== undefined) await save(`${name()}.${kind}`, content);
    } catch (error) {
      this.options.failed(error);
    }
  }
}
