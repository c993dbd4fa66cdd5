import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const processors = Math.max(2, availableParallelism());

const layerNames = ['engine', 'contract', 'server', 'jobs', 'webviews', 'vscode'] as const;
type LayerName = (typeof layerNames)[number];

interface Layer {
  readonly timeoutSeconds: number;
  /** Files at a time: as many as there are processors, or more where tests mostly wait. */
  readonly workers?: number;
  readonly retry?: number;
  readonly globalSetup?: string[];
}

/** `npm run coverage` counts what programs run that tests start, too. */
const setupFiles = process.env['CANNON_COVERAGE'] === undefined ? [] : ['test/processCoverage.ts'];

/** One project a test layer; `scripts/test.mjs` runs them in this order and adds up their results. */
const layer = (name: LayerName, { timeoutSeconds, workers = processors, retry = 0, globalSetup = [] }: Layer) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: timeoutSeconds * 1000,
    hookTimeout: timeoutSeconds * 1000,
    maxWorkers: workers,
    retry,
    globalSetup,
    setupFiles,
    // Layers that run together run one after another: each has its own number of workers.
    sequence: { groupOrder: layerNames.indexOf(name) },
    // A second, which is the default, is soon over on a machine with other work.
    expect: { poll: { timeout: 30_000 } },
  },
});

export default defineConfig({
  test: {
    projects: [
      layer('engine', { timeoutSeconds: 60 }),
      layer('contract', { timeoutSeconds: 60 }),
      // The server waits until somebody has stopped typing, and so do its tests.
      layer('server', { timeoutSeconds: 60, workers: 2 * processors }),
      layer('jobs', { timeoutSeconds: 120 }),
      // A browser is not ours: what it loses once may be tried once more. The summary names each test that needed it.
      layer('webviews', { timeoutSeconds: 120, workers: Math.min(processors, 4), retry: 1 }),
      layer('vscode', { timeoutSeconds: 300, workers: 2, retry: 1, globalSetup: ['test/vscode/setup.ts'] }),
    ],
  },
});
