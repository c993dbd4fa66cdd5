/** What can be wrong with a spectrum, one code each; `engine/fits/errors.ts` has those of the file around it. */
import { UserError } from '../problems';

const rules = {
  notASpectrum: {
    code: 'CAN221',
    hint: 'Leave the file out of `spectra` in cannon.yaml, or set the `survey` it belongs to.',
  },
  otherSurvey: { code: 'CAN222', hint: 'Set `survey` in cannon.yaml to the survey that the file comes from.' },
  malformed: {
    code: 'CAN223',
    hint: 'Fetch the file again; if it stays so, leave it out of `spectra` in cannon.yaml.',
  },
  noRedshift: {
    code: 'CAN224',
    hint: 'Leave the spectrum out, or write a radial velocity as Z into its primary header.',
  },
  noOverlap: { code: 'CAN225', hint: 'Check `grid` in cannon.yaml: vacuum Å in the rest frame.' },
} as const;

/** The error for `rule`, with one sentence. */
export function spectrumError(rule: keyof typeof rules, message: string): UserError {
  return new UserError(message, rules[rule].hint, rules[rule].code);
}
