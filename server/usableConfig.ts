/** The survey description that a request is about, as it is on the disk. */
import { type Config, loadConfig, UserError } from '../engine/index';

/** @throws UserError when the file at `path` cannot be read or has errors. */
export async function usableConfig(path: string): Promise<Config> {
  const { config, problems } = await loadConfig(path);
  const error = problems.find(({ severity }) => severity === 'error');
  if (error) throw new UserError(`${error.message} (in ${path})`, error.hint, error.code);
  if (config === null)
    throw new UserError(`${path} cannot be used`, 'Its problems are marked in the editor.', 'CAN006');
  return config;
}
