/** Runs the Python programs that panels export, as their users would: in a folder of their own, without a screen. */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { hasModules, python as interpreter } from '../python';

/** Where matplotlib keeps its list of fonts: made once, for it takes seconds. */
const fonts = join(tmpdir(), 'cannon-matplotlib');

/** For `it.skipIf`: programs need astropy and matplotlib. */
export const withoutPrograms = !hasModules('astropy.io.fits', 'matplotlib');

export interface ProgramOutcome {
  /** What it wrote, by file name. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** What it said, warnings too. */
  readonly said: string;
}

/**
 * Python that has astropy and matplotlib in memory, which takes seconds, and runs each program whose folder it is told in a
 * process split off from it: the programs share no more than that. It answers each with the exit status.
 */
const runner = `
import os, runpy, sys, traceback
import astropy.io.fits, matplotlib.pyplot

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.chdir(line.rstrip("\\n"))
            for name, number in (("said.out", 1), ("said.err", 2)):
                os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT, 0o600), number)
            sys.argv = ["figure.py"]
            runpy.run_path("figure.py", run_name="__main__")
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
`;

/** Gives the exit status of the program in a folder. Ends with this process, whose pipe it reads. */
let python: ((folder: string) => Promise<number>) | null = null;

function startPython(): (folder: string) => Promise<number> {
  const env = { ...process.env, MPLBACKEND: 'Agg', MPLCONFIGDIR: fonts, PYTHONDONTWRITEBYTECODE: '1' };
  const child = spawn(interpreter, ['-c', runner], { env, stdio: ['pipe', 'pipe', 'ignore'] });
  const waiting: { resolve: (status: number) => void; reject: (error: Error) => void }[] = [];
  createInterface(child.stdout).on('line', (status) => waiting.shift()?.resolve(Number(status)));
  const end = (reason: unknown) => {
    python = null;
    for (const { reject } of waiting.splice(0)) reject(new Error(`Python ended: ${String(reason)}`));
  };
  child.once('error', end).once('exit', end);
  return (folder) =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      child.stdin.write(`${folder}\n`);
    });
}

/** @throws with Python's own words when the program fails. */
export async function runProgram(code: string): Promise<ProgramOutcome> {
  const folder = await mkdtemp(join(tmpdir(), 'cannon-program-'));
  try {
    await writeFile(join(folder, 'figure.py'), code);
    python ??= startPython();
    const status = await python(folder);
    const [stdout, stderr] = await Promise.all(
      ['said.out', 'said.err'].map((name) => readFile(join(folder, name), 'utf8')),
    );
    const said = `${stdout}${stderr}`.trim();
    if (status !== 0) throw new Error(`The program ended with status ${status}:\n${said}`);
    const names = (await readdir(folder)).filter((name) => /\.(png|pdf|svg)$/.test(name));
    const files = await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const));
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
