import { expect, it } from 'vitest';
import { bundleView, viewNames } from './panel';

it.each(viewNames)('the bundle of the %s view is at most 400 kB', async (view) => {
  const { js, css } = await bundleView(view);
  const bytes = Buffer.byteLength(js) + Buffer.byteLength(css);
  console.log(`${view}: ${(bytes / 1000).toFixed(0)} kB`);
  expect(bytes).toBeLessThanOrEqual(400_000);
  // Something of ours is in it: an empty bundle would pass, too.
  expect(js.includes('acquireVsCodeApi')).toBe(true);
});
