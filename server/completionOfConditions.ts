/** Completion within a condition: labels, columns, header cards, functions and operators, where each may stand. */
import { CompletionItemKind } from 'vscode-languageserver';
import { type Cursor, functionUsages, writtenName } from '../engine/index';
import { type Known, type Offer } from './completion';
import { aboutLabel, columnsOf } from './completionOfColumns';

const unfinishedName = /(?:`[^`]*|[\p{L}_][\p{L}\p{N}_.]*)$/u;
const wordAfter = /^[\p{L}\p{N}_.]*`?/u;
const endsInValue = /(?:[\p{L}\p{N}_)`]|\d\.)\s+$/u;
const endsInOperator = /\b(?:and|or|not)\s+$/;

export function conditionItems(cursor: Cursor, known: Known): Offer[] {
  const { before, range, shape } = cursor;
  const typed = unfinishedName.exec(before)?.[0] ?? '';
  const start = range.start + before.length - typed.length;
  const offset = range.start + before.length;
  const after = wordAfter.exec(known.parsed.text.slice(offset, range.end))?.[0] ?? '';
  const replace = { start, end: offset + after.length };
  const earlier = before.slice(0, before.length - typed.length);
  const isAfterValue = endsInValue.test(earlier) && !endsInOperator.test(earlier);
  if (isAfterValue) return ['and', 'or'].map((label) => ({ label, kind: CompletionItemKind.Keyword, replace }));
  if (/^spectrum\./.test(typed)) return cards(known).map((offer) => ({ ...offer, replace }));
  const words = [
    ...(shape.kind === 'condition' && shape.word !== undefined && earlier === ''
      ? [
          {
            label: shape.word,
            kind: CompletionItemKind.Keyword,
            detail: 'the stars of which no earlier condition holds',
          },
        ]
      : []),
    ...(shape.kind === 'condition' && earlier === ''
      ? Object.entries(shape.presets ?? {}).map(([label, { condition, about }]) => ({
          ...{ label, kind: CompletionItemKind.Constant, detail: condition, about, rank: 150 },
        }))
      : []),
    { label: 'not', kind: CompletionItemKind.Keyword, rank: 900 },
  ];
  return [...labels(known), ...columns(known), ...spectrum(known), ...functions(), ...words].map((offer) => ({
    ...offer,
    replace,
  }));
}

function labels(known: Known): Offer[] {
  return known.labels.map((label) => ({
    ...{ label, kind: CompletionItemKind.Variable, insert: writtenName(label), rank: 100 },
    ...aboutLabel(label, known),
  }));
}

/** A label hides the column of its name. */
function columns({ facts, labels }: Known): Offer[] {
  const all = columnsOf(facts).filter(({ name }) => !labels.includes(name));
  return all.map(({ name }) => ({
    ...{ label: name, kind: CompletionItemKind.Field, insert: writtenName(name), rank: 200 },
    ...{ detail: 'column', column: { name } },
  }));
}

function spectrum({ facts }: Known): Offer[] {
  if (!facts || facts.cards.size === 0) return [];
  return [{ label: 'spectrum.', kind: CompletionItemKind.Module, rank: 300, detail: "a card of a spectrum's header" }];
}

/** Cards with numbers first: only those can be compared. */
function cards({ facts }: Known): Offer[] {
  return [...(facts?.cards ?? [])].map(([card, value]) => {
    const isNumber = value !== '' && Number.isFinite(Number(value));
    return {
      ...{ label: `spectrum.${card}`, insert: writtenName(`spectrum.${card}`), kind: CompletionItemKind.Constant },
      ...{ rank: isNumber ? 100 : 200, detail: value === '' ? 'header card' : `header card, such as ${value}` },
    };
  });
}

function functions(): Offer[] {
  return Object.entries(functionUsages).map(([name, usage]) => ({
    ...{ label: name, kind: CompletionItemKind.Function, detail: usage, rank: 400 },
    ...{ insert: `${name}(\${1})`, isSnippet: true },
  }));
}
