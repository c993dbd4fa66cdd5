/** Python, the independent reader and writer of these tests, and what runs the programs that panels export. */
import { execFileSync } from 'node:child_process';

export const python = process.env['CANNON_PYTHON'] ?? '/usr/bin/python3';

/** Whether Python is there with these modules. */
export function hasModules(...modules: readonly string[]): boolean {
  try {
    execFileSync(python, ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** For `describe.skipIf(!hasAstropy)`. */
export const hasAstropy = hasModules('astropy');
