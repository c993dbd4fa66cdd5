/** The requests of `protocol.ts`: the engine's answers, packed. */
import { describeFits, inspectStar, listStars, loadConfig, UserError, type Config } from '../engine/index';
import { type Feature, guard, type ServerContext } from './context';
import { pack } from './pack';
import { InspectStarRequest, ListStarsRequest, ReadSpectrumRequest, type Request } from './protocol';

/** The config at `path` as it is on the disk. @throws UserError when it cannot be used. */
async function usableConfig(path: string): Promise<Config> {
  const { config, problems } = await loadConfig(path);
  const error = problems.find(({ severity }) => severity === 'error');
  if (error) throw new UserError(`${error.message} (in ${path})`, error.hint, error.code);
  if (config === null)
    throw new UserError(`${path} cannot be used`, 'Its problems are marked in the editor.', 'CAN006');
  return config;
}

export const requests: Feature = {
  capabilities: {},

  register({ connection, readers }: ServerContext): void {
    const answer = <Params, Result>(
      { method }: Request<Params, Result>,
      handler: (params: Params) => Promise<Result>,
    ) => connection.onRequest(method, guard<Params, unknown>(connection, method, handler));

    answer(ReadSpectrumRequest, async ({ path }) => pack(await describeFits(path)));
    answer(ListStarsRequest, async ({ config }) => listStars(await usableConfig(config), readers.spectrum));
    answer(InspectStarRequest, async ({ config, path, model }) =>
      pack(await inspectStar(await usableConfig(config), path, model)),
    );
  },
};
