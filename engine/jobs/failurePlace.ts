/**
 * Which line of cannon.yaml made a run fail: by the code of its failure, and by the names in quotes that its sentence has. It is
 * found in the text as it stands now, so that a run of last week still points at the right line. Pure.
 */
import { parseConfig } from '../config/parse';
import type { TextRange } from '../problems';
import type { FailedEvent } from './events';

/** Code → the path of the key to blame (`engine/config/read.ts` has their form). What is named in the sentence below it comes first. */
const blamed: Readonly<Record<string, string>> = {
  ...each(['CAN101', 'CAN104', 'CAN105'], 'spectra'),
  CAN102: 'reference/file',
  ...each(['CAN103', 'CAN106', 'CAN110', 'CAN160'], 'reference/match'),
  ...each(['CAN041', 'CAN107', 'CAN142', 'CAN302', 'CAN303'], 'labels'),
  ...each(['CAN108', 'CAN114', 'CAN301', 'CAN304', 'CAN305', 'CAN307'], 'models'),
  CAN306: 'grid',
  CAN310: 'crossValidation',
  CAN144: 'quality',
  CAN324: 'inference/velocity',
};

function each(codes: readonly string[], key: string): Record<string, string> {
  return Object.fromEntries(codes.map((code) => [code, key]));
}

/** Codes whose sentence names a column of the reference table, which may stand anywhere. */
const ofColumns = new Set(['CAN103', 'CAN107', 'CAN110']);

/** The range of the key, or of the value, to blame in `text`, the cannon.yaml at `path`; null when the file is not to blame. */
export function placeOfFailure(
  { code, message }: Pick<FailedEvent, 'code' | 'message'>,
  text: string,
  path: string,
): TextRange | null {
  const { places, problems } = parseConfig(text, path);
  const stated = problems.find((problem) => problem.code === code && message.includes(problem.message));
  if (stated?.range !== undefined) return stated.range;
  const base = blamed[code];
  if (base === undefined) return null;
  const names = [...message.matchAll(/"([^"]+)"|[Mm]odel (\w+)/g)].flatMap(
    ([, quoted, model]) => quoted ?? model ?? [],
  );
  const paths = [...places.keys()];
  if (ofColumns.has(code)) {
    const column = paths.find((key) => isLeaf(key, paths) && names.some((name) => mentions(key, valueOf(key), name)));
    if (column !== undefined) return rangeOf(column);
  }
  const named = names.map((name) => `${base}/${name}`).find((key) => places.has(key));
  return named !== undefined ? rangeOf(named) : nearest(base);

  function valueOf(key: string): string {
    const { start, end } = places.get(key)!.value;
    return text.slice(start, end);
  }

  function rangeOf(key: string): TextRange {
    const place = places.get(key)!;
    return place.key ?? place.value;
  }

  /** A key that the file leaves out is blamed at the nearest one above it; one without any, nowhere. */
  function nearest(key: string): TextRange | null {
    for (let at = key; at !== ''; at = at.split('/').slice(0, -1).join('/')) if (places.has(at)) return rangeOf(at);
    return null;
  }
}

function isLeaf(key: string, keys: readonly string[]): boolean {
  return !keys.some((other) => other.startsWith(`${key}/`));
}

/** Whether a value is, or a condition uses, the column `name`; a label without a column of its own is named after it. */
function mentions(key: string, value: string, name: string): boolean {
  if (key === `labels/${name}`) return true;
  if (value.replace(/^(["'])(.*)\1$/, '$2') === name) return true;
  const isCondition = key === 'quality' || key.startsWith('quality/') || key.endsWith('/where');
  return isCondition && value.split(/[^\w.-]+/).includes(name);
}
