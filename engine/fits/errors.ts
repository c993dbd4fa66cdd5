/**
 * What can be wrong with a FITS file, one code each. Every failure of the reader is one of these, as a `UserError`
 * with one sentence and a hint; codes are stable because people search for them.
 */
import { UserError } from '../problems';

const rules = {
  notFits: {
    code: 'CAN201',
    hint: 'Give a FITS file, plain, gzipped or packed with compress; its first eight bytes are "SIMPLE  ".',
  },
  truncated: { code: 'CAN202', hint: 'The copy or download stopped early; fetch the file again.' },
  header: {
    code: 'CAN203',
    hint: 'The header breaks the FITS standard; fetch the file again or have its writer repaired.',
  },
  gzip: { code: 'CAN204', hint: 'The copy or download stopped early or was changed; fetch the file again.' },
  tooLarge: { code: 'CAN205', hint: 'Split the file, or keep it uncompressed.' },
  unsupported: { code: 'CAN206', hint: 'Convert the file with astropy or funpack and open the result.' },
  missing: { code: 'CAN207', hint: 'Look at the headers of the file to see which extensions and columns it has.' },
  table: {
    code: 'CAN208',
    hint: 'The table breaks the FITS standard; fetch the file again or have its writer repaired.',
  },
  unreadable: { code: 'CAN209', hint: 'Check that the path is right and that you may read it.' },
} as const;

export type FitsRule = keyof typeof rules;

/** The error for `rule`; `hint` replaces the rule's own where something better can be said. */
export function fitsError(rule: FitsRule, message: string, hint?: string): UserError {
  return new UserError(message, hint ?? rules[rule].hint, rules[rule].code);
}
