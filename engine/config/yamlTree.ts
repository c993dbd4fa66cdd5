/**
 * A YAML tree as the schema reader needs it: aliases followed, ranges in the source, values in words.
 * Aliases are followed one at a time, so that no input, however its aliases multiply, costs more than its own length.
 */
import { type Document, isAlias, isMap, isScalar, isSeq, type Node, visit } from 'yaml';
import type { TextRange } from '../problems';

/** A value in the tree; there may be none after a colon. */
export type YamlNode = Node | null | undefined;

export class YamlTree {
  private readonly anchors = new Map<Node, Node | undefined>();

  constructor(
    readonly text: string,
    document: Document,
  ) {
    const named = new Map<string, Node>();
    visit(document, {
      Alias: (_, alias) => void this.anchors.set(alias, named.get(alias.source)),
      Value: (_, node) => void (node.anchor && named.set(node.anchor, node)),
    });
  }

  /** The node itself, or what an alias stands for; undefined where its anchor is missing or leads back to it. */
  follow(node: YamlNode): YamlNode {
    let at = node;
    for (let step = 0; isAlias(at) && step < 10; step++) at = this.anchors.get(at);
    return isAlias(at) ? undefined : at;
  }

  /** The value of a scalar; null for anything else. */
  scalar(node: YamlNode): unknown {
    const found = this.follow(node);
    return isScalar(found) ? found.value : null;
  }

  source({ start, end }: TextRange): string {
    return this.text.slice(start, end);
  }

  /** Where a node stands, or `otherwise` where there is none. */
  rangeOr(node: unknown, otherwise: TextRange): TextRange {
    const { range } = (node ?? {}) as Partial<Node>;
    return range ? { start: range[0], end: range[1] } : otherwise;
  }

  /** What was found, for a sentence: "a list", "the number 3". */
  inWords(node: YamlNode): string {
    const found = this.follow(node);
    if (isMap(found)) return 'a map';
    if (isSeq(found)) return 'a list';
    const value = this.scalar(node);
    if (typeof value === 'string') return `the text "${clip(value)}"`;
    if (typeof value === 'number') return `the number ${value}`;
    return typeof value === 'boolean' ? `the word ${value}` : 'nothing';
  }

  /** The pairs of a map in order; `isRepeated` where an earlier one has the same key. Nothing for what is no map. */
  *pairs(map: YamlNode): Generator<{ name: string; range: TextRange; value: YamlNode; isRepeated: boolean }> {
    if (!isMap(map)) return;
    const seen = new Set<string>();
    for (const { key, value } of map.items) {
      const range = this.rangeOr(key, this.rangeOr(map, { start: 0, end: 0 }));
      const name = isScalar(key) && typeof key.value === 'string' ? key.value : this.source(range);
      yield { name, range, value: value as YamlNode, isRepeated: seen.has(name) };
      seen.add(name);
    }
  }
}

/** Where in the file the text of a scalar begins, if it stands there letter by letter (without escapes); else null. */
export function offsetOfScalar(text: string, value: string, { start, end }: TextRange): number | null {
  const source = text.slice(start, end);
  const quote = source.startsWith('"') || source.startsWith("'") ? 1 : 0;
  return source.slice(quote, quote + value.length) === value ? start + quote : null;
}

/** At most 60 characters of a text, for a sentence. */
export function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** A text as a YAML value: in quotes where YAML would read it as something else. */
export function asYaml(text: string): string {
  return /^[A-Za-z_][\w ()/.-]*[\w)]$|^[A-Za-z_]$/.test(text) && !/^(true|false|null)$/i.test(text)
    ? text
    : JSON.stringify(text);
}
