/** What the star inspector asks: a star's fit, that of its neighbours in the survey, and what else is known of the star. */
import { inspectStar, modelScatter, repeatsOf, starPosterior, UserError, pack } from '../engine/index';
import { type Feature, guard, type ServerContext } from './context';
import {
  InspectStarRequest,
  ModelScatterRequest,
  type Request,
  StarPosteriorRequest,
  StarRepeatsRequest,
  StepStarRequest,
} from './protocol';
import { entryOf, neighbour, rowAt } from './spectraIndex/starLists';
import { usableConfig } from './usableConfig';

export const inspector: Feature = {
  capabilities: {},

  register({ connection, readers, indexes }: ServerContext): void {
    const answer = <Params, Result>(
      { method }: Request<Params, Result>,
      handler: (params: Params) => Promise<Result>,
    ) => connection.onRequest(method, guard<Params, unknown>(connection, method, handler));

    answer(InspectStarRequest, async ({ config, path, model }) =>
      pack(await inspectStar(await usableConfig(config), path, model, readers)),
    );
    answer(StepStarRequest, async ({ config: configPath, path, by }) => {
      const { config, index } = await indexes.of(configPath);
      const { star, path: next } = neighbour(await index.known, config.folder, path, by);
      try {
        return { star, path: next, fit: pack(await inspectStar(config, next, undefined, readers)), problem: null };
      } catch (error) {
        // A star without a fit is a place to stand on all the same: one must be able to walk past it.
        if (!(error instanceof UserError)) throw error;
        return { star, path: next, fit: null, problem: { message: error.message, hint: error.hint } };
      }
    });
    answer(StarRepeatsRequest, async ({ config: configPath, path }) => {
      const { config, index } = await indexes.of(configPath);
      const stars = await index.known;
      const row = rowAt(stars, config.folder, path);
      const rows = row < 0 ? [] : repeatsOf(stars, row, config.repeats);
      return rows.map((other) => entryOf(stars, config.folder, other));
    });
    answer(ModelScatterRequest, async ({ config, model }) => modelScatter(await usableConfig(config), model));
    answer(StarPosteriorRequest, async ({ config, model, path }) =>
      pack(await starPosterior(await usableConfig(config), path, model, readers)),
    );
  },
};
