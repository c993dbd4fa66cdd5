/** Hovers: what a key means and may be, what a label is in the reference table, and how many stars a cut leaves. */
import type { Hover } from 'vscode-languageserver';
import { basename } from 'node:path';
import type { LabelSpec, ParsedConfig, Place, SurveyFacts, TextRange } from '../engine/index';
import { nameAt } from '../engine/index';
import { type Feature, guard, type ServerContext } from './context';
import { keptBy } from './facts';
import { aboutCard, aboutColumn, code, count, describeKey } from './words';

interface Found {
  readonly range: TextRange;
  readonly markdown: string;
}

const isWithin = (offset: number, { start, end }: TextRange) => start <= offset && offset <= end;

/** What stands at an offset of the text, explained; null where there is nothing to say. */
function explain(parsed: ParsedConfig, facts: SurveyFacts | null, offset: number): Found | null {
  for (const [path, place] of parsed.places) {
    if (place.key && isWithin(offset, place.key))
      return { range: place.key, markdown: aboutKey(path, place, parsed, facts) };
  }
  const named = nameAt(parsed, offset);
  const condition = conditionAt(parsed, offset, facts);
  const withCondition = (found: Found | null): Found | null =>
    found && condition ? { ...found, markdown: `${found.markdown}\n\n${condition.markdown}` } : (found ?? condition);
  const label = named?.isColumn === false ? parsed.config?.labels.find(({ name }) => name === named.name) : undefined;
  if (named && label) return withCondition({ range: named.range, markdown: aboutLabel(label, facts) });
  if (named) {
    const about = named.name.startsWith('spectrum.')
      ? aboutCard(named.name, facts)
      : aboutColumn(facts?.table?.columns.get(named.name));
    return withCondition(about === null ? null : { range: named.range, markdown: `**${code(named.name)}** ${about}` });
  }
  if (condition) return condition;
  for (const { value, spec } of parsed.places.values()) {
    if (spec.shape.kind !== 'choice' || !isWithin(offset, value)) continue;
    const choice = parsed.text.slice(value.start, value.end);
    const meaning = spec.shape.choices[choice];
    if (meaning !== undefined) return { range: value, markdown: `**${code(choice)}** ${meaning}` };
  }
  return null;
}

function conditionAt(parsed: ParsedConfig, offset: number, facts: SurveyFacts | null): Found | null {
  for (const [path, { value: range }] of parsed.places) {
    const isCondition = /^quality\/\d+$|^models\/[^/]+\/where$/.test(path);
    if (!isCondition || !isWithin(offset, range)) continue;
    const markdown = aboutCondition(path, parsed, facts);
    return markdown === null ? null : { range, markdown };
  }
  return null;
}

function aboutKey(path: string, place: Place, parsed: ParsedConfig, facts: SurveyFacts | null): string {
  const { spec, name } = place;
  const label =
    place.named && path.startsWith('labels/') ? parsed.config?.labels.find((one) => one.name === name) : undefined;
  if (label) return aboutLabel(label, facts);
  return [describeKey(path, name, spec), ...aboutSurvey(path, place, facts)].join('\n\n');
}

/** What the disk says about this key of this survey. */
function aboutSurvey(path: string, { named, name }: Place, facts: SurveyFacts | null): string[] {
  if (!facts) return [];
  const { nSpectra, nReadable, nMatched, table, funnel } = facts;
  switch (path) {
    case 'spectra':
      return [`${count(nSpectra, 'file')} here, ${nReadable === nSpectra ? 'all' : String(nReadable)} readable.`];
    case 'reference': {
      const matched = nMatched === null ? '' : `; ${nMatched} of ${count(nReadable, 'spectrum', 'spectra')} match one`;
      return table ? [`${code(basename(table.path))} has ${count(table.nRows, 'row')}${matched}.`] : [];
    }
    case 'quality':
      return funnel ? [funnel.map(({ step, stars }) => `- ${code(step)}: ${stars}`).join('\n')] : [];
    default: {
      const step = named ? funnel?.find((one) => one.step.startsWith(`${name},`)) : undefined;
      return step ? [`${count(step.stars, 'training star')} in this survey.`] : [];
    }
  }
}

function aboutLabel({ name, column, unit, derived }: LabelSpec, facts: SurveyFacts | null): string {
  const ofUnit = unit === '' ? '' : `, in ${unit}`;
  if (derived?.by === 'expression') return `**${name}** a label${ofUnit}: ${code(derived.expression.text)}.`;
  if (derived) {
    const by = derived.weights === 'errors' ? ', weighted by 1 ÷ error²' : '';
    const least = derived.atLeast > 1 ? `, of at least ${derived.atLeast} of them` : '';
    return `**${name}** a label${ofUnit}: the mean of ${derived.of.map(code).join(', ')}${by}${least}.`;
  }
  const head = `**${name}** a label${unit === '' ? '' : `, in ${unit}`}: the column ${code(column)} of the reference table.`;
  const values = aboutColumn(facts?.table?.columns.get(column), unit);
  return values === null ? head : `${head}\n\n${values}`;
}

/** What a condition leaves of the stars, where the facts are about this very condition; else null. */
function aboutCondition(path: string, parsed: ParsedConfig, facts: SurveyFacts | null): string | null {
  const keeps = keptBy(path, parsed.config, facts);
  if (keeps === null) return null;
  const { alone, stars, text } = keeps;
  const where = path.startsWith('quality') ? 'after the conditions before it' : 'with all labels, after `quality`';
  return `${code(text)} holds for ${alone} of ${count(facts!.nMatched!, 'star')}; ${where}, ${count(stars, 'star')} remain${stars === 1 ? 's' : ''}.`;
}

export const hover: Feature = {
  capabilities: { hoverProvider: true },

  register({ connection, documents, surveys }: ServerContext): void {
    connection.onHover(
      guard(connection, 'hover', ({ textDocument, position }): Hover | null => {
        const document = documents.get(textDocument.uri);
        if (!document) return null;
        const { parsed, facts } = surveys.get(document);
        const found = explain(parsed, facts, document.offsetAt(position));
        if (!found) return null;
        const range = { start: document.positionAt(found.range.start), end: document.positionAt(found.range.end) };
        return { contents: { kind: 'markdown', value: found.markdown }, range };
      }),
    );
  },
};
