/**
 * Makes the pictures of the walkthrough, media/walkthrough-*.webp, of those of the documentation: smaller, for they are shipped
 * with the extension. A browser does it, the one that the tests take.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { findChromium } from './chromium.mjs';

/** Panels by the name of their pictures in docs/images, and the name that they have in package.json. */
const panels = { trainingSet: 'training-set', validation: 'validation', inspector: 'inspector', review: 'review' };
const widthPixels = 1120;
const quality = 0.7;

/** @param {string} root of the project */
export async function makeWalkthroughPictures(root) {
  const browser = await chromium.launch(await findChromium());
  try {
    const page = await browser.newPage();
    for (const [panel, name] of Object.entries(panels)) {
      for (const theme of ['light', 'dark']) {
        const png = await readFile(join(root, 'docs', 'images', `${panel}-${theme}.png`), 'base64');
        const webp = await page.evaluate(shrink, { png, widthPixels, quality });
        await writeFile(join(root, 'media', `walkthrough-${name}-${theme}.webp`), Buffer.from(webp, 'base64'));
      }
    }
  } finally {
    await browser.close();
  }
}

/* global document, Image */
/** Runs in the page. */
async function shrink({ png, widthPixels, quality }) {
  const image = new Image();
  image.src = `data:image/png;base64,${png}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = widthPixels;
  canvas.height = Math.round((image.height * widthPixels) / image.width);
  const context = canvas.getContext('2d');
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL('image/webp', quality).split(',')[1];
}
