/** The requests of `protocol.ts` about a file, a model, a run: the engine's answers, packed. */
import { describeFits, modelAnatomy, validationDetail, pack } from '../engine/index';
import { type Feature, guard, type ServerContext } from './context';
import { ModelAnatomyRequest, ReadSpectrumRequest, ValidationRequest, type Request } from './protocol';
import { usableConfig } from './usableConfig';

export const requests: Feature = {
  capabilities: {},

  register({ connection }: ServerContext): void {
    const answer = <Params, Result>(
      { method }: Request<Params, Result>,
      handler: (params: Params) => Promise<Result>,
    ) => connection.onRequest(method, guard<Params, unknown>(connection, method, handler));

    answer(ReadSpectrumRequest, async ({ path }) => pack(await describeFits(path)));
    answer(ModelAnatomyRequest, async ({ config, model }) =>
      pack(await modelAnatomy(await usableConfig(config), model)),
    );
    answer(ValidationRequest, async ({ config, validation }) =>
      pack(await validationDetail(await usableConfig(config), validation)),
    );
  },
};
