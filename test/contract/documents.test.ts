/** Every relative link, picture and anchor of the pages that people read leads somewhere. */
import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesUnder, read, root } from './sources';

const pages = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...filesUnder('docs', /\.md$/)];

/** Without code, in which brackets mean something else. */
function proseOf(page: string): string {
  return page.replace(/^(```|~~~)[^]*?^\1/gm, '').replace(/`[^`\n]*`/g, 'code');
}

/** As GitHub names headings: letters, digits, hyphens and underscores, small; a number is added to repeated ones. */
function anchorsOf(page: string): Set<string> {
  const found = new Set<string>();
  for (const [, heading] of page.replace(/^(```|~~~)[^]*?^\1/gm, '').matchAll(/^#{1,6} +(.+?) *$/gm)) {
    const text = heading!.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
    const name = text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
    let anchor = name;
    for (let n = 1; found.has(anchor); n++) anchor = `${name}-${n}`;
    found.add(anchor);
  }
  return found;
}

function linksOf(page: string): string[] {
  const prose = proseOf(page);
  return [...prose.matchAll(/\]\(<?([^)>\s]+)>?(?: "[^"]*")?\)/g), ...prose.matchAll(/(?:src|href)="([^"]+)"/g)].map(
    ([, target]) => target!,
  );
}

describe('documents', () => {
  it.each(pages)('%s links only to files and headings that exist', (page) => {
    const broken = linksOf(read(page)).filter((link) => {
      if (/^(https?|mailto|command):/.test(link)) return false;
      const [path = '', anchor] = link.split('#');
      const file = path === '' ? page : relative(root, join(root, dirname(page), decodeURIComponent(path)));
      if (!existsSync(join(root, file))) return true;
      return anchor !== undefined && !anchorsOf(read(file)).has(decodeURIComponent(anchor));
    });
    expect(broken).toEqual([]);
  });

  it('has a table of contents that names every page of docs', () => {
    const listed = linksOf(read('docs/README.md')).map((link) => `docs/${link.split('#')[0]}`);
    const missing = filesUnder('docs', /\.md$/).filter((page) => page !== 'docs/README.md' && !listed.includes(page));
    expect(missing).toEqual([]);
  });

  it('finds a link, a picture and an anchor that lead nowhere', () => {
    expect(linksOf('[a](b.md#c) ![d](e.png "f") <img src="g.svg">\n```\n[h](i)\n```\n`[j](k)`')).toEqual([
      ...['b.md#c', 'e.png', 'g.svg'],
    ]);
    expect([...anchorsOf('# A `b`: c, d\n## A `b`: c, d\n### [x](y) & z')]).toEqual(['a-b-c-d', 'a-b-c-d-1', 'x--z']);
  });
});
