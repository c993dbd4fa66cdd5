/**
 * Marks in the page's timeline, for the developer tools and for measurements: `script` when the page's own code begins, `drawn` when
 * it has drawn something for the first time, `painted` when that could be seen.
 */

performance.mark('script');

/** To be called when a picture is complete; the first call counts. */
export function markDrawn(): void {
  if (performance.getEntriesByName('drawn').length > 0) return;
  performance.mark('drawn');
  // The first callback comes before the paint, the second after it.
  requestAnimationFrame(() => requestAnimationFrame(() => performance.mark('painted')));
}
