/** How the server speaks of keys, columns and numbers, in Markdown. Texts of the user's files are put in as code, never as markup. */
import { defaultInWords, type KeySpec, shapeInWords, type SurveyFacts, type TableColumn } from '../engine/index';

/** What the schema says of a key. */
export function describeKey(path: string, name: string, spec: KeySpec): string {
  const defaultValue = defaultInWords(spec);
  const lines = [
    `**${path.replaceAll('/', '.')}** ${shapeInWords(spec.shape, spec.unit)}`,
    spec.detail ? `${spec.summary} ${spec.detail}` : spec.summary,
    spec.shape.kind === 'choice'
      ? Object.entries(spec.shape.choices)
          .map(([choice, meaning]) => `- ${code(choice)}: ${meaning}`)
          .join('\n')
      : '',
    [
      ...(spec.unit === undefined ? [] : [`Unit: ${spec.unit}`]),
      ...(defaultValue === null ? [] : [spec.required ? 'Must be given' : `Default: ${defaultValue}`]),
    ].join('  \n'),
    `\`\`\`yaml\n${name}: ${spec.example}\n\`\`\``,
  ];
  return lines.filter((line) => line !== '').join('\n\n');
}

/** Number, range and distribution of a column's values; null where there is no such column. */
export function aboutColumn(column: TableColumn | undefined, unit = column?.unit ?? ''): string | null {
  if (!column) return null;
  const { values } = column;
  const known = values.filter((value) => value !== null);
  const numbers = known.map(Number).filter(Number.isFinite);
  const missing = values.length - known.length;
  const suffix = missing === 0 ? '' : `, ${missing} missing`;
  if (numbers.length < known.length || numbers.length === 0) return `${count(known.length, 'value')}${suffix}.`;
  let [least, most] = [Infinity, -Infinity];
  for (const value of numbers) [least, most] = [Math.min(least, value), Math.max(most, value)];
  const ofUnit = unit === '' ? '' : ` ${unit}`;
  const range = `${count(numbers.length, 'value')} from ${short(least)} to ${short(most)}${ofUnit}${suffix}.`;
  return least === most ? range : `${range}\n\n${histogram(numbers, least, most)}`;
}

const nBins = 32;
const blocks = ' ▁▂▃▄▅▆▇█';

/** Bars of block characters over their range, in a block of code: it takes the editor's font and colours. */
function histogram(values: readonly number[], least: number, most: number): string {
  const bins = new Array<number>(nBins).fill(0);
  for (const value of values) bins[Math.min(nBins - 1, Math.floor(((value - least) / (most - least)) * nBins))]!++;
  const highest = Math.max(...bins);
  // A bin that holds anything shows at least the lowest bar.
  const bars = bins.map((n) => blocks[Math.ceil((n / highest) * (blocks.length - 1))]).join('');
  const [from, to] = [short(least), short(most)];
  return `\`\`\`text\n${bars}\n${from}${to.padStart(Math.max(to.length + 1, nBins - from.length))}\n\`\`\``;
}

/** A header card, named as \`spectrum.CARD\`; null where no spectrum has it. */
export function aboutCard(name: string, facts: SurveyFacts | null): string | null {
  const value = facts?.cards.get(name.slice('spectrum.'.length));
  return value === undefined ? null : `a card of the primary header, for example ${code(value === '' ? ' ' : value)}.`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(6))).replace('-', '−');
}

export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : plural}`;
}

export function code(text: string): string {
  return `\`${text.replaceAll('`', "'").replace(/\s+/g, ' ')}\``;
}

/** A text of a file as Markdown that shows it letter by letter. */
export function plain(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]<>()#+\-.!|~&$]/g, (mark) => `\\${mark}`);
}
