/** Launch options for playwright-core's `chromium`; installs a browser where there is none. */
export function findChromium(): Promise<{ executablePath: string; args: string[]; env: Record<string, string> }>;
