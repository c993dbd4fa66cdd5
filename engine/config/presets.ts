/**
 * Conditions and models that ship with the program, by name.
 *
 * `wheeler2020` is the division of Wheeler et al. 2020 (ApJ 898, 58), Equation 1, between giants and dwarfs:
 * log g = 4.18 below 5200 K, −6·10⁻⁴ Teff/K + 7.3 from there on. A star on the line is a dwarf. The paper takes `teff` and `logg`
 * of the survey; here they are the labels, or the columns, of these names. The lists of labels are those of its §2.2.
 */
import type { ConditionPresets } from './shape';

const equation1 = 'if(teff < 5200, 4.18, -6e-4 * teff + 7.3)';

export const conditionPresets = {
  'wheeler2020-giants': {
    condition: `logg < ${equation1}`,
    about: 'the giants of Wheeler et al. 2020, Equation 1; needs `teff` and `logg`',
  },
  'wheeler2020-dwarfs': {
    condition: `logg >= ${equation1}`,
    about: 'the dwarfs of Wheeler et al. 2020, Equation 1; needs `teff` and `logg`',
  },
} as const satisfies ConditionPresets;

/** The name of the two models of the paper, in place of the map of `models`. */
export const modelsPreset = 'wheeler2020';

const common = ['teff', 'logg', 'vmic', 'fe_h', 'o_fe', 'eu_fe'];

/** The models of the paper: the condition of each, by its name, and its labels. */
export const paperModels = [
  { name: 'giants', preset: 'wheeler2020-giants', labels: [...common, 'mg_fe', 'al_fe', 'mn_fe', 'ba_fe'] },
  { name: 'dwarfs', preset: 'wheeler2020-dwarfs', labels: [...common, 'alpha_fe', 'sc_fe', 's_fe'] },
] as const;
