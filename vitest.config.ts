import { defineConfig } from 'vitest/config';

/** One project a test layer; `scripts/test.mjs` runs them in this order and adds up their results. */
const layer = (name: string, timeoutSeconds: number, serial = false, globalSetup: string[] = []) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: timeoutSeconds * 1000,
    hookTimeout: timeoutSeconds * 1000,
    globalSetup,
    ...(serial ? { fileParallelism: false } : {}),
  },
});

export default defineConfig({
  test: {
    projects: [
      layer('engine', 60),
      layer('contract', 60),
      layer('server', 30),
      layer('jobs', 120),
      layer('webviews', 60, true),
      layer('vscode', 240, true, ['test/vscode/setup.ts']),
    ],
  },
});
