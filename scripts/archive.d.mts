export interface Entry {
  readonly size: number;
  readonly compressedSize: number;
  read(): Buffer;
}
export function readArchive(file: string): Promise<Map<string, Entry>>;
