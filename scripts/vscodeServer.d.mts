import type { ChildProcess } from 'node:child_process';

export interface RunningServer {
  readonly child: ChildProcess;
  /** The address of a window on this folder. */
  urlOf(folder: string): string;
  /** Ends the server and all that it started in its process group. */
  stop(): Promise<void>;
}

/** The oldest VS Code that the extension runs in, and the newest that npm carries. */
export type Edition = 'oldest' | 'newest';
export function installServer(edition?: Edition): Promise<{ folder: string; node: string }>;
export function startServer(options: {
  dataFolder: string;
  vsix: string;
  edition?: Edition;
  settings?: Record<string, unknown>;
  env?: NodeJS.ProcessEnv;
  endWhenIdle?: boolean;
}): Promise<RunningServer>;
