/** A trained model for people to look at: the engine behind the panel of coefficients. */
import type { ModelAnatomy } from '../cannon/anatomy';
import { readModel } from '../cannon/modelFile';
import { termName } from '../cannon/vectorizer';
import type { Config } from '../config/config';

/** The model at `path` with the windows of `config`. @throws UserError what reading it throws. */
export async function modelAnatomy(config: Config, path: string): Promise<ModelAnatomy> {
  const model = await readModel(path);
  const names = model.labels.map(({ name }) => name);
  return {
    name: model.name,
    path,
    labels: model.labels,
    terms: model.terms,
    termNames: model.terms.map((term) => termName(term, names)),
    waveAngstrom: model.waveAngstrom,
    theta: Float32Array.from(model.theta),
    thetaError: Float32Array.from(model.record?.thetaError ?? []),
    scatter: Float32Array.from(model.scatter, (s) => (Number.isFinite(s) ? s : NaN)),
    converged: model.converged,
    nStars: Float32Array.from(model.nStars),
    windows: config.windows,
    provenance: model.provenance,
  };
}
