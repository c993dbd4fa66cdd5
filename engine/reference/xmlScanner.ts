/**
 * The tags of an XML file, one after the other, from its bytes: as much XML as VOTables are written in.
 *
 * Only the five named entities and character numbers are decoded, and nothing that a document type declares: an entity cannot
 * grow. Comments, instructions and declarations are passed over, CDATA is text. Names come without their namespace prefix.
 */
import { UserError } from '../problems';

export interface Tag {
  readonly kind: 'open' | 'close' | 'empty';
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** Offsets of its "<" and behind its ">". */
  readonly from: number;
  readonly to: number;
}

const [less, greater, slash, bang, question] = [60, 62, 47, 33, 63];
const noAttributes: ReadonlyMap<string, string> = new Map();

export class XmlScanner {
  at = 0;

  constructor(
    readonly bytes: Buffer,
    private readonly path: string,
  ) {}

  /** The next tag, or null at the end. @throws UserError CAN102 where a tag does not end. */
  next(): Tag | null {
    const { bytes } = this;
    for (;;) {
      const from = bytes.indexOf(less, this.at);
      if (from < 0) return null;
      const second = bytes[from + 1];
      if (second === bang) this.at = this.afterMarkup(from);
      else if (second === question) this.at = this.after('?>', from);
      else return this.tag(from);
    }
  }

  private tag(from: number): Tag {
    const { bytes } = this;
    const to = this.endOfTag(from);
    this.at = to;
    const isClose = bytes[from + 1] === slash;
    const isEmpty = !isClose && bytes[to - 2] === slash;
    const inner = bytes.toString('utf8', from + (isClose ? 2 : 1), to - (isEmpty ? 2 : 1));
    const name = /^[^\s/>]*/.exec(inner)![0];
    const local = name.slice(name.indexOf(':') + 1);
    const attributes = isClose || inner.length === name.length ? noAttributes : attributesOf(inner.slice(name.length));
    return { kind: isClose ? 'close' : isEmpty ? 'empty' : 'open', name: local, attributes, from, to };
  }

  /** Behind the ">" that ends the tag; one inside quotes does not. */
  private endOfTag(from: number): number {
    const { bytes } = this;
    let quote = 0;
    for (let at = from + 1; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (quote !== 0) quote = byte === quote ? 0 : quote;
      else if (byte === 34 || byte === 39) quote = byte;
      else if (byte === greater) return at + 1;
      else if (byte === less) break;
    }
    throw this.broken(from);
  }

  /** Behind a comment, a CDATA section or a declaration. */
  private afterMarkup(from: number): number {
    const begins = (text: string) => this.bytes.toString('latin1', from, from + text.length) === text;
    if (begins('<!--')) return this.after('-->', from);
    if (begins('<![CDATA[')) return this.after(']]>', from);
    let depth = 0;
    for (let at = from; at < this.bytes.length; at++) {
      const byte = this.bytes[at]!;
      if (byte === 91) depth++;
      else if (byte === 93) depth--;
      else if (byte === greater && depth <= 0) return at + 1;
    }
    throw this.broken(from);
  }

  private after(end: string, from: number): number {
    const at = this.bytes.indexOf(end, from, 'latin1');
    if (at < 0) throw this.broken(from);
    return at + end.length;
  }

  /** An error at an offset. */
  broken(at: number, what = 'a tag does not end'): UserError {
    let line = 1;
    for (let i = this.bytes.indexOf(10); i >= 0 && i < at; i = this.bytes.indexOf(10, i + 1)) line++;
    return new UserError(
      `${this.path} is not a well-formed VOTable: ${what} (line ${line})`,
      'Fetch the file again, or convert it with TOPCAT or astropy.',
      'CAN102',
    );
  }
}

function attributesOf(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name, double, single] of text.matchAll(/([^\s=/]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g))
    attributes.set(name!, decodeText(double ?? single ?? ''));
  return attributes;
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The text that stands for itself between two tags. Entities that no standard names stay as they are written. */
export function decodeText(raw: string): string {
  if (raw.includes('<![CDATA[')) {
    return raw
      .split(/<!\[CDATA\[|\]\]>/)
      .map((part, i) => (i % 2 === 1 ? part : decodeText(part)))
      .join('');
  }
  const text = raw.includes('<!--') ? raw.replace(/<!--[^]*?-->/g, '') : raw;
  if (!text.includes('&')) return text;
  return text.replace(/&(#x[\da-fA-F]{1,6}|#\d{1,7}|\w{1,8});/g, (whole, name: string) => {
    if (!name.startsWith('#')) return Object.hasOwn(entities, name) ? entities[name]! : whole;
    const code = name[1] === 'x' ? parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
