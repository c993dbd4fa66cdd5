import type { ChildProcess } from 'node:child_process';

export interface RunningServer {
  readonly child: ChildProcess;
  /** The address of a window on this folder. */
  urlOf(folder: string): string;
  /** Ends the server and all that it started in its process group. */
  stop(): Promise<void>;
}

export function installServer(): Promise<string>;
export function packageExtension(): Promise<string>;
export function startServer(options: {
  dataFolder: string;
  vsix: string;
  settings?: Record<string, unknown>;
  env?: NodeJS.ProcessEnv;
  endWhenIdle?: boolean;
}): Promise<RunningServer>;
