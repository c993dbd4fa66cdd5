/**
 * Changes that a person could have made to a sound `cannon.yaml`: other values, units, columns and conditions, keys moved, left out
 * and added with the example of the schema, comments, other styles of YAML. Most texts that come of it are sound, or wrong in one
 * place; the rough damage is that of `configMutants.ts`. A text depends on a seed and a number alone.
 */
import { isMap, isNode, isPair, isScalar, isSeq, parseDocument, visit, type Document, type YAMLMap } from 'yaml';
import { schema } from '../../engine/config/schema';
import type { KeySpec } from '../../engine/config/shape';
import { oneOf, pickFrom, type Pick } from './configMutants';

/** Number `index` of the changed texts. */
export function changedText(texts: readonly string[], seed: number, index: number): string {
  const pick = pickFrom(seed, index);
  let text = oneOf(texts, pick);
  for (let n = pick(1, 3); n > 0; n--) text = oneOf(changes, pick)(text, pick);
  return text;
}

/** The blocks of YAML of a page of documentation. */
export function yamlOf(markdown: string): string[] {
  return [...markdown.matchAll(/```yaml\n([^]*?)```/g)].map(([, text]) => text!);
}

/** `sound` with the keys of `part` in the place of its own, but of the same files. */
export function withKeys(sound: string, part: string): string {
  const [whole, other] = [parseDocument(sound), parseDocument(part)];
  if (!isMap(other.contents)) return sound;
  for (const { key, value } of other.contents.items)
    if (isScalar(key) && String(key.value) in schema.keys && !ownFiles.includes(String(key.value)))
      whole.set(key.value, value);
  return whole.toString();
}

const ownFiles = ['survey', 'spectra', 'reference'];

type Change = (text: string, pick: Pick) => string;

/** The tree changed, and written again; a text that is no map any more stays as it is. */
const inTree =
  (change: (document: Document, pick: Pick) => void): Change =>
  (text, pick) => {
    const document = parseDocument(text);
    if (document.errors.length > 0 || !isMap(document.contents) || document.contents.items.length === 0) return text;
    change(document, pick);
    return document.toString({ lineWidth: oneOf([80, 0, 40], pick) });
  };

function numberChanged(document: Document, pick: Pick): void {
  const numbers = nodes(document).filter((node) => isScalar(node) && typeof node.value === 'number');
  if (numbers.length === 0) return;
  const node = oneOf(numbers, pick) as { value: number };
  const value = node.value;
  const isWhole = Number.isInteger(value) && pick(0, 3) > 0;
  node.value = isWhole ? value + pick(-3, 3) : Number((value * (0.7 + pick(0, 80) / 100)).toPrecision(pick(2, 5)));
}

function shuffled(document: Document, pick: Pick): void {
  const { items } = oneOf(maps(document), pick);
  for (let n = items.length - 1; n > 0; n--) {
    const other = pick(0, n);
    [items[n], items[other]] = [items[other]!, items[n]!];
  }
}

function leftOut(document: Document, pick: Pick): void {
  const { items } = oneOf(maps(document), pick);
  if (items.length > 1) items.splice(pick(0, items.length - 1), 1);
}

const columns = 'teff logg feh vmic mg_fe si_fe ca_fe ti_fe ba_fe eu_fe snrg snrz chi2_mg TEFF nonesuch'.split(' ');
const units = ['K', 'dex', 'km/s', '', 'kK', 'm/s', '[Fe/H]'];

function labelChanged(document: Document, pick: Pick): void {
  const labels = document.get('labels');
  if (!isMap(labels) || labels.items.length === 0) return;
  const kind = pick(0, 4);
  const at = oneOf(labels.items, pick).key as string;
  if (kind === 0) document.setIn(['labels', at], document.createNode({ column: oneOf(columns, pick) }));
  else if (kind === 1) document.setIn(['labels', at, 'unit'], oneOf(units, pick));
  else if (kind === 2) document.setIn(['labels', oneOf(columns, pick)], { column: oneOf(columns, pick) });
  else if (kind === 3) document.setIn(['labels', 'alpha'], { mean: ['mg_fe', 'si_fe', oneOf(columns, pick)] });
  else document.setIn(['labels', 'x_h'], { expression: `${oneOf(columns, pick)} + feh` });
}

function condition(pick: Pick): string {
  const one = () => {
    const [column, bound] = oneOf([...bounds], pick);
    return `${column} ${oneOf(['>', '>=', '<', '<=', '!='], pick)} ${bound}`;
  };
  const nested = () =>
    oneOf(
      [
        () => `logg < if(teff < ${pick(50, 55)}00, 4.18, -6e-4 * teff + 7.3)`,
        () => `(${one()} or ${one()})`,
        () => `not (${one()})`,
        () => `abs(feh) < ${pick(1, 3)}`,
        () => `${pick(40, 50)}00 < teff < ${pick(60, 70)}00`,
        () => `spectrum.SNRG > ${pick(5, 30)}`,
      ],
      pick,
    )();
  return Array.from({ length: pick(1, 3) }, () => (pick(0, 2) === 0 ? nested() : one())).join(' and ');
}

const bounds = new Map([
  ...(['snrg', 'snrz', 'snr_c1'] as const).map((name) => [name, '5'] as const),
  ...([...'0123'] as const).map((digit) => ['flag_cannon', digit] as const),
  ...([
    ['teff', '5200'],
    ['logg', '3.5'],
    ['feh', '-0.5'],
    ['e_teff', '100'],
  ] as const),
]);

