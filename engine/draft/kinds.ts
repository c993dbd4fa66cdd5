/**
 * Which of the files of a folder are spectra, of which survey, and by which globs they are found.
 *
 * Files of one folder and one ending are a group. A few of each group are opened, one of each shape of name (digits do not
 * count for the shape) before a second of any; of very many groups only some are, and the others are taken for like them.
 */
import { stat } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import type { SurveyFormat } from '../config/config';
import { looksLikeFits, openFits, readBytes } from '../fits/fitsFile';
import { UserError } from '../problems';
import { compileGlobs } from '../reference/glob';
import { recognizeFormat } from '../spectra/formats';
import { fitsOfCsv } from '../spectra/tableSpectrum';
import { eachOf, spread } from './spread';

export interface FoundSpectra {
  readonly survey: SurveyFormat;
  /** Relative to the folder. */
  readonly globs: readonly string[];
  /** The files that the globs match, sorted. */
  readonly paths: readonly string[];
  /** Other formats of which there are spectra, with the number of their files, as far as was looked. */
  readonly others: readonly { readonly survey: SurveyFormat; readonly nFiles: number }[];
  /** Files that the globs match and that were opened and are no spectra of this survey. */
  readonly misfits: readonly string[];
}

interface Group {
  readonly folder: string;
  readonly ending: string;
  readonly paths: readonly string[];
  /** What the files that were opened are; null for what is no spectrum. */
  readonly seen: Map<string, SurveyFormat | null>;
}

const endings = /\.(?:fits?(?:\.gz)?|csv|tsv|txt|dat)$/i;
const textEnding = /\.(?:csv|tsv|txt|dat)$/i;
const groupsOpened = 60;
const openedOfGroup = 5;
/** Where a group has several kinds, so many more files are opened to tell them apart. */
const openedOfMixed = 400;
const namesLeftOut = 5;
/** Larger files are no single spectra. */
const mostBytes = { fits: 64e6, text: 16e6 };

/** Null where there is no spectrum. `onOpened` hears how many files of how many were opened. */
export async function findKinds(
  folder: string,
  files: readonly string[],
  signal: AbortSignal,
  onOpened: (done: number, total: number) => void,
): Promise<FoundSpectra | null> {
  const groups = groupsOf(files);
  const asked = spread(groups, groupsOpened).flatMap((group) => samplesOf(group).map((path) => ({ group, path })));
  const open = (them: readonly { readonly group: Group; readonly path: string }[]) =>
    eachOf(
      them,
      signal,
      async ({ group, path }) => void group.seen.set(path, await formatOf(join(folder, path))),
      (done) => onOpened(done, them.length),
    );
  await open(asked);
  const mixed = groups.filter(isMixed).flatMap((group) => unopened(group).map((path) => ({ group, path })));
  await open(mixed.slice(0, openedOfMixed));
  const counts = new Map<SurveyFormat, number>();
  for (const { seen, paths } of groups) {
    for (const survey of seen.values())
      if (survey !== null) counts.set(survey, (counts.get(survey) ?? 0) + paths.length / seen.size);
  }
  const [best, ...others] = [...counts].sort((a, b) => b[1] - a[1]);
  if (best === undefined) return null;
  const [survey] = best;
  const globs = globsOf(groups, survey);
  const isMatch = compileGlobs(globs);
  const opened = groups.flatMap(({ seen }) => [...seen]);
  return {
    ...{ survey, globs, paths: files.filter((path) => isMatch(path)).sort() },
    others: others.map(([other, n]) => ({ survey: other, nFiles: Math.max(1, Math.round(n)) })),
    misfits: opened.filter(([path, is]) => is !== survey && isMatch(path)).map(([path]) => path),
  };
}

function groupsOf(files: readonly string[]): Group[] {
  const groups = new Map<string, Group & { readonly paths: string[] }>();
  for (const path of files) {
    const ending = endings.exec(path)?.[0];
    if (ending === undefined) continue;
    const folder = dirname(path) === '.' ? '' : dirname(path);
    const key = `${folder}/${ending}`;
    const group: Group & { readonly paths: string[] } = groups.get(key) ?? {
      folder,
      ending,
      paths: [],
      seen: new Map(),
    };
    groups.set(key, group);
    group.paths.push(path);
  }
  return [...groups.values()];
}

/** One file of each of the most frequent shapes of names, then more of the most frequent. */
function samplesOf({ paths }: Group): string[] {
  const byShape = new Map<string, string[]>();
  for (const path of paths) {
    const shape = basename(path).replace(/\d+/g, '#');
    byShape.set(shape, [...(byShape.get(shape) ?? []), path]);
    if (byShape.size > 2000) break;
  }
  const shapes = [...byShape.values()].sort((a, b) => b.length - a.length);
  const firsts = spread(shapes, openedOfGroup).map((of) => of[0]!);
  return [...new Set([...firsts, ...spread(shapes[0]!, openedOfGroup)])].slice(0, openedOfGroup);
}

