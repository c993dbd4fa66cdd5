export const targets: readonly string[];
export function hostTarget(): string | null;
export function packageForHere(): Promise<string>;
export function packageVsix(target: string | null, folder: string): Promise<string>;
export function packageCommandLine(folder: string): Promise<string>;
export function readmeAlone(text: string): string;
export function manifestOfExtension(all: Readonly<Record<string, unknown>>): Record<string, unknown>;
