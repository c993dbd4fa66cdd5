/** The requests of `protocol.ts`: the engine's answers, packed. */
import {
  describeFits,
  inspectStar,
  modelAnatomy,
  modelScatter,
  starPosterior,
  validationDetail,
} from '../engine/index';
import { type Feature, guard, type ServerContext } from './context';
import { pack } from './pack';
import {
  InspectStarRequest,
  ModelAnatomyRequest,
  ModelScatterRequest,
  ReadSpectrumRequest,
  StarPosteriorRequest,
  ValidationRequest,
  type Request,
} from './protocol';
import { usableConfig } from './usableConfig';

export const requests: Feature = {
  capabilities: {},

  register({ connection, readers }: ServerContext): void {
    const answer = <Params, Result>(
      { method }: Request<Params, Result>,
      handler: (params: Params) => Promise<Result>,
    ) => connection.onRequest(method, guard<Params, unknown>(connection, method, handler));

    answer(ReadSpectrumRequest, async ({ path }) => pack(await describeFits(path)));
    answer(InspectStarRequest, async ({ config, path, model }) =>
      pack(await inspectStar(await usableConfig(config), path, model, readers)),
    );
    answer(ModelScatterRequest, async ({ config, model }) => modelScatter(await usableConfig(config), model));
    answer(StarPosteriorRequest, async ({ config, model, path }) =>
      pack(await starPosterior(await usableConfig(config), path, model, readers)),
    );
    answer(ModelAnatomyRequest, async ({ config, model }) =>
      pack(await modelAnatomy(await usableConfig(config), model)),
    );
    answer(ValidationRequest, async ({ config, validation }) =>
      pack(await validationDetail(await usableConfig(config), validation)),
    );
  },
};
