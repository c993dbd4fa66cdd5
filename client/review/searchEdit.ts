/** Where a search goes in the text of cannon.yaml: over the one of that name, after the last, into an empty `searches`, or at the end. */
import { asYaml, parseConfig } from '../../engine/index';

/** Characters `from` to `to` of the text become `text`. */
export interface TextChange {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** @param path of the file, for what is said of it. */
export function searchEdit(source: string, path: string, name: string, where: string): TextChange {
  const { places } = parseConfig(source, path);
  const written = JSON.stringify(where);
  const same = places.get(`searches/${name}`)?.value;
  if (same) return { from: same.start, to: same.end, text: written };
  const line = `${asYaml(name)}: ${written}`;
  const last = [...places].filter(([key]) => /^searches\/[^/]+$/.test(key)).at(-1)?.[1];
  if (last) {
    const start = last.key?.start ?? last.value.start;
    const lineStart = source.lastIndexOf('\n', start - 1) + 1;
    const isFlow = source.slice(lineStart, start).includes('{');
    const from = source.slice(0, last.value.end).trimEnd().length;
    return { from, to: from, text: isFlow ? `, ${line}` : `\n${' '.repeat(start - lineStart)}${line}` };
  }
  const empty = places.get('searches')?.key;
  if (empty) {
    // Nothing or `{}` stands after the colon; a comment behind it stays.
    const colon = source.indexOf(':', empty.end) + 1;
    const nothing = /^[ \t]*(\{\s*\}|null|~)?/.exec(source.slice(colon))?.[0] ?? '';
    return { from: colon, to: colon + nothing.trimEnd().length, text: ` { ${line} }` };
  }
  const end = source.trimEnd().length;
  return { from: end, to: source.length, text: `\n\nsearches:\n  ${line}\n` };
}
