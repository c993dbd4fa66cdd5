/** Globs mean what picomatch takes them to mean, but for a few things in which it differs from shells, and in linear time. */
import fc from 'fast-check';
import picomatch from 'picomatch';
import { describe, expect, it } from 'vitest';
import { compileGlob, compileGlobs } from '../../engine/reference/glob';

const matches = (glob: string, ...paths: string[]) => paths.filter((path) => compileGlob(glob).isMatch(path));

describe('a glob', () => {
  it.each([
    ['*.fits', ['a.fits', 'ä b.fits', '[x].fits'], ['.a.fits', '.fits', 'a/b.fits', 'a.fits.gz']],
    ['spectra/**/*.fits.gz', ['spectra/a.fits.gz', 'spectra/b/c/a.fits.gz'], ['a.fits.gz', 'spectra/.b/a.fits.gz']],
    ['a/**', ['a/b', 'a/b/c'], ['a', 'b/c', 'a/.b', 'a/b/.c']],
    ['a**.fits', ['a.fits', 'ab.fits'], ['a/b.fits']],
    ['?[0-9][!a]', ['x1b', 'ä9-'], ['x1a', '.1b', 'xab', '/1b', 'x1/']],
    ['[]a]x', [']x', 'ax'], ['[x', 'bx']],
    ['a[/]b', ['a[/]b'], ['a/b', 'a]b']],
    ['{a,b/c}/*.{fits,fit}', ['a/1.fits', 'b/c/2.fit'], ['b/1.fits', 'a/1.csv']],
    ['{a,{b,c}d}', ['a', 'bd', 'cd'], ['b', 'ad']],
    ['plate{08..11}', ['plate08', 'plate09', 'plate10', 'plate11'], ['plate8', 'plate12', 'plate00']],
    ['{3..1}{a..c}', ['1a', '2b', '3c'], ['4a', '1d']],
    ['.hidden/.*', ['.hidden/.a'], ['.hidden/a', 'hidden/.a']],
    ['med-!(a|b).fits', ['med-c.fits', 'med-abc.fits', 'med-.fits'], ['med-a.fits', 'med-b.fits', 'med-a/.fits']],
    ['!(bad)*.fits', ['good.fits', 'not-bad.fits'], ['bad.fits', 'bad-1.fits']],
    ['x+(ab|c)y', ['xaby', 'xcaby', 'xcccy'], ['xy', 'xacy']],
    ['x*(ab)?(c)@(d|e)', ['xd', 'xababce', 'xce'], ['xabab', 'xccd']],
    ['(my) data{1}/[*', ['(my) data{1}/[x'], ['my data{1}/[x', '(my) data1/[x']],
  ])('%s means %j and not %j', (glob, yes, no) => {
    expect(matches(glob, ...yes, ...no)).toEqual(yes);
  });

  it('says in which folders its paths may lie', () => {
    const { base, mayHold, isPlain } = compileGlob('../data/{a,b}*/**/x/*.fits');
    expect([base, isPlain]).toEqual(['../data/', false]);
    expect(['a', 'c', 'a/b', '.a', 'a/.b'].filter((name) => mayHold(`../data/${name}`))).toEqual(['a', 'c', 'a/b']);
    const exact = compileGlob('data/20??/p*/*.fits');
    expect(
      ['2019', '201', '2019/p1', '2019/q', '2019/p1/more'].filter((name) => exact.mayHold(`data/${name}`)),
    ).toEqual(['2019', '2019/p1']);
    expect(compileGlob('data/a.fits')).toMatchObject({ base: 'data/', isPlain: true });
  });

  it('is one of several', () => {
    expect(['a.fits', 'b.csv', 'c.txt'].filter(compileGlobs(['*.fits', 'b.*']))).toEqual(['a.fits', 'b.csv']);
    expect(compileGlobs([])('a')).toBe(false);
  });

  const name = fc.stringMatching(/^[ab.]{1,4}$/).filter((text) => text !== '.' && text !== '..');
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
  const letters = fc.constantFrom('a', 'b', 'a.', 'ab');
  // A wildcard that begins a choice, a class that begins a name: there picomatch shows hidden files, shells do not.
  const piece = fc.oneof(
    letters,
    fc.constantFrom(
      '*',
      '?',
      '[ab]b',
      'a[^b]',
      'a{a,b}',
      '{a,b.}',
      '{a,ba,}b',
      'a+(a|b)',
      '@(a|b)',
      'a?(b)',
      'a*(ab|b)',
    ),
  );
  const part = fc.oneof(
    fc.constant('**'),
    fc.array(piece, { minLength: 1, maxLength: 4 }).map((all) => all.join('')),
  );
  const glob = fc
    .array(part, { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join('/').replace(/\*{3,}/g, '*'))
    // picomatch takes what follows a group for part of a regular expression.
    .filter((text) => !/[^/]\*\*|\*\*[^/]|\)[?*]/.test(text));

  it('matches what picomatch matches', () => {
    fc.assert(
      fc.property(glob, fc.array(path, { minLength: 1, maxLength: 20 }), (text, paths) => {
        // A folder itself is not below itself.
        const below = /^(.*)\/\*\*$/.exec(text)?.[1];
        const isItself = (each: string) => below !== undefined && picomatch(below)(each);
        const expected = paths.filter((each) => !isItself(each)).filter((each) => picomatch(text)(each));
        expect([text, paths.filter((each) => !isItself(each)).filter(compileGlob(text).isMatch)]).toEqual([
          text,
          expected,
        ]);
      }),
      { numRuns: 3000 },
    );
  });

  it('may be any text, and every path of it lies in a folder that may hold it', () => {
    const any = fc.array(fc.constantFrom(...'ab./*?[]!(){},|+@^-1'), { maxLength: 24 }).map((all) => all.join(''));
    fc.assert(
      fc.property(any, fc.array(path, { maxLength: 8 }), (text, paths) => {
        const { isMatch, mayHold, base } = compileGlob(text);
        for (const each of paths.filter(isMatch)) {
          const names = each.slice(base.length).split('/').slice(0, -1);
          names.forEach((_, k) => expect(mayHold(`${base}${names.slice(0, k + 1).join('/')}`)).toBe(true));
        }
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['*a'.repeat(200), `${'a'.repeat(199)}b`],
    [`${'**/'.repeat(200)}x`, `${'a/'.repeat(500)}b`],
    ['+('.repeat(30) + 'a' + ')'.repeat(30), `${'a'.repeat(250)}b`],
    [`${'+(a|ab|b|*)'.repeat(20)}c`, 'ab'.repeat(120)],
    [`!(${'*a'.repeat(100)})!(${'*(a|b)'.repeat(20)})c`, 'ab'.repeat(120)],
    ['{'.repeat(20_000), 'a'],
    [`${'{a,b}'.repeat(2000)}c`, 'ab'.repeat(1000)],
    ['('.repeat(20_000) + ')'.repeat(20_000), 'a'],
    ['[!'.repeat(20_000), 'a'],
    ['{1..999999999}', '5'],
  ])('takes no longer for a hostile one: %#', (text, hostile) => {
    const from = process.cpuUsage();
    expect(compileGlob(text).isMatch(hostile)).toBe(false);
    // Milliseconds of a processor, where going back to try again would take years.
    expect(process.cpuUsage(from).user / 1000).toBeLessThan(5000);
  });
});
