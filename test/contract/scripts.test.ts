/** The scripts behind `npm start` and `npm test` answer a mistake with a sentence, at once. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const run = (...args: string[]) => spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });

describe('npm start', () => {
  it('refuses an option it does not know, and names the one it does', () => {
    const { status, stderr } = run('scripts/start.mjs', '--no-opne');
    expect(status).toBe(1);
    expect(stderr.trim().split('\n')).toEqual([
      'npm start does not know --no-opne.',
      'The only option is `npm start -- --no-open`.',
    ]);
  });
});

describe('npm test', () => {
  it('refuses a layer that does not exist, and lists those that do', () => {
    const { status, stderr, stdout } = run('scripts/test.mjs', 'engine', 'jbos');
    expect(status).toBe(1);
    expect(stderr).toContain('There is no test layer named jbos.');
    expect(stderr).toContain('engine, contract, server, jobs, webviews, vscode');
    expect(stdout).toBe('');
  });
});
