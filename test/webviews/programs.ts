/** Runs the Python programs that panels export, as their users would: in a folder of their own, without a screen. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const python = process.env['CANNON_PYTHON'] ?? '/usr/bin/python3';
const run = promisify(execFile);
/** Where matplotlib keeps its list of fonts: made once, for it takes seconds. */
const fonts = join(tmpdir(), 'cannon-matplotlib');

/** For `it.skipIf`: programs need astropy and matplotlib. */
export const withoutPrograms = (() => {
  try {
    execFileSync(python, ['-c', 'import astropy.io.fits, matplotlib'], { stdio: 'ignore' });
    return false;
  } catch {
    return true;
  }
})();

export interface ProgramOutcome {
  /** What it wrote, by file name. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** What it said, warnings too. */
  readonly said: string;
}

/** @throws with Python's own words when the program fails. */
export async function runProgram(code: string): Promise<ProgramOutcome> {
  const folder = await mkdtemp(join(tmpdir(), 'cannon-program-'));
  try {
    await writeFile(join(folder, 'figure.py'), code);
    const env = { ...process.env, MPLBACKEND: 'Agg', MPLCONFIGDIR: fonts, PYTHONDONTWRITEBYTECODE: '1' };
    const { stdout, stderr } = await run(python, ['figure.py'], { cwd: folder, env });
    const names = (await readdir(folder)).filter((name) => /\.(png|pdf|svg)$/.test(name));
    const files = await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const));
    // Building its list of fonts, which matplotlib does once a machine, is worth a word to it.
    const said = `${stdout}${stderr}`.replace(/^.*building the font cache.*$/gim, '').trim();
    return { files: new Map(files), said };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Width and height of a PNG in pixels. */
export function pngSize(bytes: Buffer): readonly [width: number, height: number] {
  if (bytes.toString('latin1', 1, 4) !== 'PNG') throw new Error('not a PNG');
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
}
