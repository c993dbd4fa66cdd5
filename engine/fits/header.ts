/**
 * FITS header cards: 80 ASCII bytes each, keyword, value, comment (FITS Standard 4.0, section 4.1–4.2).
 *
 * Understood: strings with doubled quotes and slashes, CONTINUE (4.2.1.2), HIERARCH (the registered ESO convention),
 * Fortran D exponents, logicals, integers of any size (exact: bigint beyond 2^53), undefined values, commentary cards.
 * Cards stay in order with duplicates; look-ups take the first, as astropy does. A malformed value is kept as text.
 */
export type CardValue = string | number | bigint | boolean | null;

export interface Card {
  /** Upper case, without padding; "" for a blank keyword; HIERARCH keywords without the word HIERARCH. */
  readonly keyword: string;
  /** null where undefined, and on commentary cards, whose text is the comment. */
  readonly value: CardValue;
  readonly comment: string;
  /** A complex number, whose two parts are kept as text: `(1.5, 2)`. */
  readonly isComplex?: true;
}

export const CARD_BYTES = 80;

const commentary = new Set(['COMMENT', 'HISTORY', '', 'END']);
const integerPattern = /^[+-]?\d+$/;
const complexPattern = /^\([^(),]+,[^(),]+\)$/;
/** What may follow the quote that ends a text. */
const textEnd = /^\s*(\/|$)/;
const realPattern = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[EDed][+-]?\d+)?$/;

export class Header {
  private readonly firstIdx = new Map<string, number>();

  constructor(readonly cards: readonly Card[]) {
    cards.forEach((card, index) => {
      if (!this.firstIdx.has(card.keyword)) this.firstIdx.set(card.keyword, index);
    });
  }

  has(keyword: string): boolean {
    return this.firstIdx.has(keyword);
  }

  /** The first card of each keyword, in order. */
  *firsts(): Generator<Card> {
    for (const index of this.firstIdx.values()) yield this.cards[index]!;
  }

  /** The value of the first card of that name; undefined when there is none, null when it has no value. */
  get(keyword: string): CardValue | undefined {
    const index = this.firstIdx.get(keyword);
    return index === undefined ? undefined : this.cards[index]!.value;
  }

  /** The value as a finite number (numeric text counts: some pipelines quote numbers), else null. */
  number(keyword: string): number | null {
    const value = this.get(keyword);
    if (typeof value === 'string') {
      const parsed = parseToken(value.trim());
      return typeof parsed === 'number' ? parsed : null;
    }
    if (typeof value === 'bigint') return Number(value);
    return typeof value === 'number' && Number.isFinite(value) ? value : null;
  }

  /** The value as text without surrounding blanks; null when absent or undefined. */
  text(keyword: string): string | null {
    const value = this.get(keyword);
    if (value === undefined || value === null) return null;
    if (typeof value === 'boolean') return value ? 'T' : 'F';
    return String(value).trim();
  }
}

/** Cards from whole 80-byte records; stops at END. `ended` says whether END was there. */
export function parseCards(records: Uint8Array): { header: Header; ended: boolean } {
  const cards: Card[] = [];
  const text = Buffer.from(records.buffer, records.byteOffset, records.byteLength).toString('latin1');
  for (let start = 0; start + CARD_BYTES <= text.length; start += CARD_BYTES) {
    const record = text.slice(start, start + CARD_BYTES);
    if (record.startsWith('END') && record.trimEnd() === 'END') return { header: new Header(cards), ended: true };
    if (record.startsWith('CONTINUE')) {
      const previous = cards.at(-1);
      if (typeof previous?.value === 'string' && previous.value.endsWith('&')) {
        cards[cards.length - 1] = continued(previous, record);
        continue;
      }
    }
    cards.push(parseCard(record));
  }
  return { header: new Header(cards), ended: false };
}

/** One 80-character record as a card. */
export function parseCard(record: string): Card {
  const keyword = keywordOf(record.slice(0, 8));
  if (keyword === 'HIERARCH') {
    const equals = record.indexOf('=');
    if (equals > 8) {
      return parseValue(record.slice(8, equals).trim().toUpperCase(), record.slice(equals + 1));
    }
  }
  if (commentary.has(keyword) || record[8] !== '=') {
    return { keyword, value: null, comment: record.slice(8).trimEnd() };
  }
  return parseValue(keyword, record.slice(9));
}

/** The same few hundred keywords stand in all files: each is kept as one string, whose look-ups then take half the time. */
const keywords = new Map<string, string>();
const maxKeywords = 4096;

function keywordOf(padded: string): string {
  let keyword = keywords.get(padded);
  if (keyword === undefined) {
    keyword = padded.trimEnd().toUpperCase();
    if (keywords.size < maxKeywords) keywords.set(Buffer.from(padded, 'latin1').toString('latin1'), keyword);
  }
  return keyword;
}

function continued(previous: Card, record: string): Card {
  const { value, comment } = parseValue('', record.slice(8));
  const kept = (previous.value as string).slice(0, -1);
  return {
    keyword: previous.keyword,
    value: kept + (typeof value === 'string' ? value : ''),
    comment: [previous.comment, comment].filter((part) => part !== '').join(' '),
  };
}

function parseValue(keyword: string, field: string): Card {
  const trimmed = field.trimStart();
  if (trimmed.startsWith("'")) return parseString(keyword, trimmed);
  const slash = field.indexOf('/');
  const token = (slash < 0 ? field : field.slice(0, slash)).trim();
  const comment = slash < 0 ? '' : field.slice(slash + 1).trim();
  const value = parseToken(token);
  if (token.startsWith('(') && complexPattern.test(token)) return { keyword, value, comment, isComplex: true };
  return { keyword, value, comment };
}

/**
 * `field` starts with a quote. A quote inside is doubled; trailing blanks are not part of the value. Some writers forget to
 * double: a quote after which neither the comment nor the end follows is taken as part of the text.
 */
function parseString(keyword: string, field: string): Card {
  let end = field.indexOf("'", 1);
  while (end >= 0 && end < field.length) {
    const isDoubled = field[end + 1] === "'";
    if (!isDoubled && textEnd.test(field.slice(end + 1))) break;
    end = field.indexOf("'", end + (isDoubled ? 2 : 1));
  }
  if (end < 0) end = field.length;
  const text = field.slice(1, end);
  const slash = field.indexOf('/', end + 1);
  return {
    keyword,
    value: (text.includes("'") ? text.replaceAll("''", "'") : text).trimEnd(),
    comment: slash < 0 ? '' : field.slice(slash + 1).trim(),
  };
}

function parseToken(token: string): CardValue {
  if (token === '') return null;
  if (token === 'T') return true;
  if (token === 'F') return false;
  // Words begin with a letter, numbers never do.
  if (token.charCodeAt(0) >= 0x41) return token;
  if (integerPattern.test(token)) {
    const value = Number(token);
    return Number.isSafeInteger(value) ? value : BigInt(token);
  }
  if (realPattern.test(token)) return Number(token.replace(/[Dd]/, 'e'));
  return token;
}
