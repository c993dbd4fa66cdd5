/** Finds stars by a part of their id or description. Pure. */
import type { StarEntry } from '../../server/protocol';

/** The first `limit` stars that contain every word of `query`, ids that begin with it first, and how many there are in all. */
export function matchingStars(
  stars: readonly StarEntry[],
  query: string,
  limit: number,
): { listed: StarEntry[]; nMatching: number } {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const text = query.trim().toLowerCase();
  const first: StarEntry[] = [];
  const others: StarEntry[] = [];
  for (const entry of stars) {
    const id = entry.star.toLowerCase();
    if (text !== '' && id.startsWith(text)) first.push(entry);
    else if (words.every((word) => id.includes(word) || entry.detail.toLowerCase().includes(word))) others.push(entry);
  }
  const listed = [...first.slice(0, limit), ...others.slice(0, Math.max(0, limit - first.length))];
  return { listed, nMatching: first.length + others.length };
}
