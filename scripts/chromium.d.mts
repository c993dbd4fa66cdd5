import type { LaunchOptions } from 'playwright-core';

/** Launch options for playwright-core's `chromium`; installs a browser where there is none. */
export function findChromium(): Promise<
  Required<Pick<LaunchOptions, 'executablePath' | 'args'>> & Pick<LaunchOptions, 'env'>
>;
