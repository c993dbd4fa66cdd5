/** A few of the mutants of `npm run bench:fits-fuzz`: each is read, or refused with a sentence. */
import { describe, expect, test } from 'vitest';
import { UserError } from '../../engine/problems';
import { mutantOf, originals, readMutant } from '../bench/fitsMutants';
import { dataFolder, withoutData } from '../data';

describe.skipIf(withoutData)('mutants of real FITS files (skipped: no data)', () => {
  test('are the same for the same seed, and others for another', () => {
    const files = originals(dataFolder!);
    expect(files.length).toBeGreaterThan(80);
    const [a, b, c] = [mutantOf(files, 1, 5), mutantOf(files, 1, 5), mutantOf(files, 2, 5)];
    expect(Buffer.compare(a.bytes, b.bytes)).toBe(0);
    expect(a.name === c.name && Buffer.compare(a.bytes, c.bytes) === 0).toBe(false);
  });

  test('are read or refused with a sentence', () => {
    const files = originals(dataFolder!);
    const counts = { read: 0, partly: 0, refused: 0 };
    for (let index = 0; index < 1500; index++) {
      const { name, bytes } = mutantOf(files, 20, index);
      try {
        counts[readMutant(bytes, name).length === 0 ? 'read' : 'partly']++;
      } catch (error) {
        if (!(error instanceof UserError)) throw new Error(`mutant ${index} of seed 20`, { cause: error });
        expect(error.message).toMatch(/\.$/);
        expect(error.hint).not.toBe('');
        counts.refused++;
      }
    }
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(100);
  });
});
