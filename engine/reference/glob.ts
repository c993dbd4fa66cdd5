/**
 * Which paths a glob means. Time is the length of the path times that of the glob, whatever they hold: globs and names of
 * files may come from strangers, and a matcher that goes back to try again can take for ever.
 *
 * A glob becomes an automaton whose states know what may follow. State q is true at place p of the path when the rest of the
 * path from p on is one that the rest of the glob from q on means. Rows of states are computed from the end of the path to its
 * beginning; a row depends on itself and on the one after it. What `!(…)` forbids is told at the place where it begins: the
 * group followed by the rest of the glob must not fit there, and any name followed by the rest must.
 *
 * Wildcards do not match a "." at the beginning of a part of the path: hidden files are found where they are named.
 */
import { type GlobItem, parseGlob } from './globSyntax';

export interface Glob {
  /** The folder without wildcards in which all paths lie: "", or with a "/" at its end. */
  readonly base: string;
  /** It has no wildcard: it means one path. */
  readonly isPlain: boolean;
  readonly isMatch: (path: string) => boolean;
  /** Whether such paths may lie in this folder, which itself is in `base`. */
  readonly mayHold: (folder: string) => boolean;
}

/** @param text with "/" between the parts of paths. */
export function compileGlob(text: string): Glob {
  const wildcard = text.search(/[*?[{(]/);
  const base = text.slice(0, (wildcard < 0 ? text : text.slice(0, wildcard)).lastIndexOf('/') + 1);
  const rest = text.slice(base.length);
  const accepts = pathAcceptor(parseGlob(rest));
  // Parts that stand for one folder each; behind them any number may lie, or none.
  const parts = rest.split('/');
  const unsure = parts.findIndex((part) => part.includes('**') || /[{(]/.test(part));
  const known = parts.slice(0, unsure < 0 ? parts.length - 1 : unsure).map((part) => nameAcceptor(parseGlob(part)));
  const namesHidden = /(^|[/{,(|])\./.test(rest);
  return {
    base,
    isPlain: wildcard < 0,
    isMatch: (path) => path.startsWith(base) && accepts(path.slice(base.length)),
    mayHold: (folder) => {
      const names = folder.slice(base.length).split('/');
      return names.every((name, depth) => {
        const part = known[depth];
        return part === undefined ? unsure >= 0 && (namesHidden || !name.startsWith('.')) : part(name);
      });
    },
  };
}

/** Matches paths that any of the globs means. */
export function compileGlobs(texts: readonly string[]): (path: string) => boolean {
  const globs = texts.map(compileGlob);
  return (path) => globs.some(({ isMatch }) => isMatch(path));
}

/** Whether a state is true: `code` of the letter here (−1 at the end of the path), `row` here, `after` of the next place. */
type State = (code: number, row: Uint8Array, after: Uint8Array, isStart: boolean) => boolean;

const [slash, dot] = [47, 46];
const isLetterOfName = (code: number, isStart: boolean) => code >= 0 && code !== slash && !(isStart && code === dot);

/** Folders and names are told apart where that can be done: what is known of a folder holds for all that lies in it. */
function pathAcceptor(items: readonly GlobItem[]): (path: string) => boolean {
  const end = items.findLastIndex((item) => item.kind === 'folders' || isSlash(item)) + 1;
  if (end === 0 || items.slice(end).some(mayHoldSlash)) return acceptor(items, true);
  const inFolder = acceptor(items.slice(0, end), true);
  const isName = nameAcceptor(items.slice(end));
  let [folder, isIn] = ['', inFolder('')];
  return (path) => {
    const length = path.lastIndexOf('/') + 1;
    if (length !== folder.length || !path.startsWith(folder)) {
      folder = path.slice(0, length);
      isIn = inFolder(folder);
    }
    return isIn && isName(path.slice(length));
  };
}

/** The letters at both ends are compared as they are; what lies between is often a single `*`. */
function nameAcceptor(items: readonly GlobItem[]): (name: string) => boolean {
  const isOther = ({ kind }: GlobItem) => kind !== 'letter';
  const from = items.some(isOther) ? items.findIndex(isOther) : items.length;
  const to = Math.max(from, items.findLastIndex(isOther) + 1);
  const [prefix, suffix] = [lettersIn(items.slice(0, from)), lettersIn(items.slice(to))];
  const middle = items.slice(from, to);
  const isFree = middle.length === 1 && middle[0]!.kind === 'star';
  const accepts = acceptor(middle, prefix === '');
  return (name) => {
    if (name.length < prefix.length + suffix.length || !name.startsWith(prefix) || !name.endsWith(suffix)) return false;
    if (isFree) return prefix !== '' || !name.startsWith('.');
    return accepts(name.slice(prefix.length, name.length - suffix.length));
  };
}

const isSlash = (item: GlobItem) => item.kind === 'letter' && item.code === slash;

function mayHoldSlash(item: GlobItem): boolean {
  if (item.kind === 'group') return item.choices.some((items) => items.some(mayHoldSlash));
  return item.kind === 'folders' || item.kind === 'below' || isSlash(item);
}

function lettersIn(items: readonly GlobItem[]): string {
  return items.map((item) => (item.kind === 'letter' ? String.fromCharCode(item.code) : '')).join('');
}

/** @param isStart whether a part of the path begins where these items do. */
function acceptor(items: readonly GlobItem[], isStart: boolean): (path: string) => boolean {
  const automaton = new Automaton();
  const first = automaton.sequence(
    items,
    automaton.add((code) => code < 0),
  );
  return (path) => automaton.accepts(path, first, isStart);
}

/** States in such an order that each depends, at its own place, on earlier ones only; loops are what sweeps are for. */
class Automaton {
  readonly #states: State[] = [];
  #loops = 0;

  add(state: State): number {
    return this.#states.push(state) - 1;
  }

  accepts(path: string, first: number, isStartOfPart: boolean): boolean {
    let [row, after] = [new Uint8Array(this.#states.length), new Uint8Array(this.#states.length)];
    for (let at = path.length; at >= 0; at--) {
      const code = at < path.length ? path.charCodeAt(at) : -1;
      const isStart = at === 0 ? isStartOfPart : path.charCodeAt(at - 1) === slash;
      [row, after] = [after, row];
      row.fill(0);
      this.settle(code, row, after, isStart);
    }
    return row[first] === 1;
  }

  /** States of a loop hold for one another: they are gone through until nothing changes, once more than there are loops. */
  private settle(code: number, row: Uint8Array, after: Uint8Array, isStart: boolean): void {
    for (let sweeps = 0, isChanged = true; isChanged && sweeps <= this.#loops + 1; sweeps++) {
      isChanged = false;
      for (let q = 0; q < this.#states.length; q++) {
        const value = Number(this.#states[q]!(code, row, after, isStart));
        if (row[q] === value) continue;
        row[q] = value;
        isChanged = this.#loops > 0;
      }
    }
  }

  /** The state of items in front of what follows them. */
  sequence(items: readonly GlobItem[], next: number): number {
    return items.reduceRight((follower, item) => this.item(item, follower), next);
  }

  private item(item: GlobItem, next: number): number {
    switch (item.kind) {
      case 'letter':
        return this.add((code, _, after) => code === item.code && after[next] === 1);
      case 'any':
        return this.add(
          (code, _, after, isStart) => isLetterOfName(code, isStart) && item.allows(code) && after[next] === 1,
        );
      case 'star':
        return this.star(next);
      case 'folders':
        return this.folders(next);
      case 'below':
        return this.below(next);
      case 'group':
        return this.group(item, next);
    }
  }

  private star(next: number): number {
    const self = this.#states.length;
    return this.add(
      (code, row, after, isStart) =>
        !(isStart && code === dot) && (row[next] === 1 || (isLetterOfName(code, isStart) && after[self] === 1)),
    );
  }

  /** Folders that are not hidden, each with its "/". */
  private folders(next: number): number {
    const within = this.#states.length;
    const self = within + 1;
    this.add((code, _, after) => (code === slash ? after[self] === 1 : code >= 0 && after[within] === 1));
    return this.add(
      (code, row, after, isStart) => row[next] === 1 || (isLetterOfName(code, isStart) && after[within] === 1),
    );
  }

  /** At least one name, and any number of them with a "/" between. */
  private below(next: number): number {
    const within = this.#states.length;
    const self = within + 1;
    this.add(
      (code, row, after) => row[next] === 1 || (code === slash ? after[self] === 1 : code >= 0 && after[within] === 1),
    );
    return this.add((code, _, after, isStart) => isLetterOfName(code, isStart) && after[within] === 1);
  }

  private group({ times, choices }: GlobItem & { kind: 'group' }, next: number): number {
    if (times === 'some' || times === 'many') return this.loop(choices, next, times);
    const starts = choices.map((items) => this.sequence(items, next));
    if (times === 'none') {
      const rest = this.star(next);
      return this.add((_, row) => row[rest] === 1 && starts.every((start) => row[start] === 0));
    }
    if (times === 'maybe') starts.push(next);
    return this.add((_, row) => starts.some((start) => row[start] === 1));
  }

  private loop(choices: readonly (readonly GlobItem[])[], next: number, times: 'some' | 'many'): number {
    this.#loops++;
    let starts: readonly number[] = [];
    const again = this.add((_, row) => row[next] === 1 || starts.some((start) => row[start] === 1));
    starts = choices.map((items) => this.sequence(items, again));
    return times === 'many' ? again : this.add((_, row) => starts.some((start) => row[start] === 1));
  }
}
