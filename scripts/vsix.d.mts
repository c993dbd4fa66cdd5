export const targets: readonly string[];
export const packaged: readonly string[];
export function hostTarget(): string | null;
export function packageForHere(): Promise<string>;
export function packageFile(target: string | null, folder: string): Promise<string>;
export function packageVsix(target: string | null, folder: string): Promise<string>;
export function packageCommandLine(folder: string): Promise<string>;
export function manifestOfExtension(all: Readonly<Record<string, unknown>>): Record<string, unknown>;
