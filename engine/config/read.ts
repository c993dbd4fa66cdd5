/**
 * Reads a YAML tree by the schema: what is valid becomes plain values, what is not becomes a problem at its exact place,
 * and every key that the schema knows is remembered with where it stands, for hovers and for checks that come later.
 *
 * The tree is walked only as deep as the schema goes.
 */
import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Problem, TextRange } from '../problems';
import { type Expression, type ExpressionKind, parseExpression } from './expression';
import { type ProblemPlace, type RuleCode, problem } from './rules';
import { arcsecPerUnit, type KeySpec, type Shape } from './shape';
import { listNames, nearest } from './suggest';
import { clip, offsetOfScalar, type YamlNode, type YamlTree } from './yamlTree';

/** Where a key and its value stand, and what the schema says of it. */
export interface Place {
  /** Null for an item of a list. */
  readonly key: TextRange | null;
  /** That of the key, when there is no value. */
  readonly value: TextRange;
  readonly spec: KeySpec;
  /** The key as written. */
  readonly name: string;
  /** True when the user chose the name (labels, models), so that `spec` describes any of them. */
  readonly named: boolean;
}

/** By path, joined with slashes: `grid/from`, `spectra/0`, `labels/teff/column`, `reference/match/spectrum.OBSID`. */
export type Places = ReadonlyMap<string, Place>;

type Maybe<T> = T | undefined;
/** A node as it stands in the file (maybe an alias), with the key it belongs to. */
interface Spot {
  readonly path: string;
  readonly name: string;
  readonly spec: KeySpec;
  readonly range: TextRange;
}

export class SchemaReader {
  readonly places = new Map<string, Place>();
  readonly problems: Problem[] = [];
  constructor(
    private readonly file: string,
    private readonly tree: YamlTree,
  ) {}

  /** Reads the whole file; `shape` is that of the schema, and the result is its `ValueOf`. */
  readWhole(contents: YamlNode, shape: Shape & { kind: 'map' }, fileName: string): unknown {
    const spec: KeySpec = { summary: '', shape, example: 'survey: lamost-lrs' };
    const empty = contents === null || (isScalar(contents) && contents.value === null);
    const range = { start: 0, end: 0 };
    if (empty) return this.checkRequired(new Set(), shape, { path: '', name: fileName, spec, range }, 'the file');
    const spot = { path: '', name: fileName, spec, range: this.tree.rangeOr(contents, { start: 0, end: 0 }) };
    if (!isMap(this.tree.follow(contents))) return this.wrong(spot, 'a map of keys', contents);
    return this.readMap(contents, shape, { ...spot, range }, 'the file');
  }

  private read(node: YamlNode, shape: Shape, spot: Spot): unknown {
    if (isAlias(node) && this.tree.follow(node) === undefined) {
      const name = this.tree.source(spot.range);
      return this.report('CAN023', { name: clip(name) }, spot.range, null, JSON.stringify(name));
    }
    switch (shape.kind) {
      case 'text':
        return this.readText(node, spot);
      case 'number':
        return this.readNumber(node, shape, spot);
      case 'choice':
        return this.readChoice(node, shape, spot);
      case 'condition':
        return this.readCondition(node, shape, spot);
      case 'formula':
        return this.readExpression(node, 'number', 'a formula', spot);
      case 'either':
        return this.read(node, isMap(this.tree.follow(node)) ? shape.map : shape.plain, spot);
      case 'angle':
        return this.readAngle(node, spot);
      case 'list':
        return this.readList(node, shape, spot);
      case 'map':
        return this.readMap(node, shape, spot, `"${spot.name}"`);
      case 'names':
        return this.readNames(node, shape, spot);
    }
  }

  private readText(node: YamlNode, spot: Spot): Maybe<string> {
    const value = this.tree.scalar(node);
    if (typeof value === 'string')
      return value.trim() === '' ? this.report('CAN011', this.slots(spot), spot.range) : value;
    const isPlain = typeof value === 'number' || typeof value === 'boolean';
    return this.wrong(spot, 'a text', node, isPlain ? JSON.stringify(this.tree.source(spot.range)) : undefined);
  }

