/**
 * Reading the files of a run (`runFolder.ts` says which there are). Nothing of what is found there is trusted: not that it is a
 * file, nor how large it is, nor what it says. What a run of months writes is far below the bounds.
 */
import { join } from 'node:path';
import { isAway } from '../awayDisk';
import { withPlainFile, readPlainText } from '../plainFile';
import type { FinishedEvent, StampedEvent } from './events';
import { asItLiesNow } from './movedRun';
import { asEvent, asResult, parseShallow } from './shape';

export const fileNames = {
  job: 'job.json',
  events: 'events.jsonl',
  cancel: 'cancel',
  result: 'result.json',
  log: 'log.txt',
  spare: 'spare',
};

/** A result names each spectrum that could not be used. */
export const mostJsonBytes = 64e6;
/** Of events that are read at once: the rest of a longer file is left out, but for its beginning. */
const mostEventBytes = 64e6;
const beginningBytes = 1e6;
const tailBytes = 1e6;
const [newline, brace] = [0x0a, 0x7b];

export interface EventsRead {
  readonly events: StampedEvent[];
  /** Where to read on. */
  readonly nextByte: number;
}

/**
 * Events from byte `fromByte` on, up to the last complete line. A missing file has none, and so has what is no file. Of a file that
 * has grown beyond all bounds the middle is left out, and of a line that has, all.
 */
export async function readEvents(folder: string, fromByte = 0): Promise<EventsRead> {
  try {
    return await withPlainFile(join(folder, fileNames.events), async ({ size, read }) => {
      if (size <= fromByte) return { events: [], nextByte: fromByte };
      if (size - fromByte <= mostEventBytes) return eventsIn(await read(fromByte, size), fromByte, mostEventBytes);
      const head = eventsIn(await read(fromByte, fromByte + beginningBytes), fromByte, beginningBytes);
      const from = size - mostEventBytes + beginningBytes;
      const tail = eventsIn(await read(from, size), from, mostEventBytes - beginningBytes);
      return { events: [...head.events, ...tail.events], nextByte: tail.nextByte };
    });
  } catch (error) {
    // A disk that is away for a moment is not an empty one.
    if (isAway(error)) throw error;
    return { events: [], nextByte: fromByte };
  }
}

/** `bytes` begin at byte `from` of the file; `most` is how long a line may be. */
function eventsIn(bytes: Buffer, from: number, most: number): EventsRead {
  const events: StampedEvent[] = [];
  let start = 0;
  for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
    // Whatever is not the beginning of an event need not be looked at, however long it is.
    const event = bytes[start] === brace ? eventOf(bytes.toString('utf8', start, end)) : null;
    if (event !== null) events.push(event);
    start = end + 1;
  }
  // What is no line by now will never be one.
  return { events, nextByte: from + (start === 0 && bytes.length >= most ? bytes.length : start) };
}

/** Null for a line torn by a full disk or a crash, which says nothing; the next one is whole again. */
function eventOf(line: string): StampedEvent | null {
  try {
    return asEvent(parseShallow(line));
  } catch {
    return null;
  }
}

/** result.json of a run, or null when it did not finish. */
export async function readResult(folder: string): Promise<FinishedEvent | null> {
  return resultIn(folder).catch(() => null);
}

/** The same, but throws while the disk is away. */
export async function resultIn(folder: string): Promise<FinishedEvent | null> {
  try {
    const result = asResult(parseShallow(await readPlainText(join(folder, fileNames.result), mostJsonBytes)));
    return result === null ? null : await asItLiesNow(result, folder, () => configOf(folder));
  } catch (error) {
    if (isAway(error)) throw error;
    return null;
  }
}

/** Where cannon.yaml was when the run in `folder` was asked for; null where job.json does not say. */
async function configOf(folder: string): Promise<string | null> {
  const text = await readPlainText(join(folder, fileNames.job), mostJsonBytes).catch(() => '{}');
  const job = parseShallow(text);
  const config = typeof job === 'object' && job !== null && 'config' in job ? job.config : null;
  return typeof config === 'string' ? config : null;
}

/** The last `maxLines` lines of log.txt, or "" when there is none. */
export async function readLog(folder: string, maxLines = 20): Promise<string> {
  const text = await withPlainFile(join(folder, fileNames.log), async ({ size, read }) =>
    (await read(Math.max(0, size - tailBytes), size)).toString('utf8'),
  ).catch(() => '');
  return text.trimEnd().split('\n').slice(-maxLines).join('\n');
}
