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

describe('npm run test:packaged', () => {
  it('refuses a name that is no part and no test, and lists both, before it makes anything', () => {
    const { status, stderr, stdout } = run('scripts/testPackaged.mjs', 'newest', 'walkthruogh');
    expect(status).toBe(1);
    expect(stderr).toContain('There is no part and no test named walkthruogh.');
    expect(stderr).toMatch(/cannon, oldest, newest\. The tests in VS Code are: .*\bwalkthrough\b/);
    expect(stdout).toBe('');
  });
});

describe('every script', () => {
  it('says what to do when the disk refuses', () => {
    const program = `
      import { runScript } from './scripts/prepare.mjs';
      await runScript(() => { throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }); });`;
    const { status, stderr } = run('--input-type=module', '-e', program);
    expect(status).toBe(1);
    expect(stderr.trim().split('\n')).toEqual([
      'ENOSPC: no space left on device, write',
      'The disk is full: make room. Then run the command again.',
    ]);
  });
});
