/** The flags that a verdict of review.yaml sets in the catalog. */
import type { StarVerdict } from '../reference/review';
import type { FlagName } from './flagBits';

export function bitOf(verdict: StarVerdict): FlagName[] {
  switch (verdict) {
    case 'real':
      return ['reviewed_real'];
    case 'bad spectrum':
    case 'bad label':
    case 'exclude':
      return ['reviewed_bad'];
    case 'binary':
      return ['reviewed_binary'];
    case 'ignore':
      return ['reviewed_ignore'];
    default:
      return ['reviewed_enriched'];
  }
}
