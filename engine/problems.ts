/**
 * A problem is something wrong with what the user gave us: the config, a table, a spectrum.
 *
 * Problems are values, not exceptions: a reader returns what it could make of its input together with
 * what was wrong, and the editor and the command line print the same sentence. Programming errors stay exceptions.
 */

export type Severity = 'error' | 'warning' | 'information';

/** A half-open range of UTF-16 offsets in a text file. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

export interface Problem {
  /** Stable identifier such as `CAN012`; see `engine/config/rules.ts` for the table. */
  readonly code: string;
  readonly severity: Severity;
  /** One sentence saying what is wrong. */
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
  /** The file the problem lies in, absolute. */
  readonly file: string;
  /** Where in that file, when it is a text file and the place is known. */
  readonly range?: TextRange;
  /** The exact text that would replace `range`, where one obvious repair exists. */
  readonly fix?: string;
}

/** An error whose message is meant for the user as it stands, with what to do about it. */
export class UserError extends Error {
  override readonly name = 'UserError';
  constructor(
    message: string,
    readonly hint: string,
    readonly code = 'CAN900',
  ) {
    super(message);
  }
}
