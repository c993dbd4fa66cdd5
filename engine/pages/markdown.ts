/** What generated pages are made of: tables, and parts of pages that people write around them. */

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return `${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}\n`;
}

export const code = (text: string): string => `\`${text}\``;

/**
 * A page whose parts between `<!-- generated: name -->` and `<!-- end -->` are those given.
 * @throws Error where the page has not exactly these parts.
 */
export function withParts(page: string, parts: Readonly<Record<string, string>>): string {
  const missing = new Set(Object.keys(parts));
  const filled = page.replace(/(<!-- generated: (\S+) -->\n)[^]*?(<!-- end -->)/g, (_, begin, name: string, end) => {
    const part = parts[name];
    if (part === undefined || !missing.delete(name)) throw new Error(`The page has a part "${name}" too many`);
    return `${begin}\n${part}\n${end}`;
  });
  if (missing.size > 0) throw new Error(`The page lacks the parts ${[...missing].join(', ')}`);
  return filled;
}
