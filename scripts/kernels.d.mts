export function compileKernels(instead?: (path: string) => string | null): Promise<string>;
