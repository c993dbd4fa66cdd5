/**
 * FITS header cards: 80 ASCII bytes each, keyword, value, comment (FITS Standard 4.0, section 4.1–4.2).
 *
 * Understood: strings with doubled quotes and slashes, CONTINUE (4.2.1.2), HIERARCH (the registered ESO convention),
 * Fortran D exponents, logicals, integers of any size (exact: bigint beyond 2^53), undefined values, commentary cards.
 * Cards stay in order with duplicates; look-ups take the first, as astropy does. A malformed value is kept as text.
 *
 * A survey's headers have two hundred cards, of which a reader of spectra asks for twenty: a card is parsed when it is
 * first asked for, and which keywords there are is known from the last header that had the same ones.
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
  readonly #records: Records;
  readonly #known: (Card | undefined)[] = [];
  #all: readonly Card[] | null = null;

  constructor(records: Records) {
    this.#records = records;
  }

  /** All of them, in order. */
  get cards(): readonly Card[] {
    return (this.#all ??= Array.from({ length: this.#records.count }, (_, index) => this.#card(index)));
  }

  has(keyword: string): boolean {
    return this.#records.firsts.has(keyword);
  }

  /** The first card of each keyword, in order. */
  *firsts(): Generator<Card> {
    for (const index of this.#records.firsts.values()) yield this.#card(index);
  }

  /** The value of the first card of that name; undefined when there is none, null when it has no value. */
  get(keyword: string): CardValue | undefined {
    const index = this.#records.firsts.get(keyword);
    return index === undefined ? undefined : this.#card(index).value;
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

  #card(index: number): Card {
    return (this.#known[index] ??= this.#records.card(index));
  }
}

/** The cards of a header, each made when it is asked for. */
interface Records {
  readonly count: number;
  /** Index of the first card of each keyword, in order. */
  readonly firsts: ReadonlyMap<string, number>;
  readonly card: (index: number) => Card;
}

/** Cards from whole 80-byte records; stops at END. `ended` says whether END was there. */
export function parseCards(records: Uint8Array): { header: Header; ended: boolean } {
  const nRecords = Math.floor(records.length / CARD_BYTES);
  let count = 0;
  while (count < nRecords && !isEnd(records, count * CARD_BYTES)) count++;
  const bytes = Buffer.from(records.buffer, records.byteOffset, count * CARD_BYTES);
  return { header: headerOf(bytes.toString('latin1'), bytes), ended: count < nRecords };
}

function isEnd(bytes: Uint8Array, start: number): boolean {
  if (bytes[start] !== 0x45 || bytes[start + 1] !== 0x4e || bytes[start + 2] !== 0x44) return false;
  for (let i = 3; i < CARD_BYTES; i++) if (bytes[start + i] !== 0x20) return false;
  return true;
}

/** The last headers: what describes the tables of a survey is the same text in file after file. */
const recent: { readonly text: string; readonly header: Header }[] = [];
const maxRecent = 8;

function headerOf(text: string, bytes: Uint8Array): Header {
  const place = recent.findIndex((other) => other.text === text);
  const entry = place >= 0 ? recent.splice(place, 1)[0]! : { text, header: new Header(recordsOf(text, bytes)) };
  recent.unshift(entry);
  recent.length = Math.min(recent.length, maxRecent);
  return entry.header;
}

function recordsOf(text: string, bytes: Uint8Array): Records {
  const layout = layoutOf(text, bytes);
  if (layout.isPlain) {
    const card = (index: number) => parseCard(text.slice(CARD_BYTES * index, CARD_BYTES * (index + 1)));
    return { count: layout.keywords.length / 8, firsts: layout.firsts, card };
  }
  const cards: Card[] = [];
  for (let start = 0; start < text.length; start += CARD_BYTES) {
    const record = text.slice(start, start + CARD_BYTES);
    const previous = cards.at(-1);
    if (record.startsWith('CONTINUE') && typeof previous?.value === 'string' && previous.value.endsWith('&')) {
      cards[cards.length - 1] = continued(previous, record);
    } else cards.push(parseCard(record));
  }
  const firsts = firstsOf(cards.map(({ keyword }) => keyword));
  return { count: cards.length, firsts, card: (index) => cards[index]! };
}

/** Which keywords a header has, by the first 8 bytes of its cards: the same in most files of a survey. */
interface Layout {
  readonly keywords: Uint8Array;
  readonly firsts: ReadonlyMap<string, number>;
  /** Whether each record is a card with its keyword in front: no CONTINUE, no HIERARCH. */
  readonly isPlain: boolean;
}

/** By a hash of their keywords. */
const layouts = new Map<number, Layout>();
const maxLayouts = 64;

function layoutOf(text: string, bytes: Uint8Array): Layout {
  let hash = 0;
  for (let start = 0; start < bytes.length; start += CARD_BYTES) {
    for (let i = start; i < start + 8; i++) hash = (Math.imul(hash, 31) + bytes[i]!) | 0;
  }
  const known = layouts.get(hash);
  if (known !== undefined && hasLayout(bytes, known)) return known;
  const padded: string[] = [];
  for (let start = 0; start < text.length; start += CARD_BYTES) padded.push(text.slice(start, start + 8));
  const keywords = Buffer.from(padded.join(''), 'latin1');
  const isPlain = !padded.some((keyword) => keyword === 'CONTINUE' || keyword.toUpperCase() === 'HIERARCH');
  const layout = { keywords, isPlain, firsts: firstsOf(padded.map(keywordOf)) };
  if (layouts.size >= maxLayouts) layouts.clear();
  layouts.set(hash, layout);
  return layout;
}

function hasLayout(bytes: Uint8Array, { keywords }: Layout): boolean {
  if (10 * keywords.length !== bytes.length) return false;
  for (let start = 0, k = 0; start < bytes.length; start += CARD_BYTES - 8) {
    for (const end = k + 8; k < end; k++, start++) if (bytes[start] !== keywords[k]) return false;
  }
  return true;
}

function firstsOf(keywords: readonly string[]): Map<string, number> {
  const firsts = new Map<string, number>();
  keywords.forEach((keyword, index) => {
    if (!firsts.has(keyword)) firsts.set(keyword, index);
  });
  return firsts;
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

function keywordOf(padded: string): string {
  return padded.trimEnd().toUpperCase();
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
