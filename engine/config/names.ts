/** Where names of labels and columns are used in a survey description. */
import type { TextRange } from '../problems';
import { type Config, isWindowCut } from './config';
import { type Expression, nameNodes } from './expression';
import type { ParsedConfig } from './parse';
import { offsetOfScalar } from './yamlTree';

/** Every condition and formula of a config, with the path of its place. */
export function expressionsOf({ labels, quality, models }: Config): { path: string; expression: Expression }[] {
  return [
    ...labels.flatMap(({ name, derived }) =>
      derived?.by === 'expression' ? [{ path: `labels/${name}/expression`, expression: derived.expression }] : [],
    ),
    ...quality.flatMap((cut, index) => (isWindowCut(cut) ? [] : [{ path: `quality/${index}`, expression: cut }])),
    ...models.flatMap(({ name, where }) =>
      where === null || where === 'otherwise' ? [] : [{ path: `models/${name}/where`, expression: where }],
    ),
  ];
}

/** Where a part of a condition stands in the file; not exact, and all of it, where its text is written with escapes. */
export function rangeInExpression(
  { text, places }: ParsedConfig,
  path: string,
  expression: Expression,
  part: TextRange,
): { range: TextRange | undefined; isExact: boolean } {
  const whole = places.get(path)?.value;
  const offset = whole ? offsetOfScalar(text, expression.text, whole) : null;
  if (offset === null) return { range: whole, isExact: false };
  return { range: { start: offset + part.start, end: offset + part.end }, isExact: true };
}

/** Places whose value is the name of a label, or of a label or else a column. */
const namesLabel = /^models\/[^/]+\/labels\/\d+$|^labels\/[^/]+\/mean\/\d+$/;
/** Places whose value is the name of a column. */
const namesColumn =
  /^labels\/[^/]+\/(column|error|errors\/\d+)$|^reference\/match\/(spectrum\..+|filename|ra|dec|brightest)$|^quality\/\d+\/windowChi2\/columns\/.+$/;

export interface NameUse {
  readonly name: string;
  /** True where only a column of the reference table can be meant; else a label of that name comes first. */
  readonly isColumn: boolean;
  readonly range: TextRange;
}

/** The label or column that is named at an offset of the text, as a value or in a condition; keys are not counted. */
export function nameAt(parsed: ParsedConfig, offset: number): NameUse | null {
  const { config, places, text } = parsed;
  if (config === null) return null;
  const holds = (range: TextRange | undefined) => range !== undefined && range.start <= offset && offset <= range.end;
  for (const { path, expression } of expressionsOf(config)) {
    for (const node of nameNodes(expression.root)) {
      const { range, isExact } = rangeInExpression(parsed, path, expression, node);
      if (isExact && holds(range)) return { name: node.name, isColumn: false, range: range! };
    }
  }
  for (const [path, { value: range }] of places) {
    const isLabel = namesLabel.test(path);
    const isColumn = namesColumn.test(path);
    if ((isLabel || isColumn) && holds(range))
      return { name: unquoted(text.slice(range.start, range.end)), isColumn, range };
  }
  return null;
}

function unquoted(scalar: string): string {
  return scalar.replace(/^(["'])(.*)\1$/s, '$2');
}

export interface LabelUse {
  readonly range: TextRange;
  readonly kind: 'name' | 'model' | 'prior' | 'condition';
  /** False where a condition is written with escapes: its range is then all of it. */
  readonly isExact: boolean;
}

/** Everywhere a label stands: where it is named, in priors, in models, and in conditions. */
export function usesOfLabel(parsed: ParsedConfig, label: string): LabelUse[] {
  const { config, places, text } = parsed;
  const uses: LabelUse[] = [];
  const named = places.get(`labels/${label}`)?.key;
  if (named) uses.push({ range: withoutQuotes(text, named), kind: 'name', isExact: true });
  const prior = places.get(`inference/prior/${label}`)?.key;
  if (prior) uses.push({ range: withoutQuotes(text, prior), kind: 'prior', isExact: true });
  for (const [path, { value }] of places) {
    if (!namesLabel.test(path)) continue;
    const range = withoutQuotes(text, value);
    if (text.slice(range.start, range.end) === label) uses.push({ range, kind: 'model', isExact: true });
  }
  // In its own formula a label's name is a column's.
  const own = `labels/${label}/expression`;
  for (const { path, expression } of config ? expressionsOf(config).filter((one) => one.path !== own) : []) {
    for (const node of nameNodes(expression.root)) {
      if (node.name !== label) continue;
      const { range, isExact } = rangeInExpression(parsed, path, expression, node);
      if (range) uses.push({ range: isExact ? withoutBackquotes(text, range) : range, kind: 'condition', isExact });
    }
  }
  return uses;
}

function withoutQuotes(text: string, { start, end }: TextRange): TextRange {
  return /^["']/.test(text.slice(start, end)) ? { start: start + 1, end: end - 1 } : { start, end };
}

function withoutBackquotes(text: string, { start, end }: TextRange): TextRange {
  return text[start] === '`' ? { start: start + 1, end: end - 1 } : { start, end };
}
