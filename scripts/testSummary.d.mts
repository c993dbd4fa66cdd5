export interface Failure {
  readonly file: string;
  readonly name: string;
  readonly message: string;
}

export interface Outcome {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
  readonly slowest: readonly { readonly file: string; readonly seconds: number }[];
  readonly failures: readonly Failure[];
  readonly secondAttempts: readonly Failure[];
}

export function readOutcome(
  name: string,
  reportFile: string,
  exitCode: number | string,
  seconds: number,
): Promise<Outcome>;
export function plainOutcome(name: string, seconds: number, message?: string | null): Outcome;
export function outcomeLine(outcome: Outcome): string;
export function summaryText(outcomes: readonly Outcome[]): string;
export function isWell(outcomes: readonly Outcome[]): boolean;
