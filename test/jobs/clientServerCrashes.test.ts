/** When a language server that died is followed by another one, and when somebody has to ask for it. */
import { expect, it } from 'vitest';
import { ServerCrashes } from '../../client/serverCrashes';

/** What follows when the server ends at these times, in seconds. */
function crashesAt(...seconds: number[]): string[] {
  let now = 0;
  const crashes = new ServerCrashes(() => now);
  return seconds.map((second) => {
    now = second * 1000;
    return crashes.isFollowed() ? 'again' : 'away';
  });
}

it('is followed by another one four times within three minutes, and after the fifth only by wish', () => {
  expect(crashesAt(0, 1, 2, 3, 4)).toEqual(['again', 'again', 'again', 'again', 'away']);
});

it('counts anew once somebody has started it again', () => {
  const ends = crashesAt(0, 1, 2, 3, 4, 10, 11, 12, 13, 14);
  expect(ends.map((end, n) => (end === 'away' ? n : -1)).filter((n) => n >= 0)).toEqual([4, 9]);
});

it('is always followed where it dies now and then', () => {
  const hourly = crashesAt(...Array.from({ length: 50 }, (_, n) => n * 50));
  expect(new Set(hourly)).toEqual(new Set(['again']));
});
