/**
 * Marks in the page's timeline, for the developer tools and for measurements: `script` when the page's own code begins, `built` when the
 * page stands without numbers, `data` when its first numbers have come, `drawn` when it has drawn them, `painted` when they could be seen.
 */

performance.mark('script');

/** The first call of each counts. */
export function markFirst(name: 'built' | 'data'): void {
  if (performance.getEntriesByName(name).length === 0) performance.mark(name);
}

/** Runs when what has been drawn can be seen: what nobody waits for should not keep the first picture. */
export function afterPaint(run: () => void): void {
  // The first callback comes before the paint, the second after it.
  requestAnimationFrame(() => requestAnimationFrame(run));
}

/** To be called when a picture is complete; the first call counts. */
export function markDrawn(): void {
  if (performance.getEntriesByName('drawn').length > 0) return;
  performance.mark('drawn');
  afterPaint(() => performance.mark('painted'));
}
