/**
 * What a command was called on. The editor passes the file of a menu's tab as a Uri, code lenses and other extensions
 * pass `{ config, path }` or a plain path; all of them come out as the paths of a config and of a spectrum.
 */
import { fileURLToPath } from 'node:url';

export interface Target {
  /** Absolute path of a cannon.yaml, when the caller named one. */
  readonly config: string | null;
  /** Absolute path of a spectrum, when the caller named one. */
  readonly path: string | null;
}

export function targetOf(args: readonly unknown[]): Target {
  const argument = args[0];
  if (typeof argument === 'string') return fromFile(argument);
  if (typeof argument !== 'object' || argument === null) return { config: null, path: null };
  const { config, path, scheme, fsPath } = argument as Partial<Record<string, unknown>>;
  // A Uri has a `path` too: only what has no scheme is a pair of paths.
  if (typeof scheme === 'string') return typeof fsPath === 'string' ? fromFile(fsPath) : { config: null, path: null };
  return { config: asPath(config), path: asPath(path) };
}

/** Whether a file is a survey's description, by its name. */
export function isConfigPath(path: string): boolean {
  return /(^|[\\/])cannon\.ya?ml$|\.cannon\.yaml$/i.test(path);
}

function fromFile(text: string): Target {
  const path = asPath(text);
  return path !== null && isConfigPath(path) ? { config: path, path: null } : { config: null, path };
}

function asPath(value: unknown): string | null {
  if (typeof value !== 'string' || value === '') return null;
  return value.startsWith('file:') ? fileURLToPath(value) : value;
}
