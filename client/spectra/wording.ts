/** What the tree of spectra says of a star and of the state of an index. Pure. */
import { basename } from 'node:path';
import type { IndexState, StarEntry } from '../../server/protocol';

/** "" when there is nothing to say. */
export function stateInWords({ phase, nSpectra, nUnread }: IndexState): string {
  const part = `${count(nSpectra - nUnread)} of ${count(nSpectra)} headers read`;
  if (phase === 'stopped' && nUnread > 0) return `Indexing was stopped: ${part}. “Refresh Spectra” goes on.`;
  if (phase === 'failed') return 'Indexing failed; “Cannon: Show Log” tells why.';
  return nUnread > 0 ? `Indexing: ${part}.` : '';
}

/** Beside the star's id, and in the box that rests of the pointer bring up (Markdown). */
export function starFacts(entry: StarEntry): { short: string; long: string } {
  const { star, path, designation, subclass, snr, raDeg, decDeg, redshift, problem } = entry;
  const brief = [subclass, snr === null ? '' : `S/N ${snr.toFixed(0)}`];
  const position = raDeg === null || decDeg === null ? '' : `${raDeg.toFixed(5)}°, ${signed(decDeg.toFixed(5))}°`;
  const lines = [
    `**${escaped(star)}**`,
    designation === star ? '' : escaped(designation),
    brief.filter(Boolean).map(escaped).join(' · '),
    position === '' ? '' : `α, δ = ${position}`,
    redshift === null ? '' : `z = ${signed(redshift.toFixed(6))}`,
    escaped(problem),
    `\`${basename(path).replaceAll('`', "'")}\``,
  ];
  return {
    short: problem === '' ? brief.filter(Boolean).join(' · ') : problem,
    long: lines.filter(Boolean).join('\n\n'),
  };
}

function count(n: number): string {
  return n.toLocaleString('en');
}

function signed(number: string): string {
  return number.replace('-', '−');
}

/** Header text is not Markdown. */
function escaped(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+!|<>~-]/g, '\\$&');
}
