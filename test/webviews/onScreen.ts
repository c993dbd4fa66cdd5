/** What tests ask of a panel on the screen. */
import type { Page } from 'playwright-core';
import type { Range } from '../../webviews/chart/ticks';

/** The wavelengths in view. */
export async function viewOf(page: Page): Promise<Range> {
  const { from, to } = await page.locator('.stage').evaluate((stage: HTMLElement) => ({ ...stage.dataset }));
  return { from: Number(from), to: Number(to) };
}

export interface Painted {
  /** Pixels that differ from the background. */
  readonly inked: number;
  /** Pixels of a colour that is neither grey nor background. */
  readonly coloured: number;
  /** The columns of the frame's left and right side. */
  readonly frame: readonly [left: number, right: number];
}

/** What is painted on canvas `index`. */
export function painted(page: Page, index: number): Promise<Painted> {
  return page
    .locator('canvas')
    .nth(index)
    .evaluate((canvas: HTMLCanvasElement) => {
      const { width, height } = canvas;
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, width, height);
      let inked = 0;
      let coloured = 0;
      const byColumn = new Uint32Array(width);
      for (let i = 0; i < width * height; i++) {
        const [r, g, b, alpha] = [data[4 * i]!, data[4 * i + 1]!, data[4 * i + 2]!, data[4 * i + 3]!];
        if (alpha < 20) continue;
        inked++;
        // Frames are strong; tints and bands fill columns, but faintly.
        if (alpha > 110) byColumn[i % width]!++;
        if (Math.max(r, g, b) - Math.min(r, g, b) > 60) coloured++;
      }
      const tallest = Math.max(...byColumn.filter((_, x) => x < 120));
      const sides = [...byColumn.keys()].filter((x) => byColumn[x]! >= tallest);
      return { inked, coloured, frame: [sides[0]!, sides.at(-1)!] as const };
    });
}

/** Where the figure is on the screen. */
export async function figureBox(page: Page): Promise<{ x: number; y: number; width: number; height: number }> {
  return (await page.locator('canvas').first().boundingBox())!;
}
