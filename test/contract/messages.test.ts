/**
 * How the program speaks. The message of a `UserError` is a sentence without its end, which whoever shows it adds; its hint is one with its
 * end. Units and signs are written as astronomers write them.
 */
import { describe, expect, it } from 'vitest';
import { filesUnder, read, rooms } from './sources';

const sources = rooms.filter((room) => room !== 'test').flatMap((room) => filesUnder(room, /\.ts$/));
const literal = /`(?:[^`\\]|\\.)*`|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/;
/** Message and hint, where each is a text as it stands. */
const spoken = new RegExp(`new UserError\\(\\s*(${literal.source}),\\s*(${literal.source})`, 'g');

const inside = (quoted: string): string => quoted.slice(1, -1);

describe('what the program says', () => {
  const errors = sources.flatMap((path) =>
    [...read(path).matchAll(spoken)].map(([, message, hint]) => [path, inside(message!), inside(hint!)] as const),
  );

  it('is a message without its end, and a hint with one', () => {
    expect(errors.length).toBeGreaterThan(100);
    expect(errors.filter(([, message]) => /[.!?]$/.test(message))).toEqual([]);
    // One that is put together may end with what another has said.
    const hints = errors.filter(([, , hint]) => hint !== '' && !hint.includes('${'));
    expect(hints.filter(([, , hint]) => !/[.!?…]$/.test(hint))).toEqual([]);
  });

  it('begins with a capital, a name or a number', () => {
    const names = /^([A-Z0-9"“`$(]|--|χ|θ|cannon\b|job\.json|review\.yaml|model\.fits|[\w.]+[`(])/;
    expect(errors.filter(([, message]) => !names.test(message))).toEqual([]);
  });

  it('has the signs of the field', () => {
    const texts = sources.flatMap((path) =>
      [...read(path).matchAll(new RegExp(literal.source, 'g'))].map(([text]) => [path, inside(text)] as const),
    );
    const isSentence = (text: string) => /[a-z]{3} [a-z]{2,}/.test(text) && !text.includes('\n');
    const slips = / \+\/- |\w\.\.\.(?=\s|$)|\bchi\^2|\bcatalogue|\b(?:normalis|optimis|recognis)|\bcolor\b(?!-|:)/;
    expect(texts.filter(([, text]) => isSentence(text) && slips.test(text))).toEqual([]);
  });

  it('has commands of the terminal in backquotes, those of the editor as the palette has them', () => {
    const texts = sources.flatMap((path) =>
      [...read(path).matchAll(new RegExp(literal.source, 'g'))].map(([text]) => inside(text)),
    );
    expect(
      texts.filter((text) => /"cannon [a-z]/.test(text) && !text.includes('\n') && !text.includes('writtenBy')),
    ).toEqual([]);
    const { contributes } = JSON.parse(read('package.json')) as { contributes: { commands: { title: string }[] } };
    const titles = contributes.commands.map(({ title }) => title);
    const named = texts.flatMap((text) => [...text.matchAll(/“Cannon: ([^”$[]+)”/g)].map(([, title]) => title!));
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((title) => !titles.includes(title))).toEqual([]);
  });
});
