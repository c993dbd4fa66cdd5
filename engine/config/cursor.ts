/**
 * What belongs where someone is typing in `cannon.yaml`: a key of which map, or a value of which shape.
 *
 * Text that is being written is rarely valid. A word that nobody writes is put in at the cursor, the parser makes what it
 * can of the result, and the place of that word in the tree tells the context; in a comment, it is not in the tree.
 */
import { isMap, isPair, isScalar, isSeq, type Node as YamlNode, parseDocument, type Scalar, visit } from 'yaml';
import type { TextRange } from '../problems';
import { isTooMuchYaml } from './parse';
import { schema } from './schema';
import type { KeySpec, Shape } from './shape';

/** Offsets are UTF-16, in the text as it is. */
export interface Cursor {
  /** Whether a key is typed, of the map at `path`, or the value at `path`. */
  readonly at: 'key' | 'value';
  /** Keys and indices from the root down. */
  readonly path: readonly string[];
  /** What the schema says of the map, or of the value. A lone item counts as the item of its list. */
  readonly shape: Shape;
  readonly spec: KeySpec | null;
  /** The other keys of the map, or the other items of the list, as written. */
  readonly siblings: readonly string[];
  /** What is being typed, without quotes, and the part of it before the cursor. */
  readonly range: TextRange;
  readonly before: string;
  readonly isQuoted: boolean;
  /** A colon follows: the key has a value already. */
  readonly hasColon: boolean;
}

const marker = 'Zk7cursorQx3';

/** The context of an offset, or null where nothing that the schema knows can stand. */
export function cursorAt(text: string, offset: number): Cursor | null {
  const marked = text.slice(0, offset) + marker + text.slice(offset);
  if (isTooMuchYaml(marked)) return null;
  const document = parseDocument(marked, { prettyErrors: false, uniqueKeys: false, version: '1.2' });
  let found: Cursor | null = null;
  visit(document, {
    Scalar: (key, node, ancestors) => {
      const [start, end] = node.range ?? [0, 0];
      if (!marked.slice(start, end).includes(marker)) return undefined;
      found = contextOf(text, offset, node, key === 'key', ancestors as readonly YamlNode[]);
      return visit.BREAK;
    },
  });
  return found;
}

function contextOf(
  text: string,
  offset: number,
  node: Scalar,
  isKey: boolean,
  ancestors: readonly YamlNode[],
): Cursor | null {
  const isQuoted = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE';
  const quote = isQuoted ? 1 : 0;
  const start = node.range![0] + quote;
  // An unclosed quote runs to the end of the file: what is typed ends with its line.
  const lineEnd = /\r?\n|$/g;
  lineEnd.lastIndex = offset;
  const end = Math.min(node.range![1] - marker.length - quote, lineEnd.exec(text)!.index);
  const before = text.slice(start, offset);
  if (before.includes('\n')) return null;
  const typed = {
    ...{ range: { start, end: Math.max(end, offset) }, before, isQuoted },
    hasColon: /^["']?\s*:/.test(text.slice(Math.max(end, offset))),
  };
  const path = pathOf(ancestors, node);
  const place = shapeAt(isKey ? path.slice(0, -1) : path);
  if (place === null) return null;
  const { spec } = place;
  // Keys are typed in maps; a value that is not one yet may be anything.
  const shape = isKey ? innerShape(place.shape, 'map') : innerShape(place.shape, 'plain');
  const parent = ancestors.at(isKey ? -2 : -1);
  if (isKey) {
    return isMapShape(shape)
      ? { ...typed, at: 'key', path: path.slice(0, -1), shape, spec, siblings: keysOf(parent, node) }
      : null;
  }
  // A word where a map belongs is the beginning of its first key.
  if (isMapShape(shape)) return { ...typed, at: 'key', path, shape, spec, siblings: [] };
  return { ...typed, at: 'value', path, shape, spec, siblings: itemsOf(parent, node) };
}

/** The shape of a map, or of anything else, where both may stand. */
function innerShape(shape: Shape, which: 'plain' | 'map'): Shape {
  return shape.kind === 'either' ? shape[which] : shape;
}

function isMapShape({ kind }: Shape): boolean {
  return kind === 'map' || kind === 'names';
}

/** Keys and indices on the way to a node, its own key included where it is one. */
function pathOf(ancestors: readonly unknown[], node: Scalar): string[] {
  const line = [...ancestors, node];
  return line.slice(0, -1).flatMap((ancestor, i) => {
    const next = line[i + 1];
    if (isSeq(ancestor)) return [String(ancestor.items.indexOf(next))];
    return isPair(ancestor) ? [isScalar(ancestor.key) ? String(ancestor.key.value) : '?'] : [];
  });
}

function keysOf(map: unknown, except: Scalar): string[] {
  if (!isMap(map)) return [];
  return map.items.flatMap(({ key }) => (isScalar(key) && key !== except ? [String(key.value)] : []));
}

function itemsOf(list: unknown, except: Scalar): string[] {
  return isSeq(list)
    ? list.items.flatMap((item) => (isScalar(item) && item !== except ? [String(item.value)] : []))
    : [];
}

/** What the schema says of the value at a path; null where it knows none. */
function shapeAt(path: readonly string[]): { shape: Shape; spec: KeySpec | null } | null {
  let shape: Shape = schema;
  let spec: KeySpec | null = null;
  for (const key of path) {
    shape = innerShape(shape, 'map');
    if (shape.kind === 'map') {
      const keys: Readonly<Record<string, KeySpec>> = shape.keys;
      const known = Object.keys(keys).find(
        (one) => one === key || (one.endsWith('*') && key.startsWith(one.slice(0, -1))),
      );
      if (known === undefined) return null;
      spec = keys[known]!;
      shape = spec.shape;
    } else if (shape.kind === 'names') {
      spec = shape.each;
      shape = spec.shape;
    } else if (shape.kind === 'list' && /^\d+$/.test(key)) shape = shape.of;
    else return null;
  }
  return { shape: shape.kind === 'list' && shape.lone ? shape.of : shape, spec };
}
