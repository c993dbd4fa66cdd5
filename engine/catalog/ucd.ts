/** Unified content descriptors of labels, from the IVOA's list UCD1+; abundances are all phys.abund. */
export function ucdOfLabel(label: string): string {
  if (/^teff$/i.test(label)) return 'phys.temperature.effective';
  if (/^logg$/i.test(label)) return 'phys.gravity';
  if (/^vmic$/i.test(label)) return 'phys.veloc.microTurb';
  return /^(fe_?h|.*_fe|.*_h|m_h)$/i.test(label) ? 'phys.abund' : 'phys';
}
