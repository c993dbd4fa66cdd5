/** Processes whose environment holds `name=value`. Only Linux tells; elsewhere the list is empty. */
export function processesWith(name: string, value: string): Promise<{ pid: number; command: string }[]>;
/** Ends what `processesWith` finds. */
export function endProcessesWith(name: string, value: string): Promise<void>;
/** A word for cmd.exe. */
export function forShell(word: string): string;
