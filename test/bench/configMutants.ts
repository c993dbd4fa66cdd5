/**
 * Damaged copies of texts that people write (`cannon.yaml`, `review.yaml`, conditions, searches), each from a seed and a number
 * alone. Half of the damage knows the structure (values of other kinds, keys renamed, moved, doubled and dropped, conditions of
 * other words), half is in the letters: bytes changed, lines dropped, doubled and swapped, brackets piled up, ends cut off.
 */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { isMap, isPair, isScalar, isSeq, parseDocument, visit, type Document, type Node, type Pair } from 'yaml';
import { schema } from '../../engine/config/schema';
import type { KeySpec, Shape } from '../../engine/config/shape';

export type Pick = (least: number, most: number) => number;

/** Numbers from `least` to `most`, always the same for a seed and an index. */
export function pickFrom(seed: number, index: number): Pick {
  const random = xoroshiro128plus(seed * 1_000_003 + index);
  return (least, most) => uniformInt(random, least, Math.max(least, most));
}

export function oneOf<T>(list: readonly T[], pick: Pick): T {
  return list[pick(0, list.length - 1)]!;
}

/** Every key of the description, and the example of each. */
const [keys, examples] = ((): [string[], string[]] => {
  const [names, texts] = [new Set<string>(), new Set<string>()];
  const walk = (shape: Shape): void => {
    if (shape.kind === 'either') [shape.plain, shape.map].forEach(walk);
    if (shape.kind === 'list') walk(shape.of);
    if (shape.kind === 'names') spec(shape.each);
    if (shape.kind !== 'map') return;
    for (const [name, each] of Object.entries(shape.keys as Record<string, KeySpec>)) {
      names.add(name);
      spec(each);
    }
  };
  const spec = ({ shape, example }: KeySpec): void => {
    texts.add(example);
    walk(shape);
  };
  walk(schema);
  return [[...names], [...texts]];
})();

/** A text with every key that the description knows, each with its example, some of which do not go together. */
export function everyKey(sound: string): string {
  const given = parseDocument(sound).toJS() as Record<string, unknown>;
  const others = Object.entries(schema.keys as Record<string, KeySpec>).filter(([name]) => !(name in given));
  return sound + others.map(([name, { example }]) => `${name}: ${example}\n`).join('');
}

/** Values, one a line, that a key would rather not have. */
const hostile = String.raw`

~
null
true
no
0
-1
1
2
3.5
1e-4
1e308
-1e308
1e999
.inf
.nan
-0
9007199254740993
99999999999999999999999
0x1F
0o17
1_000
2026-11-20
12:30:45
1e-320
[]
{}
[[[[]]]]
{ a: { b: { c: 1 } } }
[1, 2]
[~]
{ ? [a] : b }
&x [*x]
*nowhere
!!binary aGk=
"\0"
"\u202e"
'
"
|
>-
!!float x
!tag 1
%
@
---
...
# nothing
<<
"../.."
""
" "
"**"
"**/*"
"{a,b"
"[!"
"***/***/***"
"spectra/"
"/dev/null"
"/dev/zero"
"{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}"
"@(a|b)*(c|d)!(e)"
__proto__
constructor
toString
teff
TEFF
obsid
otherwise
auto
errors
lamost-mrs
sdss
apogee
galah
table
labels.csv
truth.csv
cannon.yaml
sample.json
spectra`
  .split('\n')
  .concat(`"${'x'.repeat(3000)}"`);

const conditionWords = (
  'and or not ( ) , < <= == != > >= + - * / if( min( max( abs( log10( teff logg feh snrg spectrum.SNRG spectrum. ' +
  '`[Fe/H]` ` 0 1 1e308 1e-308 .5 5000 1e999 = && || ! % ^ "x" \'x\' [ ] { } ; \\ … \u0000 NaN flag_cannon'
).split(' ');

const searchWords = (
  'AND OR NOT ( ) , < <= = <> > + - * / % ^ :: double & || BETWEEN IN IS NULL LIKE ILIKE ~ CASE WHEN THEN ELSE END CAST( AS ' +
  "abs( sqrt( has( teff logg fe_h chi2 snrz ra dec source_id \"teff\" 'low_snr' 'a%' '( '(' 0 1e308 ; -- /* */ SELECT FROM " +
  "read_csv( '/etc/passwd' COPY $1 ? \u0000 1e999 ' \" 1/0"
).split(' ');

/** A condition of `quality` or `where`, or a search over a catalog, of random words; most are wrong. */
export function wordsOf(kind: 'condition' | 'search', pick: Pick): string {
  const words = kind === 'condition' ? conditionWords : searchWords;
  return Array.from({ length: pick(1, pick(0, 9) === 0 ? 400 : 12) }, () => oneOf(words, pick)).join(
    oneOf([' ', ' ', ''], pick),
  );
}