  private readNumber(node: YamlNode, shape: Shape & { kind: 'number' }, spot: Spot): Maybe<number | string> {
    const value = this.tree.scalar(node);
    if (shape.word !== undefined && value === shape.word) return value;
    if (typeof value !== 'number') {
      const isNumeral = typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value));
      const kind = shape.integer ? 'a whole number' : 'a number';
      const expected = shape.word === undefined ? kind : `${kind} or "${shape.word}"`;
      return this.wrong(spot, expected, node, isNumeral ? String(Number(value)) : undefined);
    }
    const { min = -Infinity, above = -Infinity, max = Infinity, integer } = shape;
    const isInside = Number.isFinite(value) && value >= min && value > above && value <= max;
    if (isInside && (!integer || Number.isInteger(value))) return value;
    return this.report(
      'CAN010',
      { ...this.slots(spot), value, range: rangeInWords(shape, spot.spec.unit) },
      spot.range,
    );
  }

  private readChoice(node: YamlNode, shape: Shape & { kind: 'choice' }, spot: Spot): Maybe<string> {
    const value = this.tree.scalar(node);
    const allowed = Object.keys(shape.choices);
    if (typeof value !== 'string') return this.wrong(spot, `one of ${listNames(allowed)}`, node);
    if (allowed.includes(value)) return value;
    if (shape.planned?.includes(value))
      return this.report('CAN009', { value, allowed: listNames(allowed) }, spot.range);
    const meant = nearest(value, allowed);
    return this.report(
      'CAN008',
      { key: spot.name, value: clip(value), allowed: listNames(allowed) },
      spot.range,
      meant,
    );
  }

  private readCondition(node: YamlNode, shape: Shape & { kind: 'condition' }, spot: Spot): unknown {
    const value = this.tree.scalar(node);
    if (shape.word !== undefined && value === shape.word) return value;
    const preset =
      typeof value === 'string' && Object.hasOwn(shape.presets ?? {}, value) ? shape.presets![value]! : null;
    if (preset !== null) return parseExpression(preset.condition).expression ?? undefined;
    return this.readExpression(
      node,
      'condition',
      shape.word === undefined ? 'a condition' : `a condition or "${shape.word}"`,
      spot,
    );
  }

  private readExpression(node: YamlNode, wanted: ExpressionKind, expected: string, spot: Spot): Maybe<Expression> {
    const value = this.tree.scalar(node);
    if (typeof value !== 'string') return this.wrong(spot, expected, node);
    const parsed = parseExpression(value, wanted);
    if (!parsed.problem) return parsed.expression ?? undefined;
    const { message, hint, start, end, fix } = parsed.problem;
    const offset = offsetOfScalar(this.tree.text, value, spot.range);
    const inside = offset !== null && { start: offset + start, end: offset + end };
    this.problems.push(
      problem(
        'CAN015',
        { reason: message, hint },
        { file: this.file, range: inside || spot.range, ...(inside && fix !== undefined ? { fix } : {}) },
      ),
    );
    return undefined;
  }

  private readAngle(node: YamlNode, spot: Spot): Maybe<number> {
    const value = this.tree.scalar(node);
    const match = typeof value === 'string' ? /^(\d+(?:\.\d*)?|\.\d+)\s*([a-z]+)$/i.exec(value.trim()) : null;
    const unit = arcsecPerUnit[match?.[2] ?? ''];
    if (!match || unit === undefined) {
      const fix = typeof value === 'number' && value > 0 ? `${value} arcsec` : undefined;
      return this.wrong(spot, `an angle with its unit (${Object.keys(arcsecPerUnit).join(', ')})`, node, fix);
    }
    const arcsec = Number(match[1]) * unit;
    if (arcsec > 0 && arcsec <= 3600) return arcsec;
    return this.report(
      'CAN010',
      { ...this.slots(spot), value: clip(String(value)), range: 'more than 0 and at most 1 deg' },
      spot.range,
    );
  }

  private readList(node: YamlNode, shape: Shape & { kind: 'list' }, spot: Spot): Maybe<unknown[]> {
    const list = this.tree.follow(node);
    if (isSeq(list)) {
      if (list.items.length === 0) return this.report('CAN011', this.slots(spot), spot.range);
      const items = list.items.map((item, index) =>
        this.readItem(item as YamlNode, shape.of, {
          ...spot,
          path: `${spot.path}/${index}`,
          range: this.tree.rangeOr(item, spot.range),
        }),
      );
      return items.includes(undefined) ? undefined : items;
    }
    if (!shape.lone) return this.wrong(spot, 'a list', node);
    const only = this.readItem(node, shape.of, { ...spot, path: `${spot.path}/0` });
    return only === undefined ? undefined : [only];
  }

  private readItem(item: YamlNode, shape: Shape, spot: Spot): unknown {
    this.places.set(spot.path, { key: null, value: spot.range, spec: spot.spec, name: spot.name, named: false });
    return this.read(item, shape, spot);
  }

  private readMap(node: YamlNode, shape: Shape & { kind: 'map' }, spot: Spot, where: string): unknown {
    const map = this.tree.follow(node);
    const isEmpty = map === undefined || map === null || (isScalar(map) && map.value === null);
    if (!isMap(map) && !isEmpty)
      return this.wrong(spot, `a map with ${listNames(Object.keys(shape.keys).map(cardKey))}`, node);
    const values: Record<string, unknown> = {};
    const present = new Set<string>();
    for (const { name, range, value } of this.pairs(map)) {
      const known = Object.hasOwn(shape.keys, name)
        ? name
        : Object.keys(shape.keys).find((key) => starredRest(key, name) !== null);
      if (known === undefined) {
        const meant = this.reportUnknown(name, range, shape, where);
        if (meant !== null) present.add(meant);
        continue;
      }
      present.add(known);
      const inner = this.enter(name, range, value, shape.keys[known]!, spot.path, false);
      const result = this.read(value, shape.keys[known]!.shape, inner);
      const rest = starredRest(known, name);
      if (result !== undefined) values[known] = rest === null ? result : { rest, value: result };
    }
    this.checkRequired(present, shape, spot, where);
    return values;
  }

  private reportUnknown(name: string, range: TextRange, shape: Shape & { kind: 'map' }, where: string): string | null {
    const known = Object.keys(shape.keys);
    const starred = known.find((key) => key.endsWith('*'));
    const looksLikeCard = starred !== undefined && /^[A-Z][A-Z0-9_-]*$/.test(name);
    const meant = looksLikeCard ? starred.slice(0, -1) + name : nearest(name, known);
    this.report('CAN005', { key: clip(name), place: where, known: listNames(known.map(cardKey)) }, range, meant);
    return looksLikeCard ? starred : meant;
  }

  private checkRequired(
    present: ReadonlySet<string>,
    shape: Shape & { kind: 'map' },
    spot: Spot,
    where: string,
  ): undefined {
    for (const [key, { required, example }] of Object.entries(shape.keys)) {
      if (required && !present.has(key))
        this.report('CAN006', { key, place: where, example: `${key}: ${example}` }, spot.range);
    }
    for (const [key, { goesWith }] of Object.entries(shape.keys)) {
      if (goesWith !== undefined && present.has(key) && !present.has(goesWith)) {
        const example = `${goesWith}: ${shape.keys[goesWith]!.example}`;
        this.report('CAN034', { key, other: goesWith, example }, spot.range);
        return undefined;
      }
    }
    const alternatives = Object.entries(shape.keys).filter(([, { goesWith }]) => goesWith === undefined);
    const count = alternatives.filter(([key]) => present.has(key)).length;
    if (shape.oneOf && count !== 1) {
      const forms = alternatives.map(([key, { example }]) => `{ ${key.replace('*', 'OBSID')}: ${example} }`);
      this.report('CAN019', { count: count === 0 ? 'none' : count, forms: forms.join(', ') }, spot.range);
    }
  }

  private readNames(
    node: YamlNode,
    shape: Shape & { kind: 'names' },
    spot: Spot,
  ): Maybe<Map<string, unknown> | string> {
    const map = this.tree.follow(node);
    if (shape.word !== undefined && this.tree.scalar(node) === shape.word) return shape.word;
    const orWord = shape.word === undefined ? '' : ` or "${shape.word}"`;
    if (!isMap(map)) return this.wrong(spot, `a map from names of ${shape.what}s${orWord}`, node);
    const named = new Map<string, unknown>();
    for (const { name, range, value } of this.pairs(map)) {
      named.set(name, this.read(value, shape.each.shape, this.enter(name, range, value, shape.each, spot.path, true)));
    }
    return named.size === 0 ? this.report('CAN011', this.slots(spot), spot.range) : named;
  }

  /** The pairs of a map; a key that stands twice is reported and its later pair left out. */
  private *pairs(map: YamlNode): ReturnType<YamlTree['pairs']> {
    for (const pair of this.tree.pairs(map)) {
      if (pair.isRepeated) this.report('CAN003', { key: clip(pair.name) }, pair.range);
      else yield pair;
    }
  }

  private enter(name: string, key: TextRange, value: YamlNode, spec: KeySpec, parent: string, named: boolean): Spot {
    const path = parent === '' ? name : `${parent}/${name}`;
    const found = this.tree.rangeOr(value, key);
    const range = found.start === found.end ? key : found;
    this.places.set(path, { key, value: range, spec, name, named });
    return { path, name, spec, range };
  }

  private slots({ path, name, spec }: Spot): { key: string; example: string } {
    return { key: name, example: path === '' ? spec.example : `${name}: ${spec.example}` };
  }

  private wrong(spot: Spot, expected: string, node: YamlNode, fix?: string): undefined {
    const place: ProblemPlace = {
      file: this.file,
      range: spot.range,
      ...(fix === undefined ? {} : { fix }),
      ...(fix === undefined || fix.startsWith('"') ? {} : { instead: fix }),
    };
    this.problems.push(problem('CAN007', { ...this.slots(spot), expected, found: this.tree.inWords(node) }, place));
  }

  /** `meant` is a name offered with "Did you mean"; `fix` another repair. */
  private report<Code extends RuleCode>(
    code: Code,
    slots: Parameters<typeof problem<Code>>[1],
    range: TextRange,
    meant: string | null = null,
    fix: string | null = meant,
  ): undefined {
    const place = {
      file: this.file,
      range,
      ...(fix === null ? {} : { fix }),
      ...(meant === null ? {} : { instead: meant }),
    };
    this.problems.push(problem(code, slots, place));
  }
}

/** `OBSID` of `spectrum.OBSID` under the key `spectrum.*`; null where the key has no star or does not fit. */
function starredRest(key: string, name: string): string | null {
  const prefix = key.slice(0, -1);
  return key.endsWith('*') && name.startsWith(prefix) && name.length > prefix.length ? name.slice(prefix.length) : null;
}

/** How a key with a star is shown to people. */
export function cardKey(key: string): string {
  return key.replace('*', 'CARD');
}

/** "from 1000 to 30000 Å", "more than 0 and at most 0.1". */
export function rangeInWords({ min, above, max, integer }: Shape & { kind: 'number' }, unit = ''): string {
  const suffix = unit === '' ? '' : ` ${unit}`;
  const kind = integer ? 'a whole number ' : '';
  if (min !== undefined && max !== undefined) return `${kind}from ${min} to ${max}${suffix}`;
  const parts = [
    above === undefined ? null : `more than ${above}`,
    min === undefined ? null : `at least ${min}`,
    max === undefined ? null : `at most ${max}`,
  ];
  return kind + parts.filter((part) => part !== null).join(' and ') + suffix;
}
