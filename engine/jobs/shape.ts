/**
 * What a run's files may say. A folder comes from anywhere: whoever reads it takes nothing for granted, for a `null` in the place of
 * an event, or brackets nested a million times, would end a server that serves other runs as well.
 */
import type { FinishedEvent, JobEvent, StampedEvent } from './events';

type Kind = 'text' | 'number' | 'truth' | 'list' | 'record';
type Fields = Readonly<Record<string, Kind>>;

/** Deeper than any condition is, and well within what the stack holds. */
const deepest = 2000;

/** What a JSON text says. @throws SyntaxError when it is none, or is nested beyond all use. */
export function parseShallow(text: string): unknown {
  let [depth, inText] = [0, false];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inText) {
      if (code === 0x5c) i++;
      else inText = code !== 0x22;
    } else if (code === 0x22) inText = true;
    else if (code === 0x7b || code === 0x5b) depth++;
    else if (code === 0x7d || code === 0x5d) depth--;
    if (depth > deepest) throw new SyntaxError(`it is nested more than ${deepest} times`);
  }
  return JSON.parse(text);
}

/** What each event carries; older versions left some out. */
const eventFields: Readonly<Record<JobEvent['kind'], Fields>> = {
  started: { command: 'text', total: 'number', resumedFrom: 'number' },
  resumed: { attempt: 'number' },
  progress: { stage: 'text', done: 'number', total: 'number' },
  funnel: { steps: 'list' },
  warning: { code: 'text', message: 'text', hint: 'text' },
  checkpoint: { done: 'number' },
  finished: { command: 'text' },
  shardFinished: { shard: 'record', chunks: 'number', isComplete: 'truth' },
  submitted: { system: 'text', id: 'text', run: 'text', shards: 'number' },
  cancelled: { done: 'number' },
  failed: { code: 'text', message: 'text', hint: 'text' },
};

/** What whoever shows a result relies upon, by command; what was made comes first. */
const resultFields: Readonly<Record<string, Fields>> = {
  sample: { folder: 'text', config: 'text' },
  init: { config: 'text', labels: 'list', notes: 'list' },
  check: { problems: 'list' },
  index: { spectra: 'number', readable: 'number', problems: 'list' },
  train: { models: 'list', funnel: 'list' },
  cv: { models: 'list', funnel: 'list' },
  infer: { out: 'text', spectra: 'number', labelled: 'number', problems: 'number' },
  catalog: { out: 'text', labels: 'text', flags: 'list', unset: 'list', stars: 'number' },
  inspect: { fits: 'list', out: 'text' },
  analyse: { out: 'text', picture: 'text', table: 'text', json: 'text', page: 'text', text: 'list', title: 'text' },
};

/** Of items in lists. */
const itemFields: Readonly<Record<string, Fields>> = {
  models: { name: 'text', path: 'text' },
  steps: {},
  funnel: {},
  problems: { message: 'text' },
  flags: { name: 'text' },
};

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOf(kind: Kind, value: unknown): boolean {
  if (kind === 'list') return Array.isArray(value);
  if (kind === 'record') return isRecord(value);
  // JSON has no NaN: it is written as null.
  if (kind === 'number') return typeof value === 'number' || value === null;
  return typeof value === (kind === 'text' ? 'string' : 'boolean');
}

function fits(value: Record<string, unknown>, fields: Fields): boolean {
  return Object.entries(fields).every(([name, kind]) => {
    const field = value[name];
    if (field === undefined) return true;
    if (!isOf(kind, field)) return false;
    const items = itemFields[name];
    if (items === undefined || !Array.isArray(field)) return true;
    return field.every((item) => isRecord(item) && fits(item, items));
  });
}

const has = <T extends object>(table: T, name: unknown): name is keyof T =>
  typeof name === 'string' && Object.hasOwn(table, name);

/** The event that `value` is, or null where it is none that this version knows. */
export function asEvent(value: unknown): StampedEvent | null {
  if (!isRecord(value) || !has(eventFields, value['kind']) || !fits(value, eventFields[value['kind']])) return null;
  // A command that keeps no run gives its events no time.
  if (value['time'] !== undefined && typeof value['time'] !== 'string') return null;
  if (value['kind'] === 'finished' && asResult(value) === null) return null;
  return value as unknown as StampedEvent;
}

/** The result that `value` is, or null. */
export function asResult(value: unknown): FinishedEvent | null {
  if (!isRecord(value) || value['kind'] !== 'finished' || !has(resultFields, value['command'])) return null;
  const fields = resultFields[value['command']]!;
  // What was made must be said: without it there is nothing to show.
  const [first] = Object.keys(fields);
  return value[first!] !== undefined && fits(value, fields) ? (value as unknown as FinishedEvent) : null;
}
