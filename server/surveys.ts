/**
 * The survey descriptions that are open in the editor: their text as parsed, and what the disk says of them.
 *
 * Text is parsed at once. The disk is asked when typing pauses, and the answer is dropped when the text has changed since.
 * Until the next answer, its problems move along with the text around them.
 */
import { fileURLToPath } from 'node:url';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import {
  examineSurvey,
  internalProblem,
  type ParsedConfig,
  parseConfig,
  type Problem,
  type SurveyFacts,
  type SurveyReaders,
} from '../engine/index';

/** A problem that a catalog knows of: perhaps about the stars of one flag, for the review bench to show. */
export interface CatalogProblem extends Problem {
  readonly flag?: string;
  /** Where its first stars are. */
  readonly stars?: readonly { readonly uri: string; readonly line: number; readonly text: string }[];
}

export interface Survey {
  readonly version: number;
  readonly parsed: ParsedConfig;
  readonly isOnDisk: boolean;
  /** Found on the disk, at places of this text. */
  diskProblems: readonly Problem[];
  /** What the newest catalog says, at places of this text. */
  catalogProblems: readonly CatalogProblem[];
  facts: SurveyFacts | null;
  check: AbortController | null;
  /** Settles when the check that is under way has ended, or given up. */
  checked: Promise<void>;
}

const typingPauseMs = 250;

export class Surveys {
  private readonly open = new Map<string, Survey>();
  private readonly checkListeners: ((uri: string) => void)[] = [];

  /**
   * @param onProblems told when what is known about a document has changed
   * @param onFailure told when a check crashed
   */
  constructor(
    private readonly readers: SurveyReaders,
    private readonly onProblems: (document: TextDocument, problems: readonly CatalogProblem[]) => void,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** The document as parsed, and what the last check found; brings both up to date with its text. */
  get(document: TextDocument): Survey {
    const known = this.open.get(document.uri);
    if (known?.version === document.version) return known;
    const { path, isOnDisk } = pathOf(document.uri);
    const parsed = parseConfig(document.getText(), path);
    known?.check?.abort();
    const survey: Survey = {
      version: document.version,
      parsed,
      isOnDisk,
      diskProblems: known ? moved(known.diskProblems, known.parsed.text, parsed.text) : [],
      catalogProblems: known ? moved(known.catalogProblems, known.parsed.text, parsed.text) : [],
      facts: known?.facts ?? null,
      check: null,
      checked: Promise.resolve(),
    };
    this.open.set(document.uri, survey);
    return survey;
  }

  /** The same, once the disk has told all it knows about the text as it then is. */
  async settled(document: TextDocument): Promise<Survey> {
    for (;;) {
      const survey = this.get(document);
      const { checked } = survey;
      await checked;
      if (this.get(document) === survey && survey.checked === checked) return survey;
    }
  }

  /** Calls `listener` with the document each time the disk has told something new about it. */
  onDidCheck(listener: (uri: string) => void): void {
    this.checkListeners.push(listener);
  }

  /** Tells what the text has wrong, at once, and asks the disk after `delayMs`. */
  refresh(document: TextDocument, delayMs = typingPauseMs): void {
    const survey = this.get(document);
    this.tell(document, survey);
    survey.check?.abort();
    if (!survey.isOnDisk) return;
    survey.check = new AbortController();
    survey.checked = this.checkLater(document, survey, survey.check.signal, delayMs);
  }

  /** What a catalog says of the text of `survey`; dropped where that is another one by now. */
  note(document: TextDocument, survey: Survey, problems: readonly CatalogProblem[]): void {
    if (this.open.get(document.uri) !== survey) return;
    if (JSON.stringify(problems) === JSON.stringify(survey.catalogProblems)) return;
    survey.catalogProblems = problems;
    this.tell(document, survey);
  }

  close(uri: string): void {
    this.open.get(uri)?.check?.abort();
    this.open.delete(uri);
  }

  dispose(): void {
    for (const uri of [...this.open.keys()]) this.close(uri);
  }

  private async checkLater(
    document: TextDocument,
    survey: Survey,
    signal: AbortSignal,
    delayMs: number,
  ): Promise<void> {
    try {
      await pause(delayMs, signal);
      const { problems, facts } = await examineSurvey(survey.parsed, { signal }, this.readers);
      signal.throwIfAborted();
      Object.assign(survey, { diskProblems: problems, facts });
    } catch (error) {
      if (signal.aborted) return;
      this.onFailure(error);
      survey.diskProblems = [internalProblem(survey.parsed.path, error)];
    }
    this.tell(document, survey);
    for (const listener of this.checkListeners) listener(document.uri);
  }

  private tell(document: TextDocument, survey: Survey): void {
    // A check may end just after its document was closed or changed.
    if (this.open.get(document.uri) !== survey) return;
    this.onProblems(document, problemsOf(survey));
  }
}

/** All that is known to be wrong, and worth a look. */
export function problemsOf({ parsed, diskProblems, catalogProblems }: Survey): CatalogProblem[] {
  return [...parsed.problems, ...diskProblems, ...catalogProblems];
}

function pathOf(uri: string): { path: string; isOnDisk: boolean } {
  try {
    return { path: fileURLToPath(uri), isOnDisk: true };
  } catch {
    return { path: uri.split('/').at(-1)!, isOnDisk: false };
  }
}

function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, delayMs);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      },
      { once: true },
    );
  });
}

/** Problems of an old text at their places in the new one; those that the edit touched are left out. */
function moved<P extends Problem>(problems: readonly P[], before: string, after: string): P[] {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const shift = after.length - before.length;
  return problems.flatMap((problem) => {
    const { range } = problem;
    if (!range || range.end <= head) return [problem];
    if (range.start < before.length - tail) return [];
    return [{ ...problem, range: { start: range.start + shift, end: range.end + shift } }];
  });
}
