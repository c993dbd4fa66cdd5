export function documentNames(): Promise<string[]>;
export function writeDocuments(folder: string): Promise<void>;
export function placeOf(page: string, target: string): string;
export function proseOf(text: string): string;
export function standAlone(text: string, isThere?: (target: string) => boolean): string;
