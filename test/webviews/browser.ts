/** A headless Chromium for tests of panels: an installed one, else the one from npm. */
import type { Browser } from 'playwright-core';
import { chromium } from 'playwright-core';
import { findChromium } from '../../scripts/chromium.mjs';

/** The caller closes it. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({ ...(await findChromium()), headless: true });
}
