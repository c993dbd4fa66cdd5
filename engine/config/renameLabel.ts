/**
 * Renames a label throughout a survey description. What the label means stays: a column or unit that it had by its name
 * alone is written out. The result is parsed before it is offered; a name that would break the file, or that would
 * catch what meant a column, is refused with the sentence of that problem.
 */
import { isMap, isScalar, type Node, parseDocument } from 'yaml';
import { UserError, type TextRange } from '../problems';
import type { LabelSpec } from './config';
import { usesOfLabel } from './names';
import { parseConfig, type ParsedConfig } from './parse';
import { asYaml } from './yamlTree';

export interface TextEdit {
  readonly range: TextRange;
  readonly newText: string;
}

/** @throws UserError when the label cannot be renamed so. */
export function renameLabel(parsed: ParsedConfig, from: string, to: string): TextEdit[] {
  const { config, problems, text } = parsed;
  const label = config?.labels.find(({ name }) => name === from);
  if (!config || !label) throw new UserError(`There is no label "${from}"`, 'Mend the file first.', 'CAN014');
  if (to === from) return [];
  const uses = usesOfLabel(parsed, from);
  const escaped = uses.find(({ isExact }) => !isExact);
  if (escaped) {
    const hint = 'Write that condition without escapes first.';
    throw new UserError(`"${from}" stands in a condition that is written with escapes`, hint, 'CAN012');
  }
  if (usesOfLabel(parsed, to).some(({ kind }) => kind === 'condition')) {
    const hint = 'Choose another name.';
    throw new UserError(`A condition uses the column "${to}", which a label of that name would hide`, hint, 'CAN012');
  }
  const edits: TextEdit[] = uses.map(({ range }) => ({ range, newText: to }));
  // Its unit is written out only where the new name would not imply the same.
  for (const keys of [['column'], ['column', 'unit']] as const) {
    const all = [...edits, ...writeOut(parsed, label, keys)];
    const after = parseConfig(apply(text, all), parsed.path);
    const known = new Set(problems.map(({ message }) => message));
    const added = after.problems.find(({ severity, message }) => severity === 'error' && !known.has(message));
    if (added) throw new UserError(added.message, added.hint, added.code);
    const kept = after.config?.labels.find(({ name }) => name === to);
    if (kept?.column === label.column && kept.unit === label.unit) return all;
  }
  const hint = 'Write its "column" and "unit" out, then rename it.';
  throw new UserError(`"${from}" would lose its column or unit with its name`, hint, 'CAN012');
}

/** Inserts those of the keys that the label has by its name alone. */
function writeOut({ text, places }: ParsedConfig, label: LabelSpec, keys: readonly ('column' | 'unit')[]): TextEdit[] {
  const { name } = label;
  const missing = keys.filter((key) => !places.has(`labels/${name}/${key}`) && label[key] !== '');
  const pairs = missing.map((key) => `${key}: ${asYaml(label[key])}`);
  if (pairs.length === 0) return [];
  const document = parseDocument(text, { uniqueKeys: false });
  const value = document.getIn(['labels', name], true) as Node | null | undefined;
  const { key } = places.get(`labels/${name}`)!;
  if (isMap(value) && value.range) {
    const [start] = value.range;
    if (value.flow === true) {
      const rest = value.items.length === 0 ? ' ' : ', ';
      const gap = text[start + 1] === ' ' ? ' ' : '';
      const at = start + 1 + gap.length;
      return [{ range: { start: at, end: at }, newText: `${gap === '' ? ' ' : ''}${pairs.join(', ')}${rest}` }];
    }
    const indent = ' '.repeat(start - (text.lastIndexOf('\n', start - 1) + 1));
    return [{ range: { start, end: start }, newText: pairs.map((pair) => `${pair}\n${indent}`).join('') }];
  }
  const isEmpty = value === null || value === undefined || (isScalar(value) && value.value === null);
  const colon = isEmpty ? text.indexOf(':', key!.end) : -1;
  if (colon < 0) return [];
  return [{ range: { start: colon + 1, end: colon + 1 }, newText: ` { ${pairs.join(', ')} }` }];
}

/** The text with its edits, which do not overlap. */
function apply(text: string, edits: readonly TextEdit[]): string {
  return [...edits]
    .sort((a, b) => b.range.start - a.range.start)
    .reduce((all, { range, newText }) => all.slice(0, range.start) + newText + all.slice(range.end), text);
}
