interface LockEntry {
  readonly integrity?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
}
export function faultsOfLock(
  lock: { readonly packages: Readonly<Record<string, LockEntry>> },
  shipped: readonly { readonly name: string; readonly version: string; readonly licence: string }[],
): string[];