/** Mutant number `index` of `texts`. */
export function textMutant(texts: readonly string[], seed: number, index: number): string {
  const pick = pickFrom(seed, index);
  let text = oneOf(texts, pick);
  for (let n = pick(1, 3); n > 0; n--)
    text = pick(0, 1) === 0 ? changeTree(text, pick) : oneOf(inLetters, pick)(text, pick);
  return text;
}

/** Another value, key or order somewhere in the tree; text that is no YAML any more is changed by its letters. */
function changeTree(text: string, pick: Pick): string {
  const document = parseDocument(text, { uniqueKeys: false });
  const places: { pair: Pair | null; node: Node; parent: unknown; key: unknown }[] = [];
  if (document.errors.length === 0)
    visit(document, {
      Node(key, node, path) {
        const parent = path.at(-1);
        places.push({ pair: isPair(parent) ? parent : null, node, parent, key });
      },
    });
  if (places.length < 2) return oneOf(inLetters, pick)(text, pick);
  const place = oneOf(places, pick);
  changeNode(document, place, () => oneOf(places, pick).node, pick);
  try {
    return document.toString();
  } catch {
    return oneOf(inLetters, pick)(text, pick); // such as an alias before its anchor: no text has that
  }
}

function changeNode(
  document: Document,
  { pair, node, parent, key }: { pair: Pair | null; node: Node; parent: unknown; key: unknown },
  other: () => Node,
  pick: Pick,
): void {
  const asNode = (source: string): Node | null => {
    const made = parseDocument(source, { uniqueKeys: false });
    return made.errors.length === 0 && made.contents !== null ? made.contents : null;
  };
  const put = (value: Node | null): void => {
    if (pair !== null) {
      if (key === 'key') pair.key = value;
      else pair.value = value;
    } else if (isSeq(parent) && typeof key === 'number') parent.items[key] = value;
  };
  const kind = pick(0, 9);
  if (kind <= 2) put(asNode(oneOf(hostile, pick)));
  else if (kind === 3) put(asNode(oneOf(examples, pick)));
  else if (kind === 4) put(document.createNode(wordsOf(pick(0, 3) === 0 ? 'search' : 'condition', pick)));
  else if (kind === 5 && pair !== null) pair.key = document.createNode(oneOf(keys, pick));
  else if (kind === 6 && isMap(node))
    node.items.splice(pick(0, node.items.length), pick(0, 1), ...node.items.slice(0, pick(0, 2)));
  else if (kind === 7 && isSeq(node)) node.items.push(...node.items.slice(0, pick(0, 3)));
  else if (kind === 8) put(other().clone() as Node);
  else if (isScalar(node) && typeof node.value === 'number')
    node.value *= oneOf([0, -1, 1e-9, 1e9, 0.5, 2, 1e300], pick);
  else put(document.createNode(pick(0, 1) === 0 ? [node.clone()] : { [oneOf(keys, pick)]: node.clone() }));
}

type Change = (text: string, pick: Pick) => string;

const letters = ['- ', '&a ', '? ', '| ', ...'{}[]:\t\n\r"\'#*\u0000\uFEFF\uD800☃ '];

const inLetters: readonly Change[] = [
  (text, pick) => splice(text, pick, pick(0, 3), oneOf(letters, pick)),
  (text, pick) => splice(text, pick, pick(1, 40), ''),
  (text, pick) => splice(text, pick, 0, oneOf(letters, pick).repeat(pick(1, 80))),
  (text, pick) => text.slice(0, pick(0, text.length)),
  (text, pick) => inLines(text, (lines) => void lines.splice(pick(0, lines.length), pick(1, 3))),
  (text, pick) => inLines(text, (lines) => void lines.splice(pick(0, lines.length), 0, oneOf(lines, pick))),
  (text, pick) =>
    inLines(text, (lines) => {
      const [a, b] = [pick(0, lines.length - 1), pick(0, lines.length - 1)];
      [lines[a], lines[b]] = [lines[b]!, lines[a]!];
    }),
  (text, pick) =>
    inLines(text, (lines) =>
      lines.forEach((line, n) => pick(0, 9) === 0 && (lines[n] = `${' '.repeat(pick(0, 5))}${line}`)),
    ),
  (text, pick) => {
    const bytes = Buffer.from(text);
    for (let n = pick(1, 6); n > 0 && bytes.length > 0; n--) bytes[pick(0, bytes.length - 1)] = pick(0, 255);
    return bytes.toString();
  },
  (text, pick) => splice(text, pick, 0, ` ${oneOf(hostile, pick)} `),
  (text, pick) => `${text}${oneOf(keys, pick)}: ${pick(0, 1) === 0 ? oneOf(hostile, pick) : oneOf(examples, pick)}\n`,
];

function splice(text: string, pick: Pick, nLetters: number, instead: string): string {
  const at = pick(0, text.length);
  return text.slice(0, at) + instead + text.slice(at + nLetters);
}

function inLines(text: string, change: (lines: string[]) => void): string {
  const lines = text.split('\n');
  change(lines);
  return lines.join('\n');
}
