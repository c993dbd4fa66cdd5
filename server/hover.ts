/** Hovers: what a key means and may be, what a label is in the reference table, and how many stars a cut leaves. */
import type { Hover } from 'vscode-languageserver';
import { basename } from 'node:path';
import {
  defaultInWords,
  type LabelSpec,
  nameAt,
  type ParsedConfig,
  type Place,
  shapeInWords,
  type SurveyFacts,
  type TextRange,
} from '../engine/index';
import { type Feature, guard, type ServerContext } from './context';

interface Found {
  readonly range: TextRange;
  readonly markdown: string;
}

const isWithin = (offset: number, { start, end }: TextRange) => start <= offset && offset <= end;

/** What stands at an offset of the text, explained; null where there is nothing to say. */
export function explain(parsed: ParsedConfig, facts: SurveyFacts | null, offset: number): Found | null {
  for (const [path, place] of parsed.places) {
    if (place.key && isWithin(offset, place.key))
      return { range: place.key, markdown: aboutKey(path, place, parsed, facts) };
  }
  const named = nameAt(parsed, offset);
  const label = named?.isColumn === false ? parsed.config?.labels.find(({ name }) => name === named.name) : undefined;
  if (named && label) return { range: named.range, markdown: aboutLabel(label, facts) };
  if (named) {
    const column = aboutColumn(named.name, facts);
    return column === null ? null : { range: named.range, markdown: `**${code(named.name)}** ${column}` };
  }
  for (const { value, spec } of parsed.places.values()) {
    if (spec.shape.kind !== 'choice' || !isWithin(offset, value)) continue;
    const choice = parsed.text.slice(value.start, value.end);
    const meaning = spec.shape.choices[choice];
    if (meaning !== undefined) return { range: value, markdown: `**${code(choice)}** ${meaning}` };
  }
  return null;
}

function aboutKey(path: string, place: Place, parsed: ParsedConfig, facts: SurveyFacts | null): string {
  const { spec, name } = place;
  const label =
    place.named && path.startsWith('labels/') ? parsed.config?.labels.find((one) => one.name === name) : undefined;
  if (label) return aboutLabel(label, facts);
  const defaultValue = defaultInWords(spec);
  const lines = [
    `**${path.replaceAll('/', '.')}** ${shapeInWords(spec.shape, spec.unit)}`,
    spec.detail ? `${spec.summary} ${spec.detail}` : spec.summary,
    ...(spec.shape.kind === 'choice'
      ? [
          Object.entries(spec.shape.choices)
            .map(([choice, meaning]) => `- ${code(choice)}: ${meaning}`)
            .join('\n'),
        ]
      : []),
    [
      ...(spec.unit === undefined ? [] : [`Unit: ${spec.unit}`]),
      ...(defaultValue === null ? [] : [spec.required ? 'Must be given' : `Default: ${defaultValue}`]),
    ].join('  \n'),
    `\`\`\`yaml\n${name}: ${spec.example}\n\`\`\``,
    ...aboutSurvey(path, place, facts),
  ];
  return lines.filter((line) => line !== '').join('\n\n');
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

function aboutLabel({ name, column, unit }: LabelSpec, facts: SurveyFacts | null): string {
  const head = `**${name}** a label${unit === '' ? '' : `, in ${unit}`}: the column ${code(column)} of the reference table.`;
  const values = aboutColumn(column, facts, unit);
  return values === null ? head : `${head}\n\n${values}`;
}

/** Range and number of a column's values; null where the table could not be read or has no such column. */
function aboutColumn(name: string, facts: SurveyFacts | null, unit = ''): string | null {
  const values = facts?.table?.columns.get(name)?.values;
  if (!values) return null;
  const known = values.filter((value) => value !== null);
  const numbers = known.map(Number).filter(Number.isFinite);
  const missing = values.length - known.length;
  const suffix = missing === 0 ? '' : `, ${missing} missing`;
  if (numbers.length < known.length || numbers.length === 0) return `${count(known.length, 'value')}${suffix}.`;
  let [least, most] = [Infinity, -Infinity];
  for (const value of numbers) [least, most] = [Math.min(least, value), Math.max(most, value)];
  return `${count(numbers.length, 'value')} from ${short(least)} to ${short(most)}${unit === '' ? '' : ` ${unit}`}${suffix}.`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(6))).replace('-', '−');
}

function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : plural}`;
}

function code(text: string): string {
  return `\`${text.replaceAll('`', "'")}\``;
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