function conditionChanged(document: Document, pick: Pick): void {
  const given = document.get('quality');
  if (pick(0, 2) === 0 || !isSeq(given)) document.set('quality', document.createNode([condition(pick)]));
  else if (pick(0, 1) === 0) given.items.push(document.createNode(condition(pick)));
  else given.items[pick(0, given.items.length - 1)] = document.createNode(condition(pick));
}

function modelsChanged(document: Document, pick: Pick): void {
  const names = maps(document)
    .filter((map) => map === document.get('labels'))
    .flatMap(({ items }) => items.map(({ key }) => String(key)));
  const some = names.filter(() => pick(0, 3) > 0);
  const giants = { where: condition(pick), ...(pick(0, 1) === 0 && some.length > 0 && { labels: some }) };
  document.set('models', document.createNode({ giants, ...(pick(0, 2) > 0 && { dwarfs: { where: 'otherwise' } }) }));
}

/** A key that is not there yet, with its example. */
function keyAdded(document: Document, pick: Pick): void {
  const [name, { example }] = oneOf(Object.entries(schema.keys as Record<string, KeySpec>), pick);
  if (!document.has(name)) document.set(name, parseDocument(example).contents);
}

const files: readonly (readonly [key: string, value: string])[] = [
  ['spectra', 'spectra/*/*.fits.gz'],
  ['spectra', '[spectra/**/*.fits.gz]'],
  ['spectra', '[spectra/**/*[02468].fits.gz, "spectra/**/*[!02468].fits.gz"]'],
  ['spectra', 'spectra/**/*{1,2,3}.fits.gz'],
  ['spectra', './spectra/**/*.fits.gz'],
  ['spectra', 'spectre/**/*.fits.gz'],
  ['reference', '{ file: labels.csv, match: { sky: 1 arcsec } }'],
  ['reference', '{ file: labels.csv, match: { sky: 0.02 arcmin } }'],
  ['reference', '{ file: ./labels.csv, match: { spectrum.OBSID: obsid } }'],
  ['reference', '{ file: truth.csv, match: { spectrum.OBSID: obsid } }'],
  ['reference', '{ file: labels.csv, match: { spectrum.OBSID: star_id } }'],
  ['reference', '{ file: labels.fits, match: { spectrum.OBSID: obsid } }'],
  ['continuum', '{ method: gaussian, sigma: 30 }'],
  ['continuum', '{ method: none }'],
  ['continuum', '{ method: gaussian, sigma: 5 nm }'],
  ['grid', '{ from: 4000, to: 7000, step: 8e-4 }'],
  ['grid', '{ from: 400, to: 870, step: 8e-4 }'],
  ['windows', 'galah'],
  ['windows', '{ Mg: { air: [[4729.90, 4730.22]] }, Ba: { vacuum: [[4555.3, 4556.1]] } }'],
];

const changes: readonly Change[] = [
  ...Array.from({ length: 3 }, () => inTree(numberChanged)),
  ...[inTree(shuffled), inTree(leftOut), inTree(keyAdded), inTree(modelsChanged)],
  ...[inTree(labelChanged), inTree(labelChanged), inTree(conditionChanged), inTree(conditionChanged)],
  inTree((document, pick) => {
    const [key, value] = oneOf(files, pick);
    document.set(key, parseDocument(value).contents);
  }),
  // Styles of the same tree.
  inTree((document, pick) => {
    const collections = nodes(document).filter((node) => isMap(node) || isSeq(node));
    const node = oneOf(collections, pick) as { flow?: boolean };
    node.flow = !(node.flow ?? false);
  }),
  inTree((document, pick) => {
    const texts = nodes(document).filter((node) => isScalar(node) && typeof node.value === 'string');
    if (texts.length === 0) return;
    const node = oneOf(texts, pick) as { type?: string };
    node.type = oneOf(['QUOTE_DOUBLE', 'QUOTE_SINGLE', 'BLOCK_FOLDED', 'BLOCK_LITERAL', 'PLAIN'], pick);
  }),
  // What stands between.
  (text, pick) => betweenLines(text, pick, '# a remark: with a colon, "quotes" and { brackets'),
  (text, pick) => betweenLines(text, pick, oneOf(['', '   ', '#', '# Teff ≥ 4000 K, [Fe/H] ☃'], pick)),
  (text, pick) => atLineEnd(text, pick, oneOf(['  # a remark', ' ', '\t', ' #'], pick)),
  (text) => text.replaceAll(/\r?\n/g, '\r\n'),
  (text, pick) => oneOf(['\uFEFF', '---\n', '%YAML 1.2\n---\n', '\n\n'], pick) + text,
  (text, pick) => text.trimEnd() + oneOf(['', '\n...\n', '\n\n\n', '\n# the end'], pick),
];

function nodes(document: Document): unknown[] {
  const found: unknown[] = [];
  visit(document, {
    Node: (key, node, path) => {
      const isKey = isPair(path.at(-1)) && key === 'key';
      if (isNode(node) && !isKey) found.push(node);
    },
  });
  return found;
}

function maps(document: Document): YAMLMap[] {
  return nodes(document).filter(isMap);
}

function betweenLines(text: string, pick: Pick, line: string): string {
  const lines = text.split('\n');
  lines.splice(pick(0, lines.length), 0, line);
  return lines.join('\n');
}

function atLineEnd(text: string, pick: Pick, end: string): string {
  const lines = text.split('\n');
  lines[pick(0, lines.length - 1)] += end;
  return lines.join('\n');
}
