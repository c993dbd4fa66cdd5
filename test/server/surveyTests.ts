/** What tests of the server share: a sample survey for the file, a copy of it and a client of a new server for each test. */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type SampleOptions, writeSample } from '../../engine/sample/sample';
import type { FileReaders } from '../../server/fileReaders';
import { TestClient } from './testClient';

/** Of the test that runs. */
export interface SurveyOfTest {
  /** That all copies come from; what a file's own `beforeAll` changes in it is in each of them. */
  readonly sample: string;
  readonly folder: string;
  /** Of its cannon.yaml, and the text in it. */
  readonly path: string;
  readonly sound: string;
  readonly client: TestClient;
}

const plain: SampleOptions = { stars: 12, seed: 5, snr: 60, oddities: 0 };

/**
 * To be called once in a test file, before its own hooks.
 * @param readers how the server reads files, made anew for each test
 */
export function surveyTests(options: Partial<SampleOptions> = {}, readers?: () => FileReaders): SurveyOfTest {
  const root = mkdtempSync(join(tmpdir(), 'cannon-server-'));
  const now = { sample: join(root, 'sample') } as { -readonly [K in keyof SurveyOfTest]: SurveyOfTest[K] };
  beforeAll(async () => {
    const context = { signal: new AbortController().signal, report: () => undefined };
    await writeSample(now.sample, { ...plain, ...options }, context);
  });
  beforeEach(async () => {
    now.folder = mkdtempSync(join(root, 'survey-'));
    cpSync(now.sample, now.folder, { recursive: true });
    now.path = join(now.folder, 'cannon.yaml');
    now.sound = readFileSync(now.path, 'utf8');
    now.client = await TestClient.inProcess(readers?.());
  });
  afterEach(() => now.client.close());
  afterAll(() => rmSync(root, { recursive: true }));
  return now;
}