const isMixed = ({ seen }: Group) => new Set(seen.values()).size > 1;
const unopened = ({ seen, paths }: Group) => paths.filter((path) => !seen.has(path));

/** What a file is; null for what cannot be read or is no spectrum. */
async function formatOf(path: string): Promise<SurveyFormat | null> {
  const isText = textEnding.test(path);
  const size = await stat(path).then(
    (found) => found.size,
    () => Infinity,
  );
  if (size > (isText ? mostBytes.text : mostBytes.fits)) return null;
  try {
    const bytes = await readBytes(path);
    const file = isText && !looksLikeFits(bytes) ? fitsOfCsv(bytes, path) : openFits(bytes, basename(path));
    return recognizeFormat(file, path);
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

const isWanted = ({ seen }: Group, survey: SurveyFormat) => [...seen.values()].includes(survey);

/** Groups that were not opened count as wanted where one of their ending is. */
function globsOf(groups: readonly Group[], survey: SurveyFormat): string[] {
  const ofEnding = (ending: string) => groups.filter((group) => group.ending === ending);
  const wantedEndings = [...new Set(groups.filter((group) => isWanted(group, survey)).map(({ ending }) => ending))];
  return wantedEndings.sort().flatMap((ending) => {
    const like = ofEnding(ending);
    const wanted = like.filter((group) => isWanted(group, survey) || group.seen.size === 0);
    const unwanted = like.flatMap(({ seen }) => [...seen]).filter(([, is]) => is !== survey).map(([path]) => path); // prettier-ignore
    const name = nameGlob(wanted, unwanted, ending, survey);
    // Of one plate the folder above it, for more plates may come.
    const only = wanted.length === 1 ? wanted[0]!.folder : null;
    const above = only === null ? folderAbove(wanted.map(({ folder }) => folder)) : only.replace(/\/.*/, '');
    if (only === above) return [posix.join(escaped(only), name)];
    const whole = above === '' ? `**/${name}` : `${escaped(above)}/**/${name}`;
    const isMatch = compileGlobs([whole]);
    const isPure = like.every((group) => wanted.includes(group) || !group.paths.some((path) => isMatch(path)));
    return isPure || wanted.length > 12 ? [whole] : wanted.map(({ folder }) => posix.join(escaped(folder), name));
  });
}

/**
 * `*.fits.gz`, or with what only the names of the wanted files begin with, or without a few names; of GALAH the arm that most
 * stars have.
 */
function nameGlob(wanted: readonly Group[], unwanted: readonly string[], ending: string, survey: SurveyFormat): string {
  if (survey === 'galah') {
    const arms = wanted.flatMap(({ paths }) => paths.flatMap((path) => /\d{14,}([1-4])\.fits/i.exec(path)?.[1] ?? []));
    const counts = ['1', '2', '3', '4'].map((arm) => ({ arm, n: arms.filter((one) => one === arm).length }));
    const most = counts.reduce((a, b) => (b.n > a.n ? b : a));
    if (most.n > 0) return `*${most.arm}${ending}`;
  }
  const names = wanted.flatMap(({ seen }) => [...seen].filter(([, is]) => is === survey).map(([path]) => basename(path))); // prettier-ignore
  const first = names[0] ?? '';
  let prefix = first;
  for (const name of names) while (!name.startsWith(prefix)) prefix = prefix.slice(0, -1);
  prefix = /^[A-Za-z_]+[-_]?/.exec(prefix)?.[0] ?? '';
  const beside = unwanted.filter((path) => wanted.some(({ folder }) => dirname(path) === (folder || '.')));
  if (beside.length === 0) return `*${ending}`;
  if (prefix !== '' && prefix !== first && !unwanted.some((path) => basename(path).startsWith(prefix)))
    return `${escaped(prefix)}*${ending}`;
  if (beside.length > namesLeftOut) return `*${ending}`;
  return `!(${beside.map((path) => escaped(basename(path).slice(0, -ending.length))).join('|')})${ending}`;
}

function folderAbove(folders: readonly string[]): string {
  let parts = (folders[0] ?? '').split('/');
  for (const folder of folders) {
    const others = folder.split('/');
    const other = parts.findIndex((part, k) => part !== others[k]);
    if (other >= 0) parts = parts.slice(0, other);
  }
  return parts.join('/');
}

/** In a glob these letters mean something else; `?` stands for any one. */
function escaped(path: string): string {
  return path.replace(/[[\]{}()*!+@|]/g, '?');
}
