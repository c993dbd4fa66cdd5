/** The tree of spectra without an editor: its levels, its pages, and what it says when there is nothing to show. */
import { describe, expect, it } from 'vitest';
import {
  choiceInWords,
  everything,
  pageSize,
  SpectraTree,
  type SpectraNode,
  type StarSource,
} from '../../client/spectra/treeModel';
import { starFacts, stateInWords } from '../../client/spectra/wording';
import { UserError } from '../../engine/index';
import type { StarEntry, StarsParams } from '../../server/protocol';

const config = '/data/dr10/cannon.yaml';
const entry = (n: number): StarEntry => ({
  star: String(n),
  path: `/data/dr10/spectra/${n}.fits`,
  detail: '',
  designation: '',
  subclass: 'G2',
  snr: 24.4,
  raDeg: 10,
  decDeg: -2.5,
  redshift: -1e-4,
  problem: '',
});

/** A survey with plates of these sizes; remembers what was asked. */
function treeOf(sizes: readonly number[], nMatching = sizes.reduce((sum, n) => sum + n, 0)) {
  const asked: StarsParams[] = [];
  const source: StarSource = {
    plates: () =>
      Promise.resolve({
        state: { phase: 'idle', nSpectra: sizes.reduce((sum, n) => sum + n, 0), nUnread: 0 },
        labels: [],
        nMatching,
        plates: sizes.map((nStars, n) => ({
          name: `spectra/P${n}`,
          nStars,
          nMatching: nMatching === 0 ? 0 : nStars,
        })),
      }),
    stars: (params) => {
      asked.push(params);
      const stars = Array.from({ length: params.count }, (_, n) => entry(params.from + n));
      return Promise.resolve({ nMatching, stars });
    },
  };
  return { tree: new SpectraTree(source, () => undefined), asked };
}

const root = (tree: SpectraTree) => tree.surveys([config])[0]!;
const labels = (nodes: readonly SpectraNode[]) => nodes.map((node) => ('label' in node ? node.label : node.kind));

describe('the tree of spectra', () => {
  it('begins with the surveys by the names of their folders', () => {
    const { tree } = treeOf([3]);
    expect(labels(tree.surveys([config, '/data/dr11/cannon.yaml']))).toEqual(['dr10', 'dr11']);
  });

  it('shows plates without the folder that they share, then their stars', async () => {
    const { tree, asked } = treeOf([3, 500]);
    const plates = await tree.below(root(tree));
    expect(labels(plates)).toEqual(['P0', 'P1']);
    const stars = await tree.below(plates[1]!);
    expect(stars).toHaveLength(500);
    expect(stars[0]).toMatchObject({ kind: 'star', config, path: '/data/dr10/spectra/0.fits' });
    expect(asked).toEqual([{ config, ...everything, plate: 'spectra/P1', from: 0, count: pageSize }]);
  });

  it('parts a plate with more stars than a page into pages, and asks for a page alone', async () => {
    const { tree, asked } = treeOf([1234]);
    const [plate] = await tree.below(root(tree));
    const pages = await tree.below(plate!);
    expect(pages.map((page) => page.kind === 'page' && [page.from, page.count])).toEqual([
      [0, 500],
      [500, 500],
      [1000, 234],
    ]);
    expect(asked).toEqual([]);
    expect(await tree.below(pages[2]!)).toHaveLength(234);
    expect(asked).toMatchObject([{ plate: 'spectra/P0', from: 1000, count: 234 }]);
  });

  it('parts very many plates into pages as well', async () => {
    const { tree } = treeOf(Array.from({ length: 1001 }, () => 2));
    const pages = await tree.below(root(tree));
    expect(labels(pages)).toEqual(['P0 … P499', 'P500 … P999', 'P1000 … P1000']);
    expect(await tree.below(pages[1]!)).toHaveLength(500);
  });

  it('has ids that are unique and stay the same when it is asked again', async () => {
    const ids = async () => {
      const { tree } = treeOf([1234, 2]);
      const found: string[] = [];
      const visit = async (node: SpectraNode): Promise<void> => {
        found.push(node.id);
        for (const below of await tree.below(node)) await visit(below);
      };
      await visit(root(tree));
      return found;
    };
    const first = await ids();
    // Every plate of this survey has the same stars, which a real one has not.
    const places = first.filter((id) => !id.endsWith('.fits'));
    expect(new Set(places).size).toBe(places.length);
    expect(await ids()).toEqual(first);
  });

  it('shows a handful of stars that pass a filter as a list, in the order asked for', async () => {
    const { tree, asked } = treeOf([500, 500], 12);
    tree.choice = { filter: { text: '', where: 'snr > 100' }, sort: { by: 'snr', descending: true } };
    expect((await tree.below(root(tree))).every(({ kind }) => kind === 'star')).toBe(true);
    expect(asked).toEqual([{ config, ...tree.choice, plate: null, from: 0, count: pageSize }]);
  });

  it('says why there is nothing', async () => {
    const none = treeOf([]).tree;
    expect(await none.below(root(none))).toMatchObject([
      { label: 'No file matches `spectra` of cannon.yaml: open it.', remedy: 'openConfig' },
    ]);
    const filtered = treeOf([5], 0).tree;
    expect(await filtered.below(root(filtered))).toMatchObject([
      { label: 'No star passes the filter: show all.', remedy: 'showAll' },
    ]);
    const failing = new SpectraTree(
      { plates: () => Promise.reject(new UserError('The key "spectra" is missing', 'Add it.')), stars: () => never() },
      () => undefined,
    );
    expect(labels(await failing.below(root(failing)))).toEqual(['The key "spectra" is missing.']);
  });
});

describe('words of the tree', () => {
  it('tell what is shown', () => {
    expect(choiceInWords(everything)).toBe('');
    const filter = { text: 'g2 ', where: 'snr > 50' };
    expect(choiceInWords({ filter, sort: { by: 'teff', descending: true } })).toBe('snr > 50 · “g2”, by teff, falling');
    expect(choiceInWords({ ...everything, sort: { by: 'path', descending: true } })).toBe('by path, falling');
  });

  it('tell how far the index is', () => {
    expect(stateInWords({ phase: 'idle', nSpectra: 5, nUnread: 0 })).toBe('');
    expect(stateInWords({ phase: 'updating', nSpectra: 100_000, nUnread: 66_000 })).toBe(
      'Indexing: 34,000 of 100,000 headers read.',
    );
    expect(stateInWords({ phase: 'stopped', nSpectra: 5, nUnread: 3 })).toContain('2 of 5 headers read');
    expect(stateInWords({ phase: 'failed', nSpectra: 5, nUnread: 0 })).toContain('Show Log');
  });

  it('tell who a star is, and let no header play Markdown', () => {
    const { short, long } = starFacts({ ...entry(7), designation: '[x](http://y) <b>' });
    expect(short).toBe('G2 · S/N 24');
    expect(long).toContain('α, δ = 10.00000°, −2.50000°');
    expect(long).toContain('z = −0.000100');
    expect(long).toContain('\\[x\\]\\(http://y\\) \\<b\\>');
    expect(starFacts({ ...entry(7), problem: 'It is empty.' }).short).toBe('It is empty.');
  });
});

function never(): Promise<never> {
  return Promise.reject(new Error('not asked'));
}
