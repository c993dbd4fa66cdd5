/**
 * Messages between the review bench (a webview) and the extension host. Types only. What is asked about the catalog has the
 * shapes of the language server's answers, so that the host hands them through.
 */
import type {
  CatalogFacts,
  ReviewChange,
  SelectedRows,
  Selection,
  SelectionCounts,
  SelectionSize,
  StarReasons,
  StarVerdict,
} from '../../engine/index';
import type { SavingHost } from '../export';
import type { PanelView } from '../page';

export interface Bench extends CatalogFacts {
  /** Absolute path, and how it is called: its place below the survey's folder. */
  readonly catalog: string;
  readonly title: string;
}

/** A verdict that can be taken back, and where the bench stood: a row of the catalog. */
export interface Deed {
  readonly changes: readonly ReviewChange[];
  readonly row: number;
}

/** What the panel keeps across reloads. */
export interface ReviewViewState {
  readonly where: string;
  readonly flags: readonly string[];
  readonly showsUnflagged: boolean;
  readonly hidesReviewed: boolean;
  /** Null: the most surprising first. */
  readonly sort: string | null;
  readonly descending: boolean;
  /** Any of its ids. */
  readonly star: string | null;
  /** First row in view. */
  readonly top: number;
  readonly advances: boolean;
  readonly follows: boolean;
  readonly done: readonly Deed[];
  readonly undone: readonly Deed[];
}

/** What a key or a command of the editor does to the chosen star or the queue. */
export type BenchAction =
  | 'next'
  | 'previous'
  | 'real'
  | 'badSpectrum'
  | 'badLabel'
  | 'binary'
  | 'enriched'
  | 'ignore'
  | 'exclude'
  | 'clear'
  | 'note'
  | 'undo'
  | 'redo'
  | 'filter'
  /** Verdicts are others now; the stars are the same. */
  | 'judged';

/** Answered by the extension host. */
export interface ReviewHost {
  requests: SavingHost['requests'] & {
    /** What is in the catalog; null while the survey has none. */
    openCatalog: () => Bench | null;
    /** The flag whose stars somebody wants to see; told once. */
    readFocus: () => string | null;
    /** Catalogs of the survey, the newest first: path and title. */
    listCatalogs: () => readonly { readonly path: string; readonly title: string }[];
    chooseCatalog: (params: { path: string }) => void;
    /** How many stars a selection has, or what is wrong with its condition. */
    select: (params: { selection: Selection }) => SelectionSize;
    readRows: (params: {
      selection: Selection;
      from: number;
      count: number;
      columns: readonly string[];
    }) => SelectedRows;
    readCounts: (params: { selection: Selection }) => SelectionCounts;
    /** The place of a star in a selection, by one of its ids; −1 where it is not in it. */
    findStar: (params: { selection: Selection; star: string }) => number;
    /** The same of a row of the catalog. */
    readReasons: (params: { row: number; nNearest: number }) => StarReasons;
    /** Write a verdict, or take it away (null). The changes that would undo it. */
    judge: (params: { row: number; verdict: StarVerdict | null; note: string }) => readonly ReviewChange[];
    /** Write verdicts as they are given. The changes that would undo that. */
    restore: (params: { changes: readonly ReviewChange[] }) => readonly ReviewChange[];
    /** Show a star in the inspector, which opens if `opens`; the bench keeps the keyboard unless `takesFocus`. */
    inspect: (params: { path: string; opens: boolean; takesFocus: boolean }) => void;
    /** Show a key of cannon.yaml, or `review` for the file of verdicts. */
    revealKey: (params: { key: string }) => void;
    /** Keep a condition in cannon.yaml under a name that the user is asked for. False when nobody gave one. */
    saveSearch: (params: { where: string }) => boolean;
    makeCatalog: () => void;
  };
  notifications: Record<never, never>;
}

/** Answered by the webview: `act` brings a `BenchAction`. */
export type ReviewView = PanelView;
