/** Python with astropy, the independent reader and writer of these tests. */
import { execFileSync } from 'node:child_process';

export const python = process.env['CANNON_PYTHON'] ?? '/usr/bin/python3';

/** For `describe.skipIf(!hasAstropy)`. */
export const hasAstropy = (() => {
  try {
    execFileSync(python, ['-c', 'import astropy'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();
