export interface Mutant {
  readonly file: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
  /** What stands there with the fault, and without it. */
  readonly text: string;
  readonly was: string;
  readonly kind: string;
  readonly isStatement: boolean;
}
export function mutantsOf(file: string, source: string): Mutant[];
export function draw(mutants: readonly Mutant[], count: number, seed: number, source: string): Mutant[];
export function withMutant(source: string, mutant: Mutant): string;
export function withSwitches(source: string, mutants: readonly (Mutant & { readonly id: number })[]): string;
