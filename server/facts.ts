/** The facts of the last check, where they are still about the text at hand: each condition is compared by its text. */
import { type Config, modelText, type SurveyFacts } from '../engine/index';

export interface Kept {
  /** The condition as written, or a model's name. */
  readonly text: string;
  /** Stars left here, after everything before. */
  readonly stars: number;
  /** Stars for which the condition holds by itself. */
  readonly alone: number;
}

/** How many stars the condition at `path` (`quality/0`, `models/giants`, `models/giants/where`) keeps; null while unknown. */
export function keptBy(path: string, config: Config | null, facts: SurveyFacts | null): Kept | null {
  const selection = facts?.selection;
  if (!config || !selection) return null;
  const [section, name] = path.split('/');
  const nQuality = section === 'quality' ? Number(name) + 1 : config.quality.length;
  // A count depends on all that stands before it.
  if (section !== 'quality' && config.quality.length !== selection.quality.length) return null;
  for (let i = 0; i < nQuality; i++) if (config.quality[i]?.text !== selection.quality[i]?.text) return null;
  if (section === 'quality') return selection.quality[Number(name)] ?? null;
  for (const [i, model] of config.models.entries()) {
    const known = selection.models[i];
    if (known?.text !== modelText(model)) return null;
    if (model.name !== name) continue;
    const { where } = model;
    const text = where === null ? name : where === 'otherwise' ? where : where.text;
    return { text, stars: known.stars, alone: known.alone };
  }
  return null;
}
