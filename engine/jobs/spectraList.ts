/**
 * The spectra of a run, listed once and kept in its checkpoint: chunks are parts of this list, so it must not change
 * when files come or go while the run is interrupted, and every shard must have the same. Whoever is first writes it.
 *
 * `spectra.list`: a path as JSON a line; then, as JSON, how many there are and at which byte every sixteenth line begins; then,
 * in sixteen letters, the byte at which that begins. In memory are eight bytes for sixteen spectra.
 */
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/config';
import { UserError } from '../problems';
import { openAside } from '../durable';
import type { JobContext } from './events';
import { listingProgress } from './job';
import { walkSpectra } from '../reference/spectraWalk';

const fileName = 'spectra.list';
const linesPerMark = 16;
export const mostPerChunk = 96;

interface Footer {
  readonly count: number;
  readonly marks: readonly number[];
}

export interface Chunk {
  readonly number: number;
  /** Index of its first spectrum in the list. */
  readonly from: number;
  readonly paths: readonly string[];
}

export class SpectraList {
  private constructor(
    private readonly path: string,
    private readonly footer: Footer,
    private readonly end: number,
  ) {}

  /**
   * The list in `folder`, made now when there is none.
   * @throws UserError CAN101 when nothing matches; the signal's reason when it aborts.
   */
  static async open(folder: string, config: Config, context: JobContext): Promise<SpectraList> {
    const path = join(folder, fileName);
    if (!existsSync(path)) await write(path, config, context);
    const size = statSync(path).size;
    const tail = readPart(path, Math.max(0, size - 16), size).toString();
    const end = Number(tail);
    const footer = JSON.parse(readPart(path, end, size - 16).toString()) as Footer;
    return new SpectraList(path, footer, end);
  }

  get count(): number {
    return this.footer.count;
  }

  /**
   * Spectra of a chunk: few enough that a small survey has some dozens of chunks, and as many as inference takes at a time.
   * It depends on the list alone.
   */
  get perChunk(): number {
    return Math.min(mostPerChunk, linesPerMark * Math.max(1, Math.ceil(this.count / (64 * linesPerMark))));
  }

  get nChunks(): number {
    return Math.ceil(this.count / this.perChunk);
  }

  *chunks(): Generator<Chunk> {
    for (let number = 0; number < this.nChunks; number++) yield this.chunk(number);
  }

  chunk(number: number): Chunk {
    const from = number * this.perChunk;
    const { marks } = this.footer;
    const start = marks[from / linesPerMark]!;
    const stop = marks[(from + this.perChunk) / linesPerMark] ?? this.end;
    const lines = readPart(this.path, start, stop).toString().trimEnd().split('\n');
    return { number, from, paths: lines.map((line) => JSON.parse(line) as string) };
  }
}

async function write(path: string, config: Config, context: JobContext): Promise<void> {
  const file = openAside(path);
  const progress = listingProgress(context);
  try {
    const marks: number[] = [];
    let [count, text] = [0, ''];
    const flush = () => {
      file.write(text);
      text = '';
    };
    for await (const spectra of walkSpectra(config, context.signal)) {
      for (const spectrum of spectra) {
        if (count % linesPerMark === 0) {
          flush();
          marks.push(file.length);
        }
        text += `${JSON.stringify(spectrum)}\n`;
        count++;
      }
      progress(count);
    }
    flush();
    if (count === 0) throw nothingMatches(config);
    progress(count, count);
    file.write(`${JSON.stringify({ count, marks } satisfies Footer)}${String(file.length).padStart(16)}`);
    file.finishIfFirst();
  } catch (error) {
    file.discard();
    throw error;
  }
}

export function nothingMatches({ spectra, folder }: Config): UserError {
  return new UserError(
    `No file matches ${spectra.join(', ')} in ${folder}`,
    'Check `spectra`; globs start from the folder of cannon.yaml.',
    'CAN101',
  );
}

function readPart(path: string, from: number, to: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(to - from);
    return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, from));
  } finally {
    closeSync(file);
  }
}
