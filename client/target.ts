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
  /** A label or an element to open the panel at; absent unless the caller named one. */
  readonly focus?: string;
  /** The id of a star whose spectrum the caller does not know. */
  readonly star?: string;
}

const nothing: Target = { config: null, path: null };

export function targetOf(args: readonly unknown[]): Target {
  const argument = args[0];
  if (typeof argument === 'string') return fromFile(argument);
  if (typeof argument !== 'object' || argument === null) return nothing;
  const { config, path, focus, star, scheme, fsPath } = argument as Partial<Record<string, unknown>>;
  // A Uri has a `path` too: only what has no scheme is a pair of paths.
  if (typeof scheme === 'string') return typeof fsPath === 'string' ? fromFile(fsPath) : nothing;
  return {
    ...{ config: asPath(config), path: asPath(path) },
    ...(typeof focus === 'string' && { focus }),
    ...(typeof star === 'string' && { star }),
  };
}

/** Whether a file is a survey's description, by its name. */
export function isConfigPath(path: string): boolean {
  return /(^|[\\/])cannon\.ya?ml$|\.cannon\.yaml$/i.test(path);
}

function fromFile(text: string): Target {
  const path = asPath(text);
  return path !== null && isConfigPath(path) ? { ...nothing, config: path } : { ...nothing, path };
}

function asPath(value: unknown): string | null {
  if (typeof value !== 'string' || value === '') return null;
  return value.startsWith('file:') ? fileURLToPath(value) : value;
}
