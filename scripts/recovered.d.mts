export interface Label {
  readonly name: string;
  readonly unit: string;
  /** Of the reference table and the truth. */
  readonly column: string;
}
export interface UnseenStar {
  readonly obsid: string;
  readonly labels: readonly { readonly value: number; readonly error: number; readonly truth: number }[];
}
export interface Agreement {
  readonly name: string;
  readonly unit: string;
  readonly nStars: number;
  readonly scatter: number;
  readonly bias: number;
  readonly correlation: number;
}
type Row = Readonly<Record<string, string>>;

export function unseenStars(tables: {
  inferred: readonly Row[];
  truth: readonly Row[];
  reference: readonly Row[];
  labels: readonly Label[];
}): UnseenStar[];
export function agreement(stars: readonly UnseenStar[], labels: readonly Label[]): Agreement[];
export function formatTables(stars: readonly UnseenStar[], labels: readonly Label[], nShown?: number): string;
