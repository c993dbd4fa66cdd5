/** While coverage is measured: what Chromium counts in a page, left where processes leave theirs, and the bundle with its map. */
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

const folder = process.env['CANNON_COVERAGE'];
/** Whether it is measured; bundles then keep their lines, so that each statement has a place. */
export const isMeasured = folder !== undefined;

/** Begins to count; what it returns ends that, and must be called before the page closes. */
export async function countPage(page: Page, view: string, js: string, map: string): Promise<() => Promise<void>> {
  if (folder === undefined) return () => Promise.resolve();
  await page.coverage.startJSCoverage({ resetOnNavigation: false });
  return async () => {
    const entries = (await page.coverage.stopJSCoverage()).filter(({ source }) => source?.includes(js));
    if (entries.length === 0) return;
    const bundle = join(folder, view, 'view.js');
    await mkdir(join(folder, view), { recursive: true });
    await writeFile(bundle, js);
    await writeFile(`${bundle}.map`, map);
    const result = entries.map(({ source, functions }) => {
      // The script stands in the page with something before it.
      const at = source!.indexOf(js);
      const ranges = (each: (typeof functions)[number]) =>
        each.ranges.map(({ count, startOffset, endOffset }) => ({
          count,
          startOffset: startOffset - at,
          endOffset: endOffset - at,
        }));
      return { url: bundle, functions: functions.map((each) => ({ ...each, ranges: ranges(each) })) };
    });
    await writeFile(join(folder, `page-${randomUUID()}.json`), JSON.stringify({ result }));
  };
}
