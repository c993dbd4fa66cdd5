export function machinesOf(bytes: Buffer): string[];
export function onlyFor(target: string, bytes: Buffer): Buffer;
