export function faultsOfVsix(file: string, target: string): Promise<string[]>;
export function faultsOfCommandLine(
  names: readonly string[],
  text: (name: string) => string,
  size: number,
): Promise<string[]>;
