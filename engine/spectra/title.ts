/** One line that says which star a spectrum shows. */
import type { SpectrumIdentity } from './spectrum';

/** "1001605073 · G2 · S/N 24 (g)"; parts that the header lacks are left out. */
export function titleOf(identity: Pick<SpectrumIdentity, 'star' | 'subclass' | 'snr'>): string {
  const { star, subclass, snr } = identity;
  const band = (['g', 'r', 'i', 'z', 'u'] as const).find((name) => snr[name] !== null);
  const ofAll = snr.all === undefined || snr.all === null ? '' : `S/N ${Math.round(snr.all)}`;
  const parts = [star, subclass, band === undefined ? ofAll : `S/N ${Math.round(snr[band]!)} (${band})`];
  return parts.filter((part) => part !== '').join(' · ');
}
