/** What pages show can be done as it stands there: descriptions are read without a problem, commands and options exist. */
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { filterProblem } from '../../engine/catalogQuery/filter';
import { commandLine } from '../../engine/commandLine';
import { parseConfig } from '../../engine/config/parse';
import { schema } from '../../engine/config/schema';
import { leavesOf } from '../../engine/pages/commandLinePage';
import { parseReview } from '../../engine/reference/review';
import { filesUnder, read } from './sources';

const pages = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', ...filesUnder('docs', /\.md$/)];
const media = filesUnder('media', /\.md$/);

interface Fence {
  readonly page: string;
  readonly language: string;
  readonly text: string;
}

function fencesOf(page: string): Fence[] {
  return [...read(page).matchAll(/^ *(```|~~~)(\w*)\n([^]*?)^ *\1$/gm)].map(([, , language, text]) => ({
    ...{ page, language: language!, text: text! },
  }));
}

const fences = [...pages, ...media].flatMap(fencesOf);

/** Parts of a description stand in one that has what they need. */
const around = {
  survey: 'lamost-lrs',
  spectra: 'spectra/*.fits',
  reference: { file: 'labels.csv', match: { 'spectrum.OBSID': 'obsid' } },
  labels: Object.fromEntries(['teff', 'logg', 'fe_h', 'mg_fe', 'alpha_fe', 'vmic', 'ba_fe'].map((name) => [name, {}])),
};

describe('descriptions of surveys in pages', () => {
  const shown = fences
    .filter(({ language }) => language === 'yaml')
    .map((fence, k) => [`${fence.page} ${k}`, fence] as const);

  it.each(shown)('%s is read without a problem', (_, { text }) => {
    const value = parse(text) as Record<string, unknown>;
    const isReview = !Object.keys(value).some((key) => key in schema.keys);
    const isWhole = 'survey' in value;
    const problems = isReview
      ? parseReview(text, '/review.yaml').problems
      : parseConfig(isWhole ? text : stringify({ ...around, ...value }), '/cannon.yaml').problems;
    expect(problems.map(({ message }) => message)).toEqual([]);
  });

  it('are there', () => expect(shown.length).toBeGreaterThan(8));
});

describe('searches in pages', () => {
  const lines = fences
    .filter(({ language }) => language === 'sql')
    .flatMap(({ text }) => text.split('\n').map((line) => line.replace(/ +--.*/, '')))
    .filter((line) => line !== '');

  it.each(lines)('%s is a search', (line) => expect(filterProblem(line)).toBeNull());

  it('are there', () => expect(lines.length).toBeGreaterThan(4));
});

const commands = new Map(leavesOf(commandLine()).map(({ command, path }) => [path, command]));
const groups = new Set([...commands.keys()].flatMap((path) => (path.includes(' ') ? [path.split(' ')[0]!] : [])));

/** What is wrong with a command line, from the word after `cannon` on; null for nothing. */
function faultOf(line: string): string | null {
  const words = line.trim().split(/\s+/);
  const [first = '', second = ''] = words;
  // `cannon <command>`, `cannon …` and `cannon --help` name none.
  if (!/^[a-z]/.test(first)) return null;
  if (groups.has(first) && !/^[a-z]/.test(second)) return null;
  const path = groups.has(first) ? `${first} ${second}` : first;
  const command = commands.get(path);
  if (command === undefined) return `there is no command "${path}"`;
  const known = new Set(command.options.flatMap(({ long }) => [long, long?.replace('--', '--no-')]));
  const unknown = words
    .flatMap((word) => /^\[?(--[a-z][\w-]*)/.exec(word)?.[1] ?? [])
    .filter((name) => !known.has(name));
  return unknown.length === 0 ? null : `${path} has no ${unknown.join(', ')}`;
}

/** Command lines in a page: of fences, and those in backquotes. Lines that end in a backslash go on. */
function commandLinesOf(page: string): string[] {
  const text = read(page).replace(/\\\n\s*/g, ' ');
  const inFences = fencesOf(page).flatMap(({ language, text: code }) => {
    if (!['', 'sh', 'bash', 'shell', 'console'].includes(language)) return [];
    const lines = code.replace(/\\\n\s*/g, ' ').split('\n');
    return lines.flatMap(
      (line) => /^\s*\$?\s*(?:node dist\/cannon\.js|cannon) +(.*)$/.exec(line)?.[1]?.replace(/\s#.*/, '') ?? [],
    );
  });
  const inline = [...text.matchAll(/`(?:node dist\/cannon\.js|cannon) +([^`\n]+)`/g)].map(([, line]) => line!);
  return [...inFences, ...inline];
}

describe('command lines in pages', () => {
  it.each([...pages, ...media])('%s names commands and options that exist', (page) => {
    const faults = commandLinesOf(page).flatMap((line) => {
      const fault = faultOf(line);
      return fault === null ? [] : [`cannon ${line}: ${fault}`];
    });
    expect(faults).toEqual([]);
  });

  it('are there, and those that are wrong are found', () => {
    expect(pages.flatMap(commandLinesOf).length).toBeGreaterThan(60);
    expect(faultOf('trian --run a')).toBe('there is no command "trian"');
    expect(faultOf('runs lst')).toBe('there is no command "runs lst"');
    expect(faultOf('infer --modl a [--cv b]')).toBe('infer has no --modl');
    expect(faultOf('runs resume last --no-slurm')).toBeNull();
  });
});
