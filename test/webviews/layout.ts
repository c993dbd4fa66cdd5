/** What is wrong with how a panel is laid out on the screen: parts that are cut off, or that lie over one another. */
import type { Frame, Page } from 'playwright-core';

export interface Layout {
  /** Sentences; none where all is well. */
  readonly flaws: string[];
  /** Of the plots in sight, in CSS pixels; 0 where there is none. */
  readonly tallestPlot: number;
}

export const layoutOf = (page: Page | Frame): Promise<Layout> =>
  page.evaluate(() => {
    const nameOf = (element: HTMLElement): string =>
      element.getAttribute('aria-label') ?? (element.textContent?.trim().slice(0, 30) || element.className);
    const seen = [...document.querySelectorAll<HTMLElement>('.controls > *, .content > *, .figure > *, .plot')]
      .map((element) => ({ element, box: element.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0 && box.height > 0);
    const cut = seen.filter(({ box }) => box.left < -1 || box.right > innerWidth + 1 || box.bottom > innerHeight + 1);
    const besides = seen.flatMap((a, k) =>
      seen
        .slice(k + 1)
        .filter((b) => a.element.parentElement === b.element.parentElement)
        .map((b) => [a, b] as const),
    );
    // Notes that are laid over a plot on purpose are placed absolutely.
    const isLaidOver = ({ element }: { element: HTMLElement }): boolean =>
      getComputedStyle(element).position === 'absolute';
    const over = besides.filter(([a, b]) => {
      const width = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
      const height = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
      return width > 1 && height > 1 && !isLaidOver(a) && !isLaidOver(b);
    });
    const page = document.documentElement;
    return {
      flaws: [
        ...cut.map(({ element }) => `${nameOf(element)} is cut off`),
        ...over.map(([a, b]) => `${nameOf(a.element)} and ${nameOf(b.element)} lie over one another`),
        ...(page.scrollWidth > page.clientWidth ? ['the page is wider than the window'] : []),
      ],
      tallestPlot: Math.max(
        0,
        ...[...document.querySelectorAll('canvas')].map((canvas) => canvas.getBoundingClientRect().height),
      ),
    };
  });
