/** Header cards as text (FITS Standard 4.0, section 4.2): fixed format, CONTINUE for long strings, HIERARCH for long keywords. */
import { CARD_BYTES, type CardValue } from './header';

const replacements: readonly (readonly [RegExp, string])[] = [
  [/[ÅÅ]/gu, 'Angstrom'],
  [/°/gu, 'deg'],
  [/[µμ]/gu, 'u'],
  [/[−–]/gu, '-'],
  [/[‘’]/gu, "'"],
  [/χ/gu, 'chi'],
  [/²/gu, '2'],

  [/[^\x20-\x7e]/gu, '?'],
];

/** `text` in the characters that FITS allows. */
export function ascii(text: string): string {
  return replacements.reduce((result, [pattern, by]) => result.replace(pattern, by), text);
}

/** One record, or several when a string continues. Throws `RangeError` for numbers that FITS cannot write. */
export function formatCard(keyword: string, value: CardValue, comment: string): string {
  const name = /^[A-Z0-9_-]{1,8}$/.test(keyword)
    ? keyword.padEnd(8) + '= '
    : `HIERARCH ${ascii(keyword).toUpperCase()} = `;
  if (typeof value === 'string') return formatText(name, ascii(value), ascii(comment));
  const token = formatToken(value);
  const start = name + (name.length === 10 ? token.padStart(20) : token);
  const note = comment === '' ? '' : ` / ${ascii(comment)}`;
  return (start + note).slice(0, CARD_BYTES).padEnd(CARD_BYTES);
}

/** COMMENT, HISTORY or blank cards, as many as the text needs. */
export function formatCommentary(keyword: string, text: string): string {
  const clean = ascii(text);
  const records: string[] = [];
  for (let start = 0; start === 0 || start < clean.length; start += CARD_BYTES - 8) {
    records.push((keyword.padEnd(8) + clean.slice(start, start + CARD_BYTES - 8)).padEnd(CARD_BYTES));
  }
  return records.join('');
}

function formatToken(value: Exclude<CardValue, string>): string {
  if (value === null) return '';
  if (typeof value === 'boolean') return value ? 'T' : 'F';
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) return Object.is(value, -0) ? '-0.0' : String(value);
  if (!Number.isFinite(value)) throw new RangeError(`a FITS header cannot hold ${value}`);
  const [mantissa = '', exponent] = String(value).split('e');
  const point = mantissa.includes('.') ? mantissa : `${mantissa}.0`;
  return exponent === undefined ? point : `${point}E${exponent.replace('+', '')}`;
}

function formatText(name: string, value: string, comment: string): string {
  const quoted = value.replaceAll("'", "''");
  const single = `${name}'${quoted.padEnd(8)}'`;
  if (single.length <= CARD_BYTES) {
    return (comment === '' ? single : `${single.padEnd(30)} / ${comment}`).slice(0, CARD_BYTES).padEnd(CARD_BYTES);
  }
  const records: string[] = [];
  let rest = value;
  for (let prefix = name; ; prefix = 'CONTINUE  ') {
    const room = CARD_BYTES - prefix.length - 2;
    const whole = rest.replaceAll("'", "''");
    if (whole.length <= room) {
      records.push(`${prefix}'${whole}'`.padEnd(CARD_BYTES));
      return records.join('');
    }
    const piece = cut(rest, room - 1);
    records.push(`${prefix}'${piece.replaceAll("'", "''")}&'`.padEnd(CARD_BYTES));
    rest = rest.slice(piece.length);
  }
}

/** The longest beginning of `text` that takes at most `room` characters once its quotes are doubled. */
function cut(text: string, room: number): string {
  let used = 0;
  let end = 0;
  while (end < text.length) {
    used += text[end] === "'" ? 2 : 1;
    if (used > room) break;
    end++;
  }
  return text.slice(0, end);
}
